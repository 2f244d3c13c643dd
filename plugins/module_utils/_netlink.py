# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talk to the kernel over rtnetlink, with the standard library alone; links, addresses. PRIVATE to the collection.

The parsers are pure and never raise: what does not fit is left out. Formats: netlink(7), rtnetlink(7),
linux/if_link.h, linux/if_addr.h.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Callable, Iterable, Iterator, Mapping, NamedTuple, TypeVar

RTM_NEWLINK, RTM_GETLINK, _RTM_SETLINK = 16, 18, 19
RTM_NEWADDR, RTM_GETADDR = 20, 22
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_REQUEST, _NLM_F_ACK, _NLM_F_DUMP, _NLM_F_DUMP_INTR = 0x1, 0x4, 0x300, 0x10
_NLM_F_EXCL, _NLM_F_CREATE = 0x200, 0x400
_NLA_TYPE_MASK = 0x3FFF
IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_LINK, _IFLA_MASTER = 1, 3, 4, 5, 10
IFLA_LINKINFO, IFLA_INFO_KIND = 18, 1
_IFLA_INFO_DATA, _IFLA_LINK_NETNSID = 2, 37
_IFLA_VLAN_ID, _IFLA_VLAN_PROTOCOL, _8021AD = 1, 5, b"\x88\xa8"
_IFLA_MACVLAN_MODE = _IFLA_IPVLAN_MODE = 1
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_IFF_UP, _IFF_LOOPBACK, _IFF_RUNNING = 0x1, 0x8, 0x40
_MAC_BYTES = 6
_MACVLAN_MODES = {1: "private", 2: "vepa", 4: "bridge", 8: "passthru", 16: "source"}
_IPVLAN_MODES = {0: "l2", 1: "l3", 2: "l3s"}
# A tap is the same kind of link with a device file instead of an interface, as virtual machines use it.
_MODES: Mapping[str, Mapping[int, str]] = {
    "macvlan": _MACVLAN_MODES,
    "macvtap": _MACVLAN_MODES,
    "ipvlan": _IPVLAN_MODES,
    "ipvtap": _IPVLAN_MODES,
}

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence number, port
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_IFINFO = struct.Struct("=BBHiII")  # family, pad, type, index, flags, change
_IFADDR = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index
_U16 = struct.Struct("=H")
_U32 = struct.Struct("=I")

_NOT_ALLOWED = frozenset({errno.EPERM, errno.EACCES})
_TIMEOUT_SECONDS = 20.0  # the kernel may have to load a module first
_BUFFER_BYTES = 1 << 18
_ATTEMPTS = 5

Found = TypeVar("Found")


class Message(NamedTuple):
    """A netlink message without its header."""

    kind: int
    flags: int
    payload: bytes


@dataclass(frozen=True)
class Link:
    """A network link; ``parent`` and ``master`` are indexes, ``up`` is set up and has a carrier.

    ``mode`` is that of macvlan and ipvlan links, None for others. ``vlan`` is the id of a VLAN with the usual tag
    (802.1Q): a service tag (802.1ad) has ids of its own.
    """

    index: int
    name: str
    kind: str
    mac: str | None
    mtu: int
    up: bool
    parent: int | None
    master: int | None
    loopback: bool = False
    mode: str | None = None
    vlan: int | None = None


class Address(NamedTuple):
    """An address with its prefix length, and the index of its link."""

    link: int
    address: str


def dump(
    kind: int, parse: Callable[[bytes], Found | None], *, settled: bool = True, family: int = socket.AF_UNSPEC
) -> list[Found]:
    """Ask for all objects of a kind (RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE ..), parsed; empty ones are left out.

    The kernel says when the list changed while it was read; then it is read anew, a few times. With ``settled`` a list
    that keeps changing is an error, otherwise the last reading is good enough. OSError when the kernel does not answer.
    """
    found: list[Found] = []
    for _attempt in range(_ATTEMPTS):
        found, interrupted = _dump_once(kind, parse, family)
        if not interrupted:
            return found
    if settled:
        raise OSError(errno.EAGAIN, "rtnetlink: the list kept changing while it was read")
    return found


