# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pairs of the report that are not as expected: in full, and those that pass one way only. PRIVATE."""

from __future__ import annotations

from collections import Counter
from typing import Any, Collection, Iterable, Mapping, Sequence
from typing import Counter as CounterOf

from ..module_utils._packing import Record, State
from ._judgement import Row
from ._observation import NO_DATA, UNEXPECTED_BLOCKED, Observation

EACH, MOST = 100, 1000


def deviations_of(
    deviating: Sequence[Observation], one_way: Collection[int], causes: Mapping[int, str]
) -> list[dict[str, Any]]:
    """Return the ``deviations`` of the report. ``one_way`` are numbers of pairs, ``causes`` is by number."""
    taken: CounterOf[str | None] = Counter()
    found = []
    for item in deviating:
        cause = causes.get(item.number)
        taken[cause] += 1
        if taken[cause] <= EACH:
            found.append(_pair(item, item.number in one_way, cause))
        if len(found) == MOST:
            break
    return found


def one_ways(rows: Iterable[Row], deviating: Iterable[Observation]) -> list[Observation]:
    """Return the pairs that are blocked and must be open, while the way back is open."""
    by_source = {(row.family, row.source["index"]): row for row in rows if row.to_network is None}
    return [
        item
        for item in deviating
        if item.status == UNEXPECTED_BLOCKED and item.within_network and _is_open_back(by_source, item)
    ]


def _is_open_back(by_source: Mapping[tuple[str, int], Row], item: Observation) -> bool:
    row = by_source.get((item.family, item.target["index"]))
    return row is not None and row.sign_towards(item.source["index"]) == "o"


def one_way_of(pairs: Iterable[Observation]) -> list[dict[str, Any]]:
    """Return the ``one_way`` of the report: the pairs counted by hosts, each with its first one as an example."""
    found: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for item in pairs:
        source, target = item.ends
        key = (item.network["name"], item.family, source["host"], target["host"])
        names = dict(zip(("network", "family", "source", "target"), key))
        example = {"source": source["id"], "target": target["id"]}
        found.setdefault(key, {**names, "pairs": 0, "example": example})["pairs"] += 1
    return list(found.values())


def _pair(item: Observation, one_way: bool, cause: str | None) -> dict[str, Any]:
    record = item.record
    return {
        "network": item.network["name"],
        "to_network": None if item.within_network else item.target["network"],
        "family": item.family,
        "source": item.source["id"],
        "target": item.target["id"],
        "relation": item.relation,
        "expected": item.expected,
        "observed": item.observed,
        "status": item.status,
        "state": None if record is None else record.state.name.lower(),
        "loss": _loss(item),
        "rtt_ms": _milliseconds(record) if record is not None and record.state is State.REPLY else None,
        "why": item.why,
        "cause": cause,
        "one_way": one_way,
    }


def _loss(item: Observation) -> float | None:
    """Return the share of the probes that did not come back from the target."""
    record = item.record
    if record is None or item.observed == NO_DATA:
        return None
    return round(record.loss, 3) if record.state is State.REPLY else 1.0


def _milliseconds(record: Record) -> dict[str, float]:
    times = {"min": record.rtt_min, "avg": record.rtt_avg, "max": record.rtt_max}
    return {name: round(microseconds) / 1000 for name, microseconds in times.items()}
