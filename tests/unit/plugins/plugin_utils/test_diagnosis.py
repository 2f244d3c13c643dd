# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cause a pattern is given."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss

from tests.unit.plugins.fleets import (
    Endpoint,
    cut_wire,
    filtering_wire,
    fleet_mesh,
    healthy_wire,
    probe,
    report_of,
)


def causes_of(report: dict[str, Any]) -> list[tuple[str, list[str], int]]:
    return [(cause["id"], cause["hosts"], cause["pairs"]) for cause in report["causes"]]


def unexpected(report: dict[str, Any]) -> int:
    return int(report["totals"]["unexpected_blocked"] + report["totals"]["unexpected_open"])


@pytest.mark.parametrize("hosts", [["host2"], ["host1", "host3"], ["host1", "host2", "host3"]], ids="+".join)
def test_a_mac_filter_is_found_on_exactly_the_filtered_hosts(hosts: list[str]) -> None:
    report = report_of(fleet_mesh(driver="macvlan"), filtering_wire(*hosts))
    assert causes_of(report) == [(f"mac-filter:{','.join(hosts)}", hosts, unexpected(report))]


def test_a_mac_filter_is_explained_in_words_and_with_settings() -> None:
    (cause,) = report_of(fleet_mesh(driver="macvlan"), filtering_wire("host2"))["causes"]
    assert cause["kind"] == "mac_filter"
    assert cause["networks"] == ["office"]
    assert "in front of it drops frames for MAC addresses" in cause["explanation"]
    for words in ("promiscuous mode", "forged transmits", "MAC address spoofing", "ipvlan and mode l2"):
        assert words in cause["cure"]


def test_a_mac_filter_is_found_where_hosts_have_no_address_on_the_lan() -> None:
    mesh = fleet_mesh(driver="macvlan")
    mesh["endpoints"] = [end for end in mesh["endpoints"] if end["kind"] == "container"]
    for index, end in enumerate(mesh["endpoints"]):
        end["index"] = index
    report = report_of(mesh, filtering_wire("host2"))
    assert causes_of(report) == [("mac-filter:host2", ["host2"], unexpected(report))]


def test_the_same_pattern_with_ipvlan_is_no_mac_filter() -> None:
    report = report_of(fleet_mesh(driver="ipvlan"), filtering_wire("host2"))
    assert [cause["kind"] for cause in report["causes"]] == ["unexplained"]


def test_a_mac_filter_is_found_beside_a_lost_host() -> None:
    mesh = fleet_mesh(driver="macvlan", lost={"host3": Loss("host_down", "no route")})
    report = report_of(mesh, filtering_wire("host2"))
    assert [cause["id"] for cause in report["causes"]] == ["host-down:host3", "mac-filter:host2"]


@pytest.mark.parametrize("driver", ["ipvlan", "macvlan"])
def test_a_host_that_is_cut_off_is_a_partition(driver: str) -> None:
    report = report_of(fleet_mesh(driver=driver), cut_wire("host2"))
    assert causes_of(report) == [("partition:host2", ["host2"], unexpected(report))]


def test_containers_that_do_not_reach_each_other_either_belong_to_the_partition() -> None:
    def no_carrier(source: Endpoint, target: Endpoint) -> State:
        return State.LOST if source["host"] == target["host"] == "host2" else cut_wire("host2")(source, target)

    report = report_of(fleet_mesh(driver="macvlan"), no_carrier)
    assert causes_of(report) == [("partition:host2", ["host2"], unexpected(report))]
    assert "The containers on host2 do not even reach each other" in report["causes"][0]["explanation"]
    assert "do not even reach each other" not in report_of(fleet_mesh(), cut_wire("host2"))["causes"][0]["explanation"]


def test_a_fault_of_one_family_is_found_and_said() -> None:
    report = report_of(fleet_mesh(), healthy_wire, cut_wire("host2"))
    assert causes_of(report) == [("partition:host2", ["host2"], unexpected(report))]
    assert report["causes"][0]["explanation"].endswith(" Only IPv6 is affected.")


def test_two_hosts_apart_are_both_named() -> None:
    report = report_of(fleet_mesh(["a", "b"]), cut_wire("b"))
    assert causes_of(report) == [("partition:a,b", ["a", "b"], unexpected(report))]


@pytest.mark.parametrize("reason", ["host_down", "engine_down", "failed"])
def test_lost_hosts_are_named_with_their_reason(reason: str) -> None:
    report = report_of(fleet_mesh(lost={"host1": Loss(reason, "x"), "host3": Loss(reason, "x")}))
    (cause,) = report["causes"]
    assert (cause["kind"], cause["hosts"], cause["pairs"]) == (reason, ["host1", "host3"], report["totals"]["no_data"])
    assert "host1 and host3" in cause["explanation"]


def test_a_host_that_went_down_while_probing_explains_missing_answers() -> None:
    mesh = fleet_mesh()
    report = report_of(mesh, cut_wire("host2"), host2={"unreachable": True, "msg": "gone"})
    assert [cause["id"] for cause in report["causes"]] == ["host-down:host2"]
    assert report["totals"]["unexpected_blocked"] > 0


def test_a_host_whose_probing_failed_does_not_explain_missing_answers() -> None:
    report = report_of(fleet_mesh(), cut_wire("host2"), host2={"failed": True, "msg": "boom"})
    assert [cause["kind"] for cause in report["causes"]] == ["failed", "unexplained"]


def test_probes_that_could_not_be_sent_are_the_sources_own() -> None:
    mesh = fleet_mesh()

    def wire(source: Endpoint, target: Endpoint) -> State:
        return State.SEND_ERROR if source["host"] == "host2" else healthy_wire(source, target)

    result = {**probe(mesh, wire)["host2"], "errors": [{"text": "No buffer space available"}] * 3}
    report = report_of(mesh, wire, host2=result)
    assert causes_of(report) == [("not-probed:host2", ["host2"], 48)]
    assert "It said: No buffer space available." in report["causes"][0]["explanation"]


def test_a_host_that_reaches_its_own_containers_is_not_isolated() -> None:
    def wire(source: Endpoint, target: Endpoint) -> State:
        return State.REPLY if source["host"] == "host2" else healthy_wire(source, target)

    report = report_of(fleet_mesh(), wire)
    assert causes_of(report) == [("not-isolated:host2", ["host2"], 8)]


def test_what_fits_no_pattern_says_so_and_names_its_hosts() -> None:
    def wire(source: Endpoint, target: Endpoint) -> State:
        odd = (source["id"], target["id"]) == ("host3/dockerlan-office-1", "host1/dockerlan-office-2")
        return State.LOST if odd else healthy_wire(source, target)

    report = report_of(fleet_mesh(), wire)
    assert causes_of(report) == [("unexplained:office", ["host3", "host1"], 2)]
    assert "no pattern" in report["causes"][0]["explanation"]


def test_the_id_of_a_cause_of_many_hosts_stays_short() -> None:
    hosts = [f"h{number}" for number in range(8)]
    (cause,) = report_of(fleet_mesh(hosts, driver="macvlan"), filtering_wire(*hosts))["causes"]
    assert cause["id"] == "mac-filter:h0,h1,h2,+5"
    assert cause["hosts"] == hosts
