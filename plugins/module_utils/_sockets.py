# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ICMP sockets: open, send, receive, read the error queue. PRIVATE to the collection.

Sockets are opened in the network namespace in which the calling thread is; see ``_netns``. They never block.
"""

from __future__ import annotations

import random
import socket
import struct
from dataclasses import dataclass
from typing import Iterator, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _datagrams, _icmp
from ansible_collections.dockerlan.fleet.plugins.module_utils._datagrams import Slots

# Not all of them are in Python's socket module: linux/in.h, linux/in6.h, linux/icmp.h, asm-generic/socket.h.
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _PMTUDISC_PROBE, _IPV6_DONTFRAG = 10, 23, 3, 62
_SOL_RAW, _ICMP_FILTER, _ICMP6_FILTER = 255, 1, 1
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_BUFFER_BYTES = 4 * 1024 * 1024  # requests to silent neighbours wait in the send buffer: room for some thousands
_QUOTED_BYTES = 2048  # more than any error report quotes
_CONTROL_BYTES = 512
_BATCH = 128

_FAMILY = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
_PROTOCOL = {"ipv4": socket.IPPROTO_ICMP, "ipv6": socket.IPPROTO_ICMPV6}
_RECVERR = {"ipv4": (socket.IPPROTO_IP, _IP_RECVERR), "ipv6": (socket.IPPROTO_IPV6, _IPV6_RECVERR)}
# "Probe" sets the bit, and does not hold a packet back because an earlier one was too large for a router (ip(7)).
_DONT_FRAGMENT = {
    "ipv4": [(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_PROBE)],
    "ipv6": [(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PMTUDISC_PROBE), (socket.IPPROTO_IPV6, _IPV6_DONTFRAG, 1)],
}


@dataclass(frozen=True, eq=False)
class Channel:
    """An open ICMP socket of one source address: compared by identity, closed by whoever opened it.

    ``namespace`` is the path of the network namespace in which it was opened, None where this process is itself.
    """

    sock: socket.socket
    family: str
    raw: bool
    ident: int
    namespace: str | None = None


class Failure(NamedTuple):
    """An entry of the error queue: what happened to the request with this sequence number to this address.

    ``seq`` is None when the kernel does not say which request it was: one that it did not even begin to send.
    """

    report: _icmp.ErrorReport
    seq: int | None
    target: str


def open_channel(family: str, address: str, *, dont_fragment: bool = False, namespace: str | None = None) -> Channel:
    """Open a socket that sends from ``address`` and receives the replies to it, where the thread is.

    A datagram socket where net.ipv4.ping_group_range allows it (Docker opens it in containers), else a raw socket
    that lets nothing but echo replies through. OSError when neither is allowed or the address is not there.
    With ``dont_fragment`` neither this host nor a router splits its packets. ``namespace`` is only remembered.
    """
    try:
        sock, raw = _socket(family, socket.SOCK_DGRAM), False
    except OSError:
        sock, raw = _socket(family, socket.SOCK_RAW), True
    try:
        _configure(sock, family, raw=raw)
        for option in _DONT_FRAGMENT[family] if dont_fragment else ():
            sock.setsockopt(*option)
        sock.bind((address, 0))
        ident = random.randrange(1, 1 << 16) if raw else sock.getsockname()[1]  # noqa: S311  (no secret)
    except OSError:
        sock.close()
        raise
    return Channel(sock, family, raw, ident, namespace)


def replies(channel: Channel, slots: Slots) -> list[tuple[bytes, bytes]]:
    """Take echo replies, at most a batch: a poll that is level-triggered reports the rest again.

    Returns what each sends back (see ``_icmp.echoed``), and the packed address of who sent it.
    """
    family, with_ip_header = channel.family, channel.raw and channel.family == "ipv4"
    read = (
        (_icmp.echoed(family, packet, with_ip_header=with_ip_header), sender)
        for packet, sender in _datagrams.receive(slots, channel.sock.fileno())
    )
    return [(echoed, sender) for echoed, sender in read if echoed is not None]


def reply_slots(family: str, payload_bytes: int) -> Slots:
    """Make slots for replies with so much payload, and a byte more, so that longer ones can be told from right ones."""
    size = _icmp.IPV4_HEADER_MAX_BYTES + _icmp.HEADER_BYTES + payload_bytes + 1
    return _datagrams.slots_for(family, size, _BATCH)


def failures(channel: Channel) -> Iterator[Failure]:
    """Take entries of the error queue that are about requests of this channel, at most a batch."""
    for _turn in range(_BATCH):
        try:
            packet, control, _flags, target = channel.sock.recvmsg(_QUOTED_BYTES, _CONTROL_BYTES, socket.MSG_ERRQUEUE)
        except OSError:
            return
        failure = read_failure(channel, packet, control, target)
        if failure:
            yield failure


def read_failure(
    channel: Channel, packet: bytes, control: Sequence[tuple[int, int, bytes]], target: Sequence[object] | None
) -> Failure | None:
    """Read one entry of the error queue, given as recvmsg(2) returns it; None when it is not about this channel."""
    report = _report_in(control, channel.family)
    if report is None or not target:
        return None
    if not packet and report.word is None:
        return Failure(report, None, str(target[0]))
    request = _icmp.quoted_request(channel.family, packet)
    if request is None or request[0] != channel.ident:
        return None
    return Failure(report, request[1], str(target[0]))


def _report_in(control: Sequence[tuple[int, int, bytes]], family: str) -> _icmp.ErrorReport | None:
    found = [_icmp.parse_error(data) for level, kind, data in control if (level, kind) == _RECVERR[family]]
    return found[0] if found else None


def _socket(family: str, kind: int) -> socket.socket:
    return socket.socket(_FAMILY[family], kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, _PROTOCOL[family])


def _configure(sock: socket.socket, family: str, *, raw: bool) -> None:
    sock.setsockopt(*_RECVERR[family], 1)
    for forced, allowed in ((_SO_SNDBUFFORCE, socket.SO_SNDBUF), (_SO_RCVBUFFORCE, socket.SO_RCVBUF)):
        try:
            sock.setsockopt(socket.SOL_SOCKET, forced, _BUFFER_BYTES)
        except PermissionError:  # without CAP_NET_ADMIN, up to net.core.wmem_max and rmem_max
            sock.setsockopt(socket.SOL_SOCKET, allowed, _BUFFER_BYTES)
    if raw and family == "ipv4":
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", _blocked_but(_icmp.ECHO_REPLY["ipv4"])))
    elif raw:
        word, bit = divmod(_icmp.ECHO_REPLY["ipv6"], 32)
        words = [0xFFFFFFFF if number != word else _blocked_but(bit) for number in range(8)]
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("=8I", *words))


def _blocked_but(bit: int) -> int:
    """Build a filter word, in which a set bit blocks a type, with one type let through."""
    return 0xFFFFFFFF & ~(1 << bit)
