# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames that ask or tell who uses an address, and what frames of others say about that. PRIVATE to the collection.

Pure: bytes in, values out. Whatever is not well-formed is None, never an exception: the bytes come from the network.
Formats: RFC 826 (ARP), RFC 5227 (its probes), RFC 4861 (neighbour discovery), RFC 4862 (its duplicate detection),
IEEE 802.1Q (VLAN tags).
"""

from __future__ import annotations

import ipaddress
import struct
from typing import NamedTuple, Union

from ansible_collections.dockerlan.fleet.plugins.module_utils._icmp import checksum

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

SOLICITATION, ADVERTISEMENT = 135, 136
PROTOCOL_ICMPV6 = 58
TYPE_ARP, TYPE_IPV6 = 0x0806, 0x86DD
_TYPE_VLAN = 0x8100

_ETHERNET = struct.Struct("!6s6sH")  # destination, source, type of what follows
_TAG = struct.Struct("!HH")  # type of the tag, VLAN id
_BROADCAST = b"\xff" * 6
_GROUP_BIT = 0x01  # of the first byte of a MAC: no single device

_ARP = struct.Struct("!HHBBH6s4s6s4s")  # hardware, protocol, sizes of both, operation, sender and target (MAC, address)
_ARP_OF_IPV4 = (1, 0x0800, 6, 4)  # Ethernet, IPv4, sizes of a MAC and of an address
_REQUEST, _REPLY = 1, 2

_IPV6 = struct.Struct("!IHBB16s16s")  # version, class and label; payload size; next header; hop limit; source; target
_IPV6_VERSION = 6
_HOP_LIMIT = 255  # no router has forwarded it
_NEIGHBOUR = struct.Struct("!BBHI16s")  # type, code, checksum, flags, the address that it is about
_NO_IPV4, _NO_IPV6 = bytes(4), bytes(16)
_ALL_NODES, _ALL_NODES_MAC = ipaddress.IPv6Address("ff02::1").packed, b"\x33\x33\x00\x00\x00\x01"
_OVERRIDE = 0x20000000  # flag of an advertisement: forget what you knew (RFC 4861, 4.4)
_LINK_ADDRESS = b"\x02\x01"  # option with the target's MAC: its type, and its length in units of 8 bytes
_SOLICITED_NODE = ipaddress.IPv6Address("ff02::1:ff00:0").packed[:13]


class Claim(NamedTuple):
    """Somebody uses an address, or is about to: the address, and the MAC that has sent the frame."""

    address: Address
    mac: str


def probe(address: Address, mac: str, vlan: int | None = None) -> bytes:
    """Build the frame that asks for an address without a claim to it: neither sender nor neighbour learn anything.

    With ``vlan`` the frame carries the tag itself, for a link that has no VLAN link of this id yet.
    """
    source = bytes.fromhex(mac.replace(":", ""))
    if address.version == _IPV6_VERSION:
        destination, kind, packet = _multicast_mac(address), TYPE_IPV6, _solicitation(address)
    else:
        destination, kind, packet = _BROADCAST, TYPE_ARP, _arp_request(source, _NO_IPV4, address)
    if vlan is None:
        return _ETHERNET.pack(destination, source, kind) + packet
    return _ETHERNET.pack(destination, source, _TYPE_VLAN) + _TAG.pack(vlan, kind) + packet


def announcement(address: Address, mac: str) -> bytes:
    """Build the frame that tells all neighbours who has an address by now, so that they forget the MAC they knew.

    A gratuitous ARP request (RFC 5227, 2.3), or an unsolicited advertisement with the override flag (RFC 4861, 7.2.6).
    """
    source = bytes.fromhex(mac.replace(":", ""))
    if address.version == _IPV6_VERSION:
        return _ETHERNET.pack(_ALL_NODES_MAC, source, TYPE_IPV6) + _advertisement(address, source)
    return _ETHERNET.pack(_BROADCAST, source, TYPE_ARP) + _arp_request(source, address.packed, address)


def claim(frame: bytes) -> Claim | None:
    """Read what a frame without a tag (the kernel takes it off) says about the use of an address.

    ARP: any reply or request claims its sender's address, a probe the address that it asks for. Neighbour discovery:
    an advertisement, and a solicitation of duplicate detection.
    """
    if len(frame) < _ETHERNET.size:
        return None
    destination, source, kind = _ETHERNET.unpack_from(frame)
    packet = frame[_ETHERNET.size :]
    found: Address | None = None
    if kind == TYPE_ARP:
        found = _claimed_by_arp(packet, to_all=destination == _BROADCAST)
    elif kind == TYPE_IPV6:
        found = _claimed_by_ipv6(packet)
    if found is None or source[0] & _GROUP_BIT:
        return None
    return Claim(found, ":".join(f"{byte:02x}" for byte in source))


def _arp_request(source: bytes, sender: bytes, target: Address) -> bytes:
    return _ARP.pack(*_ARP_OF_IPV4, _REQUEST, source, sender, bytes(6), target.packed)


def _claimed_by_arp(packet: bytes, *, to_all: bool) -> Address | None:
    """Find the address. A probe counts when all can hear it, as RFC 5227 has it.

    Switches that keep track of devices probe too, but the one device that they think has the address: perhaps this
    host, because of a container that is gone.
    """
    if len(packet) < _ARP.size:
        return None
    *header, operation, _sender_mac, sender, _target_mac, target = _ARP.unpack_from(packet)
    if tuple(header) != _ARP_OF_IPV4 or operation not in (_REQUEST, _REPLY):
        return None
    if sender != _NO_IPV4:
        return ipaddress.IPv4Address(sender)
    return ipaddress.IPv4Address(target) if operation == _REQUEST and to_all else None


def _solicitation(address: Address) -> bytes:
    group = _SOLICITED_NODE + address.packed[13:]
    return _neighbour_packet(_NO_IPV6, group, (SOLICITATION, 0), address)


def _advertisement(address: Address, source: bytes) -> bytes:
    return _neighbour_packet(address.packed, _ALL_NODES, (ADVERTISEMENT, _OVERRIDE), address, _LINK_ADDRESS + source)


def _neighbour_packet(
    source: bytes, target: bytes, kind_and_flags: tuple[int, int], address: Address, option: bytes = b""
) -> bytes:
    """Build an IPv6 packet of neighbour discovery about an address, with its checksum."""
    kind, flags = kind_and_flags
    size = _NEIGHBOUR.size + len(option)
    unchecked = _NEIGHBOUR.pack(kind, 0, 0, flags, address.packed) + option
    total = checksum(_pseudo_header(source, target, size) + unchecked)
    header = _IPV6.pack(_IPV6_VERSION << 28, size, PROTOCOL_ICMPV6, _HOP_LIMIT, source, target)
    return header + _NEIGHBOUR.pack(kind, 0, total, flags, address.packed) + option


def _claimed_by_ipv6(packet: bytes) -> Address | None:
    message_of = _neighbour_message(packet)
    if message_of is None:
        return None
    source, message = message_of
    kind, code, _checksum, _flags, target = _NEIGHBOUR.unpack_from(message)
    detects_duplicates = kind == SOLICITATION and source == _NO_IPV6
    if code or not (kind == ADVERTISEMENT or detects_duplicates):
        return None
    return ipaddress.IPv6Address(target)


def _neighbour_message(packet: bytes) -> tuple[bytes, bytes] | None:
    """Take source and ICMPv6 message out of an IPv6 packet, if it is what RFC 4861, 7.1 accepts."""
    if len(packet) < _IPV6.size:
        return None
    first, size, following, hops, source, target = _IPV6.unpack_from(packet)
    message = packet[_IPV6.size : _IPV6.size + size]
    if (first >> 28, following, hops) != (_IPV6_VERSION, PROTOCOL_ICMPV6, _HOP_LIMIT):
        return None
    if len(message) < max(size, _NEIGHBOUR.size) or checksum(_pseudo_header(source, target, size) + message):
        return None
    return source, message


def _pseudo_header(source: bytes, target: bytes, size: int) -> bytes:
    """Build what the checksum of ICMPv6 covers besides the message (RFC 8200, 8.1)."""
    return source + target + struct.pack("!II", size, PROTOCOL_ICMPV6)


def _multicast_mac(address: Address) -> bytes:
    """Name the MAC of the solicited-node group of an address (RFC 2464, 7)."""
    return b"\x33\x33\xff" + address.packed[13:]
