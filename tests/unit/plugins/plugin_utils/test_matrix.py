# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From mesh and results to the report."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair, pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State, encode
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import (
    build_report,
    outcome_of,
    with_assertions,
)
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.simulation import NOW, REPLIED, Faults, Fleet, mesh_of, probe, report_of

IPVLAN = Fleet(driver="ipvlan")
DOWN = Faults(lost={"host3": ("host_down", "no route")})


def judged(fleet: Fleet, **results: Any) -> dict[str, Any]:
    """Return the report of a healthy fleet in which the results of some hosts are replaced."""
    mesh = mesh_of(fleet)
    found = {**probe(fleet, Faults(), mesh), **results}
    return build_report(mesh, {host: outcome_of(result) for host, result in found.items()}, NOW)


def everywhere(fleet: Fleet, state: State) -> dict[str, Any]:
    """Return the report of a fleet in which every pair has the same state."""
    mesh = mesh_of(fleet)
    record = REPLIED if state is State.REPLY else Record(state, 1.0)
    return report_of(fleet, records={pair: record for host in fleet.hosts for pair in pairs_of(mesh, host)})


def test_probe_endpoints_that_do_not_run_fail_the_verdict() -> None:
    mesh = mesh_of(IPVLAN)
    mesh["stopped"] = [{"network": "office", "host": "host2", "containers": ["dockerlan-office-1"]}]
    outcomes = {host: outcome_of(result) for host, result in probe(IPVLAN, Faults(), mesh_of(IPVLAN)).items()}
    report = build_report(mesh, outcomes, NOW)
    (row,) = [check for check in report["checks"] if check["status"] == "fail"]
    assert (report["verdict"], report["totals"]["failed_checks"], report["causes"]) == ("fail", 1, [])
    assert (row["kind"], row["network"], row["host"], row["source"]) == ("endpoint", "office", "host2", None)
    assert row["detail"].startswith("dockerlan-office-1 does not run, so ")
    assert "docker logs dockerlan-office-1" in row["detail"]


def test_no_other_fault_of_the_host_explains_a_probe_endpoint_that_does_not_run() -> None:
    for faults in (Faults(unplugged=frozenset({"host2"})), Faults(dies={"host2": {"failed": True, "msg": "x"}})):
        mesh = mesh_of(IPVLAN, faults)
        mesh["stopped"] = [{"network": "office", "host": "host2", "containers": ["dockerlan-office-1"]}]
        outcomes = {host: outcome_of(result) for host, result in probe(IPVLAN, faults, mesh).items()}
        report = build_report(mesh, outcomes, NOW)
        assert [check["cause"] for check in report["checks"] if check["kind"] == "endpoint"] == [None]
        assert (report["verdict"], report["causes"] != []) == ("fail", True)


def test_a_host_that_reached_no_other_one_has_no_row_of_paths_that_passed() -> None:
    mesh = mesh_of(IPVLAN)
    voice = [{**end, "index": end["index"] + len(mesh["endpoints"]), "network": "voice"} for end in mesh["endpoints"]]
    networks = [mesh["networks"][0], {**mesh["networks"][0], "name": "voice"}]
    both = {**mesh, "networks": networks, "endpoints": [*mesh["endpoints"], *voice]}

    def record(pair: Pair) -> Record:
        source, target = (both["endpoints"][index] for index in (pair.source, pair.target))
        apart = source["host"] != target["host"] and "host1" in (source["host"], target["host"])
        return Record(State.LOST, 1.0) if apart and source["network"] == "voice" else REPLIED

    results = {host: dict(found) for host, found in probe(IPVLAN, Faults(), mesh).items()}
    for host, found in results.items():
        found["records"] = encode([record(pair) for pair in pairs_of(both, host)])
    report = build_report(both, {host: outcome_of(found) for host, found in results.items()}, NOW)
    rows = [(row["host"], row["network"]) for row in report["checks"] if row["kind"] == "path_mtu"]
    assert rows == [("host1", "office"), *((host, lan) for host in ("host2", "host3") for lan in ("office", "voice"))]


