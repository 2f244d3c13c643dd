# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's share of a mesh: its pairs, and how their ends stand to each other. PRIVATE to the collection.

Pure: the mesh of docs/interfaces.md in, answers out.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Collection, Mapping, Sequence, Tuple

from ansible_collections.dockerlan.fleet.plugins.module_utils._answers import LAN_DRIVERS
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import FAMILIES, Endpoint, Pair, pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._own_kinds import BRIDGED, NONE, resolves_names

SourceKey = Tuple[int, str]  # index of the source endpoint, address family

L3_MODES = frozenset({"l3", "l3s"})
_ISOLATING = frozenset({"private", "vepa"})
_ENDS = 2


@dataclass(frozen=True)
class Share:
    """What a host probes: ``pairs`` in the order of their records, and the mesh by index and by name.

    ``addresses`` are those of the endpoints, spelt as the kernel does.
    """

    host: str
    pairs: Sequence[Pair]
    ends: Mapping[int, Endpoint]
    networks: Mapping[str, Mapping[str, Any]]
    addresses: Mapping[SourceKey, str]

    def sources(self) -> list[SourceKey]:
        """List the sources that have an address, once each, in the order of the pairs."""
        return list(
            dict.fromkeys((pair.source, pair.family) for pair in self.pairs if self.ends[pair.source].get(pair.family))
        )

    def containers(self) -> list[str]:
        """Name the containers of the host that the mesh knows, once each; not those that were lost."""
        names = [end["container"] for end in self.ends.values() if end["host"] == self.host and not end["lost"]]
        return list(dict.fromkeys(name for name in names if name))

    def senders(self, network: str, family: str) -> list[int]:
        """List the sources of the host on a network that have an address: containers before the host itself."""
        found = [index for index, of in self.sources() if of == family and self.ends[index]["network"] == network]
        return sorted(found, key=self.is_host)

    def is_host(self, index: int) -> bool:
        """Tell whether an endpoint is a host itself, and not one of its containers."""
        return self.ends[index]["container"] is None

    def address(self, index: int, family: str) -> str | None:
        """Return the address of an endpoint; None where it has none."""
        return self.addresses.get((index, family))

    def network_of(self, index: int) -> Mapping[str, Any]:
        """Return the network of an endpoint."""
        return self.networks[self.ends[index]["network"]]

    def is_within_network(self, pair: Pair) -> bool:
        """Tell whether both ends are on the same network."""
        return bool(self.ends[pair.source]["network"] == self.ends[pair.target]["network"])

    def is_within_host(self, pair: Pair) -> bool:
        """Tell whether both ends are on the same host."""
        return bool(self.ends[pair.source]["host"] == self.ends[pair.target]["host"])

    def resolves_names(self, network: str) -> bool:
        """Tell whether Docker's resolver answers for the containers of a network."""
        return resolves_names(self.networks[network]["driver"], self.networks[network]["mode"])

    def has_twin(self, pair: Pair) -> bool:
        """Tell whether someone on the source's own host and network has the address of a target that is elsewhere.

        Of two with one address the one at hand answers: the source itself, or its neighbour.
        """
        if self.is_within_host(pair):
            return False
        place = (self.ends[pair.source]["host"], self.ends[pair.source]["network"])
        return (*place, self.address(pair.target, pair.family)) in self._held

    def is_silent_by_design(self, pair: Pair) -> bool:
        """Tell whether silence of a target says nothing, because the type of the network already explains it.

        A host and its own containers do not hear each other without a shim; the containers of a host do not in the
        modes that keep them apart. A LAN without a parent ends at its host. Nobody reaches the containers of another
        host that are on a bridge, nor one that has no network.
        """
        if not self.is_within_network(pair):
            return False
        network = self.network_of(pair.source)
        if network["driver"] not in LAN_DRIVERS:
            return self._is_apart(network["driver"], pair)
        hosts = [index for index in (pair.source, pair.target) if self.is_host(index)]
        if not self.is_within_host(pair):
            return not network["parents"] and len(hosts) < _ENDS
        if hosts:
            return pair.family not in self.ends[hosts[0]]["shim"]
        return network["mode"] in _ISOLATING or network["flag"] in _ISOLATING

    def _is_apart(self, driver: str, pair: Pair) -> bool:
        """Tell whether a network of Docker's own keeps a target from a source."""
        if driver in BRIDGED:
            return not self.is_within_host(pair) and not self.is_host(pair.target)
        return driver == NONE and not (self.is_host(pair.source) and self.is_host(pair.target))

    @cached_property
    def _held(self) -> Collection[tuple[str, str, str | None]]:
        """Return who holds which addresses: host, network and address."""
        places = ((self.ends[index], address) for (index, _family), address in self.addresses.items())
        return {(end["host"], end["network"], address) for end, address in places}


def share_of(mesh: Mapping[str, Any], host: str) -> Share:
    """Cut the share of a host out of a mesh. ValueError when an address is none."""
    ends = {end["index"]: end for end in mesh["endpoints"]}
    addresses = {
        (index, family): str(ipaddress.ip_address(end[family]))
        for index, end in ends.items()
        for family in FAMILIES
        if end[family]
    }
    networks = {network["name"]: network for network in mesh["networks"]}
    return Share(host, pairs_of(mesh, host), ends, networks, addresses)
