# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ping_mesh between real containers on two real hosts."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State

from lab.faults import stranger
from tests.integration.fleet import run_lab
from tests.integration.modules.conftest import HOSTS, LAB, Hosts, office
from tests.records import unpacked
from tests.unit.plugins.probed import endpoint, mesh_of, network

Mesh = dict[str, Any]
States = dict[tuple[str, int, int], State]
GATEWAYS = {"ipv4": "192.168.56.1", "ipv6": "fdb2:2c26:f4e4::1"}
LAN = {
    "subnets": {"ipv4": "192.168.56.0/24", "ipv6": "fdb2:2c26:f4e4::/64"},
    "gateways": GATEWAYS,
    "parents": dict.fromkeys(HOSTS, "eth0"),
}
USER = "prober"


@pytest.fixture(scope="module")
def built(booted_hosts: Hosts) -> Iterator[Mesh]:
    """Give both hosts the LAN and two containers, and lend the mesh of the fleet; all of it is removed at the end."""
    booted_hosts.clean()
    for host in HOSTS:
        booted_hosts.run("network", {"networks": [office(host)]}, hosts=host)
        for name in ("one", "two"):
            booted_hosts.start(host, name, "office")
    yield look(booted_hosts)
    booted_hosts.clean()


@pytest.fixture
def mesh(built: Mesh) -> Mesh:
    """Lend a mesh of one's own."""
    return copy.deepcopy(built)


@contextmanager
def stopped(hosts: Hosts, name: str) -> Iterator[None]:
    """Stop a container of host1 for a while; the engine gives it the same address when it starts again."""
    hosts.docker("host1", "stop", "-t", "0", name)
    try:
        yield
    finally:
        hosts.docker("host1", "start", name)


def look(hosts: Hosts) -> Mesh:
    """Build the mesh of the fleet as it is now."""
    ends: list[dict[str, Any]] = []
    facts = {host: result["facts"] for host, result in hosts.run("host_info", {}).items()}
    for host in HOSTS:
        [eth0] = [link for link in facts[host]["links"] if link["name"] == "eth0"]
        own = [address.split("/")[0] for address in eth0["addresses"] if not address.startswith("fe80")]
        macs = [link["mac"] for link in facts[host]["links"] if link["mac"]]
        ends.append(endpoint(len(ends), host, None, ipv4=own[0], ipv6=own[1], macs=macs))
        for row in facts[host]["endpoints"]:
            addresses = {family: row[family] for family in ("ipv4", "ipv6")}
            macs = [row["mac"]] if row["mac"] else []
            ends.append(endpoint(len(ends), host, row["container"], **addresses, macs=macs))
    return mesh_of(ends, network(**LAN))


def index_of(mesh: Mesh, name: str) -> int:
    """Find an endpoint by its id."""
    [found] = [end["index"] for end in mesh["endpoints"] if end["id"] == name]
    return int(found)


def ping_mesh(hosts: Hosts, mesh: Mesh, host: str, *options: str, **params: Any) -> dict[str, Any]:
    """Run the module on a host."""
    # More than the default: a reply that has to come may be late on a machine that is busy with other tests.
    values = {"mesh": mesh, "host": host, "timeout": 1.5, **params}
    [result] = hosts.run("ping_mesh", values, *options, hosts=host).values()
    assert not result["failed"], result
    return result


def states(mesh: Mesh, host: str, result: dict[str, Any]) -> States:
    """Name each record of a host's result by its pair."""
    records = unpacked(result["records"])
    return {tuple(pair): record.state for pair, record in zip(pairs_of(mesh, host), records, strict=True)}


def replies(found: States) -> dict[tuple[str, int, int], bool]:
    """Tell of each pair whether there was a reply: why there was none depends on who asked."""
    return {pair: state is State.REPLY for pair, state in found.items()}


def is_own(mesh: Mesh, source: int, target: int) -> bool:
    """Tell whether a pair is a host and one of its containers, which macvlan keeps apart."""
    one, other = mesh["endpoints"][source], mesh["endpoints"][target]
    return one["host"] == other["host"] and None in (one["container"], other["container"])


