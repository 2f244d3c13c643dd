# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a run."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._collector import (
    EXPERIMENTS,
    MESH,
    PING_MESH,
    Collector,
    Play,
)

from tests.unit.plugins.modes import HEALTHY, HOSTS, Odd, own_mesh, own_results
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
    del collector.sections[None].probed["host3"]
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
    assert collector.sections[None].probed == {}


ROW = {"kind": "assertion", "status": "fail", "network": None, "host": None, "family": None, "source": None}
FAILED = {**ROW, "target": None, "detail": "no", "cause": None}


def test_the_assertions_of_a_failed_verdict_are_in_the_report() -> None:
    collector = after_mesh(Fleet())
    collector.failed("host1", VERDICT, "Judge", {"msg": "no", "checks": [FAILED]})
    report = report_of(collector, "host1")
    assert report["checks"][-1] == FAILED
    assert (report["verdict"], report["totals"]["failed_checks"]) == ("fail", 1)


def test_the_assertions_of_a_verdict_that_passed_are_in_the_report() -> None:
    collector = after_mesh(Fleet())
    collector.succeeded("host1", VERDICT, {"checks": [{**FAILED, "status": "pass"}]})
    assert report_of(collector)["checks"][-1]["kind"] == "assertion"
    assert report_of(collector)["verdict"] == "pass"


def test_a_new_mesh_makes_older_assertions_worthless() -> None:
    collector = after_mesh(Fleet())
    collector.succeeded("host1", VERDICT, {"checks": [FAILED]})
    collector.succeeded("host1", MESH, {"mesh": mesh_of(Fleet(hosts=("host1", "host3")))})
    assert collector.sections[None].checks == []


def reasons_of(collector: Collector, *lost: str, interrupted: bool = False) -> dict[str, Any]:
    report = collector.report(lost, "2026-01-31T12:00:00Z", interrupted=interrupted)
    return {host["name"]: host["detail"] for host in report["hosts"]} if report else {}


@pytest.mark.parametrize(
    ("interrupted", "reason"),
    [(True, "the run was interrupted before ping_mesh"), (False, "the run ended before ping_mesh")],
)
def test_a_host_without_an_answer_says_why(interrupted: bool, reason: str) -> None:
    collector = after_mesh(Fleet())
    del collector.sections[None].probed["host3"]
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
    del collector.sections[None].probed["host3"]
    collector.failed("host3", PING_MESH, "Ping", {"msg": "boom"}, ignored=True)
    assert collector.losses == {}
    assert reasons_of(collector)["host3"] == "Ping: boom"


def test_a_second_try_makes_up_for_failed_pings() -> None:
    collector = after_mesh(Fleet())
    found = probe(Fleet(), Faults(), mesh_of(Fleet()))["host3"]
    del collector.sections[None].probed["host3"]
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
    assert set(collector.sections[None].probed) == {"host3"}
    assert report_of(collector)["totals"]["as_expected"] == 48
    assert not collector.out_of_step


def test_a_second_round_in_one_batch_makes_the_first_one_worthless() -> None:
    collector = after_mesh(Fleet())
    collector.succeeded("host1", MESH, {"mesh": mesh_of(Fleet(containers=1))})
    assert collector.sections[None].probed == {}


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
    assert set(collector.sections[None].probed) == {"host1"}


def test_what_was_reported_is_not_reported_again() -> None:
    collector = after_mesh(Fleet())
    collector.start_over()
    assert collector.is_empty
    assert report_of(collector) is None


BUILD = "dockerlan.fleet.experiment"
FACTS = {"facts": {"experiment": {"looks": []}}}
LOST = {"host2": ("failed", "the host was lost before it could be asked")}


