# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container, which is a process in a namespace, gets its MAC address back, and its neighbours hear of it."""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _links, _netns
from ansible_collections.dockerlan.fleet.plugins.module_utils._presence import Presence, announce, presences, restore
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Goal, Live

from tests.unit.plugins import frames
from tests.unit.plugins.lan import Lan, run

V4, V6 = "192.0.2.130", "2001:db8::130"
MAC = "02:42:00:00:00:05"
ALL_PROTOCOLS = 0x0003  # linux/if_ether.h


@contextmanager
def container(lan: Lan, name: str) -> Iterator[int]:
    """Run a process in the namespace of a station, and lend its id."""
    with _netns.inside(lan.path(name)):
        process = subprocess.Popen(["sleep", "60"])
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait(timeout=5)


def add_container_link(lan: Lan, kind: str, *addresses: str) -> None:
    """Add the station box, whose eth0 is of this kind: a veth, or a link on the eth0 of a second station."""
    if kind == "veth":
        lan.add_station("box", *addresses)
        return
    lan.add_station("host")
    box = lan.add_namespace("box")
    run(*f"ip -n {lan.prefix}-host link add {kind}0 link eth0 type {kind}".split())
    run(*f"ip -n {lan.prefix}-host link set {kind}0 netns {box} name eth0".split())
    for address in addresses:
        run(*f"ip -n {box} address add {address} dev eth0 {'nodad' if ':' in address else ''}".split())
    run(*f"ip -n {box} link set eth0 up".split())


def macs_of(lan: Lan, name: str) -> dict[str, str]:
    """Ask which MAC addresses the links of a station have."""
    with _netns.inside(lan.path(name)):
        return {link["name"]: link["mac"] for link in _links.read_links() if not link["loopback"]}


@contextmanager
def hearing(lan: Lan, name: str) -> Iterator[list[bytes]]:
    """Collect the ARP packets and advertisements that come to a station while the block runs."""
    heard: list[bytes] = []
    with _netns.inside(lan.path(name)):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    with sock:
        sock.bind(("eth0", ALL_PROTOCOLS))
        yield heard
        sock.settimeout(0.3)
        until = time.monotonic() + 2
        while time.monotonic() < until:
            try:
                frame = sock.recv(2048)
            except TimeoutError:
                break
            if frame[12:14] == b"\x08\x06" or (frame[12:14] == b"\x86\xdd" and frame[54:55] == b"\x88"):
                heard.append(frame)


def told(address: str, mac: str) -> bytes:
    """Build the frame with which a device tells all others that it has an address by now."""
    if ":" not in address:
        return frames.ethernet(mac, 0x0806, frames.arp(1, mac, address, address))
    body = struct.pack("!BBHI", 136, 0, 0, 0x20000000) + ipaddress.ip_address(address).packed
    packet = frames.icmpv6(body + b"\x02\x01" + frames.mac_bytes(mac), address, "ff02::1")
    return frames.ethernet(mac, 0x86DD, packet, frames.ALL_NODES)


def padded(heard: list[bytes]) -> list[bytes]:
    """Take the padding off ARP packets; a link may fill them up."""
    return [frame[:42] if frame[12:14] == b"\x08\x06" else frame for frame in heard]


@pytest.mark.parametrize("kind", ["veth", "macvlan"])
def test_the_mac_address_is_given_back_and_the_neighbours_are_told(lan: Lan, kind: str) -> None:
    add_container_link(lan, kind, f"{V4}/24", f"{V6}/64")
    lan.add_station("peer")
    before = macs_of(lan, "box")["eth0"]
    with container(lan, "box") as pid, hearing(lan, "peer") as heard:
        assert restore(Presence("web", pid, [V4, V6], MAC)) == ""
    assert before != MAC
    assert macs_of(lan, "box") == {"eth0": MAC}
    assert padded(heard) == [told(V4, MAC), told(V6, MAC)]


