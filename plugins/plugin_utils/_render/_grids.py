# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of a small network, endpoint by endpoint, and what all matrices share. PRIVATE to the collection."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Collection, Mapping, NamedTuple, Sequence

from .._reading import expanded
from ._text import WIDTH, coloured, pad, safe, width_of

Signs = Mapping["tuple[int, int]", str]  # by the indexes of source and target
Endpoints = Sequence[Mapping[str, Any]]

CELL = 3
LABEL_MIN = 20
LABEL_MAX = 40
_GAP = "  "


class Symbol(NamedTuple):
    """One character of the matrix, what it means in the legend, and the meaning of its colour."""

    sign: str
    legend: str
    meaning: str


ITSELF = Symbol(".", "itself", "quiet")
NOT_PROBED = Symbol("_", "not probed", "quiet")
NO_DATA = Symbol("?", "no data", "unknown")
BY_SIGN = {
    "o": Symbol("o", "reached", "good"),
    "-": Symbol("-", "blocked, as expected", "good"),
    "X": Symbol("X", "BLOCKED, must be reached", "bad"),
    "!": Symbol("!", "REACHED, must be blocked", "bad"),
    "?": NO_DATA,
    "~": NO_DATA,
}


def signs_of(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[int, int], str]:
    """Return the sign of each pair of a block of the report's matrix: for few pairs, as it has an entry for each."""
    return {
        (row["source"], target): sign for row in rows for target, sign in zip(expanded(row["targets"]), row["signs"])
    }


def symbol_of(source: int, target: int, signs: Signs) -> Symbol:
    """Return the symbol of a pair; there is no pair from an endpoint to itself, nor one that was not probed."""
    sign = signs.get((source, target))
    if sign is not None:
        return BY_SIGN[sign]
    return ITSELF if source == target else NOT_PROBED


def endpoint_grid(endpoints: Endpoints, signs: Signs, *, colour: bool) -> list[str]:
    """Return the matrix of all endpoints, rows the sources, columns the targets, hosts set apart, and its legend."""
    groups = [list(group) for _host, group in groupby(endpoints, key=lambda end: str(end["host"]))]
    gap = _GAP if len(groups) < len(endpoints) and _fits(len(endpoints) * CELL + len(groups) * len(_GAP)) else ""
    label = _label_width(endpoints, WIDTH - len(endpoints) * CELL - len(groups) * len(gap))
    number = {end["index"]: position for position, end in enumerate(endpoints, 1)}
    lines = _host_heads(groups, " " * label, gap)
    heads = (gap + "".join(f"{number[end['index']]:>{CELL}}" for end in group) for group in groups)
    lines.append(corner(label) + "".join(heads))
    for position, group in enumerate(groups):
        lines += [""] if position and gap else []
        lines += [] if group[0]["kind"] == "host" else [row_label("", safe(str(group[0]["host"])), label).rstrip()]
        for source in group:
            cells = (_cells(source, targets, signs, colour=colour) for targets in groups)
            name = row_label(str(number[source["index"]]), _name(source), label)
            lines.append(name + "".join(gap + row for row in cells))
    used = {symbol_of(source["index"], target["index"], signs) for source in endpoints for target in endpoints}
    return [*lines, "", *legend([*BY_SIGN.values(), NOT_PROBED, ITSELF], used, colour=colour)]


def corner(width: int) -> str:
    """Say what rows and columns are, in so many columns; it stands above the names of the rows."""
    return pad(" " * (CELL + 2) + "from \\ to", width)


def row_label(number: str, name: str, width: int) -> str:
    """Return the number, or nothing, and the name of a row in exactly so many columns."""
    return f"{number:>{CELL}}  " + pad(name, width - CELL - 2)


def legend(symbols: Sequence[Symbol], used: Collection[Symbol], *, colour: bool, first: str = "") -> list[str]:
    """Return the legend of those of the symbols that are used, after the word ``first``, in lines that fit."""
    lines = [""]
    taken = 0
    shown = [symbol for symbol in dict.fromkeys(symbols) if symbol in used]
    parts = [(first, first)] if first else []
    parts += [
        (f"{one.sign} {one.legend}", f"{coloured(one.sign, one.meaning, colour=colour)} {one.legend}") for one in shown
    ]
    for plain, text in parts:
        if taken + len(plain) + CELL > WIDTH:
            lines.append("")
            taken = 0
        lines[-1] += " " * CELL + text
        taken += len(plain) + CELL
    return lines


def _fits(columns: int) -> bool:
    return columns + LABEL_MIN <= WIDTH


def _label_width(endpoints: Endpoints, room: int) -> int:
    needed = max(width_of(_name(end)) for end in endpoints) + CELL + 2
    return min(max(needed, LABEL_MIN), room, LABEL_MAX)


def _name(endpoint: Mapping[str, Any]) -> str:
    return f"  {endpoint['container']}" if endpoint["kind"] == "container" else str(endpoint["host"])


def _host_heads(groups: Sequence[Endpoints], blank: str, gap: str) -> list[str]:
    """Return the line of host names above the columns, if every name fits above its own."""
    names = [safe(str(group[0]["host"])) for group in groups]
    widths = [CELL * len(group) + len(gap) for group in groups]
    # The numbers stand at the right edge of their cells: the names begin above the first digit.
    line = f"{blank}{gap}  {''.join(pad(name, width) for name, width in zip(names, widths))}".rstrip()
    fitting = all(width_of(name) < width for name, width in zip(names, widths)) and width_of(line) <= WIDTH
    return [line] if fitting else []


def _cells(source: Mapping[str, Any], targets: Endpoints, signs: Signs, *, colour: bool) -> str:
    symbols = (symbol_of(source["index"], target["index"], signs) for target in targets)
    return "".join(" " * (CELL - 1) + coloured(one.sign, one.meaning, colour=colour) for one in symbols)
