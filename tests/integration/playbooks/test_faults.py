# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report says when the LAN or a host is broken, on three hosts with real macvlan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.fleet import Fleet, Run


@contextmanager
def fault(fleet: Fleet, name: str, *hosts: str) -> Iterator[None]:
    """Inject a fault and heal it, whatever happens in between."""
    fleet.lab("fault", name, *hosts)
    try:
        yield
    finally:
        fleet.lab("heal")


def site(fleet: Fleet) -> Run:
    """Run the main job with macvlan."""
    return fleet.play("site.yml", "-e", "lab_driver=macvlan")


@pytest.fixture(scope="module")
def healthy(macvlan_fleet: Fleet) -> Fleet:
    """Return the fleet after a run that passed: every fault below is the only difference."""
    run = site(macvlan_fleet)
    assert run.code == 0, run.output
    assert run.report is not None
    assert run.report["totals"]["as_expected"] == run.report["totals"]["pairs"] == 144
    return macvlan_fleet


def test_filtered_macs_are_named_and_healed(healthy: Fleet) -> None:
    with fault(healthy, "filter-mac", "host2"):
        run = site(healthy)
    assert run.code != 0
    assert run.report is not None, run.output
    assert run.report["verdict"] == "fail"
    broken = {(p["source"], p["target"]) for p in run.report["pairs"] if p["status"] == "unexpected_blocked"}
    assert broken
    assert all(any(end.startswith("host2/") for end in pair) for pair in broken)
    assert [(c["kind"], c["hosts"]) for c in run.report["causes"]] == [("mac_filter", ["host2"])]
    assert "forged transmits" in run.output.lower()
    again = site(healthy)
    assert again.code == 0, again.output


def test_a_partitioned_host_is_named(healthy: Fleet) -> None:
    with fault(healthy, "partition", "host3"):
        run = site(healthy)
    assert run.code != 0
    assert run.report is not None, run.output
    assert [c["hosts"] for c in run.report["causes"]] == [["host3"]]
    assert {c["kind"] for c in run.report["causes"]} <= {"partition", "host_down"}


def test_a_dead_engine_is_named(healthy: Fleet) -> None:
    with fault(healthy, "engine-down", "host1"):
        run = site(healthy)
    assert run.code != 0
    assert run.report is not None, run.output
    assert [(c["kind"], c["hosts"]) for c in run.report["causes"]] == [("engine_down", ["host1"])]
    assert run.report["totals"]["unexpected_blocked"] == run.report["totals"]["unexpected_open"] == 0


def test_a_difference_is_refused_with_all_of_them_and_nothing_changes(healthy: Fleet) -> None:
    before = healthy.everything()
    run = healthy.play("site.yml", "-e", "lab_driver=ipvlan")
    assert run.code != 0
    for word in ("host1", "host2", "host3", "driver", "macvlan_mode", "ipvlan_mode"):
        assert word in run.output
    assert healthy.everything() == before


def test_teardown_leaves_nothing_and_may_run_twice(healthy: Fleet) -> None:
    down = healthy.play("playbooks/teardown.yml", "-e", "lab_driver=macvlan")
    assert down.code == 0, down.output
    for host in healthy.hosts:
        assert healthy.networks(host) == {}
        assert healthy.on(host, "docker", "ps", "-aq").strip() == ""
    again = healthy.play("playbooks/teardown.yml", "-e", "lab_driver=macvlan")
    assert again.code == 0, again.output
    assert {counts["changed"] for counts in again.recap().values()} == {0}
