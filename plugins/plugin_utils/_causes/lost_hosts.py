# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts about which nothing is known: unreachable, without an engine, or failed. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import replace
from typing import Collection, Iterator, Sequence

from .._case import Case, Finding, Left
from .._facts import ENGINE_DOWN, FAILED, HOST_DOWN
from .._observation import NO_DATA, UNEXPECTED_BLOCKED, Observation
from .._words import few, named

_SHOWN = 5
_LOST = {
    HOST_DOWN: (
        "Hosts could not be reached",
        "Ansible could not reach {}, so nothing is known about these rows and columns.",
        "Bring the hosts up, check the way to them, and run again",
    ),
    ENGINE_DOWN: (
        "The Docker engine does not answer",
        "The Docker engine of {} did not answer, so the endpoints there could not be asked for or entered.",
        "Start the engine (systemctl status docker says why it stopped), and run again",
    ),
    FAILED: (
        "Hosts were lost before all was probed",
        "The run ended on {} before all pairs from there were probed.",
        "Mend what the message of each lost host says, and run again",
    ),
}


_RETURNED = (
    "{} could not take part when these networks were probed, and was back for later ones.",
    "Mend what the message says, and run again",
)


def lost_hosts(case: Case, left: Left) -> Iterator[Finding]:
    """Find the hosts that were lost, by the reason; those that came back by themselves, with their messages."""
    for reason, (title, explanation, cure) in _LOST.items():
        lost = [host["name"] for host in case.hosts if host["lost"] and host["reason"] == reason]
        gone = [name for name in lost if name not in case.returned]
        back = [name for name in lost if name in case.returned]
        if gone:
            yield _finding(left, reason, gone, (title, explanation, cure))
        if back:
            said = [f"{host['name']}: {host['detail'] or 'no message'}" for host in case.hosts if host["name"] in back]
            yield replace(_finding(left, reason, back, (title, *_RETURNED)), evidence=few(said, _SHOWN))


def _finding(left: Left, reason: str, names: Sequence[str], words: tuple[str, str, str]) -> Finding:
    title, explanation, cure = words
    return Finding(
        reason,
        names,
        title,
        explanation.format(named(names)),
        cure,
        [item for item in left.pairs if explains(item, set(names), went_down=reason == HOST_DOWN)],
        [check for check in left.checks if any(name in names for name in check.hosts())],
    )


def explains(item: Observation, hosts: Collection[str], *, went_down: bool) -> bool:
    """Tell whether lost hosts explain a pair: one without data, and silence of a host that went down since."""
    statuses = (NO_DATA, UNEXPECTED_BLOCKED) if went_down else (NO_DATA,)
    return item.status in statuses and any(end["host"] in hosts for end in item.ends)
