# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries are well-formed, answers are read right, and no bytes raise."""

from __future__ import annotations

import ipaddress
import random
import struct

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _dns
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,30}(\.[a-z0-9]{1,10}){0,2}", fullmatch=True)
# Recorded: Docker Engine 26.1.5 asked for AAAA of a container's name.
RECORDED = bytes.fromhex(
    "1234818000010001000000000374776f00001c00010374776f00001c0001000002580010fdb22c26f4e400000000000000010001"
)


def response(query: bytes, rcode: int, *records: bytes) -> bytes:
    """Turn a query into its response, written here byte by byte."""
    ident, _flags = struct.unpack_from("!HH", query)
    return struct.pack("!HHHHHH", ident, 0x8180 | rcode, 1, len(records), 0, 0) + query[12:] + b"".join(records)


def record(kind: int, data: bytes, owner: bytes = b"\xc0\x0c") -> bytes:
    """Build a resource record whose owner points to the question, as answers do."""
    return owner + struct.pack("!HHIH", kind, 1, 600, len(data)) + data


def test_a_query_is_what_rfc_1035_says() -> None:
    assert _dns.query(0x1234, "web-1.lan", "ipv4") == bytes.fromhex(
        "1234 0100 0001 0000 0000 0000 05 7765622d31 03 6c616e 00 0001 0001".replace(" ", "")
    )
    assert _dns.query(1, "a", "ipv6")[-4:] == bytes.fromhex("001c0001")


@pytest.mark.parametrize("name", ["", "a..b", ".a", "a.", "x" * 64, ".".join(["x" * 60] * 5), "bücher"])
def test_a_name_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        _dns.query(1, name, "ipv4")


def test_an_answer_of_a_real_engine() -> None:
    assert _dns.parse_answer(RECORDED) == _dns.Answer(0x1234, "two", 28, 0, ["fdb2:2c26:f4e4::1:1"])


@given(st.integers(0, 0xFFFF), NAMES, st.lists(st.ip_addresses(v=4), max_size=5))
def test_an_answer_is_read_as_it_was_built(ident: int, name: str, addresses: list[ipaddress.IPv4Address]) -> None:
    query = _dns.query(ident, name, "ipv4")
    found = _dns.parse_answer(response(query, 0, *(record(1, address.packed) for address in addresses)))
    assert found == _dns.Answer(ident, name, 1, 0, [str(address) for address in addresses])


def test_an_alias_is_passed_over_and_its_address_counts() -> None:
    alias = record(5, b"\x05other\0")
    answer = _dns.parse_answer(response(_dns.query(1, "a", "ipv4"), 0, alias, record(1, bytes([192, 0, 2, 1]))))
    assert answer is not None
    assert answer.addresses == ["192.0.2.1"]


def test_addresses_of_the_other_family_do_not_count() -> None:
    answer = _dns.parse_answer(response(_dns.query(1, "a", "ipv4"), 0, record(28, bytes(16)), record(1, bytes(16))))
    assert answer is not None
    assert answer.addresses == []


def test_a_refusal_has_its_code_and_no_address() -> None:
    answer = _dns.parse_answer(response(_dns.query(7, "gone", "ipv6"), 3))
    assert answer == _dns.Answer(7, "gone", 28, _dns.NAME_ERROR, [])


def test_a_query_is_no_answer() -> None:
    assert _dns.parse_answer(_dns.query(1, "a", "ipv4")) is None


@given(st.binary(max_size=600))
def test_no_bytes_raise(data: bytes) -> None:
    _dns.parse_answer(data)
    _dns.parse_answer(data[:2] + b"\x81\x80\0\1\xff\xff" + data)


def test_mutations_of_a_real_answer_never_raise() -> None:
    chance = random.Random(4)  # noqa: S311  (no secret)
    for _turn in range(10_000):
        data = bytearray(RECORDED)
        for _change in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        found = _dns.parse_answer(bytes(data[: chance.randint(0, len(data))]))
        assert found is None or all(ipaddress.ip_address(address) for address in found.addresses)


@pytest.mark.parametrize("cut", range(len(RECORDED)))
def test_an_answer_that_was_cut_off_has_no_half_address(cut: int) -> None:
    found = _dns.parse_answer(RECORDED[:cut])
    assert found is None or found.addresses == []
