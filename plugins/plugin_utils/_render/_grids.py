# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrices of one network: endpoint by endpoint, host by host, or one line per host. PRIVATE to the collection.

Every pair is a mapping as in the report. A grid is a list of lines; the smallest form that fits is the caller's choice.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any, Collection, Mapping, NamedTuple, Sequence

from ._text import WIDTH, coloured, pad, width_of

Pairs = Mapping[tuple[str, str], Mapping[str, Any]]  # by the ids of source and target
Endpoints = Sequence[Mapping[str, Any]]

_CELL = 3
_GAP = "  "
_LABEL_MIN = 20
_LABEL_MAX = 34
_HOST_ROWS = 10


class Symbol(NamedTuple):
    """One character of the matrix, what it means in the legend, and the meaning of its colour."""

    sign: str
    legend: str
    meaning: str


ITSELF = Symbol(".", "itself", "quiet")
NOT_PROBED = Symbol("_", "not probed", "quiet")
_SYMBOLS = {
    ("as_expected", "open"): Symbol("o", "reached", "good"),
    ("as_expected", "blocked"): Symbol("-", "blocked, as expected", "good"),
    ("unexpected_blocked", "blocked"): Symbol("X", "BLOCKED, must be reached", "bad"),
    ("unexpected_open", "open"): Symbol("!", "REACHED, must be blocked", "bad"),
    ("no_data", "no_data"): Symbol("?", "no data", "unknown"),
}


def symbol_of(source: str, target: str, pairs: Pairs) -> Symbol:
    """Return the symbol of a pair; there is no pair from an endpoint to itself, nor one that was not probed."""
    pair = pairs.get((source, target))
    if pair is not None:
        return _SYMBOLS[pair["status"], pair["observed"]]
    return ITSELF if source == target else NOT_PROBED


def endpoint_grid(endpoints: Endpoints, pairs: Pairs, *, colour: bool) -> list[str]:
    """Return the matrix of all endpoints, rows the sources, columns the targets, hosts set apart, and its legend."""
    groups = [list(group) for _host, group in groupby(endpoints, key=lambda end: str(end["host"]))]
    gap = _GAP if len(groups) < len(endpoints) and _fits(len(endpoints) * _CELL + len(groups) * len(_GAP)) else ""
    label = _label_width(endpoints, WIDTH - len(endpoints) * _CELL - len(groups) * len(gap))
    number = {end["id"]: str(position) for position, end in enumerate(endpoints, 1)}
    blank = " " * label
    lines = [*_host_heads(groups, blank, gap)]
    lines.append(
        _corner(label) + "".join(gap + "".join(f"{number[end['id']]:>{_CELL}}" for end in group) for group in groups)
    )
    for position, group in enumerate(groups):
        lines += [""] if position and gap else []
        for source in group:
            cells = (_cells(source, targets, pairs, colour=colour) for targets in groups)
            lines.append(_label(source, number[source["id"]], label) + "".join(gap + row for row in cells))
    used = {symbol_of(source["id"], target["id"], pairs) for source in endpoints for target in endpoints}
    return [*lines, "", *_legend(used, colour=colour)]


def _corner(width: int) -> str:
    """Say what rows and columns are; it stands above the names of the rows."""
    return pad(" " * (_CELL + 2) + "from \\ to", width)


def _fits(columns: int) -> bool:
    return columns + _LABEL_MIN <= WIDTH


def _label_width(endpoints: Endpoints, room: int) -> int:
    needed = max(width_of(_name(end)) for end in endpoints) + _CELL + 2
    return min(max(needed, _LABEL_MIN), room, _LABEL_MAX)


def _name(endpoint: Mapping[str, Any]) -> str:
    return f"  {endpoint['container']}" if endpoint["kind"] == "container" else str(endpoint["host"])


def _label(endpoint: Mapping[str, Any], number: str, width: int) -> str:
    return f"{number:>{_CELL}}  " + pad(_name(endpoint), width - _CELL - 2)


def _host_heads(groups: Sequence[Endpoints], blank: str, gap: str) -> list[str]:
    """Return the line of host names above the columns, if every name fits above its own."""
    names = [str(group[0]["host"]) for group in groups]
    widths = [_CELL * len(group) for group in groups]
    # The numbers stand at the right edge of their cells: the names begin above the first digit.
    if not all(width_of(name) < width for name, width in zip(names, widths)):
        return []
    return [(blank + "".join(f"{gap}  {pad(name, width - 2)}" for name, width in zip(names, widths))).rstrip()]


