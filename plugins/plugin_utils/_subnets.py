# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One subnet of a declared LAN: read it and check it. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._intervals import Address, Interval, Network, interval_of
from ._reader import Reader, parse_address

DEFAULT_SLICE_PREFIX = {4: 28, 6: 112}
KEYS = ("subnet", "gateway", "range", "slice_prefix", "reserved")
_POINT_TO_POINT_BITS = 1  # an IPv4 /31 has neither a network nor a broadcast address


@dataclass(frozen=True)
class Subnet:
    """One address family of a LAN. ``range`` is what the fleet may hand out, ``slice_prefix`` the size of a slice.

    ``gateway`` is the router, or in a LAN without one the address that is held back in its place: every engine then
    does the same, where some take the first address of the slice for themselves.
    """

    subnet: Network
    gateway: Address
    range: Network
    slice_prefix: int
    reserved: tuple[Interval, ...] = ()

    @property
    def version(self) -> int:
        """Return 4 or 6."""
        return self.subnet.version

    @property
    def family(self) -> str:
        """Return ``ipv4`` or ``ipv6``."""
        return f"ipv{self.version}"

    @property
    def unusable(self) -> tuple[Interval, ...]:
        """Return what no endpoint may have by the protocol: network and broadcast address."""
        return tuple(Interval(number, number) for number in _unusable(self.subnet))

    @property
    def not_for_containers(self) -> tuple[Interval, ...]:
        """Return what no engine gives to a container, whatever its slice: the unusable addresses and the gateway."""
        return (*self.unusable, interval_of(self.gateway))

    def block(self, number: int, prefix: int) -> Network:
        """Return the block of this size that has the address with this number."""
        return type(self.subnet)((number, prefix), strict=False)

    def address(self, number: int) -> Address:
        """Return the address with this number."""
        return type(self.gateway)(number)


def parse_subnet(reader: Reader, internal: bool) -> Subnet | None:
    """Read one subnet; None when it cannot be understood. Only an ``internal`` LAN may be without a gateway."""
    reader.only(KEYS)
    subnet = reader.strict_network("subnet")
    space = reader.strict_network("range")
    if subnet is None:
        return None
    gateway = _gateway(reader, subnet, internal)
    range_is_right = space is not None and _check_range(reader, subnet, space)
    prefix = _slice_prefix(reader, subnet, space if range_is_right else None)
    reserved = _reserved(reader, subnet)
    if not (gateway and space and prefix is not None and range_is_right):
        return None
    return Subnet(subnet, gateway, space, prefix, reserved)


def _unusable(subnet: Network) -> tuple[int, ...]:
    first, last = interval_of(subnet)
    if subnet.version == 6:  # noqa: PLR2004 - an IP version
        # IPv6 has no broadcast; its first address belongs to the routers of the link (RFC 4291, 2.6.1), and no engine
        # gives it out, whatever the size of the subnet.
        return (first,)
    return () if last - first <= _POINT_TO_POINT_BITS else (first, last)


def _gateway(reader: Reader, subnet: Network, internal: bool) -> Address | None:
    if reader.raw.get("gateway") is None:
        if internal:
            return _first_usable(subnet)
        cure = "Give the router's address, or set internal: true for a LAN without a default route"
        reader.refuse(".gateway", "is missing", cure)
        return None
    gateway = reader.address("gateway")
    return gateway if gateway is not None and _check_gateway(reader, subnet, gateway) else None


def _first_usable(subnet: Network) -> Address:
    first = subnet.network_address
    return first + 1 if int(first) in _unusable(subnet) else first


def _check_gateway(reader: Reader, subnet: Network, gateway: Address) -> bool:
    if gateway.version != subnet.version or gateway not in subnet:
        reader.refuse(".gateway", f"{gateway} is not in {subnet}", f"Use an address of {subnet}")
    elif int(gateway) in _unusable(subnet):
        reader.refuse(
            ".gateway", f"{gateway} is the network or broadcast address of {subnet}", "Use the router's address"
        )
    else:
        return True
    return False


def _check_range(reader: Reader, subnet: Network, space: Network) -> bool:
    if space.version == subnet.version and interval_of(subnet).contains(interval_of(space)):
        return True
    reader.refuse(".range", f"{space} is not part of {subnet}", f"Use {subnet} or a part of it")
    return False


def _slice_prefix(reader: Reader, subnet: Network, space: Network | None) -> int | None:
    prefix = reader.integer("slice_prefix", DEFAULT_SLICE_PREFIX[subnet.version])
    if prefix is None or space is None or space.prefixlen <= prefix <= space.max_prefixlen:
        return prefix
    reader.refuse(
        ".slice_prefix",
        f"is {prefix}, expected {space.prefixlen} to {space.max_prefixlen}: a slice is cut from the range {space}",
        f"Set slice_prefix to {space.prefixlen} or more, or widen the range",
    )
    return None


def _reserved(reader: Reader, subnet: Network) -> tuple[Interval, ...]:
    found = [
        _reserved_entry(reader, subnet, f".reserved[{i}]", raw) for i, raw in enumerate(reader.sequence("reserved"))
    ]
    return tuple(interval for interval in found if interval is not None)


def _reserved_entry(reader: Reader, subnet: Network, key: str, raw: Any) -> Interval | None:
    """Read one address, one range ``first-last``, or one network in CIDR notation."""
    text = raw.strip() if isinstance(raw, str) else ""
    if "/" in text:
        network = reader.as_network(key, text)
        return _inside(reader, subnet, (key, text), network.version, interval_of(network)) if network else None
    ends = [parse_address(part) for part in text.split("-", 1)]
    first, last = ends[0], ends[-1]
    if first is None or last is None or first.version != last.version or int(first) > int(last):
        reader.refuse(
            key, f"is {raw!r}, expected an address, first-last, or a network", "Write 10.0.0.5-10.0.0.9, for example"
        )
        return None
    return _inside(reader, subnet, (key, text), first.version, Interval(int(first), int(last)))


def _inside(
    reader: Reader, subnet: Network, entry: tuple[str, str], version: int, interval: Interval
) -> Interval | None:
    key, text = entry
    if version == subnet.version and interval_of(subnet).contains(interval):
        return interval
    reader.refuse(key, f"{text} is not in {subnet}", f"Reserve addresses of {subnet} only")
    return None
