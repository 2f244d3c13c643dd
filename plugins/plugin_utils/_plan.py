# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: which network every host gets, what is created and kept, and every refusal. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ..module_utils._compare import compare, sentence
from ._facts import Facts, live_network
from ._host_checks import host_problems
from ._lans import Lan
from ._members import Member
from ._plan_view import diff_of, summary_of
from ._problems import Problem
from ._slices import Slice, all_slices
from ._subnets import Subnet

LABEL = "dockerlan.fleet.lan"


@dataclass(frozen=True)
class Plan:
    """What every host will have, in the shape of docs/interfaces.md; with problems it must not be applied."""

    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)
    diff: list[dict[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Tell whether anything will be created."""
        return any(action["action"] == "create" for host in self.hosts.values() for action in host["actions"])


def make_plan(lans: Sequence[Lan], members: Sequence[Member], facts: Mapping[str, Facts]) -> Plan:
    """Plan for every member that has facts. ``members`` is the whole fleet in inventory order, ``facts`` is by host."""
    slices, problems = all_slices(lans, members, facts)
    hosts: dict[str, dict[str, Any]] = {}
    for member in members:
        if member.name not in facts:
            continue
        planned, conflicts = _plan_host(lans, member, facts[member.name], slices.get(member.name, {}))
        hosts[member.name] = planned
        problems += conflicts
    return Plan(hosts, summary_of(lans, hosts), diff_of(hosts, facts), problems)


def spec_of(lan: Lan, parent: str, slices: Sequence[Slice]) -> dict[str, Any]:
    """Return the network spec of a LAN at one host. ``slices`` has one per subnet, in the order of the subnets."""
    return {
        "name": lan.name,
        "driver": lan.driver,
        "internal": lan.internal,
        "enable_ipv6": "ipv6" in lan.families,
        "options": {"parent": parent, f"{lan.driver}_mode": lan.mode},
        "labels": {LABEL: lan.name},
        "ipam": [_pool(subnet, given) for subnet, given in zip(lan.subnets, slices)],
    }


def _pool(subnet: Subnet, given: Slice) -> dict[str, Any]:
    return {
        "subnet": str(subnet.subnet),
        "ip_range": str(given.block),
        "gateway": str(subnet.gateway),
        "aux_addresses": {name: str(address) for name, address in given.held_back.items()},
    }


def _plan_host(
    lans: Sequence[Lan], member: Member, facts: Facts, slices: Mapping[str, list[Slice]]
) -> tuple[dict[str, Any], list[Problem]]:
    networks: list[dict[str, Any]] = []
    actions: list[dict[str, Any]] = []
    new = [lan.name for lan in lans if live_network(facts, lan.name) is None]
    problems = host_problems(lans, member, facts, new)
    for lan in lans:
        given = slices.get(lan.name, [])
        if len(given) < len(lan.subnets):
            continue  # refused while the slices were given out
        spec = spec_of(lan, member.parent(lan), given)
        live = live_network(facts, lan.name)
        if live is not None:
            problems += _difference_problems(member.name, spec, live)
        networks.append(spec)
        actions.append({"network": lan.name, "action": "keep" if live else "create", "slices": [str(s) for s in given]})
    return {"networks": networks, "actions": actions}, problems


def _difference_problems(host: str, spec: Mapping[str, Any], live: Mapping[str, Any]) -> list[Problem]:
    differences = compare(spec, live)
    if not differences:
        return []
    listed = "; ".join(sentence(item) for item in differences)
    return [
        Problem(
            f"the live network differs from its declaration: {listed}",
            "Declare it as it is, or remove it from the host and run again",
            host,
            spec["name"],
        )
    ]