def _cells(source: Mapping[str, Any], targets: Endpoints, pairs: Pairs, *, colour: bool) -> str:
    symbols = (symbol_of(source["id"], target["id"], pairs) for target in targets)
    return "".join(" " * (_CELL - 1) + coloured(one.sign, one.meaning, colour=colour) for one in symbols)


def _legend(used: Collection[Symbol], *, colour: bool) -> list[str]:
    """Return the legend of the symbols that occur, in lines that fit."""
    shown = [symbol for symbol in (*_SYMBOLS.values(), NOT_PROBED, ITSELF) if symbol in used]
    lines = [""]
    taken = 0
    for symbol in shown:
        length = len(f"{symbol.sign} {symbol.legend}   ")
        if taken + length > WIDTH - _CELL:
            lines.append("")
            taken = 0
        lines[-1] += f"   {coloured(symbol.sign, symbol.meaning, colour=colour)} {symbol.legend}"
        taken += length
    return lines


def host_grid(hosts: Sequence[str], pairs: Sequence[Mapping[str, Any]], *, colour: bool) -> list[str]:
    """Return "n/m as expected" for each pair of hosts, or an empty list when it does not fit."""
    blocks = _blocks(pairs)
    texts = {key: f"{good}/{total}" for key, (good, total) in blocks.items()}
    cell = max([len(text) for text in texts.values()] + [_CELL]) + 2
    label = WIDTH - cell * len(hosts)
    if label < _LABEL_MIN:
        return []
    label = min(label, max(_LABEL_MIN, max(width_of(host) for host in hosts) + _CELL + 2))
    lines = [_corner(label) + "".join(f"{number:>{cell}}" for number in range(1, len(hosts) + 1))]
    for number, source in enumerate(hosts, 1):
        keys = [(source, target) for target in hosts]
        shown = ((key, texts.get(key, _without_pairs(*key))) for key in keys)
        row = "".join(_block(text, blocks.get(key), cell, colour=colour) for key, text in shown)
        lines.append(f"{number:>{_CELL}}  " + pad(source, label - _CELL - 2) + row)
    left_out = "   _ not probed" if any((a, b) not in blocks for a in hosts for b in hosts if a != b) else ""
    return [*lines, "", f"   n/m: n of m pairs are as expected{left_out}"]


def _without_pairs(source: str, target: str) -> str:
    return (ITSELF if source == target else NOT_PROBED).sign


def _blocks(pairs: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], tuple[int, int]]:
    """Count the pairs as expected, and all pairs, by the hosts of source and target."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for pair in pairs:
        key = (pair["source_host"], pair["target_host"])
        good, total = found.get(key, (0, 0))
        found[key] = (good + (pair["status"] == "as_expected"), total + 1)
    return found


def _block(text: str, counts: tuple[int, int] | None, cell: int, *, colour: bool) -> str:
    meaning = "quiet" if counts is None else "good" if counts[0] == counts[1] else "bad"
    return " " * (cell - len(text)) + coloured(text, meaning, colour=colour)


def host_list(hosts: Sequence[str], pairs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line per host with pairs not as expected, the worst first, for fleets too large for a matrix."""
    outgoing = dict.fromkeys(hosts, (0, 0))
    incoming = dict(outgoing)
    for (source, target), (good, total) in _blocks(pairs).items():
        outgoing[source] = (outgoing[source][0] + good, outgoing[source][1] + total)
        incoming[target] = (incoming[target][0] + good, incoming[target][1] + total)
    bad = {host: sum(side[host][1] - side[host][0] for side in (outgoing, incoming)) for host in hosts}
    worst = sorted((host for host in hosts if bad[host]), key=lambda host: -bad[host])
    lines = ["   " + pad("host", 33) + f"{'as source':>18}{'as target':>18}"] if worst else []
    for host in worst[:_HOST_ROWS]:
        counts = ["{}/{}".format(*side[host]) for side in (outgoing, incoming)]
        lines.append("   " + pad(host, 33) + "".join(f"{text:>18}" for text in counts))
    if len(worst) > _HOST_ROWS:
        lines.append(f"   and {len(worst) - _HOST_ROWS} more hosts with pairs that are not as expected")
    lines.append(f"   {len(hosts) - len(worst)} of {len(hosts)} hosts have all their pairs as expected")
    return lines
