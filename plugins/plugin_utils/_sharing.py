# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who else is on the parent of a LAN, and whether they can share it. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ..module_utils._answers import version_tuple
from ._contract import LAN_DRIVERS, PASSTHRU
from ._facts import Facts, other_networks, parent_addresses
from ._lans import Lan
from ._members import Member
from ._problems import Problem
from ._words import named

# A tap is the same kind of link for a virtual machine.
_DRIVER_OF_KIND = {"macvlan": "macvlan", "macvtap": "macvlan", "ipvlan": "ipvlan", "ipvtap": "ipvlan"}
# Engine 27 was the first to let two macvlan networks share a parent.
_ENGINE_SHARES_MACVLAN = 27
_OWN_PARENT = "a parent of its own, for example a VLAN link"


class Claim(NamedTuple):
    """Somebody else who is, or will be, on a parent. ``who`` with its verb begins the problem, ``cure`` is the cure."""

    who: str
    driver: str
    mode: str | None
    cure: str
    is_network: bool


def sharing_problems(lans: Sequence[Lan], member: Member, facts: Facts) -> list[Problem]:
    """Return whom the LANs cannot share their parents with: later LANs, live networks of other names, other links."""
    problems: list[Problem] = []
    for i, lan in enumerate(lans):
        parent = member.parent(lan)
        problems += _host_on_passthru(lan, parent, member.name, facts)
        later = (_claim_of_lan(other) for other in lans[i + 1 :] if member.parent(other) == parent)
        live = (claim for _network, claim in _networks_on(parent, lans, facts))
        for other in (*later, *live, *_links_on(parent, facts)):
            why = _why_not_together(lan, other, facts)
            if why:
                problems.append(Problem(f"{other.who} also on {parent}: {why}", other.cure, member.name, lan.name))
    return problems


def conflicts_of(lan: Lan, parent: str, facts: Facts) -> list[dict[str, str]]:
    """Return the live networks that cannot share the parent with the LAN, as the hosts of the mesh have them."""
    return [
        {"network": lan.name, "parent": parent, "other": network["name"], "driver": network["driver"]}
        for network, claim in _networks_on(parent, [lan], facts)
        if _why_not_together(lan, claim, facts)
    ]


def _host_on_passthru(lan: Lan, parent: str, host: str, facts: Facts) -> list[Problem]:
    """Refuse what cuts off the host: a container in mode passthru is given every frame that the parent gets."""
    mine = [address for address in parent_addresses(facts, parent).values() if address]
    if lan.mode != PASSTHRU or not mine:
        return []
    problem = f"in mode passthru a container takes all that comes in on {parent}: the host would lose {named(mine)}"
    return [Problem(problem, "Use a parent on which the host has no address", host, lan.name)]


def _claim_of_lan(lan: Lan) -> Claim:
    who = f"the LAN {lan.name} ({lan.driver}) is"
    return Claim(who, lan.driver, lan.mode, f"Give each of them {_OWN_PARENT}", is_network=True)


def _networks_on(parent: str, lans: Sequence[Lan], facts: Facts) -> Iterator[tuple[Mapping[str, Any], Claim]]:
    """Yield the live networks on a parent that have no name of ``lans``."""
    for network in other_networks(facts, lans):
        options = network.get("options") or {}
        if network["driver"] in LAN_DRIVERS and options.get("parent") == parent:
            who = f"the live network {network['name']} ({network['driver']}) is"
            mode = options.get(f"{network['driver']}_mode")
            cure = f"Remove that network, or give the LAN {_OWN_PARENT}"
            yield network, Claim(who, network["driver"], mode, cure, is_network=True)


def _links_on(parent: str, facts: Facts) -> Iterator[Claim]:
    """Yield the links of the host itself; those of containers are in namespaces of their own."""
    found: dict[tuple[str, Any], list[str]] = {}
    for item in facts.get("links") or []:
        driver = _DRIVER_OF_KIND.get(item.get("kind") or "")
        if driver and item.get("parent") == parent:
            found.setdefault((driver, item.get("mode")), []).append(item["name"])
    for (driver, mode), names in found.items():
        who = f"the link {names[0]}" if len(names) == 1 else f"the links {named(names)}"
        kind = f"{driver} {mode}" if mode else driver
        cure = f"Remove {'it' if len(names) == 1 else 'them'} (see 'ip -d link'), or give the LAN {_OWN_PARENT}"
        yield Claim(f"{who} ({kind}) {'is' if len(names) == 1 else 'are'}", driver, mode, cure, False)


def _why_not_together(lan: Lan, other: Claim, facts: Facts) -> str:
    if lan.driver != other.driver:
        return f"{lan.driver} and {other.driver} cannot share a parent"
    if PASSTHRU in (lan.mode, other.mode):
        return "in mode passthru a link has its parent to itself"
    if lan.driver == "ipvlan" and other.is_network:
        return "two ipvlan networks cannot share a parent"
    if lan.driver == "ipvlan" and other.mode not in (None, lan.mode):
        return f"a parent has one ipvlan mode, the LAN would switch it to {lan.mode}"
    return _why_not_two_macvlans(facts) if lan.driver == "macvlan" and other.is_network else ""


def _why_not_two_macvlans(facts: Mapping[str, Any]) -> str:
    version = str((facts.get("engine") or {}).get("version") or "")
    found = version_tuple(version)
    if found and found[0] < _ENGINE_SHARES_MACVLAN:
        since = f"Docker Engine {_ENGINE_SHARES_MACVLAN}"
        return f"two macvlan networks share a parent since {since} only, this is {version}"
    return ""
