# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated fleets: small ones in crowded subnets, that live on while their inventory and their hosts change.

A world knows everything, also of hosts that a run cannot ask. It is drawn from a tape of bytes, one draw for a whole
fleet: that is some hundred times faster than a strategy for each choice, and shrinks as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._host_plan import spec_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._intervals import Address, Interval, Network, interval_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import Lan
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._slices import Slice
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._subnets import Subnet
from hypothesis import strategies as st

T = TypeVar("T")

LAN = "office"
HOSTS = [f"host{number}" for number in range(1, 8)]
BASES = {4: ip_network("10.0.0.0/26"), 6: ip_network("fd00::/122")}
ADDRESSES = 64


class Tape:
    """A row of bytes that decides; at its end everything is the simplest choice."""

    def __init__(self, data: bytes) -> None:
        self._rest = iter(data)

    def below(self, limit: int) -> int:
        """Choose a number from 0 to ``limit`` - 1."""
        return next(self._rest, 0) % limit

    def once_in(self, times: int) -> bool:
        """Choose True once in so many times."""
        return self.below(times) == times - 1

    def one_of(self, items: Sequence[T]) -> T:
        """Choose one of the items."""
        return items[self.below(len(items))]

    def some_of(self, items: Iterable[T], times: int = 2) -> list[T]:
        """Choose each item once in so many times."""
        return [item for item in items if self.once_in(times)]


@dataclass
class Host:
    """What is true of one host, and what the inventory says of it. Addresses are numbers within the subnet."""

    addresses: list[int] = field(default_factory=list)
    live: dict[str, Any] | None = None
    slice: Network | None = None
    containers: dict[str, int] = field(default_factory=dict)
    explicit: Network | None = None
    size: int | None = None


@dataclass
class World:
    """A LAN and its fleet; ``hosts`` is in inventory order."""

    tape: Tape
    subnet: Subnet
    hosts: dict[str, Host]

    @property
    def lan(self) -> Lan:
        """Return the LAN as it is declared."""
        return Lan(LAN, "ipvlan", "l2", "eth0", False, (self.subnet,))

    @property
    def members(self) -> list[Member]:
        """Return the fleet as it is declared."""
        version = self.subnet.version
        return [
            Member(
                name,
                slices={LAN: {version: host.explicit}} if host.explicit else {},
                sizes={LAN: {version: host.size}} if host.size is not None and not host.explicit else {},
            )
            for name, host in self.hosts.items()
        ]

    def address(self, number: int) -> Address:
        """Return the address with this number within the subnet."""
        return self.subnet.address(interval_of(self.subnet.subnet).first + number)

    def facts(self, lost: Iterable[str] = ()) -> dict[str, Any]:
        """Return what host_info says of all hosts that are not lost."""
        return {name: self._facts_of(host) for name, host in self.hosts.items() if name not in set(lost)}

    def _facts_of(self, host: Host) -> dict[str, Any]:
        addresses = [f"{self.address(number)}/{self.subnet.subnet.prefixlen}" for number in host.addresses]
        rows = [self._row(name, str(self.address(number))) for name, number in host.containers.items()]
        networks = [{"id": "1", **host.live}] if host.live else []
        return {"links": [{"name": "eth0", "addresses": addresses}], "networks": networks, "endpoints": rows}

    def _row(self, name: str, address: str) -> dict[str, Any]:
        running, family = runs(name), f"ipv{self.subnet.version}"
        return {
            "container": name,
            "network": LAN,
            "running": running,
            "ipv4": address if running and self.subnet.version == 4 else None,
            "ipv6": address if running and self.subnet.version == 6 else None,
            "fixed": {"ipv4": None, "ipv6": None, "mac": None, family: None if running else address},
        }

    def gives_out(self, given: Slice) -> set[int]:
        """Return what an engine with this slice may give to a container."""
        block = interval_of(given.block)
        first = interval_of(self.subnet.subnet).first
        never = {number for item in self.subnet.not_for_containers for number in range(item.first, item.last + 1)}
        never |= {int(address) for address in given.held_back.values()}
        return {number - first for number in range(block.first, block.last + 1) if number not in never}

    def reserved(self) -> set[int]:
        """Return the reserved addresses."""
        first = interval_of(self.subnet.subnet).first
        return {number - first for item in self.subnet.reserved for number in range(item.first, item.last + 1)}

    def apply(self, slices: dict[str, dict[str, list[Slice]]], lost: Iterable[str]) -> None:
        """Bring every host that was asked to its plan; containers whose address is not the network's any more move."""
        for name, host in self.hosts.items():
            if name in set(lost):
                continue
            (given,) = slices[name][LAN]
            host.live, host.slice = spec_of(self.lan, "eth0", [given]), given.block
            kept = self.gives_out(given)
            host.containers = {c: number for c, number in host.containers.items() if not runs(c) or number in kept}

    def lose(self) -> list[str]:
        """Choose hosts that cannot be asked, in two of three runs none."""
        return self.tape.some_of(self.hosts, 4) if self.tape.once_in(3) else []

    def start_containers(self, slices: dict[str, dict[str, list[Slice]]]) -> None:
        """Let engines choose addresses, as Docker does: the first ones that its containers have not."""
        for name in self.tape.some_of(self.hosts, 3):
            host = self.hosts[name]
            free = (
                sorted(self.gives_out(slices[name][LAN][0]) - set(host.containers.values())) if name in slices else []
            )
            if host.live and free:
                host.containers[f"c{len(host.containers)}"] = self.tape.one_of(free)

    def change(self) -> None:
        """Change the inventory and the hosts: some leave, some come, some change places, sizes and slices."""
        tape = self.tape
        for name in tape.some_of(list(self.hosts), 6):
            del self.hosts[name]
        for name in [name for name in HOSTS if name not in self.hosts][: tape.below(3)]:
            self.hosts[name] = draw_host(tape)
        if tape.once_in(2):
            self.hosts = dict(reversed(self.hosts.items()))
        for host in self.hosts.values():
            draw_wish(tape, host, self.subnet)
        if self.hosts and tape.once_in(4):
            self.hosts[tape.one_of(list(self.hosts))].containers["odd9"] = tape.below(ADDRESSES)
        if self.hosts and tape.once_in(4):
            self.hosts[tape.one_of(list(self.hosts))].addresses.append(tape.below(ADDRESSES))

    def give_in(self) -> None:
        """Take back what a plan may have refused: wishes, new hosts, addresses of hosts, odd ones of containers."""
        for name in [name for name, host in self.hosts.items() if host.live is None][2:]:
            del self.hosts[name]
        for host in self.hosts.values():
            host.explicit = host.size = None
            host.containers.pop("odd9", None)
            del host.addresses[1:]


