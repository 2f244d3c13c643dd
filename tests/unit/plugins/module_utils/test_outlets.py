# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where to ask from: what there is, what Docker will make, and why there is nothing."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbours import Address
from ansible_collections.dockerlan.fleet.plugins.module_utils._outlets import (
    NoOutletError,
    Outlet,
    first_addresses,
    outlet_of,
    ranges,
)
from hypothesis import given
from hypothesis import strategies as st

MAC = "02:00:00:00:00:01"


def link(name: str, **values: Any) -> dict[str, Any]:
    """Build what is needed of the facts of a link."""
    return {"name": name, "mac": MAC, "up": True, **values}


LINKS = [
    link("eth0"),
    link("eth0.7", mac="02:00:00:00:00:07"),
    link("eth1", up=False),
    link("tun0", mac=None),
    link("lo", mac="00:00:00:00:00:00"),
]


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ("eth0", Outlet("eth0", MAC)),
        ("eth0.7", Outlet("eth0.7", "02:00:00:00:00:07")),
        ("eth0.1", Outlet("eth0", MAC, 1)),
        ("eth0.4094", Outlet("eth0", MAC, 4094)),
    ],
)
def test_outlets(parent: str, expected: Outlet) -> None:
    assert outlet_of(parent, LINKS) == expected


@pytest.mark.parametrize(
    ("parent", "reason"),
    [
        ("eth9", "the link eth9 does not exist on this host"),
        ("eth9.20", "the link eth9.20 does not exist on this host"),
        ("eth0.0", "the link eth0.0 does not exist on this host"),
        ("eth0.4095", "the link eth0.4095 does not exist on this host"),
        ("eth0.x", "the link eth0.x does not exist on this host"),
        ("eth0.\u0662", "the link eth0.\u0662 does not exist on this host"),
        ("eth0.7.8", "the link eth0.7.8 does not exist on this host"),
        ("eth1", "the link eth1 is down, or has no carrier"),
        ("eth1.20", "the link eth1 is down, or has no carrier"),
        ("tun0", "the link tun0 has no MAC: addresses are not looked for on it"),
        ("lo", "the link lo has no MAC: addresses are not looked for on it"),
    ],
)
def test_no_outlet(parent: str, reason: str) -> None:
    with pytest.raises(NoOutletError) as raised:
        outlet_of(parent, LINKS)
    assert str(raised.value) == reason


@given(st.text(max_size=15))
def test_any_name_is_an_outlet_or_a_reason(parent: str) -> None:
    with suppress(NoOutletError):  # and nothing else
        assert outlet_of(parent, LINKS).link in parent


@pytest.mark.parametrize(
    ("network", "limit", "first", "last", "count"),
    [
        ("192.0.2.128/28", 256, "192.0.2.128", "192.0.2.143", 16),
        ("192.0.2.7/32", 256, "192.0.2.7", "192.0.2.7", 1),
        ("10.0.0.0/8", 256, "10.0.0.0", "10.0.0.255", 256),
        ("2001:db8::1:0/112", 3, "2001:db8::1:0", "2001:db8::1:2", 3),
        ("::/0", 2, "::", "::1", 2),
    ],
)
def test_the_first_addresses(network: str, limit: int, first: str, last: str, count: int) -> None:
    found = [str(address) for address in first_addresses(network, limit)]
    assert (found[0], found[-1], len(found)) == (first, last, count)


@pytest.mark.parametrize("network", ["192.0.2.1/28", "nonsense", "192.0.2.0/33"])
def test_no_network(network: str) -> None:
    with pytest.raises(ValueError, match=network):
        first_addresses(network, 1)


@given(st.lists(st.ip_addresses() | st.integers(min_value=0, max_value=20).map(ipaddress.IPv4Address), unique=True))
def test_ranges_hold_exactly_what_was_given(addresses: list[Address]) -> None:
    found = ranges(addresses)
    held = [type(first)(number) for first, last in found for number in range(int(first), int(last) + 1)]
    assert held == addresses
    assert all(one[1] + 1 != other[0] for one, other in pairwise(found) if int(one[1]) != 2 ** one[1].max_prefixlen - 1)


def test_the_highest_ipv4_address_is_not_followed_by_an_ipv6_one() -> None:
    high, low = ipaddress.IPv4Address("255.255.255.255"), ipaddress.IPv6Address(2**32)
    assert ranges([high, low]) == [(high, high), (low, low)]
