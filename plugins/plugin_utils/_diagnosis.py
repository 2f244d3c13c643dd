# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Causes: what the pattern of pairs, and what the hosts saw, say about the fleet. PRIVATE to the collection.

Each detector looks at everything that was observed, and at what is left to be explained, and returns findings, which
take pairs and checks. The order of DETECTORS decides: a pair has one cause at most, and the most fundamental one. What
is proven by what a host said of itself comes before what only fits a pattern. To add a cause, write its detector in
``_causes`` and put it into the list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Sequence

from ._case import Case, Detector, Finding, Left
from ._causes.container_firewall import firewalled
from ._causes.cut_off import cut_off
from ._causes.duplicate_address import duplicate_addresses
from ._causes.gateway_unreachable import gateways_out_of_reach
from ._causes.l3_no_route import routes_missing
from ._causes.lost_hosts import lost_hosts
from ._causes.mac_filter import filtered
from ._causes.mtu_mismatch import mtu_mismatches
from ._causes.neighbour_overflow import overflows
from ._causes.no_masquerade import kept_in
from ._causes.not_isolated import expectations_violated, not_isolated
from ._causes.only_lo import stranded
from ._causes.parent_conflict import parent_conflicts
from ._causes.parent_down import parents_down
from ._causes.remaining import not_probed, unexplained
from ._causes.stale_neighbour import probably_stale, stale
from ._checks import FAILED, Check
from ._observation import Observation
from ._words import ip_version

DETECTORS: tuple[Detector, ...] = (
    parent_conflicts,
    lost_hosts,
    parents_down,
    stranded,
    overflows,
    duplicate_addresses,
    stale,
    mtu_mismatches,
    cut_off,
    routes_missing,
    kept_in,
    filtered,
    firewalled,
    probably_stale,
    gateways_out_of_reach,
    not_probed,
    not_isolated,
    expectations_violated,
    unexplained,
)


@dataclass(frozen=True)
class Diagnosis:
    """The causes of the report, and the id of the cause by the number of a pair and of a check."""

    causes: Sequence[dict[str, Any]]
    of_pair: dict[int, str] = field(default_factory=dict)
    of_check: dict[int, str] = field(default_factory=dict)


@dataclass
class _Cause:
    """A finding with all that it explains; the same one in another network or family is counted with it."""

    finding: Finding
    pairs: list[Observation] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    evidence: dict[str, None] = field(default_factory=dict)

    def row(self, networks: Any) -> dict[str, Any]:
        """Return the cause of the report."""
        finding = self.finding
        places = [*(item.network["name"] for item in self.pairs), *(check.network for check in self.checks)]
        return {
            "id": finding.id,
            "kind": finding.kind,
            "title": finding.title,
            "hosts": list(finding.hosts) or _hosts_of(self.pairs),
            "networks": list(dict.fromkeys(places)),
            "pairs": len(self.pairs),
            "checks": len(self.checks),
            "explanation": finding.explanation + self._family_note(networks),
            "evidence": list(self.evidence),
            "cure": finding.cure,
        }

    def _family_note(self, networks: Any) -> str:
        """Return what to add to an explanation when only one of several address families is affected."""
        seen = {(item.network["name"], item.family) for item in self.pairs}
        seen |= {(check.network, check.family) for check in self.checks if check.network and check.family}
        families = {family for _network, family in seen}
        if len(families) != 1 or all(len(networks[name]["families"]) == 1 for name, _family in seen):
            return ""
        return f" Only {ip_version(families.pop())} is affected."


def diagnose(*cases: Case) -> Diagnosis:
    """Return the causes of what is not as expected; nothing is looked at when everything is.

    Each case is looked at by itself: what a host saw in one section of a report says nothing about another one. A cause
    that is found in several of them is one.
    """
    lefts = [Left(case.deviating, [check for check in case.checks if check.status == FAILED]) for case in cases]
    causes: dict[str, _Cause] = {}
    found = Diagnosis([])
    for detector in DETECTORS if any(any(left) for left in lefts) else ():
        for case, left in zip(cases, lefts):
            for finding in detector(case, left) if any(left) else ():
                _take(causes, finding, found)
        lefts = [_still_left(left, found) for left in lefts]
    networks = {name: network for case in cases for name, network in case.networks.items()}
    return Diagnosis([cause.row(networks) for cause in causes.values()], found.of_pair, found.of_check)


def _still_left(left: Left, found: Diagnosis) -> Left:
    return Left(
        [item for item in left.pairs if item.number not in found.of_pair],
        [check for check in left.checks if check.number not in found.of_check],
    )


def _take(causes: dict[str, _Cause], finding: Finding, found: Diagnosis) -> None:
    """Give a finding what no other one has taken; without anything to explain it is no cause."""
    pairs = [item for item in finding.pairs if item.number not in found.of_pair]
    checks = [check for check in finding.checks if check.number not in found.of_check]
    if not pairs and not checks:
        return
    cause = causes.setdefault(finding.id, _Cause(finding))
    cause.pairs += pairs
    cause.checks += checks
    cause.evidence.update(dict.fromkeys(finding.evidence))
    found.of_pair.update(dict.fromkeys((item.number for item in pairs), finding.id))
    found.of_check.update(dict.fromkeys((check.number for check in checks), finding.id))


def _hosts_of(observations: Sequence[Observation]) -> list[str]:
    return list(dict.fromkeys(end["host"] for item in observations for end in item.ends))