def test_the_table_of_macvlan_from_real_pings_and_all_checks(booted_hosts: Hosts, mesh: Mesh) -> None:
    found: States = {}
    for host in HOSTS:
        result = ping_mesh(booted_hosts, mesh, host, "--check")
        assert (result["method"], result["method_reason"], result["errors"]) == ("netns", None, [])
        found.update(states(mesh, host, result))
        evidence, checks = result["evidence"], result["checks"]
        assert {name: evidence[name] for name in ("icmp", "strays", "neighbours", "wire", "sources", "truncated")} == {
            name: [] for name in ("icmp", "strays", "neighbours", "wire", "sources", "truncated")
        }, "nothing deviates on a healthy host"
        [link] = evidence["links"]
        assert (link["name"], link["up"], link["carrier"], link["mtu"]) == ("eth0", True, True, 1500)
        assert {row["family"]: (row["address"], row["replied"]) for row in checks["gateway"]} == {
            family: (address, True) for family, address in GATEWAYS.items()
        }
        assert all(row["mac"] for row in checks["gateway"])
        assert checks["path_mtu"] == {"probed": 2, "failures": []}
        assert checks["names"] == {"probed": 4, "failures": [], "unavailable": []}
    assert len(found) == 2 * 6 * 5
    for (_family, source, target), state in found.items():
        assert (state is State.REPLY) is not is_own(mesh, source, target), (source, target, state)


def test_a_stopped_container_is_no_source_and_a_silent_target(booted_hosts: Hosts, mesh: Mesh) -> None:
    with stopped(booted_hosts, "two"):
        result = ping_mesh(booted_hosts, mesh, "host1")
    two, found = index_of(mesh, "host1/two"), states(mesh, "host1", result)
    assert {state for pair, state in found.items() if pair[1] == two} == {State.NO_SOURCE}
    assert {state for pair, state in found.items() if pair[2] == two} <= {State.LOST, State.UNREACHABLE}
    assert {error["text"] for error in result["errors"]} == {"the container is not running"}
    asked = {row["address"]: row["macs"] for row in result["evidence"]["wire"]}
    ends = [mesh["endpoints"][index] for index in (two, index_of(mesh, "host1/one"))]
    assert asked == {end[family]: [] for end in ends for family in ("ipv4", "ipv6")}, "nor has another one the source's"


@pytest.fixture
def user(booted_hosts: Hosts) -> Iterator[tuple[str, ...]]:
    """Make a user who may use the engine and nothing else, and lend the options that run a module as that user."""
    booted_hosts.shell(
        "host1", f"id {USER} 2>/dev/null || useradd --create-home --shell /bin/sh --groups docker {USER}"
    )
    yield ("--become", "--become-method", "su", "--become-user", USER)
    booted_hosts.shell("host1", f"pkill -u {USER}; userdel --remove {USER} 2>/dev/null; ! id {USER} 2>/dev/null")


def test_a_user_without_root_gets_the_same_matrix_from_the_containers_ping(
    booted_hosts: Hosts, mesh: Mesh, user: tuple[str, ...]
) -> None:
    expected = replies(states(mesh, "host1", ping_mesh(booted_hosts, mesh, "host1")))
    booted_hosts.shell("host1", "echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range")
    result = ping_mesh(booted_hosts, mesh, "host1", *user)
    assert result["method"] == "exec"
    assert "cannot be entered (Permission denied)" in result["method_reason"]
    assert (result["errors"], replies(states(mesh, "host1", result))) == ([], expected)
    assert result["checks"]["names"] == {"probed": 0, "failures": [], "unavailable": []}


def test_without_ping_and_without_a_socket_there_is_no_source(
    booted_hosts: Hosts, mesh: Mesh, user: tuple[str, ...]
) -> None:
    booted_hosts.shell("host1", "echo '1 0' > /proc/sys/net/ipv4/ping_group_range")
    booted_hosts.docker("host1", "exec", "two", "mv", "/bin/ping", "/bin/gone")
    try:
        result = ping_mesh(booted_hosts, mesh, "host1", *user)
    finally:
        booted_hosts.docker("host1", "exec", "two", "mv", "/bin/gone", "/bin/ping")
    found, two, own = states(mesh, "host1", result), index_of(mesh, "host1/two"), index_of(mesh, "host1")
    assert {source for (_family, source, _target), state in found.items() if state is State.NO_SOURCE} == {two, own}
    texts = {error["source"]: error["text"] for error in result["errors"]}
    assert texts[two].startswith("there is no ping in it: ")
    assert "net.ipv4.ping_group_range" in texts[own]
    assert found["ipv4", index_of(mesh, "host1/one"), index_of(mesh, "host2/one")] is State.REPLY


