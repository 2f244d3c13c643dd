# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every format says of a report in the same words. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from .._words import counted, named
from ._checks import undecided


def headline(report: Mapping[str, Any]) -> str:
    """Return the numbers behind the verdict as a sentence without its end."""
    bad, open_questions = report["totals"]["failed_checks"], len(undecided(report["checks"]))
    parts = [
        _pairs_in_short(report),
        f"{counted(bad, 'check')} failed" if bad else "",
        f"{counted(open_questions, 'check')} without data" if open_questions else "",
    ]
    return "; ".join(part for part in parts if part)


def _pairs_in_short(report: Mapping[str, Any]) -> str:
    totals = report["totals"]
    if not totals["pairs"]:
        return "no pair was probed"
    pairs = counted(totals["pairs"], "pair")
    if totals["as_expected"] == totals["pairs"]:
        scope = f"{counted(len(report['hosts']), 'host')}, {counted(len(report['endpoints']), 'endpoint')}"
        return f"all {pairs} are as expected ({scope})"
    found = [
        _are(totals["unexpected_blocked"], "blocked though {} must be open"),
        _are(totals["unexpected_open"], "open though {} must be blocked"),
        _are(totals["no_data"], "without data"),
    ]
    return f"of {pairs}, {', '.join(part for part in found if part)}"


def _are(number: int, what: str) -> str:
    """Return that so many pairs are ``what``, in which {} stands for the pairs; "" for none."""
    if not number:
        return ""
    return f"{number} {'is' if number == 1 else 'are'} {what.format('it' if number == 1 else 'they')}"


def scope_of(cause: Mapping[str, Any]) -> str:
    """Return which hosts, how many pairs and checks, and which networks a cause is about."""
    numbers = [counted(cause[what], noun) for what, noun in (("pairs", "pair"), ("checks", "check")) if cause[what]]
    return f"{named(cause['hosts'])}; {named(numbers)} in {named(cause['networks'])}"


def lost_together(hosts: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], list[str]]:
    """Return the hosts that brought no data, those with the same reason and message ("" for none) together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for host in hosts:
        if host["lost"]:
            groups.setdefault((host["reason"], str(host["detail"] or "")), []).append(host["name"])
    return groups
