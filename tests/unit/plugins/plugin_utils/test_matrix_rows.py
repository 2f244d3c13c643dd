# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packed matrix of a report."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair, pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix_rows import whole_microseconds
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import expanded

from tests.unit.plugins.simulation import Faults, Fleet, mesh_of, report_of

FLEET = Fleet(driver="ipvlan", hosts=("host1", "host2"), containers=1, families=("ipv4",))


def rows(report: Any) -> list[Any]:
    return [row for block in report["matrix"] for row in block["rows"]]


def test_a_block_for_each_family_and_a_row_for_each_source_with_all_its_targets() -> None:
    fleet = Fleet()
    report, mesh = report_of(fleet), mesh_of(fleet)
    names = [(block["network"], block["to_network"], block["family"]) for block in report["matrix"]]
    assert names == [("office", None, "ipv4"), ("office", None, "ipv6")]
    assert [row["source"] for row in report["matrix"][0]["rows"]] == list(range(9))
    found = {
        Pair(block["family"], row["source"], target)
        for block in report["matrix"]
        for row in block["rows"]
        for target in expanded(row["targets"])
    }
    assert found == {pair for host in fleet.hosts for pair in pairs_of(mesh, host)}


def test_a_row_has_signs_states_and_whole_microseconds() -> None:
    records = {
        Pair("ipv4", 1, 2): Record(State.REPLY, 0.5, 41.4, 55.6, 1000.2),
        Pair("ipv4", 1, 3): Record(State.LOST, 1),
    }
    row = rows(report_of(FLEET, records=records))[1]
    assert (row["source"], row["targets"], row["signs"], row["states"]) == (1, [[0, 0], [2, 3]], "-oX", "201")
    assert row["rtt_us"] == {"min": [None, 41, None], "avg": [None, 56, None], "max": [None, 1000, None]}
    assert row["loss"] == [[1, 0.502]]
    assert list(row["causes"].values()) == [[[2, 2]]]
    assert (row["why"], row["changes"]) == ({}, {"newly_broken": [], "healed": []})


def test_a_row_in_which_nobody_replied_has_no_times() -> None:
    lost = report_of(FLEET, Faults(lost={"host2": ("host_down", "no route")}))
    assert [(row["states"], row["rtt_us"]) for row in rows(lost)[2:]] == [("...", None), ("...", None)]
    assert rows(lost)[0]["signs"] == "-??"


def test_the_reasons_of_expectations_are_ranges_of_positions() -> None:
    rule = {"network": "office", "to_network": "office", "from": "host1/*", "to": "host2*", "relation": None}
    fleet = Fleet(families=("ipv4",), containers=1, expectations=({**rule, "expected": "open", "why": "they talk"},))
    found = rows(report_of(fleet))
    assert [row["why"] for row in found[:3]] == [{}, {"they talk": [[1, 2]]}, {}]


@pytest.mark.parametrize("microseconds", [0, 1, 40, 999, 123456])
def test_whole_microseconds_are_near_what_was_measured(microseconds: int) -> None:
    records = {Pair("ipv4", 1, 2): Record(State.REPLY, 0.0, microseconds, microseconds, microseconds)}
    found = rows(report_of(FLEET, records=records))[1]["rtt_us"]["avg"][1]
    assert found == pytest.approx(microseconds, rel=0.0002, abs=0.5)


def test_the_table_of_times_has_all_codes_and_grows() -> None:
    table = whole_microseconds()
    assert len(table) == 65536
    assert table == sorted(table)
