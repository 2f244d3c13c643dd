# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a run."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._collector import MESH, PING_MESH, Collector, Play

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
    del collector.probed["host3"]
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
    assert report["matrix"] == []
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
    assert collector.probed == {}


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


def reasons_of(collector: Collector, *lost: str, interrupted: bool = False) -> dict[str, Any]:
    report = collector.report(lost, "2026-01-31T12:00:00Z", interrupted=interrupted)
    return {host["name"]: host["detail"] for host in report["hosts"]} if report else {}


@pytest.mark.parametrize(
    ("interrupted", "reason"),
    [(True, "the run was interrupted before ping_mesh"), (False, "the run ended before ping_mesh")],
)
def test_a_host_without_an_answer_says_why(interrupted: bool, reason: str) -> None:
    collector = after_mesh(Fleet())
    del collector.probed["host3"]
    assert reasons_of(collector, interrupted=interrupted) == {"host1": None, "host2": None, "host3": reason}


def test_a_host_that_was_never_heard_of_was_not_asked() -> None:
    lost = dict.fromkeys(("host2", "host3"), ("failed", "the host was lost before it could be asked"))
    collector = Collector()
    collector.failed("host3", HOST_INFO, "Ask", {"msg": "rescued"})
    collector.succeeded("host1", MESH, {"mesh": mesh_of(Fleet(), Faults(lost=lost))})
    told = reasons_of(collector)
    assert told["host2"] == "the run ended before this host was asked"
    assert told["host3"] == "the host was lost before it could be asked"


def test_an_interrupted_run_without_a_mesh_names_the_hosts_of_its_play() -> None:
    collector = Collector()
    collector.play_started(Play("a", ["host1", "host2"]))
    collector.failed("host2", HOST_INFO, "Ask", {"msg": "boom"})
    reason = "the run was interrupted before the mesh was made"
    assert reasons_of(collector, "host2", interrupted=True) == {"host1": reason, "host2": "Ask: boom"}


def test_the_hosts_are_those_of_the_play_that_asked_them() -> None:
    collector = Collector()
    collector.play_started(Play("a", ["host1", "host2"]))
    collector.succeeded("host1", HOST_INFO, {"facts": {}})
    collector.play_started(Play("b", ["localhost"]))
    assert set(reasons_of(collector, interrupted=True)) == {"host1", "host2"}


def test_an_interrupted_run_of_something_else_has_nothing_to_tell() -> None:
    collector = Collector()
    collector.play_started(Play("a", ["host1"]))
    collector.succeeded("host1", "ansible.builtin.ping", {})
    assert collector.is_empty
    assert reasons_of(collector, interrupted=True) == {}


def test_a_host_that_went_on_after_a_failure_is_not_failing() -> None:
    collector = Collector()
    for host in ("host1", "host2"):
        collector.failed(host, HOST_INFO, "Ask", {"msg": "boom"})
    collector.succeeded("host1", "ansible.builtin.debug", {})
    assert collector.failing == {"host2"}


def test_ignored_pings_are_no_loss_but_the_reason_for_their_host() -> None:
    collector = after_mesh(Fleet())
    del collector.probed["host3"]
    collector.failed("host3", PING_MESH, "Ping", {"msg": "boom"}, ignored=True)
    assert collector.losses == {}
    assert reasons_of(collector)["host3"] == "Ping: boom"


def test_a_second_try_makes_up_for_failed_pings() -> None:
    collector = after_mesh(Fleet())
    found = probe(Fleet(), Faults(), mesh_of(Fleet()))["host3"]
    del collector.probed["host3"]
    collector.failed("host3", PING_MESH, "Ping", {"msg": "boom"})
    collector.succeeded("host3", PING_MESH, found)
    assert report_of(collector)["verdict"] == "pass"


def batch(collector: Collector, known: int, play: Play | None) -> None:
    """Let a batch of one host probe, or one more host of the same batch; it knows the first hosts only."""
    hosts = Fleet().hosts
    faults = Faults(lost=dict.fromkeys(hosts[known:], ("failed", "not asked")))
    mesh, host = mesh_of(Fleet(), faults), hosts[known - 1]
    if play:
        collector.play_started(play)
    collector.succeeded(host, MESH, {"mesh": mesh})
    collector.succeeded(host, PING_MESH, probe(Fleet(), faults, mesh)[host])


def test_batches_of_one_play_are_merged() -> None:
    collector = Collector()
    for known in (1, 2, 3):
        batch(collector, known, Play("a"))
    report = report_of(collector)
    assert (report["totals"]["as_expected"], report["totals"]["no_data"]) == (90, 54)
    assert collector.out_of_step


def test_another_play_begins_anew() -> None:
    collector = Collector()
    batch(collector, 1, Play("a"))
    batch(collector, 3, Play("b"))
    assert set(collector.probed) == {"host3"}
    assert report_of(collector)["totals"]["as_expected"] == 48
    assert not collector.out_of_step


def test_a_second_round_in_one_batch_makes_the_first_one_worthless() -> None:
    collector = after_mesh(Fleet())
    collector.succeeded("host1", MESH, {"mesh": mesh_of(Fleet(containers=1))})
    assert collector.probed == {}


def test_out_of_step_every_host_keeps_its_own_mesh() -> None:
    collector = Collector()
    collector.play_started(Play("a", (), in_step=False))
    for known in (1, 2, 3):
        batch(collector, known, None)
    assert report_of(collector)["totals"]["as_expected"] == 90


def test_out_of_step_the_mesh_with_most_hosts_counts_whenever_it_comes() -> None:
    collector = Collector()
    for known in (3, 1, 2):
        collector.play = Play("a", (), in_step=False)
        faults = Faults(lost=dict.fromkeys(Fleet().hosts[known:], ("failed", "not asked")))
        collector.succeeded(Fleet().hosts[known - 1], MESH, {"mesh": mesh_of(Fleet(), faults)})
    assert not any(host["lost"] and "asked" in host["detail"] for host in report_of(collector)["hosts"])


class Unread(dict[str, Any]):
    """A value that must not be looked at."""

    def items(self) -> Any:
        """Fail the test."""
        pytest.fail("the mesh among the arguments of every host was read")


def test_only_what_the_report_needs_is_read() -> None:
    collector = Collector()
    mesh = mesh_of(Fleet())
    collector.succeeded("host1", MESH, {"mesh": mesh})
    found = {**probe(Fleet(), Faults(), mesh)["host1"], "invocation": Unread()}
    collector.succeeded("host1", PING_MESH, found)
    assert set(collector.probed) == {"host1"}


def test_what_was_reported_is_not_reported_again() -> None:
    collector = after_mesh(Fleet())
    collector.start_over()
    assert collector.is_empty
    assert report_of(collector) is None
