# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modes that keep the containers of one host apart: that is a pass, and no longer one when two of them meet."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in

from tests.integration.fleet import Fleet, Run
from tests.integration.playbooks import scene
from tests.integration.playbooks.breakage import Patient, broken, hairpin, healthy, inside, report_of, the_cause

CONTAINERS = ("dockerlan-office-1", "dockerlan-office-2")


def rolled_out(fleet: Fleet, **declared: str) -> Patient:
    """Give the fleet the LAN in a mode, whatever it was in before, and see the containers of each host apart."""
    patient = Patient(fleet, {"dockerlan_lans": [scene.lan(**declared)]})
    for host in fleet.hosts:  # containers that stay when their network is replaced have an eth1 from then on
        fleet.on(host, "sh", "-c", "docker ps -aq | xargs -r docker rm -f")
    run = healthy(patient.play("site.yml", network_allow_replace=True))
    same_host = [pair for pair in pairs_in(report_of(run)) if pair["relation"] == "same_host"]
    assert {(pair["expected"], pair["observed"]) for pair in same_host} == {("blocked", "blocked")}
    assert {pair["source"].split("/")[0] for pair in same_host} == set(fleet.hosts)
    return patient


def named_as_open(run: Run, host: str, *, relations: Collection[str] = ("same_host",)) -> None:
    """See that a run failed because these pairs of a host are open, both ways, that it says so, and nothing else."""
    cause = the_cause(run, "not_isolated", host, says=f"{host}/{CONTAINERS[0]} -> {host}/{CONTAINERS[1]}")
    leaks = [pair for pair in pairs_in(report_of(run)) if pair["status"] == "unexpected_open"]
    assert {pair["relation"] for pair in leaks} == {*relations}
    apart = [pair for pair in pairs_in(report_of(run)) if pair["relation"] in relations]
    on_host = [pair for pair in apart if host in (pair["source"].split("/")[0], pair["target"].split("/")[0])]
    assert leaks == on_host
    assert cause["pairs"] == len(leaks)


def linked(link_type: str) -> tuple[str, ...]:
    """Return the commands that change the links of both containers of a host."""
    return tuple(inside(name, f"ip link set dev eth0 type {link_type}") for name in CONTAINERS)


@pytest.fixture(scope="module")
def macvlan(macvlan_fleet: Fleet) -> Iterator[Fleet]:
    """Lend the fleet, and leave it empty."""
    yield macvlan_fleet
    Patient(macvlan_fleet, {"lab_driver": "macvlan"}).play("playbooks/teardown.yml")


@pytest.fixture(scope="module")
def ipvlan(ipvlan_fleet: Fleet) -> Iterator[Fleet]:
    """Lend the fleet, and leave it empty."""
    yield ipvlan_fleet
    Patient(ipvlan_fleet, {}).play("playbooks/teardown.yml")


def test_macvlan_private(macvlan: Fleet) -> None:
    patient = rolled_out(macvlan, driver="macvlan", mode="private")
    open_now, apart = linked("macvlan mode bridge"), linked("macvlan mode private")
    with broken(macvlan, "host2", by=open_now, cured_by=apart):
        named_as_open(patient.verify(), "host2")
    patient.prove_healthy()


def test_macvlan_vepa(macvlan: Fleet) -> None:
    patient = rolled_out(macvlan, driver="macvlan", mode="vepa")
    with hairpin(macvlan, "host2"):
        named_as_open(patient.verify(), "host2", relations=("own_host", "same_host"))
    patient.prove_healthy()


def test_ipvlan_private(ipvlan: Fleet) -> None:
    patient = rolled_out(ipvlan, driver="ipvlan", flag="private")
    open_now, apart = linked("ipvlan mode l2 bridge"), linked("ipvlan mode l2 private")
    with broken(ipvlan, "host2", by=open_now, cured_by=apart):
        named_as_open(patient.verify(), "host2")
    patient.prove_healthy()
