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

from ansible_collections.dockerlan.fleet.plugins.module_utils import _icmp

# Not all of them are in Python's socket module: linux/in.h, linux/in6.h, linux/icmp.h, asm-generic/socket.h.
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_SOL_RAW, _ICMP_FILTER, _ICMP6_FILTER = 255, 1, 1
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_BUFFER_BYTES = 4 * 1024 * 1024  # requests to silent neighbours wait in the send buffer: room for some thousands
_PACKET_BYTES = 2048
_CONTROL_BYTES = 512
_BATCH = 256

_FAMILY = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
_PROTOCOL = {"ipv4": socket.IPPROTO_ICMP, "ipv6": socket.IPPROTO_ICMPV6}
_RECVERR = {"ipv4": (socket.IPPROTO_IP, _IP_RECVERR), "ipv6": (socket.IPPROTO_IPV6, _IPV6_RECVERR)}


@dataclass(frozen=True, eq=False)
class Channel:
    """An open ICMP socket of one source address: compared by identity, closed by whoever opened it."""

    sock: socket.socket
    family: str
    raw: bool
    ident: int


class Failure(NamedTuple):
    """An entry of the error queue: what happened to the request with this sequence number to this address."""

    report: _icmp.ErrorReport
    seq: int
    target: str


def open_channel(family: str, address: str) -> Channel:
    """Open a socket that sends from ``address`` and receives the replies to it.

    A datagram socket where net.ipv4.ping_group_range allows it (Docker opens it in containers), else a raw socket
    that lets nothing but echo replies through. OSError when neither is allowed or the address is not there.
    """
    try:
        sock, raw = _socket(family, socket.SOCK_DGRAM), False
    except OSError:
        sock, raw = _socket(family, socket.SOCK_RAW), True
    try:
        _configure(sock, family, raw=raw)
        sock.bind((address, 0))
        ident = random.randrange(1, 1 << 16) if raw else sock.getsockname()[1]  # noqa: S311  (no secret)
    except OSError:
        sock.close()
        raise
    return Channel(sock, family, raw, ident)


def send(channel: Channel, target: str, seq: int, payload: bytes) -> None:
    """Send one echo request. OSError when the kernel refuses, BlockingIOError when the buffer is full."""
    channel.sock.sendto(_icmp.echo_request(channel.family, channel.ident, seq, payload), (target, 0))


def replies(channel: Channel) -> Iterator[tuple[_icmp.Echo, str]]:
    """Take what has arrived: the echo replies that carry this channel's identifier, each with its sender's address.

    At most a batch: a poll that is level-triggered reports the rest again.
    """
    with_ip_header = channel.raw and channel.family == "ipv4"
    for _turn in range(_BATCH):
        try:
            packet, sender = channel.sock.recvfrom(_PACKET_BYTES)
        except BlockingIOError:
            return
        except OSError:
            continue  # an ICMP error is pending on the socket; its details are in the error queue
        echo = _icmp.parse_reply(channel.family, packet, with_ip_header=with_ip_header)
        if echo and echo.ident == channel.ident:
            yield echo, sender[0]


def failures(channel: Channel) -> Iterator[Failure]:
    """Take entries of the error queue that are about requests of this channel, at most a batch."""
    for _turn in range(_BATCH):
        try:
            packet, control, _flags, target = channel.sock.recvmsg(_PACKET_BYTES, _CONTROL_BYTES, socket.MSG_ERRQUEUE)
        except OSError:
            return
        request = _icmp.parse_quoted_request(channel.family, packet)
        report = _report_in(control, channel.family)
        if report and target and request and request.ident == channel.ident:
            yield Failure(report, request.seq, target[0])


def _report_in(control: Sequence[tuple[int, int, bytes]], family: str) -> _icmp.ErrorReport | None:
    found = [_icmp.parse_error(data) for level, kind, data in control if (level, kind) == _RECVERR[family]]
    return found[0] if found else None


def _socket(family: str, kind: int) -> socket.socket:
    return socket.socket(_FAMILY[family], kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, _PROTOCOL[family])


def _configure(sock: socket.socket, family: str, *, raw: bool) -> None:
    sock.setsockopt(*_RECVERR[family], 1)
    for option in (_SO_SNDBUFFORCE, _SO_RCVBUFFORCE):
        sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
    if raw and family == "ipv4":
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", _blocked_but(_icmp.ECHO_REPLY["ipv4"])))
    elif raw:
        word, bit = divmod(_icmp.ECHO_REPLY["ipv6"], 32)
        words = [0xFFFFFFFF if number != word else _blocked_but(bit) for number in range(8)]
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("=8I", *words))


def _blocked_but(bit: int) -> int:
    """Build a filter word, in which a set bit blocks a type, with one type let through."""
    return 0xFFFFFFFF & ~(1 << bit)
