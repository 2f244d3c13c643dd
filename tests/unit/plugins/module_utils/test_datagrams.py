# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many datagrams at once, over the loopback."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _datagrams
from hypothesis import given
from hypothesis import strategies as st

LOOPBACK = {"ipv4": "127.0.0.1", "ipv6": "::1"}
FAMILY = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
FAMILIES = ("ipv4", "ipv6")


@pytest.fixture
def sockets() -> Iterator[dict[str, tuple[socket.socket, socket.socket]]]:
    """Make a sender and a receiver of each family, which do not block."""
    with ExitStack() as stack:
        made = {}
        for family in FAMILIES:
            pair = [stack.enter_context(socket.socket(FAMILY[family], socket.SOCK_DGRAM)) for _end in range(2)]
            for one in pair:
                one.setblocking(False)
            pair[1].bind((LOOPBACK[family], 0))
            made[family] = (pair[0], pair[1])
        yield made


def name(receiver: socket.socket, family: str) -> bytes:
    """Build the socket address of a receiver, with its port."""
    built = _datagrams.address_of(LOOPBACK[family]).name
    return built[:2] + struct.pack("!H", receiver.getsockname()[1]) + built[4:]


@pytest.mark.parametrize("family", FAMILIES)
def test_packets_arrive_whole_and_in_order_with_their_sender(
    sockets: dict[str, tuple[socket.socket, socket.socket]], family: str
) -> None:
    sender, receiver = sockets[family]
    outgoing, incoming = _datagrams.slots_for(family, 5, 8), _datagrams.slots_for(family, 9, 3)
    for turn in range(3):  # the slots are used again, whatever the kernel wrote into them
        packets = [f"{turn}-{n:03}".encode() for n in range(5)]
        assert _datagrams.send(outgoing, sender.fileno(), packets, [name(receiver, family)] * 5) == 5
        found = [*_datagrams.receive(incoming, receiver.fileno()), *_datagrams.receive(incoming, receiver.fileno())]
        loopback = ipaddress.ip_address(LOOPBACK[family]).packed
        assert found == [(packet, loopback) for packet in packets]
        assert _datagrams.receive(incoming, receiver.fileno()) == []


def test_long_packets_are_cut_and_short_ones_are_not_filled_up(
    sockets: dict[str, tuple[socket.socket, socket.socket]],
) -> None:
    sender, receiver = sockets["ipv4"]
    incoming = _datagrams.slots_for("ipv4", 4, 4)
    for packet in (b"123456", b"", b"1"):
        sender.sendto(packet, receiver.getsockname())
    assert [packet for packet, _sender in _datagrams.receive(incoming, receiver.fileno())] == [b"1234", b"", b"1"]


def test_an_error_is_about_the_first_that_was_not_taken(
    sockets: dict[str, tuple[socket.socket, socket.socket]],
) -> None:
    sender, receiver = sockets["ipv4"]
    right, wrong = name(receiver, "ipv4"), _datagrams.address_of("127.0.0.1").name  # port 0
    slots = _datagrams.slots_for("ipv4", 1, 4)
    assert _datagrams.send(slots, sender.fileno(), [b"a", b"b", b"c"], [right, wrong, right]) == 1
    with pytest.raises(OSError, match="Invalid argument"):
        _datagrams.send(slots, sender.fileno(), [b"b", b"c"], [wrong, right])


def test_a_pending_error_is_taken_off(sockets: dict[str, tuple[socket.socket, socket.socket]]) -> None:
    sender, receiver = sockets["ipv4"]
    sender.connect(receiver.getsockname())
    receiver.close()
    sender.send(b"nobody is there")
    assert _datagrams.receive(_datagrams.slots_for("ipv4", 4, 4), sender.fileno()) == []


@given(st.ip_addresses())
def test_addresses_are_packed_as_the_kernel_takes_them(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    made = _datagrams.address_of(str(address))
    assert made.packed == address.packed
    assert ipaddress.ip_address(_datagrams.unpacked(made.packed)) == address
    assert len(made.name) == _datagrams._NAME_BYTES[f"ipv{address.version}"]
    assert made.name[_datagrams._ADDRESS[f"ipv{address.version}"]] == address.packed
