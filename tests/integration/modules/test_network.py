# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network module on a real engine: each step first with --check, which changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fleet import lab_name, run_lab
from tests.integration.modules.conftest import Hosts, booted, office

HOST = "host1"
ABSENT = {"names": ["office"], "state": "absent"}


def network(hosts: Hosts, params: dict[str, Any], *options: str) -> dict[str, Any]:
    """Run the module on one host."""
    return hosts.run("network", params, *options, hosts=HOST)[HOST]


def checked_then_real(hosts: Hosts, params: dict[str, Any]) -> dict[str, Any]:
    """Run the module in check mode, see that nothing changed and that the real run does what was said."""
    before = hosts.docker(HOST, "network", "ls")
    said = network(hosts, params, "--check")
    assert hosts.docker(HOST, "network", "ls") == before
    done = network(hosts, params)
    assert (done["failed"], done["changed"]) == (said["failed"], said["changed"])
    assert [row["action"] for row in done.get("networks", [])] == [row["action"] for row in said.get("networks", [])]
    return done


def test_create_keep_remove_and_stay_removed(hosts: Hosts) -> None:
    wanted = {"networks": [office(HOST)]}
    made = checked_then_real(hosts, wanted)
    assert (made["failed"], made["changed"], hosts.networks(HOST)) == (False, True, {"office"})
    [live] = json.loads(hosts.docker(HOST, "network", "inspect", "office"))
    assert live["Id"] == made["networks"][0]["id"]
    assert [pool["IPRange"] for pool in live["IPAM"]["Config"]] == ["192.168.56.128/28", "fdb2:2c26:f4e4::1:0/112"]
    assert [pool["Gateway"] for pool in live["IPAM"]["Config"]] == ["192.168.56.1", "fdb2:2c26:f4e4::1"]
    again = checked_then_real(hosts, wanted)
    assert (again["changed"], again["networks"][0]["action"], again["networks"][0]["id"]) == (False, "kept", live["Id"])
    removed = checked_then_real(hosts, ABSENT)
    assert (removed["changed"], hosts.networks(HOST)) == (True, set())
    assert checked_then_real(hosts, ABSENT)["changed"] is False


def test_a_network_made_by_hand_to_the_letter_is_kept(hosts: Hosts) -> None:
    pools = "--subnet 192.168.56.0/24 --ip-range 192.168.56.128/28 --gateway 192.168.56.1 --ipv6"
    pools += " --subnet fdb2:2c26:f4e4::/64 --ip-range fdb2:2c26:f4e4::1:0/112 --gateway fdb2:2c26:f4e4::1"
    options = "-d macvlan -o parent=eth0 --label dockerlan.fleet.lan=office"
    hosts.docker(HOST, "network", "create", *options.split(), *pools.split(), "office")
    assert checked_then_real(hosts, {"networks": [office(HOST)]})["networks"][0]["action"] == "kept"


def test_drift_and_a_foreign_network_are_refused_with_all_differences(hosts: Hosts) -> None:
    options = "-d macvlan -o parent=eth0 -o macvlan_mode=private -o mtu=1400 --internal --label owner=x"
    hosts.docker(HOST, "network", "create", *options.split(), "--subnet", "192.168.56.0/24", "office")
    refused = checked_then_real(hosts, {"networks": [office(HOST, name="first"), office(HOST)]})
    assert (refused["failed"], refused["reason"]) == (True, "refused")
    [row] = refused["networks"]
    assert sorted(found["field"] for found in row["differences"]) == [
        "enable_ipv6",
        "internal",
        "ipam[192.168.56.0/24].gateway",
        "ipam[192.168.56.0/24].ip_range",
        "ipam[fdb2:2c26:f4e4::/64]",
        "labels.dockerlan.fleet.lan",
        "labels.owner",
        "options.macvlan_mode",
        "options.mtu",
    ]
    assert hosts.networks(HOST) == {"office"}
    foreign = checked_then_real(hosts, ABSENT)
    assert foreign["failed"]
    assert "not ours" in foreign["msg"]
    assert hosts.networks(HOST) == {"office"}


def test_absent_is_refused_while_containers_are_attached(hosts: Hosts) -> None:
    network(hosts, {"networks": [office(HOST)]})
    hosts.start(HOST, "web", "office")
    hosts.docker(HOST, "create", "--name", "old", "--network", "office", "dockerlan/endpoint:1", "true")
    refused = checked_then_real(hosts, ABSENT)
    assert refused["failed"]
    assert "containers are attached: old (stopped), web (running)" in refused["msg"]
    assert hosts.networks(HOST) == {"office"}


def test_when_the_second_create_fails_the_first_is_taken_back(hosts: Hosts) -> None:
    second = office(HOST, name="second", options={"parent": "nope0"})
    params = {"networks": [office(HOST), second]}
    assert network(hosts, params, "--check")["changed"] is True
    failed = network(hosts, params)
    assert (failed["failed"], failed["reason"]) == (True, "change_failed")
    assert "What was there before was put back: remove office" in failed["msg"]
    assert "Cure: " in failed["msg"]
    assert hosts.networks(HOST) == set()


def test_the_parent_stays_when_its_network_goes(hosts: Hosts) -> None:
    network(hosts, {"networks": [office(HOST)]})
    network(hosts, ABSENT)
    [result] = hosts.run("host_info", {}, hosts=HOST).values()
    assert "eth0" in {link["name"] for link in result["facts"]["links"]}


def test_a_network_of_ipv6_alone_on_an_engine_that_can(tmp_path: Path) -> None:
    if (built := run_lab("base", "--engine", "debian-unstable")).returncode != 0:
        pytest.skip(f"no base tree of debian-unstable can be built today: {built.stderr.strip()}")
    with booted(lab_name("ipv6"), "macvlan", tmp_path, "--engine", "debian-unstable") as hosts:
        spec = office(HOST)
        made = checked_then_real(hosts, {"networks": [{**spec, "ipam": spec["ipam"][1:]}]})
        assert (made["failed"], made["changed"]) == (False, True), made
        [live] = json.loads(hosts.docker(HOST, "network", "inspect", "office"))
        assert [pool["Subnet"] for pool in live["IPAM"]["Config"]] == ["fdb2:2c26:f4e4::/64"]
        assert checked_then_real(hosts, {"networks": [{**spec, "ipam": spec["ipam"][1:]}]})["changed"] is False
        assert checked_then_real(hosts, ABSENT)["changed"] is True