def show(collector: Collector, name: str, odd: Odd = HEALTHY) -> None:
    """Let all hosts go through an experiment."""
    mesh = own_mesh(name, name, odd=odd)
    for host in mesh["hosts"]:
        if not host["lost"]:
            collector.succeeded(host["name"], BUILD, FACTS)
    collector.succeeded("host1", MESH, {"mesh": mesh})
    for host, result in own_results(mesh, odd).items():
        collector.succeeded(host, PING_MESH, result)


def collected(*names: str) -> Collector:
    collector = Collector()
    collector.play_started(Play("a", HOSTS))
    for name in names:
        show(collector, name)
    return collector


def networks_of(collector: Collector) -> list[str]:
    return [network["name"] for network in report_of(collector)["networks"]]


def test_sections_of_a_play_are_in_one_report() -> None:
    report = report_of(collected("bridge", "host", "none"))
    assert [network["name"] for network in report["networks"]] == ["bridge", "host", "none"]
    assert (report["verdict"], report["totals"]["as_expected"]) == ("pass", report["totals"]["pairs"])


def test_a_second_mesh_of_a_section_replaces_the_first() -> None:
    collector = collected("bridge", "host")
    collector.succeeded("host1", VERDICT, {"checks": [FAILED]})
    collector.succeeded("host1", MESH, {"mesh": own_mesh("host", "host", hosts=HOSTS[:2])})
    report = report_of(collector)
    assert [network["name"] for network in report["networks"]] == ["bridge", "host"]
    assert report["totals"]["no_data"] == 6 * 5
    assert not [check for check in report["checks"] if check["kind"] == "assertion"]


@pytest.mark.parametrize("first", ["bridge", None])
def test_sections_and_plain_meshes_do_not_mix(first: str | None) -> None:
    collector = collected("bridge") if first else after_mesh(Fleet())
    if first:
        collector.succeeded("host1", MESH, {"mesh": mesh_of(Fleet())})
    else:
        show(collector, "bridge")
    assert networks_of(collector) == (["office"] if first else ["bridge"])


def test_the_sections_of_another_play_start_over() -> None:
    collector = collected("bridge", "host")
    collector.play_started(Play("b", HOSTS))
    show(collector, "bridge")
    assert networks_of(collector) == ["bridge"]


def test_the_same_plain_mesh_of_another_play_keeps_the_records() -> None:
    collector = after_mesh(Fleet())
    collector.play_started(Play("b", HOSTS))
    collector.succeeded("host1", MESH, {"mesh": mesh_of(Fleet())})
    assert report_of(collector)["verdict"] == "pass"


def test_the_modes_of_an_earlier_play_are_not_missed_in_a_plain_report() -> None:
    collector = Collector()
    collector.play_started(Play("a", HOSTS))
    collector.succeeded("host1", EXPERIMENTS, {"modes": ["bridge", "host"]})
    show(collector, "bridge")
    collector.play_started(Play("b", HOSTS))
    collector.succeeded("host1", MESH, {"mesh": mesh_of(Fleet())})
    assert "mode" not in {check["kind"] for check in report_of(collector)["checks"]}


def test_checks_of_verdicts_belong_to_their_section_in_order() -> None:
    collector = collected("bridge")
    row = {**FAILED, "kind": "mode", "status": "pass", "detail": "first"}
    collector.succeeded("host1", VERDICT, {"checks": [row]})
    show(collector, "host")
    collector.failed(
        "host1", VERDICT, "Judge", {"msg": "no", "checks": [{**row, "detail": "second", "status": "fail"}]}
    )
    report = report_of(collector, "host1")
    assert [check["detail"] for check in report["checks"] if check["kind"] == "mode"] == ["first", "second"]
    assert (report["verdict"], report["totals"]["failed_checks"]) == ("fail", 1)
    assert not any(host["lost"] for host in report["hosts"])


def lost_in(report: Any, network: str) -> dict[str, str]:
    """Return the evidence of the causes that a network has, by their ids."""
    return {cause["id"]: " ".join(cause["evidence"]) for cause in report["causes"] if network in cause["networks"]}


