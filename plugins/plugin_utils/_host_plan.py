# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for one host: what is created, kept, replaced and removed there, and why not. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Iterable, Mapping, Sequence

from ..module_utils._answers import version_tuple
from ..module_utils._attachments import Obstacle
from ..module_utils._compare import Difference, compare, sentence
from ..module_utils._networks import against_removing, against_replacing, described, lasting_networks
from ..module_utils._steps import LAN_LABEL
from ._contract import flags_of
from ._facts import Facts, live_network, live_slice, without_networks
from ._host_checks import host_problems
from ._lans import Lan
from ._members import Member
from ._problems import Problem
from ._slices import Slice, new_parts
from ._subnets import Subnet

CREATE, KEEP, REPLACE, REMOVE, LEAVE, RECOVER = "create", "keep", "replace", "remove", "leave", "recover"
CHANGES = (CREATE, REPLACE, REMOVE, RECOVER)
_IPV6_ALONE = (1, 48)  # the API of Engine 28, the first that makes networks without IPv4
ALLOW_REPLACE, ALLOW_DETACH, PRUNE = "network_allow_replace", "network_allow_detach", "network_prune"


@dataclass(frozen=True)
class Consent:
    """What the user has allowed: replace what differs, remove what is not declared any more, also with containers."""

    replace: bool = False
    prune: bool = False
    detach: bool = False


NO_CONSENT = Consent()


@dataclass(frozen=True)
class Action:
    """What is done about one network of a host, and the containers that it interrupts."""

    network: str
    action: str
    slices: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    containers: list[str] = field(default_factory=list)
    spec: Mapping[str, Any] | None = None  # declared
    live: Mapping[str, Any] | None = None
    recovers: bool = False  # a change that was broken off is finished or undone first


@dataclass(frozen=True)
class HostPlan:
    """The plan for one host."""

    actions: list[Action]
    probe: list[dict[str, Any]]
    problems: list[Problem]

    @property
    def touched(self) -> set[str]:
        """Name the LANs that will be created or replaced."""
        return {action.network for action in self.actions if action.action in (CREATE, REPLACE)}

    def as_dict(self) -> dict[str, Any]:
        """Return the shape of docs/interfaces.md."""
        rows = [asdict(action) for action in self.actions]
        return {
            "networks": [row.pop("spec") for row in rows if row["spec"]],
            "absent": [action.network for action in self.actions if action.action == REMOVE],
            "probe": self.probe,
            "actions": [
                {key: value for key, value in row.items() if key not in ("spec", "live", "recovers")} for row in rows
            ],
        }


def plan_host(
    lans: Sequence[Lan], member: Member, facts: Facts, slices: Mapping[str, Sequence[Slice]], consent: Consent
) -> HostPlan:
    """Plan for a host. ``slices`` is by LAN; a LAN without all of them was refused when the slices were given out."""
    ready = [lan for lan in lans if len(slices.get(lan.name, [])) == len(lan.subnets)]
    actions = [_action(lan, member, facts, slices[lan.name]) for lan in ready]
    actions += _undeclared(lans, facts, consent)
    probe = [found for lan in ready for found in _probe(lan, member, facts, slices[lan.name])]
    gone = [action.network for action in actions if action.action == REMOVE]
    # What has no slice yet is looked at all the same: every problem is told at once.
    waiting = {lan.name for lan in lans if lan not in ready and live_network(facts, lan.name) is None}
    plan = HostPlan(actions, probe, _repeated_names(lans, member.name, facts))
    replaced = [action.network for action in actions if action.action == REPLACE]
    lasting = lasting_networks(facts.get("networks") or [], replaced=replaced, removed=gone)
    for action in actions:
        plan.problems.extend(_against(action, member.name, facts, consent, lasting))
    made = [lan for lan in lans if lan.name in plan.touched | waiting]
    wrong = [found for lan in made for found in _ipv6_alone(lan, member.name, facts)]
    wrong += host_problems(lans, member, without_networks(facts, gone), {lan.name for lan in made})
    return replace(plan, problems=[*wrong, *plan.problems])


def spec_of(lan: Lan, parent: str, slices: Sequence[Slice]) -> dict[str, Any]:
    """Return the network spec of a LAN at one host. ``slices`` has one per subnet, in the order of the subnets."""
    return {
        "name": lan.name,
        "driver": lan.driver,
        "internal": lan.internal,
        "enable_ipv6": "ipv6" in lan.families,
        "options": _options(lan, parent),
        "labels": {LAN_LABEL: lan.name},
        "ipam": [_pool(subnet, given) for subnet, given in zip(lan.subnets, slices)],
    }


def _options(lan: Lan, parent: str) -> dict[str, str]:
    """Return the driver's options. The flag is said only where it is not Docker's default: older engines know none.

    Without a parent Docker makes a link for itself.
    """
    flagged = lan.flag and lan.flag != flags_of(lan.driver)[0]
    flag = {f"{lan.driver}_flag": lan.flag} if flagged else {}
    return {**({"parent": parent} if parent else {}), f"{lan.driver}_mode": lan.mode, **flag}


def _pool(subnet: Subnet, given: Slice) -> dict[str, Any]:
    return {
        "subnet": str(subnet.subnet),
        "ip_range": str(given.block),
        "gateway": str(subnet.gateway),
        "aux_addresses": {name: str(address) for name, address in given.held_back.items()},
    }


