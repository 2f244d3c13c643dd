# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""host_info on real hosts."""

from __future__ import annotations

import json

from tests.integration.modules.conftest import Hosts, office


def test_facts_are_those_of_the_host(hosts: Hosts) -> None:
    for host, result in hosts.run("host_info", {}).items():
        facts = result["facts"]
        version = json.loads(hosts.docker(host, "version", "--format", "{{json .Server}}"))
        assert (facts["engine"]["version"], facts["engine"]["api_version"]) == (
            version["Version"],
            version["ApiVersion"],
        )
        assert facts["kernel"]["release"] == version["KernelVersion"]
        assert facts["kernel"]["links"]["macvlan"] is True
        [eth0] = [link for link in facts["links"] if link["name"] == "eth0"]
        assert eth0["up"]
        assert any(address.startswith("192.168.56.1") for address in eth0["addresses"])
        assert (eth0["loopback"], eth0["wireless"], eth0["mode"]) == (False, False, None)
        assert facts["endpoints"] == []
        assert facts["routes"] == []


def test_routes_into_the_lan_and_the_mode_of_a_link_made_by_hand(hosts: Hosts) -> None:
    before = hosts.shell("host1", "ip link")
    hosts.shell("host1", "ip link add shim0 link eth0 type macvlan mode private && ip link set shim0 up")
    hosts.shell("host1", "ip route add 192.168.56.144/28 dev shim0 && ip route add 10.9.0.0/16 via 192.168.56.1")
    try:
        subnets = {"subnets": ["192.168.56.0/24", "fdb2:2c26:f4e4::/64"]}
        facts = hosts.run("host_info", subnets, hosts="host1")["host1"]["facts"]
    finally:
        hosts.shell("host1", "ip link delete shim0; ip route delete 10.9.0.0/16")
    assert facts["routes"] == [
        {"destination": "192.168.56.0/24", "link": "eth0", "gateway": None},
        {"destination": "192.168.56.144/28", "link": "shim0", "gateway": None},
        {"destination": "fdb2:2c26:f4e4::/64", "link": "eth0", "gateway": None},
    ]
    [shim] = [link for link in facts["links"] if link["name"] == "shim0"]
    assert (shim["kind"], shim["mode"], shim["parent"]) == ("macvlan", "private", "eth0")
    # To ask the kernel what it can make has made nothing.
    assert hosts.shell("host1", "ip link") == before


def test_what_the_users_of_containers_asked_for(hosts: Hosts) -> None:
    hosts.run("network", {"networks": [office("host1")]}, hosts="host1")
    asked = {"ip": "192.168.56.140", "ip6": "fdb2:2c26:f4e4::1:40", "mac-address": "02:00:00:00:aa:01"}
    options = [word for name, value in asked.items() for word in (f"--{name}", value)]
    hosts.start("host1", "fixed", "office", *options)
    hosts.start("host1", "dynamic", "office")
    for _round in ("running", "stopped"):
        facts = hosts.run("host_info", {}, hosts="host1")["host1"]["facts"]
        dynamic, fixed = facts["endpoints"]
        assert list(fixed["fixed"].values()) == list(asked.values())
        assert list(dynamic["fixed"].values()) == [None, None, None]
        hosts.docker("host1", "stop", "-t", "0", "fixed", "dynamic")


def test_networks_and_endpoints_running_and_stopped(hosts: Hosts) -> None:
    hosts.run("network", {"networks": [office("host1")]}, hosts="host1")
    hosts.start("host1", "dynamic", "office")
    hosts.start("host1", "fixed", "office", "--ip", "192.168.56.140")
    hosts.docker("host1", "stop", "-t", "0", "fixed")
    hosts.start("host1", "elsewhere", "none")
    hosts.start("host1", "sharing", "container:dynamic")
    [result] = hosts.run("host_info", {}, "--check", hosts="host1").values()
    facts = result["facts"]
    live = json.loads(hosts.docker("host1", "inspect", "dynamic"))[0]
    attached = live["NetworkSettings"]["Networks"]["office"]
    [network] = [network for network in facts["networks"] if network["name"] == "office"]
    assert network["ipam"][0] == {**office("host1")["ipam"][0], "aux_addresses": {}}
    dynamic, fixed = facts["endpoints"]
    assert dynamic == {
        "container": "dynamic",
        "container_id": live["Id"],
        "running": True,
        "pid": live["State"]["Pid"],
        "network": "office",
        "network_id": network["id"],
        "ipv4": attached["IPAddress"],
        "ipv6": attached["GlobalIPv6Address"],
        "mac": attached["MacAddress"],
        "fixed": {"ipv4": None, "ipv6": None, "mac": None},
        "network_mode": "office",
        "ailing": None,
    }
    assert (fixed["container"], fixed["running"], fixed["pid"], fixed["mac"]) == ("fixed", False, None, None)
    assert (fixed["ipv4"], fixed["network_id"]) == ("192.168.56.140", network["id"])


def test_the_mac_address_is_the_one_that_the_container_has(hosts: Hosts) -> None:
    hosts.run("network", {"networks": [office("host1")]}, hosts="host1")
    hosts.start("host1", "web", "office")
    pid = hosts.docker("host1", "inspect", "--format", "{{.State.Pid}}", "web")
    # The engine goes on showing the one that it gave.
    hosts.shell("host1", f"nsenter --target {pid} --net ip link set dev eth0 address 02:00:00:00:aa:07")
    [endpoint] = hosts.run("host_info", {}, hosts="host1")["host1"]["facts"]["endpoints"]
    assert endpoint["mac"] == "02:00:00:00:aa:07"


def test_containers_whose_network_died_are_stranded(hosts: Hosts) -> None:
    hosts.run("network", {"networks": [office("host1")]}, hosts="host1")
    hosts.start("host1", "web", "office")
    hosts.start("host1", "sidecar", "container:web")
    assert hosts.run("host_info", {}, hosts="host1")["host1"]["facts"]["stranded"] == []
    hosts.docker("host1", "kill", "web")
    for _round in ("dead", "started again"):
        [row] = hosts.run("host_info", {}, hosts="host1")["host1"]["facts"]["stranded"]
        assert (row["container"], row["joined"], row["networks"]) == ("sidecar", "web", ["office"])
        hosts.docker("host1", "start", "web")
    hosts.docker("host1", "restart", "-t", "0", "sidecar")
    assert hosts.run("host_info", {}, hosts="host1")["host1"]["facts"]["stranded"] == []


def test_a_container_of_a_network_that_was_made_anew_keeps_the_old_id(hosts: Hosts) -> None:
    hosts.run("network", {"networks": [office("host1")]}, hosts="host1")
    hosts.start("host1", "web", "office")
    hosts.docker("host1", "stop", "-t", "0", "web")
    hosts.docker("host1", "network", "rm", "office")
    hosts.run("network", {"networks": [office("host1")]}, hosts="host1")
    [result] = hosts.run("host_info", {}, hosts="host1").values()
    [endpoint] = result["facts"]["endpoints"]
    [network] = [network for network in result["facts"]["networks"] if network["name"] == "office"]
    assert endpoint["network"] == "office"
    assert endpoint["network_id"] != network["id"]
