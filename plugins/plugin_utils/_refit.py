# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that belong to another mesh: those of an earlier batch, or of a host that made its own. PRIVATE."""

from __future__ import annotations

from array import array
from typing import Any, Iterator, Mapping, Sequence

from ..module_utils._mesh import FAMILIES, rows_of
from ..module_utils._packing import Columns, State
from ._case import LocalError
from ._matrix import Outcome

Mesh = Mapping[str, Any]

UNKNOWN_THEN = "it pinged before all others were known: in an earlier batch of the play, or with the strategy free"
_ENDS = ("source", "target")
_ALL_LOST = 0xFF


def refitted(outcome: Outcome, old: Mesh, new: Mesh, host: str) -> Outcome:
    """Return what a host observed of the mesh ``old`` as what it observed of the mesh ``new``.

    Endpoints are the same when their network and id are. Pairs that are in ``new`` only have the state NO_ADDRESS, for
    nobody knew the target's. Records that do not even fit ``old`` are returned as they are: they fit nothing.
    """
    columns = outcome.records
    before = rows_of(old, host)
    if columns is None or columns.pairs != sum(len(row.targets) for row in before):
        return outcome
    moved = _moved(old, new)
    lost = {end["index"] for end in old["endpoints"] if end["lost"]}
    places = _places(before, {index: after for index, after in moved.items() if index not in lost})
    picked = [places.get((row.family, row.source, target), -1) for row in rows_of(new, host) for target in row.targets]
    return Outcome(
        _picked(columns, picked),
        [*errors_moved(outcome.errors, moved), *_left_out(new, host, picked)],
        renumbered(outcome.evidence, moved),
        renumbered(outcome.checks, moved),
        outcome.method,
        outcome.loss,
    )


def _moved(old: Mesh, new: Mesh) -> dict[int, int]:
    """Return the new index of each endpoint that is in both meshes, by the old one."""
    known = {(end["network"], end["id"]): end["index"] for end in new["endpoints"]}
    found = {end["index"]: known.get((end["network"], end["id"])) for end in old["endpoints"]}
    return {before: after for before, after in found.items() if after is not None}


def _places(rows: Sequence[Any], moved: Mapping[int, int]) -> dict[tuple[str, int, int], int]:
    """Return the position of each old record, by family and the new indexes of its ends."""
    found: dict[tuple[str, int, int], int] = {}
    position = 0
    for row in rows:
        for target in row.targets:
            if row.source in moved and target in moved:
                found[row.family, moved[row.source], moved[target]] = position
            position += 1
    return found


def _picked(columns: Columns, positions: Sequence[int]) -> Columns:
    """Return the records of these positions; -1 is a pair without one."""
    nothing = State.NO_ADDRESS
    times = (columns.rtt_min, columns.rtt_avg, columns.rtt_max)
    return Columns(
        bytes(columns.states[position] if position >= 0 else nothing for position in positions),
        bytes(columns.losses[position] if position >= 0 else _ALL_LOST for position in positions),
        *(array("H", (column[at] if at >= 0 else 0 for at in positions)) for column in times),
    )


def errors_moved(errors: Sequence[LocalError], moved: Mapping[int, int]) -> Iterator[LocalError]:
    """Yield the errors with the new indexes, without those about endpoints that are no more."""
    for error in errors:
        if error.source in moved and (error.target is None or error.target in moved):
            target = None if error.target is None else moved[error.target]
            yield LocalError(moved[error.source], target, error.family, error.text)


def _left_out(mesh: Mesh, host: str, picked: Sequence[int]) -> Iterator[LocalError]:
    """Say of each source with new targets why it has no data of them."""
    if -1 in picked:
        for family in FAMILIES:
            for end in mesh["endpoints"]:
                if end["host"] == host:
                    yield LocalError(end["index"], None, family, UNKNOWN_THEN)


def renumbered(value: Any, moved: Mapping[int, int]) -> Any:
    """Return evidence or checks with the new indexes, without the rows about endpoints that are no more."""
    if isinstance(value, Mapping):
        return {
            key: moved[item] if key in _ENDS and item is not None else renumbered(item, moved)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [renumbered(item, moved) for item in value if _is_known(item, moved)]
    return value


def _is_known(item: Any, moved: Mapping[int, int]) -> bool:
    ends = [item.get(end) for end in _ENDS] if isinstance(item, Mapping) else []
    return all(end is None or end in moved for end in ends)
