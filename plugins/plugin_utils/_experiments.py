# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the experiments: what every host builds for each mode, and every refusal. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ..module_utils._experiment import LABEL
from ._contract import PASSTHRU
from ._experiment_checks import (
    foreign_problems,
    host_problems,
    link_problems,
    network_names,
    room_problems,
    route_problems,
    setting_problems,
    without_leftovers,
)
from ._experiment_hosts import bridges_of, containers_of, names_of, steps_of
from ._experiment_lans import declared, lan_of, members_of
from ._experiment_modes import LanRow, Mode
from ._experiment_settings import Settings
from ._experiment_tags import skipping
from ._facts import Facts, without_networks
from ._lans import Lan
from ._members import Member
from ._plan import Plan, make_plan
from ._problems import Problem

Known = Mapping[str, Facts]


@dataclass(frozen=True)
class Experiments:
    """The result of the action ``experiments`` (docs/interfaces.md); with problems nothing of it must be built."""

    modes: list[str] = field(default_factory=list)
    probe: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    experiments: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Network:
    """The LAN of a row with its fleet and its plan."""

    row: LanRow
    lan: Lan
    members: Sequence[Member]
    plan: Plan


def plan_experiments(settings: Settings, modes: Sequence[Mode], facts: Known) -> Experiments:
    """Plan the modes. ``facts`` is by host; members of the fleet that could not be asked have their slices, too."""
    known = {host: without_leftovers(found) for host, found in facts.items()}
    found = Experiments([mode.name for mode in modes], {host: [] for host in known})
    problems: list[tuple[str, Problem]] = []
    for mode in modes:
        missing = list(setting_problems(mode, settings))
        networks = [] if missing else [_planned(row, mode, settings, known) for row in mode.lans]
        wrong = [*missing, *_problems(mode, networks, settings, known)]
        problems += [(mode.name, item) for item in wrong]
        found.experiments[mode.name] = _experiment(mode, networks, settings, list(known))
        for network in networks:
            _add_targets(found.probe, network)
    found.problems.extend(_told_once(problems, modes))
    return found


def _planned(row: LanRow, mode: Mode, settings: Settings, known: Known) -> _Network:
    """Plan one network as if nothing of its name was there: what is has been refused, or will have been removed."""
    lan, members = lan_of(row, settings), members_of(row, settings)
    # Nothing is lost when a host cannot be asked, and its place is kept: it has no slice that it could lose.
    facts = {member.name: without_networks(known.get(member.name, {}), network_names(mode)) for member in members}
    return _Network(row, lan, members, make_plan([lan], members, facts))


def _problems(mode: Mode, networks: Sequence[_Network], settings: Settings, known: Known) -> list[Problem]:
    found = [item for host, facts in known.items() for item in foreign_problems(mode, host, facts)]
    found += [item for host, facts in known.items() for item in link_problems(mode, host, facts)]
    for network in networks:
        found += [item for item in network.plan.problems if not item.host or item.host in known]
        for member in network.members:
            if member.name in known:
                found += _at_host(mode, network, member, known[member.name], settings.containers)
    return found


def _at_host(mode: Mode, network: _Network, member: Member, facts: Facts, count: int) -> list[Problem]:
    lan, probe = network.lan, network.plan.hosts[member.name]["probe"]
    found = [*host_problems(network.row, lan, member, facts)]
    if mode.routed:
        found += route_problems(lan, member, facts)
    if probe:  # without a slice there is another problem
        found += room_problems(lan, member.name, probe, 1 if lan.mode == PASSTHRU else count)
    return found


def _experiment(mode: Mode, networks: Sequence[_Network], settings: Settings, hosts: Sequence[str]) -> dict[str, Any]:
    own = {row.name: {member.name: member.parent(settings.lan) for member in settings.members} for row in mode.own}
    parents = {
        network.lan.name: {item.name: item.parent(network.lan) for item in network.members} for network in networks
    }
    return {
        "name": mode.name,
        "shows": mode.shows,
        "lans": [declared(network.lan) for network in networks],
        "own": [row._asdict() for row in mode.own],
        "parents": {
            member.name: {
                name: by_host[member.name] for name, by_host in {**parents, **own}.items() if by_host[member.name]
            }
            for member in settings.members
        },
        "expectations": list(mode.expectations),
        "routed": mode.routed,
        "hosts": {host: _host(mode, networks, settings, host) for host in hosts},
    }


def _host(mode: Mode, networks: Sequence[_Network], settings: Settings, host: str) -> dict[str, Any]:
    plans = [network.plan.hosts[host] for network in networks]
    specs = [{**spec, "labels": {LABEL: mode.name}} for plan in plans for spec in plan["networks"]]
    return {
        "networks": [*specs, *bridges_of(mode)],
        "containers": containers_of(mode, settings.containers),
        "names": names_of(mode, settings.containers),
        "steps": steps_of(mode),
        "routes": [route for plan in plans for route in plan["routes"]] if mode.routed else [],
    }


def _add_targets(probe: dict[str, list[dict[str, Any]]], network: _Network) -> None:
    """Add the addresses of a network to what is asked for on the wire, those that are not among it yet."""
    for host, targets in probe.items():
        for item in network.plan.hosts[host]["probe"]:
            asked = {part for target in targets if target["parent"] == item["parent"] for part in target["slices"]}
            slices = [part for part in item["slices"] if part not in asked]
            if item["parent"] and slices:
                targets.append({**item, "slices": slices})


def _told_once(problems: Sequence[tuple[str, Problem]], modes: Sequence[Mode]) -> list[Problem]:
    """Tell a problem that several modes have once, with their names, and how to leave them out."""
    by_text: dict[tuple[str, str], list[str]] = {}
    first: dict[tuple[str, str], Problem] = {}
    for mode, item in problems:
        key = (item.host, item.problem)
        first.setdefault(key, item)
        by_text.setdefault(key, []).append(mode)
    return [
        Problem(item.problem, _cure(item.cure, by_text[key], modes), item.host, ", ".join(dict.fromkeys(by_text[key])))
        for key, item in first.items()
    ]


def _cure(cure: str, names: Sequence[str], modes: Sequence[Mode]) -> str:
    tags = skipping(names, modes)
    everything = {mode.name for mode in modes} <= set(names)
    what = "it" if len(set(names)) == 1 else "them"
    return cure if everything else f"{cure}; or leave {what} out: --skip-tags {','.join(tags)}"
