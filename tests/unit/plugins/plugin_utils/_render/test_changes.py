# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is different from the last run."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._changes import changes_since

NOTHING: dict[str, Any] = {
    "since": "2026-01-30T12:00:00Z",
    "baseline": False,
    **dict.fromkeys(("newly_broken", "healed", "still_broken"), 0),
    "examples": {"newly_broken": [], "healed": [], "still_broken": []},
    "endpoints_come": [],
    "endpoints_gone": [],
}


def told(**changes: Any) -> list[str]:
    return list(changes_since({**NOTHING, **changes}, colour=False))


def pair(number: int, to_network: str | None = None) -> dict[str, Any]:
    ends = {"source": f"host1/web-{number}", "target": "host2"}
    return {"network": "office", "to_network": to_network, "family": "ipv4", **ends}


def test_without_a_last_run_nothing_is_said() -> None:
    assert list(changes_since(None, colour=False)) == []


def test_a_run_like_the_last_one_is_one_line() -> None:
    assert told() == ["", "Since the last run (2026-01-30T12:00:00Z): no pair broke or healed"]
    assert told(baseline=True)[1] == "Since the baseline (2026-01-30T12:00:00Z): no pair broke or healed"


@pytest.mark.parametrize("kind", ["newly_broken", "still_broken", "healed"])
def test_each_kind_of_change_has_its_number_and_examples(kind: str) -> None:
    examples = {**NOTHING["examples"], kind: [pair(1), pair(2, "voice")]}
    lines = told(**{kind: 2}, examples=examples)
    sign = {"newly_broken": "X", "still_broken": "x", "healed": "o"}[kind]
    assert lines[3:] == [
        f"   {sign} {kind.replace('_', ' '):16}2  host1/web-1 -> host2 (office, IPv4)",
        "                        host1/web-2 -> host2 (office to voice, IPv4)",
    ]


def test_of_many_pairs_three_are_named() -> None:
    examples = {**NOTHING["examples"], "healed": [pair(number) for number in range(10)]}
    lines = told(healed=120, examples=examples)
    assert len(lines) == 6
    assert lines[-1].endswith("host1/web-2 -> host2 (office, IPv4) and 117 more")


def test_a_kind_without_examples_is_still_counted() -> None:
    assert told(still_broken=4)[3:] == ["   x still broken    4"]


def test_endpoints_come_and_go() -> None:
    lines = told(endpoints_come=["host1/a"], endpoints_gone=[f"host2/{number}" for number in range(12)])
    assert lines[3:] == [
        "   + new endpoints    1  host1/a",
        "   - endpoints gone  12  host2/0, host2/1, host2/2, host2/3, host2/4 and 7 more",
    ]
