# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and addresses of the hosts."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from lab import hosts

COUNTS = st.integers(min_value=1, max_value=hosts.MOST_HOSTS)


def test_the_first_host() -> None:
    host = hosts.Host(1)
    assert (host.name, host.ipv4, host.ipv6, host.mac) == (
        "host1",
        "192.168.56.11",
        "fdb2:2c26:f4e4::11",
        "02:00:c0:a8:38:0b",
    )


@given(COUNTS)
def test_no_two_hosts_share_anything(count: int) -> None:
    every = hosts.all_hosts(count)
    for kind in ("name", "ipv4", "ipv6", "link_local", "mac"):
        assert len({getattr(host, kind) for host in every}) == count


@given(COUNTS)
def test_addresses_are_on_the_lan_below_the_fleets_half_and_not_the_gateway(number: int) -> None:
    host = hosts.Host(number)
    ipv4 = ipaddress.IPv4Address(host.ipv4)
    assert ipv4 in next(ipaddress.IPv4Network(hosts.LAN_NETWORK4).subnets())
    assert ipaddress.IPv6Address(host.ipv6) in ipaddress.IPv6Network(hosts.LAN_NETWORK6)
    assert host.ipv4 != hosts.GATEWAY4
    assert host.ipv6 != hosts.GATEWAY6


@given(COUNTS)
def test_the_link_local_address_is_the_one_that_the_kernel_makes_from_the_mac(number: int) -> None:
    host = hosts.Host(number)
    mac = bytes.fromhex(host.mac.replace(":", ""))
    interface = bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]
    assert ipaddress.IPv6Address(host.link_local).packed == b"\xfe\x80" + bytes(6) + interface


@given(COUNTS)
def test_macs_are_locally_administered_and_of_one_receiver(number: int) -> None:
    assert int(hosts.Host(number).mac[:2], 16) & 0b11 == 0b10


@given(COUNTS, st.text())
def test_by_name_finds_exactly_the_hosts_of_the_lab(count: int, name: str) -> None:
    names = {host.name for host in hosts.all_hosts(count)}
    found = hosts.by_name(count, name)
    assert (found is not None) == (name in names)
    assert all(hosts.by_name(count, known) is not None for known in names)
