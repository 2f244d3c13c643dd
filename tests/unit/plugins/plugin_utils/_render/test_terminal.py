# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user sees first."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._text import width_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.terminal import render
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._render.reports import CAUSES, REPORTS
from tests.unit.plugins.simulation import Faults, Fleet, report_of

NAMES = st.lists(st.text(min_size=1, max_size=90), unique=True, min_size=1, max_size=18)


@pytest.mark.parametrize("name", REPORTS)
def test_the_text_is_the_golden_one(name: str, golden: Any) -> None:
    golden(f"{name}.txt", render(REPORTS[name]()))


@pytest.mark.parametrize("name", REPORTS)
def test_colour_adds_nothing_but_colour(name: str) -> None:
    report = REPORTS[name]()
    coloured = render(report, colour=True)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == render(report)
    assert "\x1b[" in coloured


@settings(max_examples=60)
@given(NAMES, st.integers(0, 3))
def test_no_name_leaves_its_line_or_reaches_the_terminal_raw(hosts: list[str], per_host: int) -> None:
    fleet = Fleet(hosts=tuple(hosts), containers=per_host, driver="ipvlan")
    report = report_of(fleet, Faults(cut=frozenset(hosts[:1]), mtu=dict.fromkeys(hosts[1:2], 1400)))
    text = render(report)
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert max(width_of(line) for line in text.splitlines()) <= 80


def test_the_verdict_comes_first() -> None:
    assert render(REPORTS["mac-filter"]()).startswith("FAIL: ")


@pytest.mark.parametrize("name", CAUSES)
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    assert max(width_of(line) for line in render(REPORTS[name]()).splitlines()) <= 80
