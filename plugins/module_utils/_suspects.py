# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets that do not answer as they should, and who answers for their addresses on the wire. PRIVATE.

A run in which every target and gateway answers has no suspects, and asks nothing.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Mapping, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _gateways, _links, _wire
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbours import Address
from ansible_collections.dockerlan.fleet.plugins.module_utils._outlets import NoOutletError, Outlet, outlet_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import Observed
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import L3_MODES

MOST_ADDRESSES = 64  # per network and address family
# Two rounds, within a second at the most: the answer of a device that is there takes milliseconds.
_PACE = _wire.Pace(probes=2, timeout=0.5, rate=5000.0)
_SILENT = frozenset({State.LOST, State.UNREACHABLE})


def suspicious_pairs(observed: Observed) -> list[Pair]:
    """List the pairs whose target was silent for no reason of its network's type, or has another one's MAC."""
    return [pair for pair in observed.outcomes if _is_suspicious(observed, pair)]


def ask_wire(observed: Observed) -> list[dict[str, Any]]:
    """Ask the wire for the addresses of suspicious targets, and list who answers as ``wire`` of docs/interfaces.md.

    Empty ``macs`` mean that nobody answers. What cannot be asked for has no row. Networks in the modes l3 and l3s have
    no ARP. OSError when packet sockets are not allowed.
    """
    wanted = addresses_by_network(observed)
    if not wanted:
        return []
    links = _links.read_links()
    outlets = _outlets(observed, wanted, links)
    asked: dict[Outlet, list[Address]] = {}
    for network, outlet in outlets.items():
        asked.setdefault(outlet, []).extend(wanted[network])
    findings = _wire.ask(asked, _PACE, [link["mac"] for link in links if link["mac"]])
    return [
        {"network": network, "address": str(address), "macs": sorted(_macs(findings, outlet, address))}
        for network, outlet in outlets.items()
        if outlet not in findings.failed
        for address in wanted[network]
    ]


def addresses_by_network(observed: Observed) -> dict[str, list[Address]]:
    """List the addresses of suspicious targets, and of who asked them, each family's first ones only, by network.

    A source that gets no answer may have an address that another device has, too: then the answers go there.
    """
    share = observed.share
    found: dict[tuple[str, str], dict[Address, None]] = {}
    for pair in suspicious_pairs(observed):
        network = share.network_of(pair.target)
        for address in (share.address(pair.source, pair.family), share.address(pair.target, pair.family)):
            if address and share.is_within_network(pair) and network["mode"] not in L3_MODES:
                found.setdefault((network["name"], pair.family), {})[ipaddress.ip_address(address)] = None
    for row in filter(_gateways.is_doubtful, observed.gateways):
        found.setdefault((row["network"], row["family"]), {})[ipaddress.ip_address(row["address"])] = None
    wanted: dict[str, list[Address]] = {}
    for (name, _family), addresses in found.items():
        wanted.setdefault(name, []).extend(list(addresses)[:MOST_ADDRESSES])
    return wanted


def _is_suspicious(observed: Observed, pair: Pair) -> bool:
    deviates = observed.outcomes[pair].record.state in _SILENT or observed.has_other_mac(pair)
    return deviates and not observed.share.is_silent_by_design(pair)


def _outlets(observed: Observed, networks: Mapping[str, Any], links: Sequence[Mapping[str, Any]]) -> dict[str, Outlet]:
    """Find where to ask for each network; one without an outlet on this host is left out."""
    outlets = {}
    for name in networks:
        parent = observed.share.networks[name]["parents"].get(observed.share.host)
        try:
            outlets[name] = outlet_of(parent or "", links)
        except NoOutletError:
            continue
    return outlets


def _macs(findings: _wire.Findings, outlet: Outlet, address: Address) -> set[str]:
    return {claim.mac for claim in findings.claims.get(outlet, ()) if claim.address == address}
