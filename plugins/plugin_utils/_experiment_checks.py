# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an experiment refuses beside what a plan refuses. PRIVATE to the collection."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any, Iterator, Mapping, Sequence

from ..module_utils._experiment import LABEL
from ._experiment_modes import LanRow, Mode
from ._experiment_settings import PRIVATE, VLANS, Settings
from ._facts import Facts, host_addresses, link, live_network, parent_addresses
from ._lans import Lan, is_link_name
from ._members import Member
from ._problems import Problem
from ._words import ip_version, named


def setting_problems(mode: Mode, settings: Settings) -> Iterator[Problem]:
    """Yield the settings that a mode needs and does not have."""
    if any(row.private for row in mode.lans) and not settings.private:
        yield Problem(f"{PRIVATE}: is missing", "Give subnets in which no host has an address")
    if any(row.vlan is not None for row in mode.lans) and not settings.vlans:
        yield Problem(f"{VLANS}: is missing", "Name two VLANs that the switch carries between the hosts")
    if any(row.half is not None for row in mode.lans):
        for subnet in settings.private:
            if subnet.slice_prefix <= subnet.range.prefixlen:
                problem = f"{PRIVATE}: two networks share the range {subnet.range}, of which a slice would be the whole"
                yield Problem(problem, f"Widen the range, or set slice_prefix to {subnet.range.prefixlen + 1} or more")


def without_leftovers(facts: Facts) -> Facts:
    """Return the facts of a host as they will be once the leftovers of experiments are removed, by their label."""
    left = [network for network in facts.get("networks") or [] if LABEL in (network.get("labels") or {})]
    names = {network["name"] for network in left}
    parents = {(network.get("options") or {}).get("parent") for network in left}
    return {
        **facts,
        "networks": [network for network in facts.get("networks") or [] if network not in left],
        "endpoints": [row for row in facts.get("endpoints") or [] if row["network"] not in names],
        # Docker made these links for them, and takes them away again.
        "links": [item for item in facts.get("links") or [] if item["kind"] != "vlan" or item["name"] not in parents],
    }


def foreign_problems(mode: Mode, host: str, facts: Facts) -> Iterator[Problem]:
    """Yield the live networks that have a name of the mode; ``facts`` are without the leftovers of experiments."""
    for name in network_names(mode):
        if live_network(facts, name) is not None:
            problem = f"there is a Docker network named {name} that no experiment made"
            yield Problem(problem, "Rename or remove it", host, name)


def network_names(mode: Mode) -> list[str]:
    """Name the Docker networks that are made for a mode."""
    return [*(row.name for row in mode.lans), *(own.name for own in mode.own if own.mode == "user_defined")]


def link_problems(mode: Mode, host: str, facts: Facts) -> Iterator[Problem]:
    """Yield that the kernel cannot make VLAN links, where Docker has to make some for the mode."""
    kernel = facts.get("kernel") or {}
    if "vlan" in mode.links and (kernel.get("links") or {}).get("vlan") is False:
        problem = f"the kernel {kernel.get('release')} cannot make vlan links, it finds no module for them"
        cure = "See what 'modprobe 8021q' says; install the package of the distribution that has the module"
        yield Problem(problem, cure, host)


def host_problems(row: LanRow, lan: Lan, member: Member, facts: Facts) -> Iterator[Problem]:
    """Yield what stands against the LAN of a row at one host."""
    parent = member.parent(lan)
    if row.vlan is not None and not is_link_name(parent):
        yield Problem(f"{parent} is too long for the name of a link", f"Use shorter ids in {VLANS}", member.name)
    elif row.vlan is not None and link(facts, parent) is not None:
        problem = f"the VLAN link {parent} is there already: Docker would neither make nor remove it"
        yield Problem(problem, f"Use other ids in {VLANS}, or remove that link", member.name)
    if row.private:
        yield from _addresses_within(lan, member.name, facts)


def _addresses_within(lan: Lan, host: str, facts: Facts) -> Iterator[Problem]:
    for subnet in lan.subnets:
        inside = [str(one) for one in host_addresses(facts) if one.version == subnet.version and one in subnet.subnet]
        if inside:
            problem = f"the host has {named(inside)} in the private subnet {subnet.subnet}"
            yield Problem(problem, f"Choose other subnets in {PRIVATE}, in which no host has an address", host)


def route_problems(lan: Lan, member: Member, facts: Facts) -> Iterator[Problem]:
    """Yield the families in which nobody can have a route to this host, since its parent has no address of them."""
    parent = member.parent(lan)
    addresses = parent_addresses(facts, parent)
    for family in lan.families:
        if addresses[family] is None and link(facts, parent) is not None:
            problem = (
                f"{parent} has no {ip_version(family)} address, so there can be no {ip_version(family)} route to it"
            )
            yield Problem(
                problem, f"Give it one, or leave the {ip_version(family)} subnet out of {PRIVATE}", member.name
            )


def room_problems(lan: Lan, host: str, probe: Sequence[Mapping[str, Any]], count: int) -> Iterator[Problem]:
    """Yield the slices with too few addresses; ``probe`` has the parts of them that can be given out."""
    parts = [ip_network(part) for item in probe for part in item["slices"]]
    for subnet in lan.subnets:
        room = sum(part.num_addresses for part in parts if part.version == subnet.version)
        if room < count:
            slices = named([str(part) for part in parts if part.version == subnet.version]) or "a full slice"
            problem = f"{count} containers need an address each, the slice has {room} to give out ({slices})"
            yield Problem(problem, "Make the slices larger with slice_prefix, or ask for fewer containers", host)
