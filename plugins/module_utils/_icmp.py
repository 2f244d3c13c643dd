# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ICMP and ICMPv6 echo packets, and the kernel's error reports about them. PRIVATE to the collection.

Pure: bytes in, values out. Whatever is not a well-formed answer is None, never an exception: the bytes come from the
network. Formats: RFC 791, 792, 4443; linux/errqueue.h.
"""

from __future__ import annotations

import errno
import socket
import struct
from dataclasses import dataclass
from typing import Mapping, NamedTuple

ECHO_REQUEST = {"ipv4": 8, "ipv6": 128}
ECHO_REPLY = {"ipv4": 0, "ipv6": 129}
HEADER_BYTES = 8
IPV4_HEADER_MAX_BYTES = 60
_IPV4_HEADER_BYTES = 20
_IPV4_VERSION = 4
_PROTOCOL_ICMP = 1
TOKEN_BYTES = 8
MIN_PAYLOAD_BYTES = TOKEN_BYTES + 4
_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence number
_REQUEST = struct.Struct(f"!BBHHH{TOKEN_BYTES}sI")  # and token, number
_REPLY_HEAD = {family: bytes([kind, 0]) for family, kind in ECHO_REPLY.items()}
_REQUEST_HEAD = {family: bytes([kind, 0]) for family, kind in ECHO_REQUEST.items()}
_EXTENDED_ERROR = struct.Struct("=IBBBBII")  # errno, origin, type, code, pad, info, data

# The origins of linux/errqueue.h, and where the address lies in the sockaddr of the offender that follows the report.
_ORIGIN_ICMP, _ORIGIN_ICMP6 = 2, 3
_OFFENDER: Mapping[int, tuple[int, int]] = {socket.AF_INET: (4, 4), socket.AF_INET6: (8, 16)}  # offset, length
_FAMILY = struct.Struct("=H")

_ANY = -1  # whatever the code
# (type, code) of RFC 792, 1122 (3.2.2.1) and 1812 (5.2.7.1), and of RFC 4443
_WORDS = {
    _ORIGIN_ICMP: {
        (3, 0): "net_unreachable",
        (3, 1): "host_unreachable",
        (3, 2): "protocol_unreachable",
        (3, 3): "port_unreachable",
        (3, 4): "too_big",
        (3, 6): "net_unreachable",
        (3, 7): "host_unreachable",
        (3, 9): "prohibited",
        (3, 10): "prohibited",
        (3, 11): "net_unreachable",
        (3, 12): "host_unreachable",
        (3, 13): "prohibited",
        (11, _ANY): "time_exceeded",
    },
    _ORIGIN_ICMP6: {
        (1, 0): "net_unreachable",
        (1, 1): "prohibited",
        (1, 3): "host_unreachable",
        (1, 4): "port_unreachable",
        (1, 5): "prohibited",
        (1, 6): "net_unreachable",
        (2, _ANY): "too_big",
        (3, _ANY): "time_exceeded",
        (4, 1): "protocol_unreachable",
    },
}


class ErrorReport(NamedTuple):
    """What the kernel says about a packet it took.

    ``code`` is the errno; ``word`` names the ICMP error, one of those in ``evidence.icmp``, and is None when it is the
    kernel's own error; ``sender`` is the address that sent the ICMP error. ``mtu`` (bytes) only with too large packets.
    """

    code: int
    word: str | None
    sender: str | None
    mtu: int | None


def checksum(data: bytes) -> int:
    """Sum as RFC 1071 says. 0 for a packet that contains its own correct checksum.

    65536 leaves the remainder 1 when divided by 65535, so the sum of all 16-bit words with its carries folded in is the
    remainder of the whole number. Only it cannot tell 0 from 65535, and only nothing but zeros sum up to 0.
    """
    number = int.from_bytes(data + b"\0" * (len(data) % 2), "big")
    return 0xFFFF - (number % 0xFFFF or 0xFFFF) if number else 0xFFFF


@dataclass(frozen=True)
class Requests:
    """The echo requests of one socket, which are the same but for their numbers; ``requests_of`` makes it.

    ``total`` is the sum of all that stays the same, None where the kernel writes the checksum: to add the numbers to it
    is three times as fast as to sum up every packet.
    """

    kind: int
    ident: int
    token: bytes
    padding: bytes
    total: int | None

    def build(self, number: int) -> bytes:
        """Build the request with this number (32 bits), of which the lower 16 bits are the sequence number, too."""
        seq, check = number & 0xFFFF, 0
        if self.total is not None:
            check = 0xFFFF - ((self.total + 2 * seq + (number >> 16)) % 0xFFFF or 0xFFFF)
        return _REQUEST.pack(self.kind, 0, check, self.ident, seq, self.token, number) + self.padding


def requests_of(family: str, ident: int, token: bytes, size: int) -> Requests:
    """Prepare requests with ``size`` bytes of payload: a token of 8 bytes, the number (4 bytes), zeros."""
    kind, padding = ECHO_REQUEST[family], bytes(size - MIN_PAYLOAD_BYTES)
    total = 0xFFFF - checksum(_REQUEST.pack(kind, 0, 0, ident, 0, token, 0) + padding) if family == "ipv4" else None
    return Requests(kind, ident, token, padding, total)


def echoed(family: str, packet: bytes, *, with_ip_header: bool) -> bytes | None:
    """Return what an echo reply sends back: identifier, sequence number (2 bytes each) and payload.

    None for everything else. A raw IPv4 socket delivers the IP header too, and nobody has looked at the ICMP checksum
    yet.
    """
    if with_ip_header:
        message = strip_ipv4_header(packet)
        if message is None or checksum(message):
            return None
    else:
        message = packet
    if len(message) < HEADER_BYTES or message[:2] != _REPLY_HEAD[family]:
        return None
    return message[4:]


def quoted_request(family: str, packet: bytes) -> tuple[int, int] | None:
    """Read identifier and sequence number of an echo request that an error report quotes.

    No more than that, because the quotation may be cut off behind them (RFC 792: 8 bytes). None when it is no request.
    """
    if len(packet) < HEADER_BYTES or packet[:2] != _REQUEST_HEAD[family]:
        return None
    ident, seq = _HEADER.unpack_from(packet)[3:]
    return ident, seq


def strip_ipv4_header(packet: bytes) -> bytes | None:
    """Take the ICMP message out of an IPv4 packet; None when it is no whole ICMP packet."""
    if len(packet) < _IPV4_HEADER_BYTES or packet[0] >> 4 != _IPV4_VERSION or packet[9] != _PROTOCOL_ICMP:
        return None
    header = (packet[0] & 0x0F) * 4
    if header < _IPV4_HEADER_BYTES or len(packet) < header:
        return None
    return packet[header:]


def parse_error(data: bytes) -> ErrorReport | None:
    """Read the control message of the error queue: struct sock_extended_err, then the sockaddr of SO_EE_OFFENDER.

    None when it is too short.
    """
    if len(data) < _EXTENDED_ERROR.size:
        return None
    code, origin, kind, detail, _pad, info, _data = _EXTENDED_ERROR.unpack_from(data)
    words = _WORDS.get(origin)
    if words is None:
        return ErrorReport(code, None, None, info if code == errno.EMSGSIZE else None)
    word = words.get((kind, detail)) or words.get((kind, _ANY), "other")
    return ErrorReport(code, word, _offender(data[_EXTENDED_ERROR.size :]), info if word == "too_big" else None)


def _offender(sockaddr: bytes) -> str | None:
    if len(sockaddr) < _FAMILY.size:
        return None
    family: int = _FAMILY.unpack_from(sockaddr)[0]
    if family not in _OFFENDER:
        return None
    offset, length = _OFFENDER[family]
    address = sockaddr[offset : offset + length]
    return socket.inet_ntop(family, address) if len(address) == length else None