def _action(lan: Lan, member: Member, facts: Facts, slices: Sequence[Slice]) -> Action:
    spec, live = spec_of(lan, member.parent(lan), slices), live_network(facts, lan.name)
    differences = compare(spec, live) if live else []
    kind = REPLACE if differences else KEEP if live else CREATE
    recovers = lan.name in _unfinished(facts)
    return Action(
        lan.name,
        RECOVER if kind == KEEP and recovers else kind,
        [str(given) for given in slices],
        differences,
        _containers(lan.name, facts) if kind == REPLACE else [],
        spec,
        live,
        recovers,
    )


def _undeclared(lans: Sequence[Lan], facts: Facts, consent: Consent) -> list[Action]:
    """Find what was made for LANs that are not declared any more: it goes when the user wants that."""
    declared, unfinished = {lan.name for lan in lans}, _unfinished(facts)
    found = []
    for network in facts.get("networks") or []:
        name = network["name"]
        if name not in declared and (network.get("labels") or {}).get(LAN_LABEL) == name:
            kind = REMOVE if consent.prune else RECOVER if name in unfinished else LEAVE
            containers = _containers(name, facts) if consent.prune else []
            found.append(Action(name, kind, containers=containers, live=network, recovers=name in unfinished))
    named = declared | {action.network for action in found}
    return [*found, *(Action(name, RECOVER, recovers=True) for name in unfinished if name not in named)]


def _unfinished(facts: Facts) -> list[str]:
    """Name the networks that a change is about which was broken off."""
    unfinished = facts.get("unfinished") or {"networks": [], "absent": []}
    return [*(network["name"] for network in unfinished["networks"]), *unfinished["absent"]]


def _containers(network: str, facts: Facts) -> list[str]:
    return sorted(row["container"] for row in facts.get("endpoints") or [] if row["network"] == network)


def _probe(lan: Lan, member: Member, facts: Facts, slices: Sequence[Slice]) -> list[dict[str, Any]]:
    """Return the parts of the slices that are new to the host, as ``wire_check`` takes them."""
    pairs = zip(lan.subnets, slices)
    parts = [part for subnet, given in pairs for part in new_parts(given, live_slice(facts, lan, subnet), subnet)]
    named = {"network": lan.name, "parent": member.parent(lan), "slices": [str(part) for part in parts]}
    return [named] if parts else []


def _repeated_names(lans: Sequence[Lan], host: str, facts: Facts) -> list[Problem]:
    """Engines up to 24 can be made to accept a name twice; which of the two is meant, nobody knows."""
    names = [network["name"] for network in facts.get("networks") or []]
    counts = {lan.name: names.count(lan.name) for lan in lans}
    return [
        Problem(f"{count} Docker networks have this name", "Remove all but one of them, by their ids", host, name)
        for name, count in counts.items()
        if count > 1
    ]


def _ipv6_alone(lan: Lan, host: str, facts: Facts) -> list[Problem]:
    """Refuse a LAN of IPv6 alone where the engine would choose an IPv4 subnet, too."""
    api = _api(facts)
    if lan.families != ["ipv6"] or not api or api >= _IPV6_ALONE:
        return []
    problem = f"the LAN has no IPv4 subnet, and Docker Engine {facts['engine'].get('version')} would add one of its own"
    return [Problem(problem, "Add an IPv4 subnet, or upgrade to Docker Engine 28", host, lan.name)]


def _api(facts: Facts) -> tuple[int, ...]:
    """Return the version of the engine's API; empty where it is not known."""
    return version_tuple(str((facts.get("engine") or {}).get("api_version") or ""))


def _against(action: Action, host: str, facts: Facts, consent: Consent, lasting: Mapping[str, str]) -> list[Problem]:
    """Say what the module would refuse on the host, before any host is touched."""
    rows = [row for row in facts.get("endpoints") or [] if row["network"] == action.network]
    if action.action == REPLACE:
        lost = against_replacing(action.live or {}, action.spec or {}, rows, _api(facts), lasting)
        return [*_without_consent(action, host, rows, consent), *_obstacles(action, host, lost)]
    if action.action == REMOVE:
        return [*_without_detach(action, host, rows, consent), *_obstacles(action, host, against_removing(rows))]
    return []


def _without_consent(action: Action, host: str, rows: Sequence[Mapping[str, Any]], consent: Consent) -> list[Problem]:
    if consent.replace:
        return []
    listed, whom = "; ".join(sentence(found) for found in action.differences), described(rows) or "no container"
    problem = f"the live network differs from its declaration: {listed}. Replacing it would interrupt {whom}"
    return [Problem(problem, f"Declare it as it is, or have it replaced with {ALLOW_REPLACE}", host, action.network)]


def _without_detach(action: Action, host: str, rows: Sequence[Mapping[str, Any]], consent: Consent) -> list[Problem]:
    if consent.detach or not rows:
        return []
    problem = f"the network is not declared any more, but containers are attached: {described(rows)}"
    return [Problem(problem, f"Remove them, or let them lose it with {ALLOW_DETACH}", host, action.network)]


def _obstacles(action: Action, host: str, found: Iterable[Obstacle]) -> list[Problem]:
    """Name what would be lost, such as an address that a user gave to a container, and who would not be let go."""
    return [Problem(problem, cure, host, action.network) for problem, cure in found]
