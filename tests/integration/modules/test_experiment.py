# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""experiment on real hosts: what each of Docker's own modes shows, and that nothing is left."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.conftest import IMAGE, Hosts, office

STRAY = "dockerlan-stray-1"


def run(hosts: Hosts, *options: str, **params: Any) -> dict[str, Any]:
    return hosts.run("experiment", params, *options, hosts="host1")["host1"]


def build(
    hosts: Hosts, name: str, containers: dict[str, str], networks: tuple[dict[str, Any], ...] = (), **more: Any
) -> dict[str, Any]:
    rows = [{"name": container, "network": network} for container, network in containers.items()]
    return run(hosts, name=name, image=IMAGE, containers=rows, networks=list(networks), **more)


def seen(result: dict[str, Any], after: str = "start") -> list[dict[str, Any]]:
    assert not result["failed"], result
    [look] = [look for look in result["facts"]["experiment"]["looks"] if look["after"] == after]
    containers: list[dict[str, Any]] = look["containers"]
    return containers


def links(row: dict[str, Any]) -> list[str]:
    return [link["name"] for link in row["links"]]


def left(hosts: Hosts) -> tuple[str, str, str]:
    """Tell what there is on the host: containers and networks, and links."""
    return (
        hosts.docker("host1", "ps", "-a", "--format", "{{.ID}} {{.Names}}"),
        hosts.docker("host1", "network", "ls", "--format", "{{.ID}} {{.Name}}"),
        hosts.shell("host1", "ls /sys/class/net"),
    )


def test_the_default_bridge_knows_no_names(hosts: Hosts) -> None:
    before = left(hosts)
    containers = {"dockerlan-bridge-1": "bridge", "dockerlan-bridge-2": "bridge"}
    names = [{"source": "dockerlan-bridge-1", "target": "dockerlan-bridge-2"}]
    result = build(hosts, "bridge", containers, names=names)
    one, two = seen(result)
    assert links(one) == ["lo", "eth0"]
    assert one["links"][1]["mac"] == one["networks"]["bridge"]["mac"]
    assert one["links"][1]["addresses"] == [f"{one['networks']['bridge']['ipv4']}/16"]
    assert len({one["namespace"], two["namespace"], result["facts"]["experiment"]["namespace"]}) == 3
    assert (one["resolver"], one["joined"]) == (False, None)
    [row] = result["facts"]["experiment"]["names"]
    assert (row["answer"], row["reached"]) == (None, False)
    gone = run(hosts, state="absent", name="bridge")
    assert [row["name"] for row in gone["containers"]] == [*reversed(containers)]
    assert set(gone["links"]) == set(before[2].split())
    assert left(hosts) == before


def test_a_bridge_of_ones_own_knows_names(hosts: Hosts) -> None:
    network = {"name": "user-defined", "driver": "bridge"}
    containers = {"dockerlan-user-defined-1": "user-defined", "dockerlan-user-defined-2": "user-defined"}
    names = [{"source": "dockerlan-user-defined-1", "target": "dockerlan-user-defined-2"}]
    result = build(hosts, "user-defined", containers, (network,), names=names)
    one, two = seen(result)
    assert (one["resolver"], two["resolver"]) == (True, True)
    [row] = result["facts"]["experiment"]["names"]
    assert (row["answer"], row["reached"]) == (two["networks"]["user-defined"]["ipv4"], True)
    assert row["said"].startswith(f"64 bytes from {row['answer']}: ")


def test_none_and_host(hosts: Hosts) -> None:
    result = build(hosts, "own", {"dockerlan-none-1": "none", "dockerlan-host-1": "host"})
    none, host = seen(result)
    assert links(none) == ["lo"]
    assert host["namespace"] == result["facts"]["experiment"]["namespace"] != none["namespace"]
    assert {"lo", "eth0", "docker0"} <= set(links(host))
    own = {link["name"]: link["addresses"] for link in result["facts"]["links"]}
    assert {link["name"]: link["addresses"] for link in host["links"]} == own


def test_what_a_joined_container_has_when_the_other_one_dies(hosts: Hosts) -> None:
    one, two = "dockerlan-container-1", "dockerlan-container-2"
    steps = [{"do": "kill", "container": one}, {"do": "start", "container": one}, {"do": "restart", "container": two}]
    result = build(hosts, "container", {one: "bridge", two: f"container:{one}"}, steps=steps)
    first, second = seen(result)
    assert (second["links"], second["namespace"]) == (first["links"], first["namespace"])
    assert (second["joined"], second["networks"]) == (one, {})
    first, second = seen(result, f"kill {one}")
    assert (first["running"], first["links"], second["running"], links(second)) == (False, None, True, ["lo"])
    first, second = seen(result, f"start {one}")
    assert (links(first), links(second)) == (["lo", "eth0"], ["lo"])
    assert first["namespace"] != second["namespace"]
    first, second = seen(result, f"restart {two}")
    assert (second["links"], second["namespace"]) == (first["links"], first["namespace"])
    assert links(second) == ["lo", "eth0"]


