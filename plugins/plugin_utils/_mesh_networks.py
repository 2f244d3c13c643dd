# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of the mesh: what is the same for all endpoints of a LAN. PRIVATE to the collection."""

from __future__ import annotations

from collections import Counter
from typing import Any, Mapping, Sequence, Union

from ..module_utils._mesh import FAMILIES
from ._contract import ROUTED_MODES
from ._facts import Facts, Loss, live_slice
from ._lans import Lan
from ._members import Member
from ._parents import carrier
from ._subnets import Subnet

Known = Mapping[str, Union[Facts, Loss]]


def network_of(lan: Lan, members: Sequence[Member], known: Known) -> dict[str, Any]:
    """Return one of ``networks`` of docs/interfaces.md; ``known`` has for each member its facts, or why it has none."""
    names = {member.name for member in members}
    facts = {name: found for name, found in known.items() if name in names and not isinstance(found, Loss)}
    parents = {member.name: member.parent(lan) for member in members if member.parent(lan)}
    subnets = {subnet.family: subnet for subnet in lan.subnets}
    return {
        "name": lan.name,
        "driver": lan.driver,
        "mode": lan.mode,
        "flag": lan.flag,
        "internal": lan.internal,
        "families": lan.families,
        "subnets": {family: str(subnets[family].subnet) if family in subnets else None for family in FAMILIES},
        "gateways": {family: _gateway(lan, subnets.get(family)) for family in FAMILIES},
        "parents": parents,
        "slices": {name: _slices(lan, found) for name, found in facts.items()},
        "mtu": _mtu([carrier(parents[name], found) for name, found in facts.items() if name in parents]),
    }


def _gateway(lan: Lan, subnet: Subnet | None) -> str | None:
    """Return the gateway that can be reached: an internal LAN has none, and a parent that routes asks for none."""
    return None if subnet is None or lan.internal or lan.mode in ROUTED_MODES else str(subnet.gateway)


def _slices(lan: Lan, facts: Facts) -> list[str]:
    found = (live_slice(facts, lan, subnet) for subnet in lan.subnets)
    return [str(block) for block in found if block is not None]


def _mtu(links: Sequence[Mapping[str, Any] | None]) -> int | None:
    """Return the MTU of most links, the larger one of two that are as frequent."""
    counts = Counter(int(item["mtu"]) for item in links if item and item.get("mtu"))
    return max(counts, key=lambda mtu: (counts[mtu], mtu), default=None)