def create(kind: int, payload: bytes) -> int:
    """Ask to make something new (RTM_NEWLINK ..), and return the kernel's answer: 0, or the errno of its refusal.

    OSError when the kernel does not answer.
    """
    return _acknowledged(_request(kind, _NLM_F_ACK | _NLM_F_CREATE | _NLM_F_EXCL, payload))


def remove(kind: int, payload: bytes) -> int:
    """Ask to remove something (RTM_DELROUTE ..); answers and errors are those of ``create``."""
    return _acknowledged(_request(kind, _NLM_F_ACK, payload))


def order(kind: int, payloads: Iterable[bytes]) -> None:
    """Send requests of one kind in one go, whatever becomes of each.

    OSError when the kernel refuses one because of who asks; that what is to be removed is gone already is no error.
    """
    with _connected() as sock:
        sock.send(b"".join(_request(kind, 0, payload) for payload in payloads))
        sock.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                for message in messages(sock.recv(_BUFFER_BYTES)):
                    if message.kind == _NLMSG_ERROR and _errno_of(message) in _NOT_ALLOWED:
                        raise OSError(_errno_of(message), f"rtnetlink: {os.strerror(_errno_of(message))}")


def set_mac(index: int, mac: str) -> None:
    """Give the link of this index another MAC address. OSError when the kernel refuses or does not answer."""
    address = attribute(IFLA_ADDRESS, bytes.fromhex(mac.replace(":", "")))
    payload = _IFINFO.pack(socket.AF_UNSPEC, 0, 0, index, 0, 0) + address
    code = _acknowledged(_request(_RTM_SETLINK, _NLM_F_ACK, payload))
    if code:
        raise OSError(code, f"rtnetlink: {os.strerror(code)}")


def attribute(kind: int, data: bytes) -> bytes:
    """Build one attribute, padded."""
    length = _ATTRIBUTE.size + len(data)
    return _ATTRIBUTE.pack(length, kind) + data + bytes(aligned(length) - length)


def new_link(*parts: bytes) -> bytes:
    """Build the payload of RTM_NEWLINK for a link that is not there yet, out of its attributes."""
    return _IFINFO.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0) + b"".join(parts)


def messages(data: bytes) -> Iterator[Message]:
    """Split what one read returned into its messages."""
    start, size = 0, len(data)
    while size - start >= _HEADER.size:
        length, kind, flags, _seq, _port = _HEADER.unpack_from(data, start)
        if not _HEADER.size <= length <= size - start:
            return
        yield Message(kind, flags, data[start + _HEADER.size : start + length])
        start += aligned(length)


def attributes(data: bytes) -> dict[int, bytes]:
    """Read a sequence of attributes; of several of one type the last."""
    found = {}
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if not _ATTRIBUTE.size <= length <= len(data):
            break
        found[kind & _NLA_TYPE_MASK] = data[_ATTRIBUTE.size : length]
        data = data[aligned(length) :]
    return found


def aligned(length: int) -> int:
    """Round up to the 4 bytes on which netlink aligns everything."""
    return (length + 3) & ~3


