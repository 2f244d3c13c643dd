# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the parent of a LAN is there at a host, and fit to carry it. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple

from ._facts import Facts, link
from ._lans import Lan
from ._members import PARENTS, Member
from ._problems import Problem

_VLAN_MAX = 4094
# Whoever is a port of one of these has given its frames away. A VRF takes none: it only chooses the routes.
_MASTERS = {"bridge": "bridge", "bond": "bond", "team": "team", "openvswitch": "Open vSwitch"}


class Vlan(NamedTuple):
    """A VLAN link that Docker would make: its base and its id, by its name such as ``eth0.20``."""

    base: str
    id: int


def parent_problems(lan: Lan, member: Member, facts: Facts) -> list[Problem]:
    """Return what is wrong with the parent of a LAN at one host; nothing is where it has none."""
    parent = member.parent(lan)
    if not parent:
        return []
    found = link(facts, parent)
    wrong = _missing(parent, facts) if found is None else _unfit(parent, found, facts)
    mac = _one_mac(parent, facts) if lan.driver == "macvlan" else ()
    return [Problem(problem, cure, member.name, lan.name) for problem, cure in (*wrong, *mac)]


def carrier(parent: str, facts: Facts) -> Mapping[str, Any] | None:
    """Return the link that carries the LAN: the parent, or the base of a VLAN link that Docker makes; None without."""
    vlan = _vlan_of(parent)
    return link(facts, parent) or (link(facts, vlan.base) if vlan else None)


def _vlan_of(parent: str) -> Vlan | None:
    """Read the name of a VLAN link as Docker does: one dot, and a number after it."""
    base, _dot, number = parent.partition(".")
    return Vlan(base, int(number)) if base and number.isascii() and number.isdecimal() else None


def _missing(parent: str, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield problem and cure for a parent that is not there, unless Docker can make it."""
    vlan = _vlan_of(parent)
    if vlan is None:
        problem = f"the parent {parent} does not exist, {_links_of(facts)}"
        yield problem, f"Set {PARENTS} for this host, or create the link"
        return
    base = link(facts, vlan.base)
    if base is None:
        what = f"the parent {parent} does not exist, and {vlan.base}, to make this VLAN link on, neither"
        yield f"{what}: {_links_of(facts)}", f"Set {PARENTS} for this host, or create {vlan.base}"
    if not 1 <= vlan.id <= _VLAN_MAX:
        yield f"the parent {parent} does not exist, and {vlan.id} is no VLAN id", f"Use an id from 1 to {_VLAN_MAX}"
    elif base is not None:
        yield from _unfit_state(f"{vlan.base}, on which the VLAN link {parent} is to be made,", base)
        yield from _taken(parent, vlan, facts)


def _links_of(facts: Facts) -> str:
    names = ", ".join(item["name"] for item in facts.get("links") or [] if item["name"] != "lo")
    return f"the host has {names or 'no link'}"


def _taken(parent: str, vlan: Vlan, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield problem and cure for a VLAN that the host has under another name: a link has each of its VLANs once."""
    for item in facts.get("links") or []:
        if item.get("vlan") == vlan.id and item.get("parent") == vlan.base:
            name = item["name"]
            problem = f"VLAN {vlan.id} of {vlan.base} is there as {name}, and the kernel has no second link for it"
            cure = f"Set {PARENTS} for this host to {name}, or remove {name} or rename it to {parent}"
            yield f"{problem}: Docker cannot make {parent}", cure


def _unfit(parent: str, found: Mapping[str, Any], facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield problem and cure for a link that cannot be a parent."""
    yield from _unfit_state(f"the parent {parent}", found)
    master = link(facts, found.get("master") or "")
    kind = _MASTERS.get(master["kind"]) if master else None
    if master and kind:
        name = "the bridge of Open vSwitch" if master["kind"] == "openvswitch" else master["name"]
        problem = f"the parent {parent} is a port of the {kind} {master['name']}, which takes all its frames"
        yield problem, f"Put the LAN on {name} itself: set {PARENTS} for this host"


def _unfit_state(what: str, found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if found.get("loopback"):
        cure = f"Set {PARENTS} for this host to a link that leads to the others"
        yield f"{what} is the loopback, which reaches no other host", cure
    elif not found.get("up"):
        cure = f"Check what it is plugged into, or bring it up: ip link set {found['name']} up"
        yield f"{what} is down or has no carrier", cure


def _one_mac(parent: str, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield problem and cure for macvlan over Wi-Fi, be it by a VLAN link."""
    below = carrier(parent, facts)
    if below and below.get("kind") == "vlan":
        below = link(facts, below.get("parent") or "")
    if below and below.get("wireless"):
        what = f"the parent {parent}" if below["name"] == parent else f"{below['name']}, below the parent {parent},"
        problem = f"{what} is wireless: an access point accepts one MAC address, macvlan has one per container"
        yield problem, "Declare the LAN with driver ipvlan and mode l2, or use a link with a cable"
