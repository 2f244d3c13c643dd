# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the kernel for links and addresses over rtnetlink, standard library alone. PRIVATE to the collection.

The parsers are pure and never raise: what does not fit is left out. Formats: netlink(7), rtnetlink(7),
linux/if_link.h, linux/if_addr.h.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
from dataclasses import dataclass
from typing import Iterator, NamedTuple

RTM_NEWLINK, RTM_GETLINK = 16, 18
RTM_NEWADDR, RTM_GETADDR = 20, 22
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_REQUEST, _NLM_F_DUMP, _NLM_F_DUMP_INTR = 0x1, 0x300, 0x10
_NLA_TYPE_MASK = 0x3FFF
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_LINK, _IFLA_MASTER = 1, 3, 4, 5, 10
_IFLA_LINKINFO, _IFLA_INFO_KIND, _IFLA_LINK_NETNSID = 18, 1, 37
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_IFF_UP, _IFF_RUNNING = 0x1, 0x40
_MAC_BYTES = 6

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence number, port
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_IFINFO = struct.Struct("=BBHiII")  # family, pad, type, index, flags, change
_IFADDR = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index
_U32 = struct.Struct("=I")

_TIMEOUT_SECONDS = 5.0
_BUFFER_BYTES = 1 << 18
_ATTEMPTS = 5


class Message(NamedTuple):
    """A netlink message without its header."""

    kind: int
    flags: int
    payload: bytes


@dataclass(frozen=True)
class Link:
    """A network link; ``parent`` and ``master`` are indexes, ``up`` is set up and has a carrier."""

    index: int
    name: str
    kind: str
    mac: str | None
    mtu: int
    up: bool
    parent: int | None
    master: int | None


class Address(NamedTuple):
    """An address with its prefix length, and the index of its link."""

    link: int
    address: str


def dump(kind: int) -> list[Message]:
    """Ask for all objects of a kind (RTM_GETLINK, RTM_GETADDR). OSError when the kernel does not answer.

    The kernel says when the list changed while it was read; then it is read anew, a few times.
    """
    for _attempt in range(_ATTEMPTS):
        found, interrupted = _dump_once(kind)
        if not interrupted:
            return found
    raise OSError(errno.EAGAIN, "the list of links kept changing while it was read")


def messages(data: bytes) -> Iterator[Message]:
    """Split what one read returned into its messages."""
    while len(data) >= _HEADER.size:
        length, kind, flags, _seq, _port = _HEADER.unpack_from(data)
        if not _HEADER.size <= length <= len(data):
            return
        yield Message(kind, flags, data[_HEADER.size : length])
        data = data[_aligned(length) :]


def attributes(data: bytes) -> dict[int, bytes]:
    """Read a sequence of attributes; of several of one type the last."""
    found = {}
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if not _ATTRIBUTE.size <= length <= len(data):
            break
        found[kind & _NLA_TYPE_MASK] = data[_ATTRIBUTE.size : length]
        data = data[_aligned(length) :]
    return found


def parse_link(payload: bytes) -> Link | None:
    """Read the payload of RTM_NEWLINK."""
    if len(payload) < _IFINFO.size:
        return None
    _family, _pad, _type, index, flags, _change = _IFINFO.unpack_from(payload)
    found = attributes(payload[_IFINFO.size :])
    kind = _text(attributes(found.get(_IFLA_LINKINFO, b"")).get(_IFLA_INFO_KIND))
    return Link(
        index=index,
        name=_text(found.get(_IFLA_IFNAME)),
        kind=kind,
        mac=_mac(found.get(_IFLA_ADDRESS)),
        mtu=_u32(found.get(_IFLA_MTU)) or 0,
        up=flags & (_IFF_UP | _IFF_RUNNING) == _IFF_UP | _IFF_RUNNING,
        parent=None if _IFLA_LINK_NETNSID in found or kind == "veth" else _u32(found.get(_IFLA_LINK)),
        master=_u32(found.get(_IFLA_MASTER)),
    )


def parse_address(payload: bytes) -> Address | None:
    """Read the payload of RTM_NEWADDR. On a point-to-point link the local address is the one meant."""
    if len(payload) < _IFADDR.size:
        return None
    _family, prefix, _flags, _scope, link = _IFADDR.unpack_from(payload)
    found = attributes(payload[_IFADDR.size :])
    try:
        address = ipaddress.ip_interface((found.get(_IFA_LOCAL, found.get(_IFA_ADDRESS, b"")), prefix))
    except ValueError:
        return None
    return Address(link, str(address))


def _dump_once(kind: int) -> tuple[list[Message], bool]:
    """Read one dump to its end, and tell whether it was interrupted by a change."""
    request = struct.pack("=B3x", socket.AF_UNSPEC) + bytes(_IFINFO.size - 4)
    header = _HEADER.pack(_HEADER.size + len(request), kind, _NLM_F_REQUEST | _NLM_F_DUMP, 1, 0)
    found: list[Message] = []
    interrupted = False
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE) as sock:
        sock.settimeout(_TIMEOUT_SECONDS)
        sock.bind((0, 0))
        sock.send(header + request)
        while True:
            for message in messages(sock.recv(_BUFFER_BYTES)):
                interrupted = interrupted or bool(message.flags & _NLM_F_DUMP_INTR)
                if message.kind == _NLMSG_DONE:
                    return found, interrupted
                if message.kind == _NLMSG_ERROR:
                    raise _error_of(message)
                found.append(message)


def _error_of(message: Message) -> OSError:
    code = -struct.unpack_from("=i", message.payload)[0] if len(message.payload) >= _U32.size else errno.EIO
    return OSError(code, f"rtnetlink: {os.strerror(code)}")


def _aligned(length: int) -> int:
    """Round up to the 4 bytes on which netlink aligns everything."""
    return (length + 3) & ~3


def _text(data: bytes | None) -> str:
    return (data or b"").split(b"\0")[0].decode("utf-8", "replace")


def _u32(data: bytes | None) -> int | None:
    return _U32.unpack(data)[0] if data and len(data) == _U32.size else None


def _mac(data: bytes | None) -> str | None:
    return ":".join(f"{byte:02x}" for byte in data) if data and len(data) == _MAC_BYTES else None
