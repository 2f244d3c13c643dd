# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no other cause explains: probes that were not sent, and the unexplained. PRIVATE to the collection."""

from __future__ import annotations

from typing import Iterator

from ...module_utils._packing import State
from .._case import Case, Finding, Left
from .._observation import NO_DATA, Observation
from .._words import counted, few

_SHOWN = 5


def not_probed(case: Case, left: Left) -> Iterator[Finding]:
    """Find by host the pairs that it did not probe, with what it said."""
    missing: dict[str, list[Observation]] = {}
    for item in left.pairs:
        if item.status == NO_DATA:
            missing.setdefault(item.source["host"], []).append(item)
    for host in case.in_order(missing):
        yield Finding(
            "not_probed",
            [host],
            "The probes could not be sent",
            f"{host} itself could not send these probes, so they say nothing about the LAN.",
            "Mend what it says; where it says nothing, check the addresses and routes there",
            missing[host],
            evidence=_said(case, host, missing[host]),
        )


def _said(case: Case, host: str, pairs: list[Observation]) -> list[str]:
    keys = {item.key for item in pairs} | {(item.source["index"], None, item.family) for item in pairs}
    told = [error for error in case.errors.get(host, ()) if (error.source, error.target, error.family) in keys]
    return few([f"{case.endpoints[error.source]['id']}: {error.text}" for error in told], _SHOWN)


def unexplained(case: Case, left: Left) -> Iterator[Finding]:
    """Find by network what is left."""
    for name in dict.fromkeys(item.network["name"] for item in left.pairs):
        pairs = [item for item in left.pairs if item.network["name"] == name]
        yield Finding(
            "unexplained",
            [],
            "No known cause",
            "These pairs fit no pattern that this report knows.",
            "See the pairs in the report. Worth a look: firewalls in the containers and on the hosts, filters on the "
            "switch",
            pairs,
            evidence=few([_line(case, item) for item in pairs], _SHOWN),
            subject=name,
        )


def _line(case: Case, item: Observation) -> str:
    """Say what became of a pair, and what else is known of it."""
    state = State.NO_SOURCE if item.state is None else item.state
    said = [state.name.lower().replace("_", " ")]
    icmp, entry = case.evidence.icmp.get(item.key), case.evidence.neighbours.get(item.key)
    stray = case.evidence.strays.get(item.key)
    if icmp is not None:
        said.append(f"{icmp.error.replace('_', ' ')} from {icmp.sender or 'its own kernel'}")
    if stray is not None:
        said.append(f"{counted(stray.replies, 'stray reply', 'stray replies')} from {stray.sender}")
    if entry is not None:
        said.append(f"neighbour entry {entry.state}{f', {entry.mac}' if entry.mac else ''}")
    return f"{item.source['id']} -> {item.target['id']} ({item.family}): {'; '.join(said)}"
