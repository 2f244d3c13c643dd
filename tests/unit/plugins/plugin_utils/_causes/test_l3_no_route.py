# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routed modes: the routes to add."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import build_report, outcome_of

from tests.unit.plugins.simulation import Faults, Fleet, mesh_of, probe, report_of

TWO = Fleet(hosts=("host1", "host2"), driver="ipvlan", mode="l3")
NO_WAY = frozenset({("host1", "host2"), ("host2", "host1")})
ROUTES = [
    "host1: ip route add 192.168.56.160/28 via 192.168.56.12",
    "host2: ip route add 192.168.56.144/28 via 192.168.56.11",
    "host1: ip -6 route add fdb2:2c26:f4e4::2:0/112 via fdb2:2c26:f4e4::12",
    "host2: ip -6 route add fdb2:2c26:f4e4::1:0/112 via fdb2:2c26:f4e4::11",
]


def test_no_way_names_every_missing_route() -> None:
    (cause,) = report_of(TWO, Faults(no_route=NO_WAY))["causes"]
    assert cause["evidence"] == ROUTES
    assert "no route either way" in cause["explanation"]


def test_one_way_names_the_route_back() -> None:
    (cause,) = report_of(TWO, Faults(no_route=frozenset({("host2", "host1")})))["causes"]
    assert cause["evidence"] == [ROUTES[1], ROUTES[3]]
    assert cause["hosts"] == ["host2"]
    assert "one way only: host1 has a route to host2, but host2 has none back" in cause["explanation"]


def test_the_routes_that_are_printed_are_all_that_is_missing() -> None:
    some = frozenset({("host1", "host2"), ("host1", "host3"), ("host3", "host1")})
    fleet = replace(TWO, hosts=("host1", "host2", "host3"))
    (cause,) = report_of(fleet, Faults(no_route=some))["causes"]
    assert cause["hosts"] == ["host1", "host3"]
    assert len(cause["evidence"]) == 2 * len(some)
    assert "The others have no route either way" in cause["explanation"]


def test_a_route_through_the_wrong_host_is_replaced() -> None:
    fleet = replace(TWO, hosts=("host1", "host2", "host3"), families=("ipv4",))
    faults = Faults(no_route=frozenset({("host1", "host2")}))
    mesh = mesh_of(fleet, faults)
    results = probe(fleet, faults, mesh)
    wrong = {"destination": "192.168.56.160/28", "link": "eth0", "gateway": "192.168.56.13"}
    results["host1"]["evidence"]["routes"].append(wrong)
    (cause,) = build_report(mesh, {host: outcome_of(result) for host, result in results.items()}, "")["causes"]
    assert cause["evidence"] == ["host1: ip route replace 192.168.56.160/28 via 192.168.56.12"]


def test_a_route_over_a_router_of_their_own_is_left_alone() -> None:
    fleet = replace(TWO, families=("ipv4",))
    faults = Faults(no_route=NO_WAY)
    mesh = mesh_of(fleet, faults)
    results = probe(fleet, faults, mesh)
    for result in results.values():
        row = {"destination": "192.168.56.128/25", "link": "eth0", "gateway": "192.168.56.1"}
        result["evidence"]["routes"].append(row)
    report = build_report(mesh, {host: outcome_of(result) for host, result in results.items()}, "")
    assert [cause["kind"] for cause in report["causes"]] == ["unexplained"]


def test_a_healthy_routed_fleet_has_no_cause() -> None:
    assert report_of(TWO)["causes"] == []