def test_a_host_that_failed_in_one_mode_takes_part_in_the_next() -> None:
    collector = collected("bridge")
    collector.failed("host2", BUILD, "Build host", {"msg": "no space left"})
    show(collector, "host", Odd(lost=LOST))
    show(collector, "none")
    report = report_of(collector)
    assert not any(host["lost"] for host in report["hosts"])
    assert lost_in(report, "host") == {"failed:host2": "host2: Build host: no space left"}
    assert (lost_in(report, "bridge"), lost_in(report, "none")) == ({}, {})


def test_a_host_is_lost_to_what_it_failed_in_last() -> None:
    collector = collected()
    collector.failed("host2", BUILD, "Build bridge", {"msg": "no space left"})
    show(collector, "bridge", Odd(lost=LOST))
    show(collector, "host")
    collector.failed("host2", BUILD, "Build none", {"msg": "no route", "unreachable": True})
    show(collector, "none", Odd(lost=LOST))
    show(collector, "container", Odd(lost=LOST))
    report = report_of(collector, "host2")
    assert (report["hosts"][1]["reason"], report["hosts"][1]["detail"]) == ("host_down", "Build none: no route")
    assert report["hosts"][1]["method"] == "netns"
    found = {network: list(lost_in(report, network)) for network in ("bridge", "host", "none", "container")}
    assert found == {
        "bridge": ["failed:host2"],
        "host": [],
        "none": ["host-down:host2"],
        "container": ["host-down:host2"],
    }


def test_a_host_that_failed_to_tidy_up_has_its_records() -> None:
    collector = collected("bridge")
    collector.failed("host2", BUILD, "Remove bridge", {"msg": "boom"})
    assert report_of(collector, "host2")["verdict"] == "pass"


def test_a_host_that_failed_between_mesh_and_probes_says_why() -> None:
    collector = collected("bridge")
    del collector.sections["bridge"].probed["host2"]
    collector.failed("host2", "dockerlan.fleet.routes", "Install routes", {"msg": "boom"})
    show(collector, "host")
    assert lost_in(report_of(collector), "bridge") == {"failed:host2": "host2: Install routes: boom"}


def test_an_interrupted_run_has_the_sections_so_far_and_names_the_modes_that_are_missing() -> None:
    collector = Collector()
    collector.play_started(Play("a", HOSTS))
    collector.succeeded("host1", EXPERIMENTS, {"modes": ["bridge", "host", "none"]})
    show(collector, "bridge")
    assert collector.modes == ["bridge", "host", "none"]
    report = collector.report([], "2026-01-31T12:00:00Z", interrupted=True)
    assert report is not None
    told = [(check["kind"], check["status"], check["detail"]) for check in report["checks"]]
    assert told == [
        ("mode", "fail", f"{mode}: the run was interrupted before it was probed") for mode in ("host", "none")
    ]
    assert report_of(collector)["checks"][0]["detail"] == "host: no host came as far as to probe it"
    assert [network["name"] for network in report["networks"]] == ["bridge"]
    show(collector, "host")
    show(collector, "none")
    assert report_of(collector)["checks"] == []


def test_a_refused_plan_of_experiments_loses_no_host() -> None:
    collector = Collector()
    collector.succeeded("host1", HOST_INFO, {"facts": {}})
    collector.failed("host1", EXPERIMENTS, "Plan", {"msg": "no"})
    assert report_of(collector, "host1") is None


def test_what_was_reported_is_forgotten() -> None:
    collector = collected("bridge")
    collector.succeeded("host1", EXPERIMENTS, {"modes": ["bridge"]})
    collector.start_over()
    assert collector.is_empty
    assert (collector.modes, collector.observed_by("host1")) == ((), None)


def test_the_last_section_is_the_one_that_a_host_has_observed() -> None:
    collector = collected("bridge", "host")
    observed = collector.observed_by("host2")
    assert observed is not None
    assert observed[0]["section"] == "host"
