# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.json import render

from tests.unit.plugins.plugin_utils._render.reports import REPORTS


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_is_lost(name: str) -> None:
    report = REPORTS[name]()
    assert json.loads(render(report)) == report


@pytest.mark.parametrize("name", ["healthy", "host-down", "empty", "gateway-unreachable"])
def test_the_text_is_the_golden_one(name: str, golden: Any) -> None:
    golden(f"{name}.json", render(REPORTS[name]()))


def test_every_pair_has_a_line() -> None:
    lines = render(REPORTS["healthy"]()).splitlines()
    assert sum('"relation"' in line for line in lines) == 144
