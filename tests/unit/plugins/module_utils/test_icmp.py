# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Echo packets: what is built can be read back, and no bytes at all raise."""

from __future__ import annotations

import errno
import socket
import struct

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _icmp
from hypothesis import given
from hypothesis import strategies as st

families = st.sampled_from(["ipv4", "ipv6"])
u16 = st.integers(min_value=0, max_value=0xFFFF)
numbers = st.integers(min_value=0, max_value=0xFFFFFFFF)
tokens = st.binary(min_size=8, max_size=8)
sizes = st.integers(min_value=_icmp.MIN_PAYLOAD_BYTES, max_value=80)


def reply_to(request: bytes, family: str) -> bytes:
    """Turn a request into its reply, with the right checksum for IPv4."""
    message = bytes([_icmp.ECHO_REPLY[family], 0, 0, 0]) + request[4:]
    return message[:2] + struct.pack("!H", _icmp.checksum(message)) + message[4:]


def with_ip_header(message: bytes, options: int = 0) -> bytes:
    """Put an IPv4 header of 20 bytes and some words of options before a message."""
    return bytes([0x45 + options]) + bytes(8) + bytes([1]) + bytes(10 + 4 * options) + message


def test_checksum_is_that_of_rfc_1071() -> None:
    assert _icmp.checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D


@given(st.binary(max_size=200))
def test_checksum_is_the_folded_sum_of_the_words(data: bytes) -> None:
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    assert _icmp.checksum(data) == ~total & 0xFFFF


@given(u16, numbers, tokens, sizes)
def test_an_ipv4_request_carries_its_checksum(ident: int, number: int, token: bytes, size: int) -> None:
    request = _icmp.requests_of("ipv4", ident, token, size).build(number)
    assert _icmp.checksum(request) == 0
    assert request[:2] == b"\x08\0"
    assert len(request) == _icmp.HEADER_BYTES + size


@given(families, u16, numbers, tokens, sizes)
def test_a_reply_has_ident_seq_and_payload_of_its_request(
    family: str, ident: int, number: int, token: bytes, size: int
) -> None:
    request = _icmp.requests_of(family, ident, token, size).build(number)
    expected = struct.pack("!HH8sI", ident, number & 0xFFFF, token, number) + bytes(size - 12)
    assert _icmp.echoed(family, reply_to(request, family), with_ip_header=False) == expected
    assert _icmp.quoted_request(family, request) == (ident, number & 0xFFFF)
    assert _icmp.quoted_request(family, request[:8]) == (ident, number & 0xFFFF)


@given(u16, numbers, tokens, sizes, st.integers(min_value=0, max_value=10))
def test_the_ip_header_of_a_raw_socket_is_taken_off(
    ident: int, number: int, token: bytes, size: int, options: int
) -> None:
    request = _icmp.requests_of("ipv4", ident, token, size).build(number)
    packet = with_ip_header(reply_to(request, "ipv4"), options)
    assert _icmp.echoed("ipv4", packet, with_ip_header=True) == request[4:]


@given(sizes, st.data())
def test_a_flipped_bit_makes_a_raw_reply_worthless(size: int, data: st.DataObject) -> None:
    message = bytearray(reply_to(_icmp.requests_of("ipv4", 1, bytes(8), size).build(2), "ipv4"))
    bit = data.draw(st.integers(min_value=0, max_value=8 * len(message) - 1))
    message[bit // 8] ^= 1 << bit % 8
    assert _icmp.echoed("ipv4", with_ip_header(bytes(message)), with_ip_header=True) is None


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_request_is_no_reply_and_a_code_is_none(family: str) -> None:
    request = _icmp.requests_of(family, 1, bytes(8), 12).build(2)
    assert _icmp.echoed(family, request, with_ip_header=False) is None
    reply = bytearray(reply_to(request, family))
    reply[1] = 1
    assert _icmp.echoed(family, bytes(reply), with_ip_header=False) is None
    assert _icmp.quoted_request(family, bytes(reply)) is None


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        with_ip_header(b"")[:19],
        b"\x65" + with_ip_header(bytes(8))[1:],  # IPv6
        b"\x44" + with_ip_header(bytes(8))[1:],  # a header shorter than a header
        b"\x4f" + with_ip_header(bytes(8))[1:],  # a header longer than the packet
        with_ip_header(bytes(8))[:9] + b"\x11" + with_ip_header(bytes(8))[10:],  # UDP
    ],
)
def test_what_is_no_icmp_over_ipv4_is_nothing(packet: bytes) -> None:
    assert _icmp.strip_ipv4_header(packet) is None