def test_a_host_without_any_pair_has_its_checks() -> None:
    alone = Fleet(hosts=("host1",), containers=1, hosts_have_addresses=False)
    report = report_of(alone)
    assert (report["totals"]["pairs"], [row["kind"] for row in report["checks"]]) == (0, ["gateway", "gateway"])


def said(**values: Any) -> dict[str, Any]:
    """Return an expectation that holds for all containers of two hosts unless it is changed."""
    usual = {"network": "office", "from": "*/*", "to": "*/*", "relation": "cross_host", "to_network": "office"}
    return {**usual, "expected": "open", "why": "w", **values}


def unproven(*expectations: Any, **values: Any) -> list[str]:
    """Return what a healthy fleet says of the expectations that nothing proves."""
    report = report_of(Fleet(driver="ipvlan", expectations=expectations, **values))
    rows = [row for row in report["checks"] if row["kind"] == "expectation"]
    assert {(row["status"], row["network"], row["cause"]) for row in rows} <= {("no_data", "office", None)}
    assert report["totals"]["failed_checks"] == 0
    assert report["verdict"] == ("incomplete" if rows else "pass")
    return [row["detail"].partition(":")[0] for row in rows]


def test_an_expectation_that_fits_no_pair_leaves_the_verdict_incomplete() -> None:
    typo = {"from": "*/wbe-*", "expected": "blocked"}
    assert unproven(said(), said(**typo, why="the web tier")) == ["the web tier"]
    assert unproven(said(**{**typo, "from": "*", "to": "*/db-*"})) == ["w"]
    assert unproven(said(relation="own_host", **{"from": "host1", "to": "host2"}, expected="blocked")) == ["w"]
    # The ends are there, but a ring of three hosts does not pair them.
    alone = {"from": "host1/web-1", "to": "host2/web-2", "expected": "open"}
    assert unproven(said(**alone)) == []
    assert unproven(said(**alone), topology="ring") == ["w"]
    (row,) = report_of(Fleet(expectations=(said(**typo),)))["checks"][-1:]
    words = "w: no pair from */wbe-* to */* (cross_host) was probed, so nothing shows that they are blocked; "
    assert row["detail"].startswith(words)


def test_each_expectation_is_counted_for_itself() -> None:
    assert unproven(said(**{"from": "host1/*"}), said(**{"from": "host7/*"})) == ["w"]


def test_an_expectation_that_an_earlier_one_hides_is_proven_if_that_says_the_same() -> None:
    same, other = said(**{"from": "host1/*"}, why="same"), said(expected="blocked", **{"from": "host1/*"}, why="other")
    assert unproven(said(), same) == []
    assert unproven(said(), other) == ["other"]
    (row,) = report_of(Fleet(expectations=(said(), other)))["checks"][-1:]
    words = "other: every pair from host1/* to */* (cross_host) is judged by an earlier one, which says otherwise; "
    assert row["detail"].startswith(words)


def test_an_expectation_across_two_networks_is_about_both() -> None:
    assert unproven(said(to_network="voice", relation=None)) == ["w"]
    (row,) = report_of(Fleet(expectations=(said(to_network="voice", relation=None),)))["checks"][-1:]
    assert row["detail"].startswith("w: no pair from */* to */* on voice was probed, ")


def test_pairs_of_lost_hosts_are_pairs() -> None:
    report = report_of(Fleet(expectations=(said(**{"from": "host3/*"}),)), DOWN)
    assert "expectation" not in {row["kind"] for row in report["checks"]}


def test_a_healthy_fleet_passes_with_every_pair_and_check() -> None:
    report = report_of(IPVLAN)
    assert report["verdict"] == "pass"
    assert report["totals"] == {
        "pairs": 144,
        "as_expected": 144,
        "unexpected_blocked": 0,
        "unexpected_open": 0,
        "no_data": 0,
        "failed_checks": 0,
    }
    assert report["causes"] == []
    found = Counter((pair["family"], pair["relation"]) for pair in pairs_in(report))
    relations = {"same_host": 6, "cross_host": 24, "own_host": 12, "other_host": 24, "host_to_host": 6}
    assert found == {(family, name): count for family in ("ipv4", "ipv6") for name, count in relations.items()}
    assert Counter((check["kind"], check["status"]) for check in report["checks"]) == {
        ("gateway", "pass"): 6,
        ("path_mtu", "pass"): 3,
        ("name", "pass"): 3,
    }