def test_the_one_host_with_a_smaller_mtu(booted_hosts: Hosts, mesh: Mesh) -> None:
    one, far = index_of(mesh, "host1/one"), index_of(mesh, "host2/one")
    try:
        booted_hosts.shell("host2", "ip link set eth0 mtu 1450")
        here, there = (ping_mesh(booted_hosts, mesh, host) for host in HOSTS)
    finally:
        booted_hosts.shell("host2", "ip link set eth0 mtu 1500")
        booted_hosts.docker("host2", "restart", "-t", "0", "one", "two")  # their links stay as small as that
    for host, result in zip(HOSTS, (here, there), strict=True):
        found = states(mesh, host, result)
        assert all(state is State.REPLY for pair, state in found.items() if not is_own(mesh, *pair[1:]))
    row = {"size": 1500, "from": None}
    assert here["checks"]["path_mtu"] == {
        "probed": 2,
        "failures": [
            {"source": one, "target": far, "family": family, "mtu": None, **row} for family in ("ipv4", "ipv6")
        ],
    }
    assert there["checks"]["path_mtu"]["failures"] == [
        {"source": far, "target": one, "family": family, "mtu": 1450, **row} for family in ("ipv4", "ipv6")
    ]
    assert there["evidence"]["links"][0]["mtu"] == 1450


def test_icmp_errors_keep_their_sender_and_a_gateway_that_is_not_there_is_told(booted_hosts: Hosts, mesh: Mesh) -> None:
    beyond = len(mesh["endpoints"])
    mesh["endpoints"].append(endpoint(beyond, "host9", "beyond", ipv4="10.1.1.1", ipv6="2001:db8::1"))
    mesh["networks"][0]["gateways"] = {"ipv4": "192.168.56.99", "ipv6": None}
    result = ping_mesh(booted_hosts, mesh, "host1")
    one = index_of(mesh, "host1/one")
    rows = [row for row in result["evidence"]["icmp"] if (row["source"], row["target"]) == (one, beyond)]
    assert [(row["family"], row["error"], row["from"]) for row in rows] == [
        ("ipv4", "host_unreachable", GATEWAYS["ipv4"]),
        ("ipv6", "net_unreachable", GATEWAYS["ipv6"]),
    ]
    assert states(mesh, "host1", result)["ipv4", one, beyond] is State.UNREACHABLE
    row = {"network": "office", "family": "ipv4", "source": one, "address": "192.168.56.99"}
    assert result["checks"]["gateway"] == [{**row, "mac": None, "replied": False}]


def test_a_container_whose_network_container_died_is_stranded(booted_hosts: Hosts, mesh: Mesh) -> None:
    side = len(mesh["endpoints"])
    mesh["endpoints"].append(endpoint(side, "host1", "side", stranded=True, ipv4=None, ipv6=None))
    booted_hosts.start("host1", "side", "container:two")
    try:
        with stopped(booted_hosts, "two"):
            result = ping_mesh(booted_hosts, mesh, "host1")
    finally:
        booted_hosts.docker("host1", "rm", "-f", "side")
    found = states(mesh, "host1", result)
    assert {state for pair, state in found.items() if side in pair[1:]} == {State.STRANDED}
    assert result["evidence"]["sources"] == [{"source": side, "links": []}]


@pytest.fixture
def intruders(booted_hosts: Hosts) -> Iterator[None]:
    """Stop the first container of host1, and put somebody else on its addresses for a while.

    Host2 itself has that of IPv4, and answers pings. A device that ignores pings has that of IPv6. With the container
    running both would answer, and who is first is a matter of luck.
    """
    with stopped(booted_hosts, "one"):
        booted_hosts.shell("host2", "ip address add 192.168.56.128/32 dev eth0")
        added = run_lab("stranger", "--name", LAB, "fdb2:2c26:f4e4::1:0")
        yield
        booted_hosts.shell("host2", "ip address delete 192.168.56.128/32 dev eth0")
        healed = run_lab("heal", "--name", LAB)
    assert added.returncode == 0, added.stdout + added.stderr
    assert healed.returncode == 0, healed.stdout + healed.stderr


@pytest.mark.usefixtures("intruders")
def test_somebody_else_on_the_address_of_a_container(booted_hosts: Hosts, mesh: Mesh) -> None:
    one, two, own = (index_of(mesh, name) for name in ("host1/one", "host1/two", "host2"))
    result = ping_mesh(booted_hosts, mesh, "host1")
    found = states(mesh, "host1", result)
    assert (found["ipv4", two, one], found["ipv6", two, one]) == (State.IMPOSTOR, State.LOST)
    macs = {"192.168.56.128": mesh["endpoints"][own]["macs"], "fdb2:2c26:f4e4::1:0": [stranger.mac(1)]}
    asked = {row["address"]: row["macs"] for row in result["evidence"]["wire"]}
    assert {address: set(asked[address]) <= set(macs[address]) for address in macs} == dict.fromkeys(macs, True)
    assert all(asked[address] for address in macs)
    entries = {
        row["family"]: row["mac"]
        for row in result["evidence"]["neighbours"]
        if (row["source"], row["target"]) == (two, one)
    }
    assert entries["ipv4"] in macs["192.168.56.128"]
    assert entries["ipv6"] == stranger.mac(1)
