# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a run."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._collector import MESH, PING_MESH, Collector

from tests.unit.plugins.simulation import Faults, Fleet, mesh_of, probe

HOST_INFO = "dockerlan.fleet.host_info"
VERDICT = "dockerlan.fleet.verdict"


def after_mesh(fleet: Fleet) -> Collector:
    mesh = mesh_of(fleet)
    collector = Collector()
    collector.succeeded("host1", MESH, {"mesh": mesh})
    for host, result in probe(fleet, Faults(), mesh).items():
        collector.succeeded(host, PING_MESH, result)
    return collector


def after_mesh_hosts() -> Any:
    return report_of(after_mesh(Fleet()))["hosts"]


def report_of(collector: Collector, *lost: str) -> Any:
    return collector.report(lost, "2026-01-31T12:00:00Z")


def test_a_run_without_a_mesh_has_nothing_to_tell() -> None:
    collector = Collector()
    collector.succeeded("host1", HOST_INFO, {"facts": {}})
    collector.succeeded("host1", "ansible.builtin.ping", {"mesh": {}})
    assert report_of(collector) is None


def test_a_failure_of_another_collection_is_not_ours() -> None:
    collector = Collector()
    collector.failed("host1", "ansible.builtin.command", "Try", {"msg": "x"})
    assert report_of(collector, "host1") is None


def test_a_mesh_with_all_its_records_passes() -> None:
    assert report_of(after_mesh(Fleet()))["verdict"] == "pass"


def test_a_failed_verdict_loses_no_host() -> None:
    collector = after_mesh(Fleet())
    collector.failed("host1", VERDICT, "Judge", {"msg": "no"})
    assert report_of(collector, "host1")["verdict"] == "pass"


def test_a_refused_plan_loses_no_host() -> None:
    collector = Collector()
    collector.succeeded("host1", HOST_INFO, {"facts": {}})
    collector.failed("host1", "dockerlan.fleet.plan", "Plan", {"msg": "no"})
    assert report_of(collector, "host1") is None


def test_a_host_that_was_lost_before_the_mesh_has_the_message_of_its_task() -> None:
    mesh = mesh_of(Fleet(), Faults(lost={"host2": ("failed", "the host was lost before it could be asked")}))
    collector = Collector()
    collector.failed("host2", "ansible.builtin.package", "Install", {"unreachable": True, "msg": "no route"})
    collector.succeeded("host1", MESH, {"mesh": mesh})
    host = report_of(collector, "host2")["hosts"][1]
    assert (host["reason"], host["detail"]) == ("host_down", "Install: no route")


def test_a_host_that_was_lost_while_probing_has_the_message_of_its_task() -> None:
    collector = after_mesh(Fleet())
    del collector.records["host3"]
    collector.failed("host3", PING_MESH, "Ping", {"msg": "boom"})
    report = report_of(collector, "host3")
    assert report["hosts"][2]["detail"] == "Ping: boom"
    assert report["verdict"] == "incomplete"


def test_a_host_that_failed_after_probing_has_its_records() -> None:
    collector = after_mesh(Fleet())
    collector.failed("host3", "ansible.builtin.command", "Tidy up", {"msg": "boom"})
    assert report_of(collector, "host3")["verdict"] == "pass"


def test_a_rescued_failure_is_no_loss() -> None:
    collector = Collector()
    collector.failed("host3", HOST_INFO, "Ask", {"msg": "boom"})
    assert report_of(collector) is None


def test_a_run_that_ended_before_the_mesh_names_its_hosts_and_has_no_pairs() -> None:
    collector = Collector()
    collector.failed("host2", HOST_INFO, "Ask", {"reason": "engine_down", "msg": "start it"})
    report = report_of(collector, "host2")
    assert report["verdict"] == "incomplete"
    assert report["pairs"] == []
    (host,) = report["hosts"]
    told = {"name": "host2", "lost": True, "reason": "engine_down", "detail": "Ask: start it"}
    assert host == {**told, "virtualization": None, "addresses": {}, "conflicts": [], "method": None}
    assert list(host) == list(after_mesh_hosts()[0])


def test_a_new_mesh_makes_older_records_worthless() -> None:
    collector = after_mesh(Fleet(hosts=("host1", "host2")))
    collector.succeeded("host1", MESH, {"mesh": mesh_of(Fleet(hosts=("host1", "host3")))})
    assert report_of(collector)["totals"]["as_expected"] == 0


def test_the_same_mesh_from_every_host_keeps_the_records() -> None:
    collector = after_mesh(Fleet())
    collector.succeeded("host2", MESH, {"mesh": mesh_of(Fleet())})
    assert report_of(collector)["verdict"] == "pass"


def test_a_skipped_probe_brings_no_records() -> None:
    collector = Collector()
    collector.succeeded("host1", MESH, {"mesh": mesh_of(Fleet())})
    collector.succeeded("host1", PING_MESH, {"skipped": True})
    assert collector.records == {}


ROW = {"kind": "assertion", "status": "fail", "network": None, "host": None, "family": None, "source": None}
FAILED = {**ROW, "target": None, "detail": "no", "cause": None}


def test_the_assertions_of_a_failed_verdict_are_in_the_report() -> None:
    collector = after_mesh(Fleet())
    collector.failed("host1", VERDICT, "Judge", {"msg": "no", "assertions": [FAILED]})
    report = report_of(collector, "host1")
    assert report["checks"][-1] == FAILED
    assert (report["verdict"], report["totals"]["failed_checks"]) == ("fail", 1)


def test_the_assertions_of_a_verdict_that_passed_are_in_the_report() -> None:
    collector = after_mesh(Fleet())
    collector.succeeded("host1", VERDICT, {"assertions": [{**FAILED, "status": "pass"}]})
    assert report_of(collector)["checks"][-1]["kind"] == "assertion"
    assert report_of(collector)["verdict"] == "pass"


def test_a_new_mesh_makes_older_assertions_worthless() -> None:
    collector = after_mesh(Fleet())
    collector.succeeded("host1", VERDICT, {"assertions": [FAILED]})
    collector.succeeded("host1", MESH, {"mesh": mesh_of(Fleet(hosts=("host1", "host3")))})
    assert collector.assertions == []
