# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the links of a host can carry the declared LANs. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence

from ._facts import Facts, link, live_network
from ._intervals import interval_of
from ._lans import Lan
from ._members import PARENTS, Member
from ._problems import Problem
from ._reader import parse_network

_DRIVERS = ("macvlan", "ipvlan")
_VLAN_MAX = 4094
# Engine 27 was the first to let two macvlan networks share a parent.
_ENGINE_SHARES_MACVLAN = 27


class Claim(NamedTuple):
    """A network that sits, or will sit, on a parent."""

    network: str
    driver: str
    live: bool


def parent_problems(lans: Sequence[Lan], member: Member, facts: Facts) -> list[Problem]:
    """Return what is wrong with the parents of the LANs at one host, and with other networks that are in the way."""
    problems: list[Problem] = []
    for lan in lans:
        # A network that is there already is kept: what its broken parent does to it is for the report to say.
        if live_network(facts, lan.name) is None:
            problems += _link_problems(member.name, lan, member.parent(lan), facts)
        problems += _pool_problems(member.name, lan, lans, facts)
    for parent, claims in _claims(lans, member, facts).items():
        problems += _sharing_problems(member.name, parent, claims, facts)
    return problems


def _link_problems(host: str, lan: Lan, parent: str, facts: Facts) -> list[Problem]:
    found = link(facts, parent)
    if found is None and _docker_makes(parent, facts):
        return []
    if found is None:
        names = ", ".join(item["name"] for item in facts.get("links") or [] if item["name"] != "lo")
        problem = f"the parent {parent} does not exist, the host has {names or 'no link'}"
        return [Problem(problem, f"Set {PARENTS} for this host, or create the link", host, lan.name)]
    if not found.get("up"):
        cure = f"Check what it is plugged into, or bring it up: ip link set {parent} up"
        return [Problem(f"the parent {parent} is down or has no carrier", cure, host, lan.name)]
    return []


def _docker_makes(parent: str, facts: Facts) -> bool:
    """Docker makes the VLAN link ``eth0.20`` itself if eth0 exists."""
    base, _dot, vlan = parent.rpartition(".")
    return bool(base) and vlan.isdecimal() and 1 <= int(vlan) <= _VLAN_MAX and link(facts, base) is not None


def _others(lans: Sequence[Lan], facts: Facts) -> list[Mapping[str, Any]]:
    declared = {lan.name for lan in lans}
    return [network for network in facts.get("networks") or [] if network["name"] not in declared]


def _claims(lans: Sequence[Lan], member: Member, facts: Facts) -> dict[str, list[Claim]]:
    """Return who sits on each parent: declared LANs, then live networks of other names."""
    claims: dict[str, list[Claim]] = {}
    for lan in lans:
        claims.setdefault(member.parent(lan), []).append(Claim(lan.name, lan.driver, live=False))
    for network in _others(lans, facts):
        parent = (network.get("options") or {}).get("parent")
        if network["driver"] in _DRIVERS and parent in claims:
            claims[parent].append(Claim(network["name"], network["driver"], live=True))
    return claims


def _sharing_problems(host: str, parent: str, claims: Sequence[Claim], facts: Facts) -> list[Problem]:
    """Each declared LAN against whoever comes after it on the same parent."""
    problems: list[Problem] = []
    for i, mine in enumerate(claims):
        for other in claims[i + 1 :]:
            why = "" if mine.live else _why_not_together(mine, other, facts)
            if why:
                whose = "the live network" if other.live else "the LAN"
                cure = "Remove that network" if other.live else "Give each of them a parent of its own"
                problem = f"{whose} {other.network} ({other.driver}) is also on {parent}: {why}"
                problems.append(Problem(problem, f"{cure}, for example a VLAN link", host, mine.network))
    return problems


def _why_not_together(mine: Claim, other: Claim, facts: Facts) -> str:
    if mine.driver != other.driver:
        return f"{mine.driver} and {other.driver} cannot share a parent"
    if mine.driver == "ipvlan":
        return "two ipvlan networks cannot share a parent"
    version = str((facts.get("engine") or {}).get("version") or "")
    major = version.split(".", 1)[0]
    if major.isdecimal() and int(major) < _ENGINE_SHARES_MACVLAN:
        return (
            f"two macvlan networks share a parent since Docker Engine {_ENGINE_SHARES_MACVLAN} only, this is {version}"
        )
    return ""


def _pool_problems(host: str, lan: Lan, lans: Sequence[Lan], facts: Facts) -> list[Problem]:
    """Find live networks of other names that hand out the same addresses; with an ip_range Docker does not compare."""
    problems: list[Problem] = []
    for network in _others(lans, facts):
        for pool in network.get("ipam") or []:
            block = parse_network(pool.get("ip_range") or pool.get("subnet") or "")
            subnet = block and lan.subnet_of_version(block.version)
            if block and subnet and interval_of(block).overlaps(interval_of(subnet.range)):
                problem = (
                    f"the live network {network['name']} hands out {block}, which overlaps the range {subnet.range}"
                )
                problems.append(Problem(problem, "Remove that network, or declare another range", host, lan.name))
    return problems