def test_a_lan_is_an_endpoint_in_the_facts_and_no_lan_of_the_fleet(hosts: Hosts) -> None:
    result = build(hosts, "macvlan-bridge", {"dockerlan-office-1": "office"}, (office("host1"),))
    [endpoint] = result["facts"]["endpoints"]
    [row] = seen(result)
    assert (endpoint["ipv4"], endpoint["mac"]) == (row["networks"]["office"]["ipv4"], row["links"][1]["mac"])
    [network] = [one for one in result["facts"]["networks"] if one["name"] == "office"]
    assert network["labels"] == {"dockerlan.fleet.experiment": "macvlan-bridge"}
    again = build(hosts, "macvlan-bridge", {"dockerlan-office-1": "office"}, (office("host1"),))
    assert [row["action"] for row in again["networks"]] == ["removed", "created"]
    assert again["facts"]["endpoints"][0]["network_id"] != network["id"]


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_names_of_others_are_refused_and_nothing_is_changed(hosts: Hosts, options: tuple[str, ...]) -> None:
    hosts.docker("host1", "network", "create", "user-defined")
    hosts.start("host1", STRAY, "none")
    before = left(hosts)
    rows = [{"name": STRAY, "network": "user-defined"}, {"name": "dockerlan-stray-2", "network": "user-defined"}]
    network = {"name": "user-defined", "driver": "bridge"}
    result = run(hosts, *options, name="user-defined", image="nobodys/image:1", networks=[network], containers=rows)
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert [row["name"] for row in result["problems"]] == ["user-defined", STRAY, "nobodys/image:1"]
    assert left(hosts) == before


def test_what_cannot_be_built_is_taken_away(hosts: Hosts) -> None:
    before = left(hosts)
    # A parent that is not there shows when the second network is made, one that is taken when its container starts.
    parent = {"parent": "eth7", "macvlan_mode": "bridge"}
    missing = office("host1", name="second", options=parent, enable_ipv6=False, ipam=[])
    result = build(hosts, "two", {STRAY: "office"}, (office("host1"), missing))
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert result["msg"].startswith("network second: the parent link 'eth7' does not exist on this host. Cure: ")
    assert left(hosts) == before
    hosts.shell("host1", "ip link add dummy-lan type bridge && ip link add lan0 type veth peer name lan1")
    hosts.shell("host1", "ip link set lan0 master dummy-lan")
    try:
        taken = office("host1", options={"parent": "lan0", "macvlan_mode": "bridge"})
        result = build(hosts, "taken", {"dockerlan-none-1": "none", STRAY: "office"}, (taken,))
    finally:
        hosts.shell("host1", "ip link delete lan0; ip link delete dummy-lan")
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert result["msg"].startswith(f"container {STRAY}: the parent link already belongs to ")
    assert left(hosts) == before


def test_a_container_that_the_kernel_refuses(hosts: Hosts) -> None:
    passthru = office("host1", options={"parent": "spare0", "macvlan_mode": "passthru"})
    rows = [{"name": f"dockerlan-office-{number}", "network": "office", "starts": number == 1} for number in (1, 2)]
    hosts.shell("host1", "ip link add spare0 type veth peer name spare1 && ip link set spare0 up")
    try:
        result = run(hosts, name="macvlan-passthru", image=IMAGE, networks=[passthru], containers=rows)
        first, second = seen(result)
        assert (first["running"], second["running"]) == (True, False)
        assert [row["action"] for row in result["containers"]] == ["started", "refused"]
        [refused] = result["facts"]["experiment"]["refused"]
        assert refused["container"] == "dockerlan-office-2"
        assert "macvlan" in refused["error"]
        assert not run(hosts, state="absent")["failed"]
    finally:
        hosts.shell("host1", "ip link delete spare0")


def test_a_guest_keeps_its_network(hosts: Hosts) -> None:
    network = {"name": "user-defined", "driver": "bridge"}
    build(hosts, "user-defined", {"dockerlan-user-defined-1": "user-defined"}, (network,))
    hosts.start("host1", STRAY, "user-defined")
    before = left(hosts)
    result = run(hosts, state="absent")
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert STRAY in result["msg"]
    assert left(hosts) == before
