# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The relations of the report: how many pairs are as expected, and how long they take. PRIVATE to the collection."""

from __future__ import annotations

from collections import Counter
from itertools import compress
from typing import Any, Iterable, Mapping, Sequence
from typing import Counter as CounterOf

from ..module_utils._packing import State
from ._contract import OTHER_NETWORK, RELATIONS
from ._judgement import Group, Row
from ._matrix_rows import whole_microseconds
from ._reading import BROKEN, GOOD, UNKNOWN

_IS_REPLY = bytes(code == State.REPLY for code in range(256))

Histogram = Mapping[int, int]  # how often by code


def relations_of(rows: Sequence[Row], groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return the ``relations`` of the report, in the order of networks, families and the contract."""
    signs: CounterOf[tuple[int, str]] = Counter()
    averages: CounterOf[tuple[int, int]] = Counter()
    longest: CounterOf[tuple[int, int]] = Counter()
    for row in rows:
        signs.update(zip(row.groups, row.signs))
        if row.columns:
            replied = row.columns.states.translate(_IS_REPLY)
            averages.update(compress(zip(row.groups, row.columns.rtt_avg), replied))
            longest.update(compress(zip(row.groups, row.columns.rtt_max), replied))
    by_group = _by_group(averages), _by_group(longest)
    found = [
        {
            **group._asdict(),
            "pairs": sum(count for (known, _sign), count in signs.items() if known == number),
            "as_expected": sum(signs[number, sign] for sign in GOOD),
            "unexpected": sum(signs[number, sign] for sign in BROKEN),
            "no_data": sum(signs[number, sign] for sign in UNKNOWN),
            "rtt_ms": _times(*(found.get(number, {}) for found in by_group)),
        }
        for number, group in enumerate(groups)
        if any((number, sign) in signs for sign in GOOD + BROKEN + UNKNOWN)
    ]
    networks = _networks(rows)
    return sorted(found, key=lambda relation: (networks.index(relation["network"]), *_place(relation)))


def _networks(rows: Iterable[Row]) -> list[str]:
    """Return the networks in order, which is that of their endpoints."""
    first: dict[str, int] = {}
    for row in rows:
        name, index = str(row.network["name"]), int(row.source["index"])
        first[name] = min(first.get(name, index), index)
    return sorted(first, key=first.__getitem__)


def _place(relation: Mapping[str, Any]) -> tuple[bool, str, int, bool, bool]:
    """Return where a row stands among those of its network."""
    relations = (*RELATIONS, OTHER_NETWORK)
    by_user = relation["why"] is not None
    return (
        relation["to_network"] is not None,
        relation["family"],
        relations.index(relation["relation"]),
        by_user,
        relation["shim"],
    )


def _by_group(counts: Mapping[tuple[int, int], int]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for (group, code), count in counts.items():
        found.setdefault(group, {})[code] = count
    return found


def _times(averages: Histogram, longest: Histogram) -> dict[str, float] | None:
    """Return the milliseconds of the report; None without a reply."""
    if not averages:
        return None
    known = whole_microseconds()
    codes = {"p50": quantile(averages, 50), "p95": quantile(averages, 95), "max": max(longest)}
    return {name: known[code] / 1000 for name, code in codes.items()}


def quantile(histogram: Histogram, percent: int) -> int:
    """Return the least code that so many percent do not exceed (nearest rank); the histogram has one at least."""
    rank = -(-sum(histogram.values()) * percent // 100)
    seen = 0
    for code in sorted(histogram):
        seen += histogram[code]
        if seen >= rank:
            break
    return code
