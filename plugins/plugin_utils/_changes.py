# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed since an earlier report: broken, healed, come and gone. PRIVATE to the collection.

Endpoints are known by network and id, because their indexes change as soon as one comes or goes. They come and go on
networks that both reports have: another run may have been about others, such as some of the network modes.
"""

from __future__ import annotations

from typing import Any, Collection, Iterator, Mapping, NamedTuple, Sequence, Tuple

from ._reading import BROKEN, GOOD, expanded, ranges_of

SHOWN = 10  # of each kind

NEWLY_BROKEN, HEALED, STILL_BROKEN = "newly_broken", "healed", "still_broken"
KINDS = (NEWLY_BROKEN, HEALED, STILL_BROKEN)

Report = Mapping[str, Any]
_RowKey = Tuple[str, Any, str, str]  # network, to_network, family, id of the source


class _Place(NamedTuple):
    """Where a changed pair is: its block, its row, and its position in the row."""

    block: Mapping[str, Any]
    row: Mapping[str, Any]
    position: int


def with_changes(report: Report, previous: Report | None, baseline: bool = False) -> dict[str, Any]:
    """Return the report with its ``changes`` since an earlier one; ``baseline`` says that this is a pinned one.

    A pair is broken when it is unexpectedly blocked or open. It is newly broken when it was not broken before, or not
    known to be; it has healed when it was broken and is as expected. Without an earlier report nothing is added.
    """
    if previous is None:
        return dict(report)
    before = _Before(previous)
    found: dict[str, list[_Place]] = {kind: [] for kind in KINDS}
    matrix = [
        {**block, "rows": [_row(report, block, row, before, found) for row in block["rows"]]}
        for block in report["matrix"]
    ]
    both = {network["name"] for network in report["networks"]} & {network["name"] for network in previous["networks"]}
    now, then = _names(report, both), _names(previous, both)
    changes = {
        "since": previous["generated_at"],
        "baseline": baseline,
        **{kind: len(places) for kind, places in found.items()},
        "examples": {kind: [_example(report, place) for place in places[:SHOWN]] for kind, places in found.items()},
        "endpoints_come": _ids(now, then),
        "endpoints_gone": _ids(then, now),
    }
    return {**report, "matrix": matrix, "changes": changes}


class _Before:
    """The signs of an earlier report."""

    def __init__(self, report: Report) -> None:
        self._ends = report["endpoints"]
        self._rows: dict[_RowKey, Mapping[str, Any]] = {
            (block["network"], block["to_network"], block["family"], self._ends[row["source"]]["id"]): row
            for block in report["matrix"]
            for row in block["rows"]
        }

    def signs(self, ends: Sequence[Mapping[str, Any]], block: Mapping[str, Any], row: Mapping[str, Any]) -> str:
        """Return the earlier sign for each target of a row; a blank for a pair that was not there."""
        key = (block["network"], block["to_network"], block["family"], ends[row["source"]]["id"])
        known = self._rows.get(key)
        if known is None:
            return " " * len(row["signs"])
        targets = [ends[index]["id"] for index in expanded(row["targets"])]
        earlier = [self._ends[index]["id"] for index in expanded(known["targets"])]
        if targets == earlier:
            return str(known["signs"])
        by_id = dict(zip(earlier, known["signs"]))
        return "".join(by_id.get(target, " ") for target in targets)


def _row(
    report: Report, block: Mapping[str, Any], row: Mapping[str, Any], before: _Before, found: dict[str, list[_Place]]
) -> dict[str, Any]:
    """Return a row with its changes, and note each of them."""
    signs = before.signs(report["endpoints"], block, row)
    mine: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for position, kind in _changed(signs, row["signs"]):
        mine[kind].append(position)
        found[kind].append(_Place(block, row, position))
    return {**row, "changes": {kind: ranges_of(mine[kind]) for kind in (NEWLY_BROKEN, HEALED)}}


def _changed(before: str, now: str) -> Iterator[tuple[int, str]]:
    """Yield position and kind of the pairs that are, or were, broken."""
    if not any(sign in signs for signs in (before, now) for sign in BROKEN):
        return
    for position, (earlier, sign) in enumerate(zip(before, now)):
        if sign in BROKEN:
            yield position, STILL_BROKEN if earlier in BROKEN else NEWLY_BROKEN
        elif sign in GOOD and earlier in BROKEN:
            yield position, HEALED


def _example(report: Report, place: _Place) -> dict[str, Any]:
    block, row, position = place
    ends = report["endpoints"]
    target = expanded(row["targets"])[position]
    names = {name: block[name] for name in ("network", "to_network", "family")}
    return {**names, "source": ends[row["source"]]["id"], "target": ends[target]["id"]}


def _names(report: Report, networks: Collection[str]) -> list[tuple[str, str]]:
    return [(end["network"], end["id"]) for end in report["endpoints"] if end["network"] in networks]


def _ids(names: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]]) -> list[str]:
    """Return the ids of those that are not among the others, each once."""
    missing = set(others)
    return list(dict.fromkeys(name for network, name in names if (network, name) not in missing))
