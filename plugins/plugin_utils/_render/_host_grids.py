# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of a network host by host, or a list of its worst hosts. PRIVATE to the collection.

The first form that fits is chosen: "n of m pairs as expected" with a symbol, only the symbol, only the list.
"""

from __future__ import annotations

from typing import Iterator, Sequence

from .._words import counted, named
from ._grids import CELL, ITSELF, LABEL_MAX, LABEL_MIN, NOT_PROBED, Symbol, corner, legend, row_label
from ._host_counts import ByHosts, Counts, not_as_expected, sides_of
from ._text import WIDTH, coloured, safe, width_of, wrap

_GROUPS = 10
_NAMES = 6
_SIDE_MIN = 13

_ALL = Symbol("o", "all", "good")
_SOME = Symbol("x", "not all", "bad")
_NONE = Symbol("X", "none", "bad")
_MISSING = Symbol("?", "data missing", "unknown")
_SYMBOLS = (_ALL, _SOME, _NONE, _MISSING, NOT_PROBED, ITSELF)


def host_grid(hosts: Sequence[str], counts: ByHosts, *, colour: bool) -> list[str]:
    """Return the matrix of the hosts with its legend; with the list of the worst where there is no room for numbers."""
    digits = max([len(one.text) for one in counts.values()], default=0)
    if _fits(hosts, _cell_width(digits)):
        return list(_grid(hosts, counts, digits, colour=colour))
    grid = [*_grid(hosts, counts, 0, colour=colour), ""] if _fits(hosts, CELL) else []
    return [*grid, *worst_hosts(hosts, counts, colour=colour)]


def _cell_width(digits: int) -> int:
    """Return how wide a cell with a symbol and a number of so many digits is; without a number for 0."""
    return digits + CELL + 1 if digits else CELL


def _fits(hosts: Sequence[str], cell: int) -> bool:
    return len(hosts) * cell + LABEL_MIN <= WIDTH


def _grid(hosts: Sequence[str], counts: ByHosts, digits: int, *, colour: bool) -> Iterator[str]:
    """Yield the matrix, with numbers of so many digits beside the symbols, or none for 0, and its legend."""
    cell = _cell_width(digits)
    by_name = max(cell, max(width_of(safe(host)) for host in hosts) + 2)
    heads: Sequence[str] = [str(number) for number in range(1, len(hosts) + 1)]
    if _fits(hosts, by_name):
        heads, cell = hosts, by_name
    label = _label_width(hosts, WIDTH - cell * len(hosts))
    yield corner(label) + "".join(" " * (cell - width_of(safe(head))) + safe(head) for head in heads)
    for number, source in enumerate(hosts, 1):
        row = (_cell(source, target, counts, digits, colour=colour) for target in hosts)
        blank = " " * (cell - _cell_width(digits))
        yield row_label("" if heads is hosts else str(number), source, label) + "".join(blank + text for text in row)
    yield ""
    used = {_symbol(source, target, counts) for source in hosts for target in hosts}
    first = "n/m: n of m pairs are as expected" if digits else "pairs as expected:"
    yield from legend(_SYMBOLS, used, colour=colour, first=first)


def _label_width(hosts: Sequence[str], room: int) -> int:
    needed = max(width_of(safe(host)) for host in hosts) + CELL + 2
    return min(max(needed, LABEL_MIN), room, LABEL_MAX)


def _worst_of(counts: Counts) -> Symbol:
    """Return the symbol of the worst that is in these pairs."""
    if counts.good == counts.pairs:
        return _ALL
    if counts.unexpected:
        return _SOME if counts.good else _NONE
    return _MISSING


def _symbol(source: str, target: str, counts: ByHosts) -> Symbol:
    if (source, target) in counts:
        return _worst_of(counts[source, target])
    return ITSELF if source == target else NOT_PROBED


def _cell(source: str, target: str, counts: ByHosts, digits: int, *, colour: bool) -> str:
    symbol = _symbol(source, target, counts)
    one = counts.get((source, target))
    text = f"{symbol.sign} {one.text:>{digits}}" if one and digits else symbol.sign
    blank = " " * (_cell_width(digits) - CELL + 1 - len(text))
    return " " * (CELL - 1) + coloured(text, symbol.meaning, colour=colour) + blank


def worst_hosts(hosts: Sequence[str], counts: ByHosts, *, colour: bool) -> list[str]:
    """Return the hosts with pairs not as expected, those with the same numbers together, the worst first."""
    sides = sides_of(hosts, counts)
    groups: dict[tuple[Counts, Counts], list[str]] = {}
    for host in hosts:
        groups.setdefault(sides[host], []).append(host)
    bad = sorted((sides for sides in groups if not_as_expected(sides)), key=lambda sides: -not_as_expected(sides))
    width = max([_SIDE_MIN, *(len(side.text) + 4 for both in bad for side in both)])
    lines = [f"{'as source':>{width + CELL}}{'as target':>{width}}"] if bad else []
    for both in bad[:_GROUPS]:
        lines += _group(both, groups[both], width, colour=colour)
    left_out = sum(len(groups[both]) for both in bad[_GROUPS:])
    lines += [f"   and {counted(left_out, 'more host', 'more hosts')} with pairs not as expected"] if left_out else []
    good = len(hosts) - sum(len(groups[both]) for both in bad)
    return [*lines, "", f"   n/m: n of m pairs are as expected; on {good} of {len(hosts)} hosts all of them are"]


def _group(sides: tuple[Counts, Counts], hosts: Sequence[str], width: int, *, colour: bool) -> list[str]:
    """Return the numbers of hosts that have the same ones, each in so many columns, and their names."""
    indent = CELL + 2 * width + 3
    many = f"{len(hosts)} hosts: " if len(hosts) > 1 else ""
    first, *rest = wrap(f"{many}{named(hosts, _NAMES)}", indent)
    numbers = (f"{_worst_of(side).sign} {side.text}" for side in sides)
    texts = [
        " " * (width - len(number)) + coloured(number, _worst_of(side).meaning, colour=colour)
        for side, number in zip(sides, numbers)
    ]
    return [" " * CELL + "".join(texts) + first[indent - CELL :], *rest]