def report(origin: int, what: tuple[int, int], *, errno_: int = 113, info: int = 0, offender: bytes = b"") -> bytes:
    """Build struct sock_extended_err with the address of the offender behind it."""
    return struct.pack("=IBBBBII", errno_, origin, *what, 0, info, 0) + offender


def sockaddr(address: str) -> bytes:
    """Build struct sockaddr_in or sockaddr_in6 as the kernel does."""
    if ":" in address:
        return struct.pack("=HHI", socket.AF_INET6, 0, 0) + socket.inet_pton(socket.AF_INET6, address) + bytes(4)
    return struct.pack("=HH", socket.AF_INET, 0) + socket.inet_pton(socket.AF_INET, address) + bytes(8)


ICMP, ICMP6, LOCAL = 2, 3, 1


@pytest.mark.parametrize(
    ("origin", "kind", "code", "word"),
    [
        (ICMP, 3, 0, "net_unreachable"),
        (ICMP, 3, 1, "host_unreachable"),
        (ICMP, 3, 2, "protocol_unreachable"),
        (ICMP, 3, 3, "port_unreachable"),
        (ICMP, 3, 4, "too_big"),
        (ICMP, 3, 5, "other"),
        (ICMP, 3, 9, "prohibited"),
        (ICMP, 3, 10, "prohibited"),
        (ICMP, 3, 13, "prohibited"),
        (ICMP, 11, 0, "time_exceeded"),
        (ICMP, 11, 1, "time_exceeded"),
        (ICMP, 12, 0, "other"),
        (ICMP6, 1, 0, "net_unreachable"),
        (ICMP6, 1, 1, "prohibited"),
        (ICMP6, 1, 3, "host_unreachable"),
        (ICMP6, 1, 4, "port_unreachable"),
        (ICMP6, 2, 0, "too_big"),
        (ICMP6, 3, 0, "time_exceeded"),
        (ICMP6, 4, 1, "protocol_unreachable"),
        (ICMP6, 4, 0, "other"),
    ],
)
def test_an_icmp_error_has_a_word_and_a_sender(origin: int, kind: int, code: int, word: str) -> None:
    sender = "192.0.2.254" if origin == ICMP else "2001:db8::fe"
    found = _icmp.parse_error(report(origin, (kind, code), info=1450, offender=sockaddr(sender)))
    assert found == _icmp.ErrorReport(113, word, sender, 1450 if word == "too_big" else None)


@pytest.mark.parametrize(("code", "mtu"), [(errno.EMSGSIZE, 1400), (errno.EHOSTUNREACH, None)])
def test_the_kernels_own_error_has_no_word_and_no_sender(code: int, mtu: int | None) -> None:
    data = report(LOCAL, (0, 0), errno_=code, info=1400, offender=bytes(16))
    assert _icmp.parse_error(data) == _icmp.ErrorReport(code, None, None, mtu)


@pytest.mark.parametrize("offender", [b"", b"\2", sockaddr("192.0.2.1")[:7], sockaddr("2001:db8::1")[:23], bytes(16)])
def test_an_offender_that_cannot_be_read_is_none(offender: bytes) -> None:
    found = _icmp.parse_error(report(ICMP, (3, 1), offender=offender))
    assert found == _icmp.ErrorReport(113, "host_unreachable", None, None)
