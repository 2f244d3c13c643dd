# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wire_check on real hosts, with a real stranger on their LAN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lab.faults import stranger
from tests.integration.fleet import run_lab
from tests.integration.modules.conftest import IMAGE, LAB, Hosts, office

STRANGERS = ("192.168.56.130", "fdb2:2c26:f4e4::1:2")


@pytest.fixture
def visited(hosts: Hosts) -> Iterator[Hosts]:
    """Lend the hosts with a stranger on their LAN, that has an address of the slices of host1 in each family."""
    added = run_lab("stranger", "--name", LAB, *STRANGERS)
    assert added.returncode == 0, added.stdout + added.stderr
    yield hosts
    healed = run_lab("heal", "--name", LAB)
    assert healed.returncode == 0, healed.stdout + healed.stderr


def targets(host: str) -> list[dict[str, Any]]:
    """Ask for both slices of a host."""
    return [{"network": "office", "parent": "eth0", "slices": [pool["ip_range"] for pool in office(host)["ipam"]]}]


def pings(host: str, address: str) -> bool:
    """Tell whether a host gets an answer to a ping."""
    ping = f"docker run --rm --network=host {IMAGE} ping -c 2 -W 1 {address}"
    return run_lab("exec", "--name", LAB, host, "--", *ping.split()).returncode == 0


def test_nobody_answers_for_free_addresses(hosts: Hosts) -> None:
    for host in ("host1", "host2"):
        [result] = hosts.run("wire_check", {"targets": targets(host)}, hosts=host).values()
        assert not result["failed"], result
        assert (result["probed"], result["strangers"], result["unprobed"]) == (16 + 256, [], [])


def test_a_stranger_that_ignores_pings_is_refused_with_its_mac(visited: Hosts) -> None:
    [result] = visited.run("wire_check", {"targets": targets("host1")}, "--check", hosts="host1").values()
    assert (result["failed"], result["reason"], result["probed"]) == (True, "refused", 16 + 256)
    row = {"network": "office", "parent": "eth0", "mac": stranger.mac(1)}
    assert result["strangers"] == [{**row, "address": address} for address in STRANGERS]
    for address in STRANGERS:
        assert f"office on eth0: {address} answers from {stranger.mac(1)}" in result["msg"]
        assert not pings("host1", address)
    [other] = visited.run("wire_check", {"targets": targets("host2")}, hosts="host2").values()
    assert not other["failed"], other


def test_a_container_of_another_host_answers(hosts: Hosts) -> None:
    hosts.run("network", {"networks": [office("host2")]}, hosts="host2")
    hosts.start("host2", "web", "office")
    ends = hosts.docker("host2", "inspect", "-f", "{{json .NetworkSettings.Networks.office}}", "web")
    [result] = hosts.run("wire_check", {"targets": targets("host2")}, hosts="host1").values()
    assert {row["address"] for row in result["strangers"]} == {"192.168.56.144", "fdb2:2c26:f4e4::2:0"}
    assert all(row["mac"] in ends and row["address"] in ends for row in result["strangers"])
    [own] = hosts.run("wire_check", {"targets": targets("host2")}, hosts="host2").values()
    assert not own["failed"], "a container on the same parent does not hear its own host"