def test_the_keys_are_those_of_the_interface() -> None:
    report = report_of(IPVLAN)
    assert list(report) == [
        *["schema_version", "generated_at", "verdict", "totals", "topology", "hosts", "networks", "endpoints"],
        *["relations", "matrix", "deviations", "one_way", "changes", "checks", "causes"],
    ]
    assert report["schema_version"] == 1
    assert report["generated_at"] == NOW
    assert report["topology"]["kind"] == "full"
    assert {host["method"] for host in report["hosts"]} == {"netns"}


def test_a_pair_has_what_was_measured() -> None:
    pair = list(pairs_in(report_of(IPVLAN)))[2]
    times = pair.pop("rtt_ms")
    assert pair == {
        "network": "office",
        "to_network": None,
        "family": "ipv4",
        "source": "host1",
        "target": "host2",
        "relation": "host_to_host",
        "expected": "open",
        "observed": "open",
        "status": "as_expected",
        "state": "reply",
        "loss": 0.0,
        "why": None,
        "cause": None,
        "one_way": False,
    }
    assert times == pytest.approx({"min": 0.04, "avg": 0.055, "max": 0.09}, rel=0.01)


def test_a_pair_without_reply_has_no_times() -> None:
    pair = next(pairs_in(report_of(IPVLAN)))
    assert (pair["observed"], pair["status"], pair["loss"], pair["rtt_ms"]) == ("blocked", "as_expected", 1.0, None)


@pytest.mark.parametrize(
    ("state", "observed", "status", "verdict"),
    [
        (State.LOST, "blocked", "unexpected_blocked", "fail"),
        (State.UNREACHABLE, "blocked", "unexpected_blocked", "fail"),
        (State.SEND_ERROR, "no_data", "no_data", "incomplete"),
        (State.NO_ADDRESS, "no_data", "no_data", "incomplete"),
        (State.NO_SOURCE, "no_data", "no_data", "incomplete"),
        (State.STRANDED, "blocked", "unexpected_blocked", "fail"),
        (State.TOO_BIG, "blocked", "unexpected_blocked", "fail"),
        (State.IMPOSTOR, "blocked", "unexpected_blocked", "fail"),
    ],
)
def test_what_a_state_means_where_a_reply_was_expected(state: State, observed: str, status: str, verdict: str) -> None:
    report = everywhere(Fleet(hosts=("a", "b"), containers=0), state)
    assert {(pair["observed"], pair["status"], pair["state"]) for pair in pairs_in(report)} == {
        (observed, status, state.name.lower())
    }
    assert report["verdict"] == verdict


def test_a_reply_where_none_was_expected_fails() -> None:
    report = everywhere(Fleet(hosts=("a",), containers=1), State.REPLY)
    assert report["verdict"] == "fail"
    assert report["totals"]["unexpected_open"] == 4


def test_something_unexpected_outweighs_missing_data() -> None:
    report = report_of(IPVLAN, Faults(lost=DOWN.lost, cut=frozenset({"host2"})))
    assert report["totals"]["no_data"] > 0
    assert report["verdict"] == "fail"


def test_a_failed_check_outweighs_missing_data_and_is_counted() -> None:
    report = report_of(IPVLAN, Faults(lost=DOWN.lost, gateway=frozenset({"host2"})))
    assert report["totals"]["failed_checks"] == 2
    assert report["verdict"] == "fail"


def test_a_lost_host_leaves_its_row_and_its_column_without_data() -> None:
    report = report_of(IPVLAN, DOWN)
    assert report["verdict"] == "incomplete"
    for pair in pairs_in(report):
        lost = "host3" in pair["source"] or "host3" in pair["target"]
        assert pair["status"] == ("no_data" if lost else "as_expected")
        assert pair["state"] is not None or pair["source"].startswith("host3")
    assert len(list(pairs_in(report))) == 144
    assert report["hosts"][2]["method"] is None