@pytest.mark.parametrize("fixed", [False, True])
def test_without_a_mac_of_its_own_it_is_only_told_where_the_addresses_are(lan: Lan, fixed: bool) -> None:
    add_container_link(lan, "veth", f"{V4}/24", f"{V6}/64")
    lan.add_station("peer")
    before = macs_of(lan, "box")
    with container(lan, "box") as pid, hearing(lan, "peer") as heard:
        assert restore(Presence("web", pid, [V4, V6], None, fixed)) == ""
    assert macs_of(lan, "box") == before
    assert padded(heard) == [told(V4, before["eth0"]), told(V6, before["eth0"])]


def endpoint(pid: int | None, **values: Any) -> dict[str, Any]:
    """Build a row of the facts."""
    return {"container": "web", "running": pid is not None, "pid": pid, "ipv4": V4, "ipv6": V6, **values}


def test_neighbours_are_told_of_endpoints_that_are_there(lan: Lan) -> None:
    add_container_link(lan, "veth", f"{V4}/24", f"{V6}/64")
    lan.add_station("peer")
    mac = macs_of(lan, "box")["eth0"]
    gone = 2**22 + 1  # beyond what a kernel gives out
    with container(lan, "box") as pid, hearing(lan, "peer") as heard:
        announce([endpoint(gone), endpoint(None), endpoint(pid, ipv4=None), endpoint(pid, ipv4=None, ipv6=None)])
        announce([endpoint(pid)])
    assert padded(heard) == [told(V6, mac), told(V4, mac), told(V6, mac)]


def test_a_neighbour_that_knew_another_mac_address_forgets_it(lan: Lan) -> None:
    lan.add_station("box", f"{V4}/24", f"{V6}/64")
    lan.add_station("peer", "192.0.2.1/24", "2001:db8::1/64")
    for address in (V4, V6):
        lan.within("peer", *f"ip neigh replace {address} lladdr 02:00:00:00:00:99 dev eth0 nud stale".split())
    with container(lan, "box") as pid, hearing(lan, "peer"):
        restore(Presence("web", pid, [V4, V6], MAC))
    shown = subprocess.run(
        ["ip", "-n", f"{lan.prefix}-peer", "neigh", "show", "dev", "eth0"],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    ).stdout
    assert {line.split()[0]: line.split()[2] for line in shown.splitlines() if "fe80" not in line} == {
        V4: MAC,
        V6: MAC,
    }


def test_only_the_link_with_the_addresses_is_changed(lan: Lan) -> None:
    lan.add_station("box", f"{V4}/24")
    other = "ip link add eth1 type veth peer name eth2"
    for command in (other, "ip address add 192.0.2.131/24 dev eth1", "ip link set eth1 up"):
        lan.within("box", *command.split())
    before = macs_of(lan, "box")
    with container(lan, "box") as pid:
        restore(Presence("web", pid, ["192.0.2.131"], MAC))
    assert macs_of(lan, "box") == {**before, "eth1": MAC}


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        (["192.0.2.7"], "no link with 192.0.2.7 in the container's namespace"),
        ([V4, V6], f"no link with {V4}, {V6} in"),
        (["192.0.2.13"], "no link with 192.0.2.13 in"),
        ([], "no link with an address in"),
    ],
)
def test_a_process_of_another_machine_that_has_the_same_id_is_left_alone(
    lan: Lan, addresses: list[str], words: str
) -> None:
    lan.add_station("box", f"{V4}/24")
    lan.add_station("peer")
    before = macs_of(lan, "box")
    with container(lan, "box") as pid, hearing(lan, "peer") as heard, pytest.raises(OSError, match=words):
        restore(Presence("web", pid, addresses, MAC))
    assert macs_of(lan, "box") == before
    assert heard == []


def test_a_process_that_has_ended_is_an_oserror() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait(timeout=5)
    with pytest.raises(OSError, match="No such file"):
        restore(Presence("web", ended.pid, [V4], MAC))


def test_the_own_namespace_is_returned_to(lan: Lan) -> None:
    lan.add_station("box", f"{V4}/24")
    before = os.stat(_netns.OWN).st_ino  # noqa: PTH116  (of the link's target, as Path.stat would)
    with container(lan, "box") as pid:
        restore(Presence("web", pid, [V4], MAC))
    assert os.stat(_netns.OWN).st_ino == before  # noqa: PTH116


