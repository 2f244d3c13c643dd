# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every format says in the same words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._sentences import (
    headline,
    lost_together,
    scope_of,
)

from tests.unit.plugins.plugin_utils._render.reports import REPORTS


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("healthy", "all 144 pairs are as expected (3 hosts, 9 endpoints)"),
        ("mac-filter", "of 144 pairs, 48 are blocked though they must be open; 2 checks failed"),
        ("empty", "no pair was probed"),
    ],
)
def test_the_headline_has_the_numbers_behind_the_verdict(name: str, words: str) -> None:
    assert headline(REPORTS[name]()) == words


def test_the_scope_of_a_cause_is_hosts_pairs_checks_and_networks() -> None:
    (cause,) = REPORTS["mac-filter"]()["causes"]
    assert scope_of(cause) == "host2; 48 pairs and 2 checks in office"


def test_lost_hosts_with_the_same_message_are_together() -> None:
    def host(name: str, detail: str | None, *, lost: bool = True) -> dict[str, Any]:
        return {"name": name, "lost": lost, "reason": "host_down" if lost else None, "detail": detail}

    hosts = [host("a", "no route"), host("b", None), host("c", "no route"), host("d", None, lost=False)]
    assert lost_together(hosts) == {("host_down", "no route"): ["a", "c"], ("host_down", ""): ["b"]}
