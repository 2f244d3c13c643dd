# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From mesh and records to the report."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State, encode
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import build_report, outcome_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.fleets import fleet_mesh, healthy_wire, probe, report_of

DOWN = {"host3": Loss("host_down", "no route")}


def test_a_healthy_fleet_passes_with_every_pair() -> None:
    report = report_of(fleet_mesh())
    assert report["verdict"] == "pass"
    assert report["totals"] == {
        "pairs": 144,
        "as_expected": 144,
        "unexpected_blocked": 0,
        "unexpected_open": 0,
        "no_data": 0,
    }
    assert report["causes"] == []
    found = Counter((pair["family"], pair["relation"]) for pair in report["pairs"])
    relations = {"same_host": 6, "cross_host": 24, "own_host": 12, "other_host": 24, "host_to_host": 6}
    assert found == {(family, name): count for family in ("ipv4", "ipv6") for name, count in relations.items()}


def test_the_keys_are_those_of_the_interface() -> None:
    report = report_of(fleet_mesh())
    assert list(report) == [
        *["schema_version", "generated_at", "verdict", "totals", "hosts", "networks", "endpoints", "pairs", "causes"]
    ]
    assert report["schema_version"] == 1
    assert report["generated_at"] == "2026-01-31T12:00:00Z"


def test_a_pair_has_what_was_measured() -> None:
    pair = report_of(fleet_mesh())["pairs"][2]
    times = pair.pop("rtt_ms")
    assert pair == {
        "network": "office",
        "family": "ipv4",
        "source": "host1",
        "target": "host2",
        "relation": "host_to_host",
        "expected": "open",
        "observed": "open",
        "status": "as_expected",
        "loss": 0.0,
        "cause": None,
    }
    assert times == pytest.approx({"min": 0.04, "avg": 0.055, "max": 0.09}, rel=0.01)


def test_a_pair_without_reply_has_no_times() -> None:
    pair = report_of(fleet_mesh())["pairs"][0]
    assert (pair["observed"], pair["status"], pair["loss"], pair["rtt_ms"]) == ("blocked", "as_expected", 1.0, None)


@pytest.mark.parametrize(
    ("state", "observed", "status", "verdict"),
    [
        (State.LOST, "blocked", "unexpected_blocked", "fail"),
        (State.UNREACHABLE, "blocked", "unexpected_blocked", "fail"),
        (State.SEND_ERROR, "no_data", "no_data", "incomplete"),
        (State.NO_ADDRESS, "no_data", "no_data", "incomplete"),
        (State.NO_SOURCE, "no_data", "no_data", "incomplete"),
    ],
)
def test_what_a_state_means_where_a_reply_was_expected(state: State, observed: str, status: str, verdict: str) -> None:
    report = report_of(fleet_mesh(["a", "b"], per_host=0), lambda *_ends: state)
    assert {(pair["observed"], pair["status"]) for pair in report["pairs"]} == {(observed, status)}
    assert report["verdict"] == verdict


def test_a_reply_where_none_was_expected_fails() -> None:
    report = report_of(fleet_mesh(["a"], per_host=1), lambda *_ends: State.REPLY)
    assert report["verdict"] == "fail"
    assert report["totals"]["unexpected_open"] == 4


def test_something_unexpected_outweighs_missing_data() -> None:
    mesh = fleet_mesh(lost=DOWN)
    report = report_of(mesh, lambda *_ends: State.LOST)
    assert report["totals"]["no_data"] > 0
    assert report["verdict"] == "fail"


def test_a_lost_host_leaves_its_row_and_its_column_without_data() -> None:
    report = report_of(fleet_mesh(lost=DOWN))
    assert report["verdict"] == "incomplete"
    for pair in report["pairs"]:
        lost = "host3" in pair["source"] or "host3" in pair["target"]
        assert pair["status"] == ("no_data" if lost else "as_expected")
    assert len(report["pairs"]) == 144


def test_no_pairs_prove_nothing() -> None:
    assert report_of(fleet_mesh([]))["verdict"] == "incomplete"


@pytest.mark.parametrize(
    ("result", "detail"),
    [
        (None, "the host was lost before ping_mesh"),
        ({"failed": True, "msg": "boom"}, "boom"),
        ({"changed": False}, "the records of ping_mesh cannot be read: 'records'"),
        ({"records": {"version": 9, "pairs": 0, "data": ""}}, "cannot be read: records of version 9"),
        ({"records": encode([Record(State.REPLY)])}, "ping_mesh brought 1 records for 16 pairs"),
    ],
)
def test_a_host_without_usable_records_is_lost(result: Any, detail: str) -> None:
    report = report_of(fleet_mesh(["host1", "host2", "host3"], per_host=2), healthy_wire)
    mesh = fleet_mesh()
    report = report_of(mesh, healthy_wire, host2=result)
    host = report["hosts"][1]
    assert (host["lost"], host["reason"]) == (True, "failed")
    assert detail.replace("16", "48") in host["detail"]
    assert report["totals"]["no_data"] == 48
    assert report["verdict"] == "incomplete"


def test_a_host_that_brought_no_result_at_all_is_lost() -> None:
    mesh = fleet_mesh(["a", "b"], per_host=0)
    outcomes = {host: outcome_of(result) for host, result in probe(mesh).items() if host == "a"}
    assert build_report(mesh, outcomes, "")["hosts"][1]["detail"] == "no result of ping_mesh arrived"


@settings(max_examples=30)
@given(st.data())
def test_totals_and_causes_add_up_whatever_was_observed(data: st.DataObject) -> None:
    lost = {host: Loss(data.draw(st.sampled_from(["host_down", "engine_down", "failed"])), "x") for host in ["a", "b"]}
    lost = {host: loss for host, loss in lost.items() if data.draw(st.booleans())}
    mesh = fleet_mesh(["a", "b", "c"], per_host=1, lost=lost, driver=data.draw(st.sampled_from(["ipvlan", "macvlan"])))
    report = report_of(mesh, lambda *_ends: data.draw(st.sampled_from(State)))
    totals = report["totals"]
    assert totals["pairs"] == len(report["pairs"]) == sum(totals.values()) - totals["pairs"]
    assert Counter(pair["cause"] for pair in report["pairs"] if pair["cause"]) == {
        cause["id"]: cause["pairs"] for cause in report["causes"]
    }
    assert all((pair["cause"] is None) == (pair["status"] == "as_expected") for pair in report["pairs"])