@pytest.mark.parametrize(("fixed", "has_it", "said"), [(True, False, True), (True, True, False), (False, False, False)])
def test_what_the_engine_has_forgotten_is_said_where_it_matters(
    lan: Lan, fixed: bool, has_it: bool, said: bool
) -> None:
    lan.add_station("box", f"{V4}/24")
    mac = macs_of(lan, "box")["eth0"] if has_it else MAC
    with container(lan, "box") as pid:
        text = restore(Presence("web", pid, [V4], mac, mac_is_fixed=fixed))
    assert text == (
        f"web has its MAC address {MAC} again, but the engine has forgotten it: after its next restart the "
        "container gets another one. Make it anew when that is convenient"
        if said
        else ""
    )


POOL = {"subnet": "192.0.2.0/24", "ip_range": "192.0.2.128/28", "gateway": "192.0.2.1", "aux_addresses": {}}
OFFICE = {"id": "n1", "name": "office", "driver": "macvlan", "ipam": [POOL]}


def attachment(name: str, mac: str | None = None, **changes: Any) -> dict[str, Any]:
    """Build the record of a running container whose address was Docker's choice; ``mac`` is a fixed one."""
    fixed = {"ipv4": None, "ipv6": None, "mac": mac}
    row = {"container": name, "container_id": f"id-{name}", "network": "office", "running": True, "fixed": fixed}
    return {**row, "ipv4": V4, "ipv6": None, "mac": "02:42:c0:00:02:82", **changes}


def inspected(pid: int = 4711, **entry: Any) -> dict[str, Any]:
    """Build what an engine says of a container on the network."""
    networks = {"office": {"NetworkID": "n1", **entry}}
    return {"Id": "i", "Name": "/x", "State": {"Pid": pid}, "NetworkSettings": {"Networks": networks}}


def found(*attachments: Any, live: Any = OFFICE, **containers: Any) -> list[Presence]:
    by_id = {f"id-{name}": answer for name, answer in containers.items()}
    return presences(Goal([], [], list(attachments)), Live([live], by_id))


def test_a_running_container_has_the_addresses_that_it_has_now() -> None:
    web = inspected(IPAddress=V4, GlobalIPv6Address=V6)
    assert found(attachment("web"), web=web) == [Presence("web", 4711, [V4, V6], "02:42:c0:00:02:82")]
    assert found(attachment("web", ipv4="192.0.2.131"), web=inspected(IPAddress=V4, GlobalIPv6Address="")) == [
        Presence("web", 4711, [V4], "02:42:c0:00:02:82")
    ]


def test_a_fixed_mac_address_is_known_as_one() -> None:
    assert found(attachment("web", MAC), web=inspected(IPAddress=V4)) == [Presence("web", 4711, [V4], MAC, True)]


def test_the_mac_address_of_an_address_that_is_not_kept_goes_with_it() -> None:
    elsewhere = attachment("web", ipv4="192.0.2.7")
    assert found(elsewhere, web=inspected(IPAddress="192.0.2.129")) == [Presence("web", 4711, ["192.0.2.129"], None)]


def test_on_ipvlan_no_container_has_a_mac_address_of_its_own() -> None:
    ipvlan = {**OFFICE, "driver": "ipvlan"}
    [one] = found(attachment("web", MAC), live=ipvlan, web=inspected(IPAddress=V4))
    assert one.mac is None


def test_who_does_not_run_or_is_gone_has_no_presence() -> None:
    rows = [attachment(name) for name in ("stopped", "gone", "web")]
    present = found(*rows, stopped=inspected(0), web=inspected(IPAddress=V4))
    assert [one.container for one in present] == ["web"]


def test_a_network_that_is_not_there_has_no_presences() -> None:
    assert found(attachment("web"), live={**OFFICE, "name": "lab"}, web=inspected(IPAddress=V4)) == []
