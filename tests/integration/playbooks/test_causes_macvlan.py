# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each cause on three native hosts with real macvlan: it is named, where it is, alone; and no cause once it is healed.

Every test breaks one thing on the fleet that the first one has set up, and ends with a run that passes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in

from lab import hosts as lab_hosts
from lab.faults import stranger as strangers
from tests.integration.fleet import Fleet
from tests.integration.playbooks.breakage import (
    Patient,
    broken,
    endpoint_address,
    fault,
    forget_neighbours,
    guest,
    healthy,
    inside,
    report_of,
    run_on,
    the_cause,
    verified_beside_stranger,
)
from tests.integration.playbooks.scene import clear

NOBODY = "02:00:00:00:aa:01"
VICTIM = "host2/dockerlan-office-1"
FIREWALLS = {
    "drops all": (
        "iptables -A INPUT -p icmp -j DROP",
        "ip6tables -A INPUT -p icmpv6 --icmpv6-type echo-request -j DROP",
    ),
    "refuses": (
        "iptables -A INPUT -p icmp --icmp-type echo-request -j REJECT --reject-with icmp-admin-prohibited",
        "ip6tables -A INPUT -p icmpv6 --icmpv6-type echo-request -j REJECT --reject-with adm-prohibited",
    ),
}
NO_FIREWALL = ("iptables -F", "ip6tables -F")
HEALTHY_RUNS = 10


@pytest.fixture(scope="module")
def patient(macvlan_fleet: Fleet) -> Iterator[Patient]:
    """Roll the LAN out, see that all is well, and leave the hosts empty."""
    found = Patient(macvlan_fleet, {"lab_driver": "macvlan"})
    report = report_of(healthy(found.play("site.yml")))
    assert report["totals"]["pairs"] == 144
    yield found
    clear(macvlan_fleet, macvlan_fleet.hosts)


@pytest.fixture(autouse=True)
def whole_again(patient: Patient) -> Iterator[None]:
    """See after each test that nothing of the fault is left and no cause is named."""
    yield
    patient.prove_healthy()


def test_macs_that_are_filtered(patient: Patient) -> None:
    with fault(patient.fleet, "filter-mac", "host2"):
        run = patient.verify()
    the_cause(run, "mac_filter", "host2", says="ipvlan")
    broken_pairs = [pair for pair in pairs_in(report_of(run)) if pair["status"] == "unexpected_blocked"]
    assert all("host2/" in pair["source"] + pair["target"] for pair in broken_pairs)


def test_a_host_that_is_cut_off(patient: Patient) -> None:
    with fault(patient.fleet, "partition", "host3"):
        the_cause(patient.verify(), "partition", "host3")


def test_a_parent_without_a_carrier(patient: Patient) -> None:
    with fault(patient.fleet, "unplug", "host3"):
        the_cause(patient.verify(), "parent_down", "host3", says="eth0")


def test_a_host_that_is_down(patient: Patient) -> None:
    with fault(patient.fleet, "down", "host1"):
        run = patient.verify()
    the_cause(run, "host_down", "host1")
    assert report_of(run)["verdict"] == "incomplete"


def test_a_dead_engine(patient: Patient) -> None:
    with fault(patient.fleet, "engine-down", "host1"):
        run = patient.verify()
    the_cause(run, "engine_down", "host1")
    totals = report_of(run)["totals"]
    assert totals["unexpected_blocked"] == totals["unexpected_open"] == 0


def test_a_smaller_mtu_that_small_pings_do_not_see(patient: Patient) -> None:
    with fault(patient.fleet, "mtu", "host2"):
        run = patient.verify()
    the_cause(run, "mtu_mismatch", "host2", says="1450")
    totals = report_of(run)["totals"]
    assert totals["as_expected"] == totals["pairs"]


def test_a_gateway_that_one_host_does_not_reach(patient: Patient) -> None:
    with fault(patient.fleet, "gateway-down", "host2"):
        the_cause(patient.verify(), "gateway_unreachable", "host2", says=lab_hosts.GATEWAY4)


