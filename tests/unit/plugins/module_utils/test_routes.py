# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes within given subnets, from made-up and from real tables."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _links, _netns, _routes
from ansible_collections.dockerlan.fleet.plugins.module_utils._netlink import attribute
from ansible_collections.dockerlan.fleet.plugins.module_utils._routes import Route
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.lan import Lan

OFFICE = [ipaddress.ip_network("192.168.56.0/24"), ipaddress.ip_network("2001:db8::/64")]
EVERYTHING = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]


def route(destination: str, *more: bytes, table: int = 254, kind: int = 1, flags: int = 0) -> bytes:
    """Build the payload of RTM_NEWROUTE. Like the kernel, leave the destination of a default route out."""
    network = ipaddress.ip_network(destination)
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    head = struct.pack("=BBBBBBBBI", family, network.prefixlen, 0, 0, table, 0, 0, kind, flags)
    return head + (attribute(1, network.network_address.packed) if network.prefixlen else b"") + b"".join(more)


def via(index: int, gateway: str = "") -> bytes:
    """Build the attributes of a single next hop."""
    link = attribute(4, struct.pack("=I", index))
    return link + attribute(5, ipaddress.ip_address(gateway).packed) if gateway else link


def parsed(payload: bytes, within: Any = OFFICE) -> list[Route]:
    """Read a payload."""
    return list(_routes.parse_routes(payload, within))


@pytest.mark.parametrize(
    ("destination", "inside"),
    [
        ("192.168.56.0/24", True),
        ("192.168.56.128/25", True),
        ("192.168.56.7/32", True),
        ("192.168.0.0/16", False),
        ("0.0.0.0/0", False),
        ("192.168.57.0/24", False),
        ("2001:db8::/64", True),
        ("2001:db8::7/128", True),
        ("2001:db8::/32", False),
        ("::/0", False),
    ],
)
def test_only_routes_within_the_subnets_are_listed(destination: str, inside: bool) -> None:
    assert parsed(route(destination, via(3))) == ([Route(destination, 3, None)] if inside else [])


@pytest.mark.parametrize("other", [{"table": 255}, {"table": 252}, {"kind": 2}, {"kind": 6}, {"flags": 0x200}])
def test_other_tables_kinds_and_cached_routes_are_left_out(other: dict[str, int]) -> None:
    assert parsed(route("192.168.56.0/24", via(3), **other)) == []


def test_gateways_of_either_family() -> None:
    assert parsed(route("192.168.56.0/25", via(3, "192.0.2.1"))) == [Route("192.168.56.0/25", 3, "192.0.2.1")]
    of_other_family = attribute(18, struct.pack("=H", socket.AF_INET6) + ipaddress.ip_address("fe80::1").packed)
    assert parsed(route("192.168.56.0/25", via(3), of_other_family)) == [Route("192.168.56.0/25", 3, "fe80::1")]


def test_each_next_hop_is_a_way_of_its_own() -> None:
    hops = [via(0, gateway)[8:] for gateway in ("192.0.2.1", "192.0.2.2")]
    data = b"".join(struct.pack("=HBBi", 8 + len(hop), 0, 0, index) + hop for index, hop in enumerate(hops, 3))
    expected = [Route("192.168.56.0/25", 3, "192.0.2.1"), Route("192.168.56.0/25", 4, "192.0.2.2")]
    assert parsed(route("192.168.56.0/25", attribute(9, data))) == expected
    assert parsed(route("192.168.56.0/25", attribute(9, data[:-1]))) == expected[:1]


def test_a_default_route_is_within_everything_and_a_route_may_have_no_link() -> None:
    assert parsed(route("0.0.0.0/0"), EVERYTHING) == [Route("0.0.0.0/0", None, None)]
    assert parsed(route("::/0", via(2)), EVERYTHING) == [Route("::/0", 2, None)]


@pytest.mark.parametrize("data", [b"", bytes(3), bytes(16)])
def test_what_is_no_destination_is_left_out(data: bytes) -> None:
    head = struct.pack("=BBBBBBBBI", socket.AF_INET, 24, 0, 0, 254, 0, 0, 1, 0)
    assert parsed(head + attribute(1, data), EVERYTHING) == []


@given(st.binary(max_size=60), st.integers(0, 255), st.sampled_from([2, 10, 28]))
def test_no_bytes_raise(data: bytes, prefix: int, family: int) -> None:
    parsed(data, EVERYTHING)
    parsed(struct.pack("=BBBBBBBBI", family, prefix, 0, 0, 254, 0, 0, 1, 0) + data, EVERYTHING)


@given(st.integers(0, 60))
def test_no_truncated_route_raises(length: int) -> None:
    parsed(route("192.168.56.0/25", via(3, "192.0.2.1"), attribute(9, bytes(8)))[:length], EVERYTHING)


def any_network(base: Any) -> st.SearchStrategy[Any]:
    """Generate networks around a base, which often lie in each other."""
    first, bits = base.network_address, base.max_prefixlen
    offsets, prefixes = st.integers(0, 600), st.integers(bits - 12, bits)
    return st.builds(
        lambda offset, prefix: ipaddress.ip_network(f"{first + offset}/{prefix}", False), offsets, prefixes
    )


@given(st.sampled_from(OFFICE).flatmap(lambda base: st.tuples(any_network(base), any_network(base))))
def test_the_filter_is_subnet_of(pair: tuple[Any, Any]) -> None:
    destination, subnet = pair
    assert bool(parsed(route(str(destination), via(2)), [subnet])) is destination.subnet_of(subnet)


def test_no_subnets_ask_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_routes._netlink, "dump", lambda *_: pytest.fail("the kernel was asked"))
    assert _routes.read_routes([], []) == []


def test_real_routes_of_a_namespace(lan: Lan) -> None:
    path = lan.add_station("a", "192.168.56.11/24", "2001:db8::11/64")
    lan.within("a", "ip", "route", "add", "192.168.56.144/28", "dev", "lo")
    lan.within("a", "ip", "route", "add", "192.168.56.160/28", "via", "192.168.56.1")
    lan.within("a", "ip", "route", "add", "default", "via", "192.168.56.1")
    lan.within("a", "ip", "route", "add", "blackhole", "192.168.56.176/28")
    lan.within("a", "ip", "route", "add", "192.168.56.192/28", "dev", "eth0", "table", "7")
    lan.within("a", "ip", "route", "add", "2001:db8::7/128", *"nexthop via 2001:db8::1 nexthop via 2001:db8::2".split())
    with _netns.inside(path):
        found = _routes.read_routes(["192.168.56.0/24", "2001:db8::/64"], _links.read_links())
    assert [tuple(row.values()) for row in found] == [
        ("192.168.56.0/24", "eth0", None),
        ("192.168.56.144/28", "lo", None),
        ("192.168.56.160/28", "eth0", "192.168.56.1"),
        ("2001:db8::/64", "eth0", None),
        ("2001:db8::7/128", "eth0", "2001:db8::1"),
        ("2001:db8::7/128", "eth0", "2001:db8::2"),
    ]
