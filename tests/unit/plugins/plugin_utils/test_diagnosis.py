# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cause each fault of a fleet is given: that one, on those hosts, and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.scenes import HOST2, SCENES, TOGETHER
from tests.unit.plugins.simulation import Faults, Fleet, report_of

FAMILIES = {"both": ("ipv4", "ipv6"), "v4": ("ipv4",), "v6": ("ipv6",)}
# Faults that a LAN can have in one address family only.
OF_ONE_FAMILY = [
    *["partition", "partition, ipvlan", "mac filter", "stranger", "stale", "mtu", "no routes", "wall that drops all"],
    *["gateway of one", "full table", "vlan"],
]


def named(report: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(cause["kind"], cause["hosts"]) for cause in report["causes"]]


@pytest.mark.parametrize("scene", SCENES)
def test_each_fault_has_its_cause_on_its_hosts_and_no_other(scene: str) -> None:
    fleet, faults, causes = SCENES[scene]
    report = report_of(fleet, faults)
    assert named(report) == causes
    assert report["verdict"] != "pass"
    assert all(pair["cause"] for pair in pairs_in(report) if pair["status"] != "as_expected")
    assert all(check["cause"] for check in report["checks"] if check["status"] == "fail")


@pytest.mark.parametrize("families", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("scene", OF_ONE_FAMILY)
def test_a_fault_of_one_family_is_found_in_a_lan_with_one_and_with_two(scene: str, families: tuple[str, ...]) -> None:
    fleet, faults, causes = SCENES[scene]
    report = report_of(fleet, replace(faults, families=families))
    assert named(report) == causes
    (cause,) = report["causes"]
    assert ("is affected" in cause["explanation"]) == (len(families) == 1)
    if len(families) == 1:
        alone = report_of(replace(fleet, families=families), faults)
        assert named(alone) == causes
        assert "is affected" not in alone["causes"][0]["explanation"]


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize("scene", SCENES)
def test_what_is_cached_proves_nothing(scene: str, warm: bool) -> None:
    fleet, faults, causes = SCENES[scene]
    report = report_of(fleet, replace(faults, warm=warm))
    if faults.gateway and warm:
        return
    assert named(report) == causes


@pytest.mark.parametrize("scene", SCENES)
def test_the_questions_of_others_on_the_wire_are_no_answers(scene: str) -> None:
    fleet, faults, causes = SCENES[scene]
    assert named(report_of(fleet, replace(faults, crosstalk=True))) == causes


FLEETS = st.builds(
    Fleet,
    hosts=st.integers(1, 4).map(lambda number: tuple(f"host{n}" for n in range(1, number + 1))),
    containers=st.integers(0, 3),
    driver=st.sampled_from(["macvlan", "ipvlan"]),
    families=st.sampled_from([("ipv4",), ("ipv6",), ("ipv4", "ipv6")]),
    parent=st.sampled_from(["eth0", "eth0.20"]),
    hosts_have_addresses=st.booleans(),
    topology=st.sampled_from(["full", "hosts", "ring"]),
)


@settings(max_examples=150)
@given(FLEETS, st.data())
def test_a_healthy_fleet_has_no_cause_whatever_its_times_and_single_losses(fleet: Fleet, data: st.DataObject) -> None:
    def slow(pair: Pair) -> Record:
        loss = data.draw(st.sampled_from([0.0, 0.5]), str(pair))
        return Record(State.REPLY, loss, 10.0, 10.0 ** data.draw(st.integers(2, 6)), 10.0**7)

    healthy = report_of(fleet)
    assert healthy["causes"] == []
    places = {end["id"]: end["index"] for end in healthy["endpoints"]}
    answered = [pair for pair in pairs_in(healthy) if pair["state"] == "reply"]
    chosen = data.draw(st.lists(st.sampled_from(answered), max_size=8)) if answered else []
    records = {
        pair: slow(pair)
        for pair in (Pair(one["family"], places[one["source"]], places[one["target"]]) for one in chosen)
    }
    report = report_of(fleet, records=records)
    assert report["causes"] == []
    assert report["verdict"] == ("pass" if report["totals"]["pairs"] else "incomplete")


MODES = [("macvlan", "private", ""), ("macvlan", "vepa", ""), ("ipvlan", "l2", "private"), ("ipvlan", "l2", "vepa")]


@pytest.mark.parametrize(("driver", "mode", "flag"), [*MODES, ("ipvlan", "l3", ""), ("ipvlan", "l3s", "")])
def test_every_mode_passes_when_it_does_what_it_says(driver: str, mode: str, flag: str) -> None:
    report = report_of(Fleet(driver=driver, mode=mode, flag=flag))
    assert (report["verdict"], report["causes"]) == ("pass", [])


def test_a_shim_is_expected_to_let_the_host_in_by_family() -> None:
    leaking = Faults(leaks=HOST2)
    assert report_of(Fleet(shims={"host2": ("ipv4", "ipv6")}), leaking)["verdict"] == "pass"
    report = report_of(Fleet(shims={"host2": ("ipv4",)}), leaking)
    assert named(report) == [("not_isolated", ["host2"])]
    assert {pair["family"] for pair in pairs_in(report) if pair["cause"]} == {"ipv6"}


@pytest.mark.parametrize("scene", TOGETHER)
def test_two_faults_on_different_hosts_are_both_named(scene: str) -> None:
    fleet, faults, causes = TOGETHER[scene]
    assert named(report_of(fleet, faults)) == causes


ONE_FAULT = {
    "unplugged": ("parent_down", lambda host: Faults(unplugged=frozenset({host}))),
    "cut": ("partition", lambda host: Faults(cut=frozenset({host}))),
    "filtered": ("mac_filter", lambda host: Faults(filtered=frozenset({host}))),
    "stranger": ("duplicate_address", lambda host: Faults(strangers={f"{host}/web-1": False})),
    "impostor": ("duplicate_address", lambda host: Faults(strangers={f"{host}/web-1": True})),
    "mtu": ("mtu_mismatch", lambda host: Faults(mtu={host: 1450})),
    "stranded": ("only_lo", lambda host: Faults(stranded=frozenset({f"{host}/web-1"}))),
    "full": ("neighbour_overflow", lambda host: Faults(full_table=frozenset({host}))),
    "echo": ("container_firewall", lambda host: Faults(walls={f"{host}/web-1": "echo"})),
    "reject": ("container_firewall", lambda host: Faults(walls={f"{host}/web-1": "reject"})),
    "gateway": ("gateway_unreachable", lambda host: Faults(gateway=frozenset({host}))),
    "lost": ("host_down", lambda host: Faults(lost={host: ("host_down", "no route")})),
}
WHERE = st.builds(
    Fleet,
    hosts=st.integers(2, 5).map(lambda number: tuple(f"host{n}" for n in range(1, number + 1))),
    containers=st.integers(1, 3),
    driver=st.sampled_from(["macvlan", "ipvlan"]),
    families=st.sampled_from([("ipv4",), ("ipv6",), ("ipv4", "ipv6")]),
    hosts_have_addresses=st.booleans(),
)


@settings(max_examples=400)
@given(WHERE, st.sampled_from(sorted(ONE_FAULT)), st.integers(0, 4), st.booleans())
def test_one_fault_anywhere_has_one_cause_on_its_host(fleet: Fleet, fault: str, place: int, warm: bool) -> None:
    kind, broken = ONE_FAULT[fault]
    host = fleet.hosts[place % len(fleet.hosts)]
    if fault == "filtered" and fleet.driver == "ipvlan":
        kind = "address_filter"
    faults = replace(broken(host), warm=warm and fault != "gateway")
    report = report_of(fleet, faults)
    if report["verdict"] != "pass":
        assert named(report) == [(kind, [host])]
