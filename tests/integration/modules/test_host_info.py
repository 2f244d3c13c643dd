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
        [eth0] = [link for link in facts["links"] if link["name"] == "eth0"]
        assert eth0["up"]
        assert any(address.startswith("192.168.56.1") for address in eth0["addresses"])
        assert facts["endpoints"] == []


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
    }
    assert (fixed["container"], fixed["running"], fixed["pid"], fixed["mac"]) == ("fixed", False, None, None)
    assert (fixed["ipv4"], fixed["network_id"]) == ("192.168.56.140", network["id"])


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