@pytest.mark.parametrize("manner", [(), ("--answers-pings",)], ids=["mute", "answers pings"])
def test_an_address_that_a_stranger_has_too(patient: Patient, manner: tuple[str, ...]) -> None:
    address = endpoint_address(patient.prove_healthy(), VICTIM)
    run = verified_beside_stranger(patient, *manner, address)
    cause = the_cause(run, "duplicate_address", "host2", says=strangers.mac(1))
    told = " ".join(cause["evidence"])
    assert address in told
    assert VICTIM in told


def test_a_neighbour_entry_of_nobody(patient: Patient) -> None:
    address = endpoint_address(patient.prove_healthy(), VICTIM)
    # Set by hand: any packet of the address's owner puts one right that was learned.
    wrong = inside("dockerlan-office-1", f"ip neigh replace {address} lladdr {NOBODY} dev eth0 nud permanent")
    right = inside("dockerlan-office-1", f"ip neigh delete {address} dev eth0")
    with broken(patient.fleet, "host1", by=(wrong,), cured_by=(right,)):
        the_cause(patient.verify(), "stale_neighbour", "host1", says=NOBODY)


@pytest.mark.parametrize("rules", FIREWALLS.values(), ids=FIREWALLS)
def test_a_firewall_in_a_container(patient: Patient, rules: tuple[str, ...]) -> None:
    commands = [tuple(inside("dockerlan-office-1", line) for line in lines) for lines in (rules, NO_FIREWALL)]
    with broken(patient.fleet, "host2", by=commands[0], cured_by=commands[1]):
        the_cause(patient.verify(), "container_firewall", "host2", says=VICTIM)


def test_a_container_whose_network_container_died(patient: Patient) -> None:
    join = "docker run --detach --name shop-aid --network container:shop dockerlan/endpoint:1 sleep 3600"
    with guest(patient.fleet, "host2", "shop", "office", join, "docker kill shop"):
        the_cause(patient.verify(), "only_lo", "host2", says="shop-aid")


def test_expectations_that_are_kept_and_broken(patient: Patient) -> None:
    ignore, heed = (
        inside("shop", f"sysctl -w net.ipv4.icmp_echo_ignore_all={on} net.ipv6.icmp.echo_ignore_all={on}")
        for on in (1, 0)
    )
    no_entry = {"network": "office", "to": "*/shop", "expected": "blocked", "why": "nobody calls the shop"}
    with guest(patient.fleet, "host2", "shop", "office", ignore):
        report = patient.prove_healthy(dockerlan_expectations=[no_entry])
        assert {pair["why"] for pair in pairs_in(report) if pair["target"] == "host2/shop"} == {no_entry["why"]}
        run_on(patient.fleet, "host2", heed)
        run = patient.verify(dockerlan_expectations=[no_entry])
    the_cause(run, "expectation_violated", *patient.fleet.hosts, says=no_entry["why"])
    leaks = [pair for pair in pairs_in(report_of(run)) if pair["status"] == "unexpected_open"]
    assert {pair["target"] for pair in leaks} == {"host2/shop"}


def test_assertions_that_are_kept_and_broken(patient: Patient) -> None:
    nine = {"that": "length(endpoints) == `9`", "msg": "somebody is missing"}
    ten = {"that": "length(endpoints) == `10`", "msg": "a tenth endpoint is missing"}
    patient.prove_healthy(reachability_assertions=[nine])
    run = patient.verify(reachability_assertions=[nine, ten])
    assert run.code != 0
    assert ten["msg"] in run.output
    failed = [check for check in report_of(run)["checks"] if check["status"] == "fail"]
    assert [(check["kind"], ten["msg"] in check["detail"]) for check in failed] == [("assertion", True)]
    assert report_of(run)["verdict"] == "fail"


def test_healthy_runs_name_no_cause(patient: Patient) -> None:
    while patient.healthy_runs < HEALTHY_RUNS:
        forget_neighbours(patient.fleet)  # each second one as the first one ever
        patient.prove_healthy()
        patient.prove_healthy()
