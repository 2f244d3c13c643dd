# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many datagrams with one system call: sendmmsg(2), recvmmsg(2), over the C library. PRIVATE to the collection.

Python has no call for it, and one call for each of a hundred thousand packets is most of what they cost: that, and the
lock of the interpreter, which a thread has to wait for after every call.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any, NamedTuple, Sequence

_IPV4_BYTES = 4
_NAME_BYTES = {"ipv4": 16, "ipv6": 28}  # struct sockaddr_in: family, port, address; sockaddr_in6: .., flow, .., scope
_ADDRESS = {"ipv4": slice(4, 8), "ipv6": slice(8, 24)}  # in it


class _Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Msghdr(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("iov", ctypes.c_void_p),
        ("iov_length", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Mmsghdr(ctypes.Structure):
    _fields_ = (("header", _Msghdr), ("length", ctypes.c_uint))


class Address(NamedTuple):
    """An IP address: its 4 or 16 bytes, and the socket address (struct sockaddr_in, sockaddr_in6) with port 0."""

    packed: bytes
    name: bytes


@dataclass(frozen=True)
class Slots:
    """Memory for ``count`` packets of at most ``size`` bytes and their addresses; ``slots_for`` makes it.

    It belongs to one thread at a time. What the kernel writes into the headers is the same length of address again.
    """

    family: str
    size: int
    count: int
    packets: Any
    names: Any
    vectors: Any
    headers: Any
    library: ctypes.CDLL


def slots_for(family: str, size: int, count: int) -> Slots:
    """Make slots for packets of an address family."""
    length = _NAME_BYTES[family]
    packets, names = ctypes.create_string_buffer(size * count), ctypes.create_string_buffer(length * count)
    vectors, headers = (_Iovec * count)(), (_Mmsghdr * count)()
    for n in range(count):
        vectors[n] = _Iovec(ctypes.addressof(packets) + n * size, size)
        headers[n].header.name = ctypes.addressof(names) + n * length
        headers[n].header.name_length = length
        headers[n].header.iov = ctypes.addressof(vectors) + n * ctypes.sizeof(_Iovec)
        headers[n].header.iov_length = 1
    library = ctypes.CDLL(None, use_errno=True)
    return Slots(family, size, count, packets, names, vectors, headers, library)


def address_of(text: str) -> Address:
    """Write an IP address in the ways in which the kernel takes it."""
    if ":" in text:
        packed = socket.inet_pton(socket.AF_INET6, text)
        return Address(packed, struct.pack("=H6x16s4x", socket.AF_INET6, packed))
    packed = socket.inet_pton(socket.AF_INET, text)
    return Address(packed, struct.pack("=H2x4s8x", socket.AF_INET, packed))


def unpacked(packed: bytes) -> str:
    """Spell a packed address as the kernel does."""
    return socket.inet_ntop(socket.AF_INET if len(packed) == _IPV4_BYTES else socket.AF_INET6, packed)


def send(slots: Slots, descriptor: int, packets: Sequence[bytes], names: Sequence[bytes]) -> int:
    """Send packets that fill their slots, to as many addresses; return how many the kernel has taken, at least one.

    OSError is about the first one. The socket must not block.
    """
    joined, addresses = b"".join(packets), b"".join(names)
    ctypes.memmove(slots.packets, joined, len(joined))
    ctypes.memmove(slots.names, addresses, len(addresses))
    taken: int = slots.library.sendmmsg(descriptor, slots.headers, len(packets), 0)
    if taken < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return taken


def receive(slots: Slots, descriptor: int) -> list[tuple[bytes, bytes]]:
    """Take what has arrived, as much as there are slots: packets, and the addresses they came from, packed.

    Longer packets are cut off at the size of a slot. A pending error of the socket is taken off, and is nothing.
    """
    count: int = slots.library.recvmmsg(descriptor, slots.headers, slots.count, socket.MSG_DONTWAIT, None)
    if count <= 0:
        return []
    size, length, address = slots.size, _NAME_BYTES[slots.family], _ADDRESS[slots.family]
    packets, names = ctypes.string_at(slots.packets, count * size), ctypes.string_at(slots.names, count * length)
    headers = slots.headers
    return [
        (packets[n * size : n * size + headers[n].length], names[n * length : (n + 1) * length][address])
        for n in range(count)
    ]
