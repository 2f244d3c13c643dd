# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ICMP and ICMPv6 echo packets, and the kernel's error reports about them. PRIVATE to the collection.

Pure: bytes in, values out. Whatever is not a well-formed answer is None, never an exception: the bytes come from the
network. Formats: RFC 791, 792, 4443; linux/errqueue.h.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

ECHO_REQUEST = {"ipv4": 8, "ipv6": 128}
ECHO_REPLY = {"ipv4": 0, "ipv6": 129}
HEADER_BYTES = 8
_IPV4_HEADER_BYTES = 20
_IPV4_VERSION = 4
_PROTOCOL_ICMP = 1
_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence number
_EXTENDED_ERROR = struct.Struct("=IBBBBII")  # errno, origin, type, code, pad, info, data


class Echo(NamedTuple):
    """Identifier, sequence number and payload of an echo packet."""

    ident: int
    seq: int
    payload: bytes


class ErrorReport(NamedTuple):
    """What the kernel says about a packet it took: the errno, and whether it is an ICMP error or its own."""

    code: int
    from_icmp: bool


# SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6 of linux/errqueue.h
_ICMP_ORIGINS = (2, 3)


def checksum(data: bytes) -> int:
    """Sum as RFC 1071 says. 0 for a packet that contains its own correct checksum."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:  # noqa: PLR2004  (fold the carries of a 16-bit sum)
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo_request(family: str, ident: int, seq: int, payload: bytes) -> bytes:
    """Build an echo request. The kernel writes the checksum of ICMPv6, which covers the addresses."""
    kind = ECHO_REQUEST[family]
    total = checksum(_HEADER.pack(kind, 0, 0, ident, seq) + payload) if family == "ipv4" else 0
    return _HEADER.pack(kind, 0, total, ident, seq) + payload


def parse_reply(family: str, packet: bytes, *, with_ip_header: bool) -> Echo | None:
    """Read an echo reply; None for everything else.

    A raw IPv4 socket delivers the IP header too, and has not looked at the ICMP checksum yet.
    """
    message = strip_ipv4_header(packet) if with_ip_header else packet
    if message is None or (with_ip_header and checksum(message)):
        return None
    return _echo(message, ECHO_REPLY[family])


def parse_quoted_request(family: str, packet: bytes) -> Echo | None:
    """Read our own echo request as an error report quotes it. The payload may be cut short (RFC 792: 8 bytes)."""
    return _echo(packet, ECHO_REQUEST[family])


def strip_ipv4_header(packet: bytes) -> bytes | None:
    """Take the ICMP message out of an IPv4 packet; None when it is no whole ICMP packet."""
    if len(packet) < _IPV4_HEADER_BYTES or packet[0] >> 4 != _IPV4_VERSION or packet[9] != _PROTOCOL_ICMP:
        return None
    header = (packet[0] & 0x0F) * 4
    if header < _IPV4_HEADER_BYTES or len(packet) < header:
        return None
    return packet[header:]


def parse_error(data: bytes) -> ErrorReport | None:
    """Read the control message of the error queue (struct sock_extended_err); None when it is too short."""
    if len(data) < _EXTENDED_ERROR.size:
        return None
    code, origin = _EXTENDED_ERROR.unpack_from(data)[:2]
    return ErrorReport(code, origin in _ICMP_ORIGINS)


def _echo(message: bytes, kind: int) -> Echo | None:
    if len(message) < HEADER_BYTES:
        return None
    found, code, _checksum, ident, seq = _HEADER.unpack_from(message)
    return Echo(ident, seq, message[HEADER_BYTES:]) if (found, code) == (kind, 0) else None
