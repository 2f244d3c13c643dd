# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neighbour entries of real namespaces, and messages that no kernel sends."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _neighbour_table, _netlink, _netns
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Neighbour, Room
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.lan import Lan

FAMILIES = ("ipv4", "ipv6")
A = {"ipv4": "192.0.2.1", "ipv6": "2001:db8::1"}
B = {"ipv4": "192.0.2.2", "ipv6": "2001:db8::2"}
MAC = "02:00:00:00:00:02"
AF_INET, AF_INET6 = 2, 10


def message(family: int, state: int, address: bytes, mac: bytes = b"", link: int = 3) -> bytes:
    """Build the payload of RTM_NEWNEIGH, with an attribute behind that is of no interest."""
    parts = [
        _netlink.attribute(1, address),
        *([_netlink.attribute(2, mac)] if mac else []),
        _netlink.attribute(4, b"1234"),
    ]
    return struct.pack("=BxxxiHBB", family, link, state, 0, 1) + b"".join(parts)


@pytest.fixture
def path(lan: Lan) -> str:
    return lan.add_station("a", f"{A['ipv4']}/24", f"{A['ipv6']}/64")


@pytest.mark.parametrize("family", FAMILIES)
def test_entries_are_read_and_forgotten(lan: Lan, path: str, family: str) -> None:
    lan.within("a", "ip", "neigh", "add", B[family], "lladdr", MAC, "dev", "eth0", "nud", "reachable")
    lan.within("a", "ip", "neigh", "add", A[family] + "2", "lladdr", MAC, "dev", "eth0", "nud", "permanent")
    with _netns.inside(path):
        found = {entry.address: entry for entry in _neighbour_table.neighbours(family)}
        assert found[B[family]] == Neighbour(found[B[family]].link, B[family], MAC, "reachable")
        assert found[A[family] + "2"].state == "permanent"
        other = "ipv4" if family == "ipv6" else "ipv6"
        assert B[other] not in {entry.address for entry in _neighbour_table.neighbours(other)}
        _neighbour_table.forget([found[B[family]], found[B[family]], found[B[family]]._replace(link=999)])
        left = {entry.address for entry in _neighbour_table.neighbours(family)}
    assert A[family] + "2" in left
    assert B[family] not in left


def test_many_entries_are_forgotten_at_once(lan: Lan, path: str) -> None:
    addresses = [f"198.51.{n // 250}.{n % 250 + 1}" for n in range(1200)]
    batch = "".join(f"neigh add {address} lladdr {MAC} dev eth0 nud permanent\n" for address in addresses)
    lan.within("a", "sh", "-c", f"echo '{batch}' | ip -batch -")
    with _netns.inside(path):
        entries = _neighbour_table.neighbours("ipv4")
        assert {entry.address for entry in entries} >= set(addresses)
        _neighbour_table.forget(entries)
        assert _neighbour_table.neighbours("ipv4") == []


def test_nothing_to_forget(path: str) -> None:
    with _netns.inside(path):
        _neighbour_table.forget([])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_room_is_that_of_the_whole_kernel_and_seen_from_everywhere(lan: Lan, path: str, family: str) -> None:
    limit = int(Path(f"/proc/sys/net/{family}/neigh/default/gc_thresh3").read_text(encoding="ascii"))
    lan.add_station("b", f"{B[family]}/{24 if family == 'ipv4' else 64}")
    for number in range(50):
        neighbour = f"192.0.2.{number + 10}" if family == "ipv4" else f"2001:db8::1:{number}"
        lan.within("b", "ip", "neigh", "add", neighbour, "lladdr", MAC, "dev", "eth0", "nud", "permanent")
    with _netns.inside(path):
        found = _neighbour_table.room(family)
        assert found
        assert found.limit == limit
        assert found.used >= 50  # of another namespace: here there is none


def test_a_room_that_cannot_be_read_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(1, "no")

    monkeypatch.setattr(_netlink, "dump", refuse)
    assert _neighbour_table.room("ipv4") is None
    monkeypatch.setattr(_netlink, "dump", lambda *_arguments, **_options: [])
    assert _neighbour_table.room("ipv4") is None


def test_who_may_not_forget_is_told(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    real = _netlink._errno_of
    monkeypatch.setattr(_netlink, "_errno_of", lambda answer: 1 if real(answer) else 0)
    with _netns.inside(path), pytest.raises(PermissionError):
        _neighbour_table.forget([Neighbour(999, B["ipv4"], None, "failed")])


@given(st.ip_addresses(), st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128]), st.binary(min_size=6, max_size=6))
def test_what_the_kernel_writes_is_read(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, state: int, mac: bytes
) -> None:
    family = AF_INET if address.version == 4 else AF_INET6
    found = _neighbour_table.parse_neighbour(message(family, state, address.packed, mac))
    if address.is_multicast:
        assert found is None
    else:
        assert found
        assert (found.link, ipaddress.ip_address(found.address), found.mac) == (3, address, mac.hex(":"))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        message(AF_INET, 2, bytes(4))[:11],
        message(AF_INET, 0, b"\xc0\0\2\1"),  # no state yet
        message(AF_INET, 2, b"\xc0\0\2"),  # half an address
        message(AF_INET6, 2, b"\xc0\0\2\1"),
        message(7, 2, b"\xc0\0\2\1"),  # a bridge's entry
        message(AF_INET, 2, b"\xe0\0\0\1"),  # multicast
        message(AF_INET, 2, b"\xc0\0\2\1")[:14],
    ],
)
def test_what_is_no_entry_of_interest_is_nothing(payload: bytes) -> None:
    assert _neighbour_table.parse_neighbour(payload) is None


@given(st.binary(max_size=120))
def test_no_bytes_raise(payload: bytes) -> None:
    _neighbour_table.parse_neighbour(payload)
    _neighbour_table.parse_neighbour(struct.pack("=BxxxiHBB", AF_INET, 1, 2, 0, 0) + payload)
    _neighbour_table.parse_room(payload)
    _neighbour_table.parse_room(bytes(4) + payload)


def test_the_limits_of_the_table_are_told_from_the_parameters_of_a_link() -> None:
    limit, config = struct.pack("=I", 1024), struct.pack("=HHI", 4, 336, 7) + bytes(24)
    table = bytes(4) + _netlink.attribute(4, limit) + _netlink.attribute(5, config)
    assert _neighbour_table.parse_room(table) == Room(1024, 7)
    assert _neighbour_table.parse_room(bytes(4) + _netlink.attribute(6, bytes(8))) is None
