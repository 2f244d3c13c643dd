# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames as other devices send them: written here byte by byte, and not with the code under test."""

from __future__ import annotations

import ipaddress
import struct

BROADCAST = b"\xff" * 6
ALL_NODES = bytes.fromhex("333300000001")


def mac_bytes(mac: str) -> bytes:
    """Turn a MAC into its bytes."""
    return bytes.fromhex(mac.replace(":", ""))


def ethernet(source: str, kind: int, packet: bytes, destination: bytes = BROADCAST, vlan: int | None = None) -> bytes:
    """Put an Ethernet header before a packet, with a tag if there is a VLAN."""
    tag = b"" if vlan is None else struct.pack("!HH", 0x8100, vlan)
    return destination + mac_bytes(source) + tag + struct.pack("!H", kind) + packet


def arp(operation: int, source: str, sender: str, target: str) -> bytes:
    """Build an ARP packet: 1 is a request, 2 a reply."""
    addresses = [ipaddress.IPv4Address(address).packed for address in (sender, target)]
    head = bytes.fromhex("00010800 0604".replace(" ", "")) + struct.pack("!H", operation)
    return head + mac_bytes(source) + addresses[0] + bytes(6) + addresses[1]


def arp_reply(source: str, address: str, *, vlan: int | None = None) -> bytes:
    """Build the frame with which a device answers for its address."""
    return ethernet(source, 0x0806, arp(2, source, address, "0.0.0.0"), vlan=vlan)  # noqa: S104 (an ARP field)


def neighbour(kind: int, target: str, source: str, destination: str = "ff02::1", hops: int = 255) -> bytes:
    """Build an IPv6 packet with a solicitation (135) or an advertisement (136)."""
    body = struct.pack("!BBHI", kind, 0, 0, 0x20000000) + ipaddress.IPv6Address(target).packed
    return icmpv6(body, source, destination, hops)


def icmpv6(message: bytes, source: str, destination: str, hops: int = 255) -> bytes:
    """Build an IPv6 packet with an ICMPv6 message, whose checksum is filled in."""
    ends = ipaddress.IPv6Address(source).packed + ipaddress.IPv6Address(destination).packed
    total = ones_complement(ends + struct.pack("!II", len(message), 58) + message)
    header = struct.pack("!IHBB", 6 << 28, len(message), 58, hops)
    return header + ends + message[:2] + struct.pack("!H", total) + message[4:]


def advertisement(source: str, address: str) -> bytes:
    """Build the frame with which a device answers for its address."""
    return ethernet(source, 0x86DD, neighbour(136, address, address), ALL_NODES)


def ones_complement(data: bytes) -> int:
    """Sum as RFC 1071 says, word by word."""
    total = 0
    for position in range(0, len(data), 2):
        total += data[position] << 8 | data[position + 1]
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
