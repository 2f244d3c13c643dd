# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Causes on three hosts with kernels of their own and real ipvlan: VLANs, routes, full tables, shared parents.

Every test breaks one thing and ends with a run that passes. The fleet is left empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from lab.faults import stranger as strangers
from tests.integration.fleet import Fleet
from tests.integration.playbooks.breakage import (
    Patient,
    broken,
    endpoint_address,
    fault,
    forget_neighbours,
    healthy,
    report_of,
    run_on,
    the_cause,
    verified_beside_stranger,
)
from tests.integration.playbooks.scene import IMAGE, created

VICTIM = "host2/dockerlan-office-1"
HEALTHY_RUNS = 10
# Hosts have no address on the VLAN and the lab's gateway is not there either.
VOICE = {
    "name": "voice",
    "driver": "ipvlan",
    "parent": "eth0.20",
    "internal": True,
    "subnets": [{"subnet": "10.20.0.0/24", "range": "10.20.0.128/25"}],
}
# Of one family: two would only make the same routes missing twice.
ROUTED = {
    "name": "routed",
    "driver": "ipvlan",
    "mode": "l3",
    "parent": "eth0",
    "subnets": [{"subnet": "10.30.0.0/24", "gateway": "10.30.0.1", "range": "10.30.0.128/25"}],
}


@pytest.fixture(scope="module")
def fleet(ipvlan_fleet: Fleet) -> Iterator[Fleet]:
    """Lend the fleet, and leave it without networks and containers."""
    yield ipvlan_fleet
    for lans in ({}, {"dockerlan_lans": [VOICE]}, {"dockerlan_lans": [ROUTED]}):
        Patient(ipvlan_fleet, lans).play("playbooks/teardown.yml")


@pytest.fixture(scope="module")
def patient(fleet: Fleet) -> Patient:
    """Roll the lab's LAN out, and see that all is well."""
    found = Patient(fleet, {})
    healthy(found.play("site.yml"))
    return found


def test_an_address_that_a_stranger_has_too(patient: Patient) -> None:
    address = endpoint_address(patient.prove_healthy(), VICTIM)
    run = verified_beside_stranger(patient, "--answers-pings", address)
    the_cause(run, "duplicate_address", "host2", says=strangers.mac(1))
    patient.prove_healthy()


def test_a_full_neighbour_table(patient: Patient) -> None:
    with fault(patient.fleet, "neighbour-limit", "host1"):
        run = patient.verify()
    the_cause(run, "neighbour_overflow", "host1", says="gc_thresh3")
    patient.prove_healthy()


def test_a_second_network_on_the_parent(patient: Patient) -> None:
    """The containers of whichever network is started second do not start, as after a reboot."""
    first = f"docker run --detach --name rival --network rival {IMAGE} sleep 3600"
    endpoints = "docker stop --time 0 dockerlan-office-1 dockerlan-office-2"
    cures = ("docker rm --force rival", "docker network rm rival")
    with broken(patient.fleet, "host3", by=(endpoints, created("rival", subnet="10.40.0"), first), cured_by=cures):
        run = patient.verify()
    the_cause(run, "parent_conflict", "host3", says="rival")
    patient.prove_healthy()


def test_healthy_runs_name_no_cause(patient: Patient) -> None:
    while patient.healthy_runs < HEALTHY_RUNS:
        forget_neighbours(patient.fleet)  # each second one as the first one ever
        patient.prove_healthy()
        patient.prove_healthy()


def test_a_vlan_that_a_switch_port_does_not_carry(fleet: Fleet) -> None:
    voice = Patient(fleet, {"dockerlan_lans": [VOICE]})
    healthy(voice.play("site.yml"))
    with fault(fleet, "no-vlan", "host2"):
        run = voice.verify()
    the_cause(run, "vlan_not_trunked", "host2", says="VLAN 20")
    voice.prove_healthy()
    down = voice.play("playbooks/teardown.yml")
    assert down.code == 0, down.output


def routes_in(cause: dict[str, Any]) -> dict[str, list[str]]:
    """Return by host the commands that a cause says to run there."""
    commands: dict[str, list[str]] = {}
    for line in cause["evidence"]:
        found = re.fullmatch(r"(\S+): (ip route add \S+ via \S+)", line)
        if found:
            commands.setdefault(found[1], []).append(found[2])
    return commands


@pytest.fixture(scope="module")
def routed(fleet: Fleet) -> Patient:
    """Lend the routed LAN, which nobody has made yet; one parent has one ipvlan network, so the other one goes."""
    assert Patient(fleet, {}).play("playbooks/teardown.yml").code == 0
    return Patient(fleet, {"dockerlan_lans": [ROUTED]})


def test_routes_that_are_missing_one_way_and_every_way(fleet: Fleet, routed: Patient) -> None:
    cause = the_cause(routed.play("site.yml"), "l3_no_route", *fleet.hosts, says="no route either way")
    routes = routes_in(cause)
    assert {host: len(commands) for host, commands in routes.items()} == dict.fromkeys(fleet.hosts, 2)
    try:
        for host, commands in routes.items():
            run_on(fleet, host, *commands)
        routed.prove_healthy()
        run_on(fleet, "host3", routes["host3"][0].replace(" add ", " delete "))
        cause = the_cause(routed.verify(), "l3_no_route", "host3", says="It is one way only")
        assert routes_in(cause) == {"host3": routes["host3"][:1]}
        run_on(fleet, "host3", *routes_in(cause)["host3"])
        routed.prove_healthy()
    finally:
        for host, commands in routes.items():
            fleet.on(host, "sh", "-c", "; ".join(command.replace(" add ", " delete ") for command in commands))
    assert report_of(routed.verify())["causes"][0]["kind"] == "l3_no_route"


def own_routes(fleet: Fleet, host: str) -> list[str]:
    """Return the routes of a host that the collection has made, as destination and gateway."""
    lines = run_on(fleet, host, "ip route show proto 111").splitlines()
    return sorted(" ".join(line.split()[:3]) for line in lines)


def test_routes_that_are_installed_are_all_that_is_needed_and_go_with_the_network(
    fleet: Fleet, routed: Patient
) -> None:
    run = routed.play("site.yml", network_routes="install")
    healthy(run)
    commands = re.findall(r"ip route replace (\S+) via (\S+) dev eth0  # (\S+), routed", run.output)
    assert len({destination for destination, _gateway, _host in commands}) == len(fleet.hosts)
    for host in fleet.hosts:
        others = sorted({f"{block} via {gateway}" for block, gateway, other in commands if other != host})
        assert own_routes(fleet, host) == others
    again = routed.play("site.yml", network_routes="install")
    assert {counts["changed"] for counts in again.recap().values()} == {0}, again.output
    down = routed.play("playbooks/teardown.yml", network_routes="install")
    assert down.code == 0, down.output
    assert not any(own_routes(fleet, host) for host in fleet.hosts)
