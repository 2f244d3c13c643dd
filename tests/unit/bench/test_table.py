# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the measurement, and where they go."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.table import OURS, Result, between_markers, ratio, tables

THEIRS = "community.docker.docker_network"
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "interruption.md"
KEPT = Result("a to b", "fixed", OURS, 200.0, 20, True, True, "kept", 150.0)
LOST = Result("a to b", "fixed", THEIRS, 500.0, 999, False, False, "**lost**", None)


def cells(results: list[Result]) -> list[dict[str, str]]:
    head, _rule, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in tables(results).splitlines()
        if line.startswith("|")
    ]
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_row_sums_up_the_rounds_of_a_container_and_a_tool() -> None:
    [row] = cells([KEPT, replace(KEPT, silent=300.0, lost=30), replace(KEPT, silent=220.0, lost=22)])
    assert row == {
        "container": "fixed",
        "changed by": f"`{OURS}`",
        "container silent, ms": "220 (max 300)",
        "ratio": "1",
        "old address silent, ms": "220 (max 300)",
        "pings lost": "22 (max 30)",
        "address": "kept",
        "alias": "kept",
        "MAC": "kept",
        "its own count, ms": "150 (max 150)",
    }


def test_a_lost_address_is_silent_for_ever() -> None:
    _ours, theirs = cells([KEPT, LOST])
    assert (theirs["container silent, ms"], theirs["ratio"]) == ("500 (max 500)", "2.5")
    assert (theirs["old address silent, ms"], theirs["pings lost"]) == ("for ever", "all from then on")
    assert (theirs["address"], theirs["alias"], theirs["MAC"]) == ("**lost**",) * 3
    assert theirs["its own count, ms"] == "-"


def test_rounds_that_disagree_are_counted() -> None:
    [row] = cells([KEPT, replace(KEPT, kept_address=False, silent=None), KEPT])
    assert row["address"] == "**lost** in 1 of 3, kept in 2 of 3"
    assert row["container silent, ms"] == "200 (max 200), for ever in 1 of 3"


def test_a_container_without_an_alias_has_none_to_lose_and_silence_has_no_ratio() -> None:
    _ours, theirs = cells([KEPT, replace(LOST, kept_alias=None, silent=None)])
    assert (theirs["alias"], theirs["ratio"], theirs["container silent, ms"]) == ("-", "-", "for ever")


def test_tools_stand_side_by_side_for_each_container_and_change() -> None:
    mixed = [KEPT, replace(KEPT, container="dynamic"), LOST, replace(LOST, container="dynamic"), KEPT]
    assert [(row["container"], row["changed by"]) for row in cells(mixed)] == [
        ("fixed", f"`{OURS}`"),
        ("fixed", f"`{THEIRS}`"),
        ("dynamic", f"`{OURS}`"),
        ("dynamic", f"`{THEIRS}`"),
    ]


def test_every_change_has_a_table_of_its_own() -> None:
    found = re.findall(r"^(?:### .*|\| fixed \| `\S+)", tables([KEPT, replace(LOST, change="b to a")]), re.MULTILINE)
    assert found == ["### a to b", f"| fixed | `{OURS}`", "### b to a", f"| fixed | `{THEIRS}`"]


def test_only_what_is_between_the_markers_is_replaced() -> None:
    text = "before\n<!-- begin: x -->\nold\n<!-- end: x -->\nafter\n"
    new = between_markers(text, "x", "new")
    assert new == "before\n<!-- begin: x -->\nnew\n<!-- end: x -->\nafter\n"
    assert between_markers(new, "x", "new") == new


@pytest.mark.parametrize("text", ["", "<!-- begin: x -->\n", "<!-- end: x -->", "<!-- begin: y -->\n<!-- end: y -->"])
def test_without_markers_nothing_is_written(text: str) -> None:
    with pytest.raises(ValueError, match="there is no"):
        between_markers(text, "x", "new")


def test_the_document_has_tables_of_both_tools() -> None:
    measured = DOCUMENT.read_text(encoding="utf-8").partition("<!-- begin: tests.bench.interruption -->\n")[2]
    assert f"`{OURS}`" in measured
    assert f"`{THEIRS}`" in measured


def test_a_large_ratio_is_written_out() -> None:
    assert (ratio([35722.0], [193.0]), ratio([89.0], [205.0])) == ("185", "0.43")
