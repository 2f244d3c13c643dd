# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Echo packets: what is built can be read back, and no bytes at all raise."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _icmp
from hypothesis import given
from hypothesis import strategies as st

families = st.sampled_from(["ipv4", "ipv6"])
u16 = st.integers(min_value=0, max_value=0xFFFF)
payloads = st.binary(max_size=64)


def reply_to(request: bytes, family: str) -> bytes:
    """Turn a request into its reply, with the right checksum for IPv4."""
    message = bytes([_icmp.ECHO_REPLY[family], 0, 0, 0]) + request[4:]
    return message[:2] + struct.pack("!H", _icmp.checksum(message)) + message[4:]


def with_ip_header(message: bytes, options: int = 0) -> bytes:
    """Put an IPv4 header of 20 bytes and some words of options before a message."""
    return bytes([0x45 + options]) + bytes(8) + bytes([1]) + bytes(10 + 4 * options) + message


def test_checksum_is_that_of_rfc_1071() -> None:
    assert _icmp.checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D


@given(u16, u16, payloads)
def test_an_ipv4_request_carries_its_checksum(ident: int, seq: int, payload: bytes) -> None:
    request = _icmp.echo_request("ipv4", ident, seq, payload)
    assert _icmp.checksum(request) == 0
    assert request[:2] == b"\x08\0"


@given(families, u16, u16, payloads)
def test_a_reply_has_ident_seq_and_payload_of_its_request(family: str, ident: int, seq: int, payload: bytes) -> None:
    request = _icmp.echo_request(family, ident, seq, payload)
    expected = _icmp.Echo(ident, seq, payload)
    assert _icmp.parse_reply(family, reply_to(request, family), with_ip_header=False) == expected
    assert _icmp.parse_quoted_request(family, request) == expected


@given(u16, u16, payloads, st.integers(min_value=0, max_value=10))
def test_the_ip_header_of_a_raw_socket_is_taken_off(ident: int, seq: int, payload: bytes, options: int) -> None:
    packet = with_ip_header(reply_to(_icmp.echo_request("ipv4", ident, seq, payload), "ipv4"), options)
    assert _icmp.parse_reply("ipv4", packet, with_ip_header=True) == _icmp.Echo(ident, seq, payload)


@given(payloads, st.data())
def test_a_flipped_bit_makes_a_raw_reply_worthless(payload: bytes, data: st.DataObject) -> None:
    message = bytearray(reply_to(_icmp.echo_request("ipv4", 1, 2, payload), "ipv4"))
    bit = data.draw(st.integers(min_value=0, max_value=8 * len(message) - 1))
    message[bit // 8] ^= 1 << bit % 8
    assert _icmp.parse_reply("ipv4", with_ip_header(bytes(message)), with_ip_header=True) is None


@given(families, st.binary(max_size=80), st.booleans())
def test_no_bytes_raise(family: str, packet: bytes, raw: bool) -> None:
    _icmp.parse_reply(family, packet, with_ip_header=raw)
    _icmp.parse_quoted_request(family, packet)
    _icmp.strip_ipv4_header(packet)
    _icmp.parse_error(packet)


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_request_is_no_reply_and_a_code_is_none(family: str) -> None:
    request = _icmp.echo_request(family, 1, 2, b"")
    assert _icmp.parse_reply(family, request, with_ip_header=False) is None
    reply = bytearray(reply_to(request, family))
    reply[1] = 1
    assert _icmp.parse_reply(family, bytes(reply), with_ip_header=False) is None


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


@pytest.mark.parametrize(("origin", "from_icmp"), [(1, False), (2, True), (3, True), (4, False)])
def test_error_reports_tell_the_network_from_the_kernel(origin: int, from_icmp: bool) -> None:
    data = struct.pack("=IBBBBII", 113, origin, 3, 1, 0, 0, 0) + bytes(16)
    assert _icmp.parse_error(data) == _icmp.ErrorReport(113, from_icmp)