def test_no_pairs_prove_nothing() -> None:
    assert report_of(Fleet(hosts=()))["verdict"] == "incomplete"


@pytest.mark.parametrize(
    ("result", "detail"),
    [
        (None, "the host was lost before ping_mesh"),
        ({"failed": True, "msg": "boom"}, "boom"),
        ({"changed": False}, "the records of ping_mesh cannot be read: 'records'"),
        ({"records": {"version": 1, "pairs": 0, "data": ""}}, "cannot be read: records of version 1"),
        ({"records": encode([REPLIED])}, "the records of ping_mesh cannot be read: 'errors'"),
    ],
)
def test_a_host_without_usable_records_is_lost(result: Any, detail: str) -> None:
    report = judged(IPVLAN, host2=result)
    host = report["hosts"][1]
    assert (host["lost"], host["reason"]) == (True, "failed")
    assert detail in host["detail"]
    assert report["totals"]["no_data"] == 48
    assert report["verdict"] == "incomplete"


def test_records_of_another_mesh_are_none() -> None:
    other = probe(Fleet(hosts=("host1",)), Faults(), mesh_of(Fleet(hosts=("host1",))))["host1"]
    assert judged(IPVLAN, host1=other)["hosts"][0]["detail"] == "ping_mesh brought 12 records for 48 pairs"


def test_a_host_that_brought_no_result_at_all_is_lost() -> None:
    fleet = Fleet(hosts=("a", "b"), containers=0)
    mesh = mesh_of(fleet)
    outcomes = {host: outcome_of(result) for host, result in probe(fleet, Faults(), mesh).items() if host == "a"}
    assert build_report(mesh, outcomes, "")["hosts"][1]["detail"] == "no result of ping_mesh arrived"


@settings(max_examples=60)
@given(st.data())
def test_totals_and_causes_add_up_whatever_was_observed(data: st.DataObject) -> None:
    reasons = st.sampled_from(["host_down", "engine_down", "failed"])
    lost = {host: (data.draw(reasons), "x") for host in ["a", "b"] if data.draw(st.booleans())}
    driver, mode = data.draw(
        st.sampled_from([("ipvlan", "l2"), ("macvlan", ""), ("ipvlan", "l3"), ("macvlan", "vepa")])
    )
    fleet = Fleet(hosts=("a", "b", "c"), containers=1, driver=driver, mode=mode)
    faults = Faults(lost=lost, warm=data.draw(st.booleans()), gateway=frozenset(data.draw(st.sets(st.just("c")))))
    mesh = mesh_of(fleet, faults)
    pairs = [pair for host in fleet.hosts if host not in lost for pair in pairs_of(mesh, host)]
    records: dict[Pair, Record] = {pair: Record(data.draw(st.sampled_from(State)), 0.5) for pair in pairs}
    report = report_of(fleet, faults, records)
    totals = report["totals"]
    statuses = ("as_expected", "unexpected_blocked", "unexpected_open", "no_data")
    judged_pairs = list(pairs_in(report))
    assert totals["pairs"] == len(judged_pairs) == sum(totals[status] for status in statuses)
    for what, rows in (("pairs", judged_pairs), ("checks", report["checks"])):
        counted = Counter(row["cause"] for row in rows if row["cause"])
        assert counted == Counter({cause["id"]: cause[what] for cause in report["causes"]})
    assert all((pair["cause"] is None) == (pair["status"] == "as_expected") for pair in judged_pairs)


def test_a_failed_assertion_fails_what_would_pass_and_is_counted() -> None:
    rows = [{"kind": "assertion", "status": "pass"}, {"kind": "assertion", "status": "fail"}]
    report = with_assertions(report_of(IPVLAN), rows)
    assert (report["verdict"], report["totals"]["failed_checks"]) == ("fail", 1)
    assert report["checks"][-2:] == rows
    assert with_assertions(report_of(IPVLAN), rows[:1])["verdict"] == "pass"