def runs(container: str) -> bool:
    """Tell whether a container runs, with an address of its engine's choice; the others are stopped and ask for one."""
    return container[-1] in "02468"


def draw_host(tape: Tape) -> Host:
    """Draw a host, which usually has an address of its own in the LAN."""
    return Host(addresses=[] if tape.once_in(3) else [tape.below(ADDRESSES)])


def draw_wish(tape: Tape, host: Host, subnet: Subnet) -> None:
    """Let the inventory say a slice or a size for one host, change its mind, or say nothing."""
    choice = tape.below(16)
    most = subnet.range.max_prefixlen
    if choice == 11:
        prefix = max(subnet.range.prefixlen, most - tape.below(5))
        host.explicit = subnet.block(interval_of(subnet.range).first + tape.below(subnet.range.num_addresses), prefix)
    elif choice in (9, 10) and host.slice:
        prefix = max(subnet.range.prefixlen, host.slice.prefixlen - choice + 8)
        host.size, host.explicit = (prefix, None) if tape.once_in(2) else (None, host.slice.supernet(new_prefix=prefix))
    elif choice in (7, 8):
        host.size = max(subnet.range.prefixlen, most - tape.below(4))
    elif choice == 6:
        host.explicit = host.size = None


def draw_world(data: bytes) -> World:
    """Draw a subnet of 64 addresses and a new fleet in it."""
    tape = Tape(data)
    base = BASES[tape.one_of((4, 6))]
    space = tape.one_of((base, base, *base.subnets()))
    first = interval_of(base).first
    gateway = ip_address(first + 1 + tape.below(ADDRESSES - 2)) if tape.once_in(2) else ip_address(first + 1)
    starts = [tape.below(ADDRESSES) for _ in range(tape.below(4))]
    reserved = tuple(Interval(first + at, first + min(at + tape.below(6), ADDRESSES - 1)) for at in starts)
    prefix = max(space.prefixlen, base.max_prefixlen - tape.one_of((2, 2, 1, 3, 2, 4, 0)))
    subnet = Subnet(base, type(base.network_address)(int(gateway)), space, prefix, reserved)
    hosts = {name: draw_host(tape) for name in HOSTS[: 1 + tape.below(5)]}
    for host in hosts.values():
        draw_wish(tape, host, subnet)
    return World(tape, subnet, hosts)


def worlds() -> st.SearchStrategy[World]:
    """Return a strategy for new fleets."""
    return st.binary(min_size=160, max_size=160).map(draw_world)
