# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can only be wrong between hosts. PRIVATE to the collection."""

from __future__ import annotations

from typing import Collection, Mapping, Sequence

from ._facts import Facts
from ._lans import Lan
from ._members import Member
from ._parents import carrier
from ._problems import Problem
from ._words import named


def mtu_problems(
    lans: Sequence[Lan],
    members: Sequence[Member],
    facts: Mapping[str, Facts],
    touched: Mapping[str, Collection[str]],
) -> list[Problem]:
    """Return the LANs whose parents do not have the same MTU on all hosts with facts.

    Containers take over the MTU of their parent, and nothing on a layer 2 tells them that a frame was too large. Only
    LANs that are ``touched`` anywhere count: host -> names of the LANs that will be created or replaced there.
    """
    names = {name for of_host in touched.values() for name in of_host}
    found = ((lan, _hosts_by_mtu(lan, members, facts)) for lan in lans if lan.name in names)
    return [_problem(lan, hosts) for lan, hosts in found if len(hosts) > 1]


def _hosts_by_mtu(lan: Lan, members: Sequence[Member], facts: Mapping[str, Facts]) -> dict[int, list[str]]:
    hosts: dict[int, list[str]] = {}
    for member in members:
        below = carrier(member.parent(lan), facts.get(member.name) or {})
        if below and below.get("mtu"):
            hosts.setdefault(below["mtu"], []).append(member.name)
    return hosts


def _problem(lan: Lan, hosts: Mapping[int, Sequence[str]]) -> Problem:
    listed = "; ".join(f"{mtu} on {named(names)}" for mtu, names in sorted(hosts.items()))
    cure = "Give all parents of the LAN the same MTU, in the network configuration of the hosts"
    return Problem(f"the MTU of the parents differs: {listed}", cure, network=lan.name)
