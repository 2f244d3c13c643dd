# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that are left with only lo: the one whose network they had joined is dead. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from ...module_utils._own_kinds import NONE
from ...module_utils._packing import State
from .._case import Case, Finding, Left
from .._observation import Observation
from .._words import few, named

_SHOWN = 5


def stranded(case: Case, left: Left) -> Iterator[Finding]:
    """Find them by what their host said of them, or by the links in their namespace.

    On the network ``none`` it is what they were asked to be.
    """
    found = {
        end["index"]: end
        for item in left.pairs
        for end in item.ends
        if case.networks[end["network"]]["driver"] != NONE and _has_only_lo(case, item, end)
    }
    ends = dict(sorted(found.items()))
    hosts = case.in_order({end["host"] for end in ends.values()})
    if not hosts:
        return
    names = [end["id"] for end in ends.values()]
    yield Finding(
        "only_lo",
        hosts,
        "A container has no link but lo",
        f"{named(names)} {'has' if len(names) == 1 else 'have'} only the loopback link left. That happens to a "
        "container that runs in the network of another one (--network container:NAME, network_mode in Compose) when "
        "that one dies or is restarted: its links go with it, and the others keep an empty namespace.",
        "Start the container whose network it uses, if it is down, and then restart this one: only then it joins the "
        "network again",
        [item for item in left.pairs if any(end["index"] in ends for end in item.ends)],
        [check for check in left.checks if check.source and check.source["index"] in ends],
        few([_line(end) for end in ends.values()], _SHOWN),
    )


def _has_only_lo(case: Case, item: Observation, end: Mapping[str, Any]) -> bool:
    return end["stranded"] or (_failed_at(item, end) and case.evidence.sources.get(end["index"]) == [])


def _failed_at(item: Observation, end: Mapping[str, Any]) -> bool:
    """Tell whether it was this end that could not take part."""
    return item.state in (State.STRANDED, State.NO_SOURCE) and end is item.source


def _line(end: Mapping[str, Any]) -> str:
    joined = f"; it had joined the network of {end['joined']}" if end["joined"] else ""
    return f"{end['id']} is running, with no link but lo and no address{joined}"
