# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's neighbour tables (ARP, IPv6 neighbour discovery): read, make room, see the limits. PRIVATE.

All namespaces of a kernel share one table per address family, and its limit; what a namespace sees are its own entries.
The parsers never raise. Formats: rtnetlink(7), linux/neighbour.h.
"""

from __future__ import annotations

import socket
import struct
from typing import Iterable, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netlink

_RTM_DELNEIGH, _RTM_GETNEIGH, _RTM_GETNEIGHTBL = 29, 30, 66
_NDA_DST, _NDA_LLADDR = 1, 2
_NDTA_THRESH3, _NDTA_CONFIG = 4, 5
_NDMSG = struct.Struct("=BxxxiHBB")  # family, index, state, flags, type
_NDTMSG_BYTES = 4
_ATTRIBUTE = struct.Struct("=HH")
_LIMIT = struct.Struct("=I")
_CONFIG = struct.Struct("=HHI")  # struct ndt_config: bytes of a key, bytes of an entry, entries ..
_STATES = {
    0x01: "incomplete",
    0x02: "reachable",
    0x04: "stale",
    0x08: "delay",
    0x10: "probe",
    0x20: "failed",
    0x40: "noarp",
    0x80: "permanent",
}
_FAMILY = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
_ADDRESS_BYTES = {socket.AF_INET: 4, socket.AF_INET6: 16}
_MULTICAST = {socket.AF_INET: (0xE0, 0xEF), socket.AF_INET6: (0xFF, 0xFF)}  # first byte: RFC 5771, RFC 4291
_ORDERS = 1000  # in one message: 48 KB, where the send buffer has 200


class Neighbour(NamedTuple):
    """An entry: index of its link, address, MAC (None while unknown), and its state in the words of ip-neighbour(8)."""

    link: int
    address: str
    mac: str | None
    state: str


class Room(NamedTuple):
    """How many entries all namespaces of the kernel may have together, and how many they have."""

    limit: int
    used: int


def neighbours(family: str) -> list[Neighbour]:
    """Read the entries of the namespace in which the thread is, without those for multicast addresses.

    OSError when the kernel does not answer.
    """
    return _netlink.dump(_RTM_GETNEIGH, parse_neighbour, settled=False, family=_FAMILY[family])


def forget(entries: Iterable[Neighbour]) -> None:
    """Remove entries of the namespace in which the thread is; those that are gone already do not matter.

    OSError when this process may not.
    """
    payloads = [_payload(entry) for entry in entries]
    for start in range(0, len(payloads), _ORDERS):
        _netlink.order(_RTM_DELNEIGH, payloads[start : start + _ORDERS])


def room(family: str) -> Room | None:
    """Read the limit (net.ipv4.neigh.default.gc_thresh3, and ipv6) and the number of entries; None if that fails.

    Asked over rtnetlink, for the sysctl is only there in the first namespace of the kernel, and so is
    /proc/net/stat/arp_cache.
    """
    try:
        found = _netlink.dump(_RTM_GETNEIGHTBL, parse_room, settled=False, family=_FAMILY[family])
    except OSError:
        return None
    return found[0] if found else None


def parse_neighbour(payload: bytes) -> Neighbour | None:
    """Read the payload of RTM_NEWNEIGH. Lean, for there are many: nothing behind the MAC is looked at."""
    if len(payload) < _NDMSG.size:
        return None
    family, link, state, _flags, _kind = _NDMSG.unpack_from(payload)
    if state not in _STATES or family not in _ADDRESS_BYTES:
        return None
    address, mac = b"", None
    start, size = _NDMSG.size, len(payload)
    while mac is None and size - start >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(payload, start)
        if not _ATTRIBUTE.size <= length <= size - start:
            break
        if kind == _NDA_DST:
            address = payload[start + _ATTRIBUTE.size : start + length]
        elif kind == _NDA_LLADDR:
            mac = payload[start + _ATTRIBUTE.size : start + length].hex(":")
        start += (length + 3) & ~3
    if len(address) != _ADDRESS_BYTES[family] or _MULTICAST[family][0] <= address[0] <= _MULTICAST[family][1]:
        return None
    return Neighbour(link, socket.inet_ntop(family, address), mac or None, _STATES[state])


def parse_room(payload: bytes) -> Room | None:
    """Read the payload of RTM_NEWNEIGHTBL; None for the parameters of a single link, which have the same type."""
    found = _netlink.attributes(payload[_NDTMSG_BYTES:])
    limit, config = found.get(_NDTA_THRESH3, b""), found.get(_NDTA_CONFIG, b"")
    if len(limit) != _LIMIT.size or len(config) < _CONFIG.size:
        return None
    return Room(_LIMIT.unpack(limit)[0], _CONFIG.unpack_from(config)[2])


def _payload(entry: Neighbour) -> bytes:
    family = socket.AF_INET6 if ":" in entry.address else socket.AF_INET
    head = _NDMSG.pack(family, entry.link, 0, 0, 0)
    return head + _netlink.attribute(_NDA_DST, socket.inet_pton(family, entry.address))
