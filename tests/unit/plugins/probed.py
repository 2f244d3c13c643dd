# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes as hosts probe them, and what a host may have observed of one, for the tests of ping_mesh and its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Neighbour
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import IcmpError, Outcome
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import Observed
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import Share, share_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import Sources

REPLY = Outcome(Record(State.REPLY, 0.0, 1.0, 2.0, 3.0))
LOST = Outcome(Record(State.LOST, 1.0))
UNREACHABLE = Outcome(Record(State.UNREACHABLE, 1.0), icmp=IcmpError("no_neighbour", None, None))


def endpoint(index: int, host: str, container: str | None, **values: Any) -> dict[str, Any]:
    """Build one endpoint of a mesh, with addresses that follow from its index and nothing known of its MAC."""
    return {
        "index": index,
        "id": f"{host}/{container}" if container else host,
        "network": "office",
        "host": host,
        "kind": "container" if container else "host",
        "container": container,
        "ipv4": f"192.0.2.{index + 1}",
        "ipv6": f"2001:db8::{index + 1:x}",
        "macs": [],
        "shim": [],
        "stranded": False,
        "lost": False,
        **values,
    }


def network(name: str = "office", **values: Any) -> dict[str, Any]:
    """Build one network of a mesh: macvlan on eth0 of every host, without gateways."""
    return {
        "name": name,
        "driver": "macvlan",
        "mode": "bridge",
        "flag": "",
        "internal": False,
        "families": ["ipv4", "ipv6"],
        "subnets": {"ipv4": "192.0.2.0/24", "ipv6": "2001:db8::/64"},
        "gateways": {"ipv4": None, "ipv6": None},
        "parents": {"h1": "eth0", "h2": "eth0"},
        "slices": {},
        "mtu": 1500,
        **values,
    }


def mesh_of(endpoints: list[dict[str, Any]], *networks: dict[str, Any]) -> dict[str, Any]:
    """Build a mesh in which every pair is probed."""
    return {
        "networks": list(networks or (network(),)),
        "topology": {"kind": "full", "neighbours": None, "asked": "full", "pairs": 0, "limit": 200000},
        "across": [],
        "expectations": [],
        "hosts": [],
        "endpoints": endpoints,
    }


def share(endpoints: list[dict[str, Any]], *networks: dict[str, Any], host: str = "h1") -> Share:
    """Build the share of a host."""
    return share_of(mesh_of(endpoints, *networks), host)


def observed(of: Share, outcomes: Mapping[tuple[str, int, int], Outcome], **values: Any) -> Observed:
    """Build what a host observed; what is not named has replied."""
    known = {Pair(*pair): outcome for pair, outcome in outcomes.items()}
    return Observed(of, {pair: known.get(pair, REPLY) for pair in of.pairs}, **{"sources": Sources(), **values})


def with_neighbour(outcome: Outcome, mac: str | None, state: str = "reachable") -> Outcome:
    """Let an outcome have the neighbour entry of its target."""
    return outcome._replace(neighbour=Neighbour(2, "192.0.2.1", mac, state))
