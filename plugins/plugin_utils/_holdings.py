# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fleet holds of one subnet, as far as it is known. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator, Mapping, Sequence

from ._intervals import Address, Interval, Network, interval_of
from ._subnets import Subnet


@dataclass(frozen=True)
class Holdings:
    """What is known about one subnet; all mappings are by host.

    ``members`` is the whole fleet in inventory order, ``unknown`` the members whose live slice nobody knows.
    ``explicit`` and ``sizes`` (prefix lengths) come from the inventory. ``live`` is what the engine of a host gives out
    and ``held_back`` what it holds back of it (name -> address). ``addresses`` are those of the hosts themselves,
    ``containers`` those of their containers on this LAN, running or not (container -> addresses).
    """

    members: Sequence[str]
    explicit: Mapping[str, Network] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    live: Mapping[str, Network] = field(default_factory=dict)
    held_back: Mapping[str, Mapping[str, Address]] = field(default_factory=dict)
    addresses: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    containers: Mapping[str, Mapping[str, Sequence[Address]]] = field(default_factory=dict)
    unknown: Sequence[str] = ()

    def fixed(self) -> dict[str, Network]:
        """Return the slices that exist already, by host in inventory order; an explicit one wins over a live one."""
        both = {**self.live, **self.explicit}
        return {host: both[host] for host in self.members if host in both}

    def all_slices(self) -> list[tuple[str, Network]]:
        """Return every slice that must not be given to another host, also a live one that the inventory overrules."""
        members = set(self.members)
        pairs = dict.fromkeys([*self.live.items(), *self.explicit.items()])
        return [(host, network) for host, network in pairs if host in members]

    def resizing(self) -> dict[str, int]:
        """Return the hosts whose live slice must get another size, with its prefix length, in inventory order."""
        unknown = {*self.unknown, *self.explicit}
        wanted = [(host, self.sizes[host]) for host in self.members if host in self.sizes and host in self.live]
        return {host: size for host, size in wanted if host not in unknown and size != self.live[host].prefixlen}

    def moving(self) -> list[str]:
        """Return the hosts whose explicit slice has addresses that their engine does not give out yet."""
        unknown = set(self.unknown)
        return [host for host in self.members if host in self.explicit and host not in unknown and self._is_new(host)]

    def needy(self) -> list[str]:
        """Return the hosts that have no slice yet, in inventory order."""
        having = {*self.explicit, *self.live, *self.unknown}
        return [host for host in self.members if host not in having]

    def own_addresses(self, subnet: Subnet) -> Iterator[tuple[str, Address]]:
        """Yield the hosts' own addresses in the subnet, each with its host."""
        for host, addresses in self.addresses.items():
            for address in addresses:
                if address.version == subnet.version and address in subnet.subnet:
                    yield host, address

    def container_addresses(self, subnet: Subnet) -> Iterator[tuple[str, str, Address]]:
        """Yield the containers' addresses in the subnet, each with its host and container."""
        for host, containers in self.containers.items():
            for container, addresses in containers.items():
                for address in addresses:
                    if address.version == subnet.version and address in subnet.subnet:
                        yield host, container, address

    def forbidden(self, subnet: Subnet) -> list[Interval]:
        """Return what no new slice may touch, but for the slices and the containers of others."""
        own = (interval_of(address) for _host, address in self.own_addresses(subnet))
        return [*subnet.not_for_containers, *subnet.reserved, *own]

    def _is_new(self, host: str) -> bool:
        live = self.live.get(host)
        return live is None or not interval_of(live).contains(interval_of(self.explicit[host]))
