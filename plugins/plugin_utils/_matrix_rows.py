# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of the report: all pairs, packed into rows. PRIVATE to the collection."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Iterable, Mapping, Sequence

from ..module_utils._packing import RTT_CODES, Columns, State, microseconds
from ._judgement import Group, Row
from ._reading import NO_RECORD, ranges_of

_DIGITS = bytes(ord(str(code)) if code < len(State) else ord(NO_RECORD) for code in range(256))


def matrix_of(rows: Iterable[Row], groups: Sequence[Group], causes: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return the ``matrix`` of the report. ``groups`` are the judge's, ``causes`` those of single pairs by number."""
    blocks: dict[tuple[str, str | None, str], list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: int(row.source["index"])):
        found = _row(row, groups, causes)
        blocks.setdefault((row.network["name"], row.to_network, row.family), []).append(found)
    return [
        {"network": network, "to_network": to_network, "family": family, "rows": mine}
        for (network, to_network, family), mine in blocks.items()
    ]


def _row(row: Row, groups: Sequence[Group], causes: Mapping[int, str]) -> dict[str, Any]:
    columns = row.columns
    return {
        "source": row.source["index"],
        "targets": ranges_of(row.targets),
        "signs": row.signs,
        "states": columns.states.translate(_DIGITS).decode("ascii") if columns else NO_RECORD * len(row.signs),
        "rtt_us": _times(columns) if columns else None,
        "loss": _losses(columns) if columns else [],
        "causes": _named((position, causes.get(row.number + position)) for position in row.deviating()),
        "why": _reasons(row, groups),
        "changes": {"newly_broken": [], "healed": []},
    }


def _times(columns: Columns) -> dict[str, list[int | None]] | None:
    """Return the round-trip times in whole microseconds; None when nobody replied."""
    replies = columns.states.count(State.REPLY)
    if not replies:
        return None
    known = whole_microseconds()
    named = (("min", columns.rtt_min), ("avg", columns.rtt_avg), ("max", columns.rtt_max))
    if replies == columns.pairs:
        return {name: list(map(known.__getitem__, codes)) for name, codes in named}
    reply = int(State.REPLY)
    return {
        name: [known[code] if state == reply else None for code, state in zip(codes, columns.states)]
        for name, codes in named
    }


@lru_cache(maxsize=None)
def whole_microseconds() -> list[int]:
    """Return the time for every code. A report has millions of times, and shares the numbers."""
    return [round(microseconds(code)) for code in range(RTT_CODES)]


def _losses(columns: Columns) -> list[list[float]]:
    """Return position and share of the partial losses."""
    reply = int(State.REPLY)
    if not any(columns.losses):
        return []
    partial = (position for position, loss in enumerate(columns.losses) if loss and columns.states[position] == reply)
    return [[position, round(columns.record(position).loss, 3)] for position in partial]


def _reasons(row: Row, groups: Sequence[Group]) -> dict[str, list[list[int]]]:
    if all(groups[number].why is None for number in set(row.groups)):
        return {}
    return _named((position, groups[number].why) for position, number in enumerate(row.groups))


def _named(names: Iterable[tuple[int, str | None]]) -> dict[str, list[list[int]]]:
    """Return the positions by their name, as ranges; those without a name are left out."""
    found: dict[str, list[int]] = {}
    for position, name in names:
        if name is not None:
            found.setdefault(name, []).append(position)
    return {name: ranges_of(positions) for name, positions in found.items()}
