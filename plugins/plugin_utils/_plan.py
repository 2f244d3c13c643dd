# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: which network every host gets, what is done about it, and every refusal. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ._duplicates import duplicate_problems
from ._facts import Facts, settled
from ._fleet_checks import mtu_problems
from ._host_plan import CHANGES, NO_CONSENT, Consent, plan_host
from ._l3_routes import routes_of
from ._lans import Lan
from ._members import Member
from ._plan_view import diff_of, summary_of
from ._problems import Problem
from ._slices import all_slices


@dataclass(frozen=True)
class Plan:
    """What every host will have, in the shape of docs/interfaces.md; with problems it must not be applied."""

    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)
    diff: list[dict[str, str]] = field(default_factory=list)
    routes: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Tell whether anything will change on any host."""
        return any(action["action"] in CHANGES for host in self.hosts.values() for action in host["actions"])


def make_plan(
    lans: Sequence[Lan], members: Sequence[Member], facts: Mapping[str, Facts], consent: Consent = NO_CONSENT
) -> Plan:
    """Plan for every member that has facts. ``members`` is the whole fleet in inventory order, ``facts`` is by host."""
    known = {host: settled(of_host) for host, of_host in facts.items()}
    slices, problems = all_slices(lans, members, known)
    plans = {
        member.name: plan_host(lans, member, known[member.name], slices.get(member.name, {}), consent)
        for member in members
        if member.name in known
    }
    problems += [problem for plan in plans.values() for problem in plan.problems]
    problems += mtu_problems(lans, members, known, {host: plan.touched for host, plan in plans.items()})
    problems += duplicate_problems(lans, members, known, slices)
    routes = routes_of(lans, members, known, slices)
    hosts = {host: {**plan.as_dict(), "routes": routes.hosts[host]} for host, plan in plans.items()}
    return Plan(hosts, summary_of(plans), diff_of(plans), routes.as_dict(), problems)