def parse_link(payload: bytes) -> Link | None:
    """Read the payload of RTM_NEWLINK."""
    if len(payload) < _IFINFO.size:
        return None
    _family, _pad, _type, index, flags, _change = _IFINFO.unpack_from(payload)
    found = attributes(payload[_IFINFO.size :])
    info = attributes(found.get(IFLA_LINKINFO, b""))
    kind, data = _text(info.get(IFLA_INFO_KIND)), attributes(info.get(_IFLA_INFO_DATA, b""))
    return Link(
        index=index,
        name=_text(found.get(_IFLA_IFNAME)),
        kind=kind,
        mac=_mac(found.get(IFLA_ADDRESS)),
        mtu=_u32(found.get(_IFLA_MTU)) or 0,
        up=flags & (_IFF_UP | _IFF_RUNNING) == _IFF_UP | _IFF_RUNNING,
        parent=None if _IFLA_LINK_NETNSID in found or kind == "veth" else _u32(found.get(_IFLA_LINK)),
        master=_u32(found.get(_IFLA_MASTER)),
        loopback=bool(flags & _IFF_LOOPBACK),
        mode=_mode(kind, data),
        vlan=None if data.get(_IFLA_VLAN_PROTOCOL) == _8021AD else vlan_id(kind, data),
    )


def vlan_id(kind: str, data: Mapping[int, bytes]) -> int | None:
    """Read the id of a VLAN link, whatever its tag, from the attributes of its kind; None for other links."""
    return _u16(data.get(_IFLA_VLAN_ID)) if kind == "vlan" else None


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


def _dump_once(kind: int, parse: Callable[[bytes], Found | None], family: int) -> tuple[list[Found], bool]:
    """Read one dump to its end, and tell whether it was interrupted by a change."""
    found: list[Found] = []
    interrupted = False
    with _connected() as sock:
        # A request for routes or addresses has a shorter head; zeros behind it are no attribute.
        sock.send(_request(kind, _NLM_F_DUMP, _IFINFO.pack(family, 0, 0, 0, 0, 0)))
        while True:
            for message in messages(sock.recv(_BUFFER_BYTES)):
                interrupted = interrupted or bool(message.flags & _NLM_F_DUMP_INTR)
                if message.kind == _NLMSG_DONE:
                    return found, interrupted
                if message.kind == _NLMSG_ERROR:
                    code = _errno_of(message)
                    raise OSError(code, f"rtnetlink: {os.strerror(code)}")
                parsed = parse(message.payload)
                if parsed:
                    found.append(parsed)


def _acknowledged(request: bytes) -> int:
    """Send a request, and return the kernel's answer: 0, or the errno of its refusal."""
    with _connected() as sock:
        sock.send(request)
        for message in messages(sock.recv(_BUFFER_BYTES)):
            if message.kind == _NLMSG_ERROR:
                return _errno_of(message)
    raise OSError(errno.EPROTO, "rtnetlink: the kernel did not acknowledge the request")


@contextmanager
def _connected() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE) as sock:
        sock.settimeout(_TIMEOUT_SECONDS)
        sock.bind((0, 0))
        yield sock


def _request(kind: int, flags: int, payload: bytes) -> bytes:
    return _HEADER.pack(_HEADER.size + len(payload), kind, _NLM_F_REQUEST | flags, 1, 0) + payload


def _errno_of(message: Message) -> int:
    return -struct.unpack_from("=i", message.payload)[0] if len(message.payload) >= _U32.size else errno.EIO


def _mode(kind: str, data: Mapping[int, bytes]) -> str | None:
    """Name the mode of a macvlan link (a number of 4 bytes) or of an ipvlan link (one of 2 bytes)."""
    modes = _MODES.get(kind, {})
    number = _u32(data.get(_IFLA_MACVLAN_MODE)) if modes is _MACVLAN_MODES else _u16(data.get(_IFLA_IPVLAN_MODE))
    return modes.get(number) if number is not None else None


def _text(data: bytes | None) -> str:
    return (data or b"").split(b"\0")[0].decode("utf-8", "replace")


def _u32(data: bytes | None) -> int | None:
    return _U32.unpack(data)[0] if data and len(data) == _U32.size else None


def _u16(data: bytes | None) -> int | None:
    return _U16.unpack(data)[0] if data and len(data) == _U16.size else None


def _mac(data: bytes | None) -> str | None:
    return ":".join(f"{byte:02x}" for byte in data) if data and len(data) == _MAC_BYTES else None
