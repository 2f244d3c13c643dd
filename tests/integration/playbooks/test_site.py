# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job on three hosts with real ipvlan. The tests run in this order, on one fleet that starts empty."""

from __future__ import annotations

import ipaddress
from itertools import combinations
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in

from tests.integration.fleet import Fleet, Run

HOSTS = 3
ENDPOINTS = HOSTS * 3  # two probe endpoints and the host itself
PAIRS_PER_FAMILY = ENDPOINTS * (ENDPOINTS - 1)

# The article's six findings, as relations of the contract.
FINDINGS = {
    "own_host": "blocked",
    "same_host": "open",
    "host_to_host": "open",
    "other_host": "open",
    "cross_host": "open",
}


def statuses(report: dict[str, Any], *, touching: str) -> tuple[set[str], set[str]]:
    """Return the statuses of the pairs that touch a host, and of those that do not."""

    def host_of(endpoint: str) -> str:
        return endpoint.partition("/")[0]

    touched = {p["status"] for p in pairs_in(report) if touching in (host_of(p["source"]), host_of(p["target"]))}
    others = {p["status"] for p in pairs_in(report) if touching not in (host_of(p["source"]), host_of(p["target"]))}
    return touched, others


@pytest.fixture(scope="module")
def converged(ipvlan_fleet: Fleet) -> Run:
    """Return the first real run on the fleet."""
    return ipvlan_fleet.play("site.yml")


def test_check_on_an_empty_fleet_shows_the_plan_and_changes_nothing(ipvlan_fleet: Fleet) -> None:
    before = ipvlan_fleet.everything()
    run = ipvlan_fleet.play("site.yml", "--check", "--diff")
    assert run.code == 0, run.output
    for number, host in enumerate(ipvlan_fleet.hosts):
        assert f"192.168.56.{128 + 16 * number}/28" in run.output, run.output
        assert host in run.output
    assert "create" in run.output
    assert ipvlan_fleet.everything() == before


def test_the_first_run_passes_with_no_pair_missing(converged: Run) -> None:
    assert converged.code == 0, converged.output
    report = converged.report
    assert report is not None
    assert report["schema_version"] == 1
    assert report["verdict"] == "pass"
    assert report["totals"] == {
        "pairs": 2 * PAIRS_PER_FAMILY,
        "as_expected": 2 * PAIRS_PER_FAMILY,
        "unexpected_blocked": 0,
        "unexpected_open": 0,
        "no_data": 0,
        "failed_checks": 0,
    }
    assert len(report["endpoints"]) == ENDPOINTS
    pairs = [(p["family"], p["source"], p["target"]) for p in pairs_in(report)]
    assert len(set(pairs)) == len(pairs) == 2 * PAIRS_PER_FAMILY
    assert report["causes"] == []


@pytest.mark.parametrize(("relation", "finding"), FINDINGS.items())
def test_the_findings_of_the_article(converged: Run, relation: str, finding: str) -> None:
    assert converged.report is not None
    observed = {p["observed"] for p in pairs_in(converged.report) if p["relation"] == relation}
    assert observed == {finding}


def test_the_matrix_is_printed_and_the_report_named(converged: Run) -> None:
    assert "PASS" in converged.output
    assert "blocked, as expected" in converged.output
    assert "reachability.json" in converged.output


def test_the_networks_are_identical_but_for_the_slice(converged: Run, ipvlan_fleet: Fleet) -> None:
    assert converged.code == 0, converged.output
    networks = {host: ipvlan_fleet.networks(host)["office"] for host in ipvlan_fleet.hosts}
    slices: list[Any] = []
    for network in networks.values():
        for own in ("Id", "Created", "Containers"):
            del network[own]
        slices += [ipaddress.ip_network(config.pop("IPRange")) for config in network["IPAM"]["Config"]]
    first, *rest = networks.values()
    assert all(network == first for network in rest)
    assert len(slices) == 2 * HOSTS
    assert not any(a.overlaps(b) for a, b in combinations(slices, 2) if a.version == b.version)


def test_the_second_run_changes_nothing(converged: Run, ipvlan_fleet: Fleet) -> None:
    assert converged.code == 0, converged.output
    run = ipvlan_fleet.play("site.yml")
    assert run.code == 0, run.output
    recap = run.recap()
    assert {host: recap[host]["changed"] for host in ipvlan_fleet.hosts} == dict.fromkeys(ipvlan_fleet.hosts, 0)


def test_a_host_that_is_down_is_no_data_and_everything_else_is_right(converged: Run, ipvlan_fleet: Fleet) -> None:
    assert converged.code == 0, converged.output
    ipvlan_fleet.lab("fault", "down", "host2")
    try:
        run = ipvlan_fleet.play("site.yml")
    finally:
        ipvlan_fleet.lab("heal")
    assert run.code != 0
    assert run.report is not None, run.output
    assert run.report["verdict"] == "incomplete"
    assert run.report["totals"]["pairs"] == 2 * PAIRS_PER_FAMILY
    assert statuses(run.report, touching="host2") == ({"no_data"}, {"as_expected"})
    assert [(c["kind"], c["hosts"]) for c in run.report["causes"]] == [("host_down", ["host2"])]


def test_the_healed_fleet_passes_and_nobody_has_moved(converged: Run, ipvlan_fleet: Fleet) -> None:
    assert converged.report is not None
    run = ipvlan_fleet.play("site.yml")
    assert run.code == 0, run.output
    assert run.report is not None
    assert run.report["networks"][0]["slices"] == converged.report["networks"][0]["slices"]
