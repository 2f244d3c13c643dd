# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was expected of each relation, by whom, how many pairs kept to it, and how fast they were. PRIVATE."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, Sequence

from .._contract import BLOCKED, OPEN, OTHER_NETWORK, RELATIONS, kind_of, rule_behind
from .._words import counted, ip_version, named
from ._kinds import INWARDS, OUTWARDS, direction_of
from ._text import coloured, pad, wrap

Group = Mapping[str, Any]  # a row of the report's relations
Groups = Sequence[Group]

_NAMES = {
    "same_host": "containers of one host",
    "cross_host": "containers of two hosts",
    "own_host": "host + own containers",
    "other_host": "host + other containers",
    "host_to_host": "the hosts themselves",
}
_ONE_WAY = {OUTWARDS: "container to other host", INWARDS: "host to other container"}
_COUNT = "as expected"
_GAP = "  "
_SHOWN = 10
_RELATION, _NAME, _EXPECTED, _TIME = 14, 24, 8, 6
_WIDEST = 13  # of the counts; wider ones take the room of the names
_HUGE_MS = 100_000
_ORDER = (*RELATIONS, OTHER_NETWORK)


def in_order(groups: Iterable[Group]) -> list[Group]:
    """Return rows of the report's relations, those of one relation together: by the contract, a shim, expectations."""
    return sorted(
        groups,
        key=lambda group: (
            _ORDER.index(group["relation"]),
            group["why"] is not None,
            group["shim"],
            group["expected"],
            group["why"] or "",
        ),
    )


def relations(network: Mapping[str, Any], families: Sequence[Groups], *, colour: bool) -> Iterator[str]:
    """Yield the table for the pairs within a network, and why something in it has to be blocked.

    ``families`` are the groups of each address family; they differ in nothing but their times.
    """
    groups = [{**alike[0], "rtt_ms": _slowest(alike)} for alike in zip(*map(in_order, families))]
    known = [group["relation"] for group in groups]
    heads = [
        _head(network, group, first=group["relation"] not in known[:number]) for number, group in enumerate(groups)
    ]
    yield from _table(heads, groups, colour=colour)
    yield from _note(groups, each=len(families) > 1)
    yield from _reasons(network, groups)


def _head(network: Mapping[str, Any], group: Group, *, first: bool) -> tuple[str, str]:
    direction = direction_of(network, group)
    if direction:
        return group["relation"] if first else "", _ONE_WAY[direction]
    if first:
        return group["relation"], _NAMES[group["relation"]]
    return "", "  by expectation" if group["why"] else "  through a shim"


def across(groups: Groups, deviations: Sequence[Mapping[str, Any]], *, colour: bool) -> Iterator[str]:
    """Yield the table for the pairs from one network to another one, and some of those that are not as expected."""
    rows = in_order(groups)
    heads = [("" if number else OTHER_NETWORK, ip_version(group["family"])) for number, group in enumerate(rows)]
    yield from _table(heads, rows, colour=colour)
    yield from _note(rows, each=False)
    for group in rows:
        yield from wrap(f"{counted(group['pairs'], 'pair')} expected to be {group['expected']}: {group['why']}.", 3)
    for line in [_ends(pair) for pair in deviations[:_SHOWN]]:
        yield from wrap(line, 5, "   -")
    left_out = sum(group["unexpected"] + group["no_data"] for group in rows) - min(len(deviations), _SHOWN)
    yield from [f"   - and {left_out} more"] if left_out else []


def _slowest(alike: Groups) -> dict[str, float] | None:
    """Return the longest of each of the times of groups that differ in nothing but their address family."""
    times = [group["rtt_ms"] for group in alike if group["rtt_ms"] is not None]
    return {name: max(one[name] for one in times) for name in times[0]} if times else None


def _ends(pair: Mapping[str, Any]) -> str:
    return f"{pair['source']} -> {pair['target']} ({ip_version(pair['family'])}): {pair['observed']}"


def _table(heads: Sequence[tuple[str, str]], groups: Groups, *, colour: bool) -> Iterator[str]:
    """Yield a row for each group, of which ``heads`` are the first two columns, and its deviations below."""
    width = max(len(text) for text in (_COUNT, *map(_count, groups)))
    times = any(group["rtt_ms"] for group in groups)
    head = ("relation", "", "must be")
    yield _line(head, _COUNT.rjust(width), _cells("p50", "p95", "max") if times else "", width)
    for names, group in zip(heads, groups):
        count = _count(group)
        number = " " * (width - len(count)) + coloured(count, _meaning(group), colour=colour)
        row = (*names, group["expected"])
        yield _line(row, number, _times(group["rtt_ms"]) if times else "", width)
        yield from _deviations(group, colour=colour)


def _line(row: Sequence[str], number: str, times: str, width: int) -> str:
    """Return a row: relation, its name, what is expected; ``width`` is that of the number, which takes their room."""
    widths = (_RELATION, _NAME - max(width - _WIDEST, 0), _EXPECTED)
    left = "".join(pad(text, room) for text, room in zip(row, widths))
    gap = _GAP if times and width == len(_COUNT) else ""
    return f"   {left}{number}{gap}{times}"


def _count(group: Group) -> str:
    return f"{group['as_expected']}/{group['pairs']}"


def _meaning(group: Group) -> str:
    if group["as_expected"] == group["pairs"]:
        return "good"
    return "bad" if group["unexpected"] else "unknown"


def _cells(*texts: str) -> str:
    return "".join(f"{text:>{_TIME}}" for text in texts)


def _times(times: Mapping[str, float] | None) -> str:
    return _cells(*(_short(times[name]) for name in ("p50", "p95", "max"))) if times else _cells("-", "-", "-")


def _short(milliseconds: float) -> str:
    """Return the milliseconds in at most five characters; whole seconds where they are very many."""
    if milliseconds >= _HUGE_MS:
        return f"{milliseconds / 1000:.0f}s"
    decimals = max(4 - len(str(int(milliseconds))), 0)
    return f"{milliseconds:.{decimals}f}"[:5].rstrip(".")


def _deviations(group: Group, *, colour: bool) -> Iterator[str]:
    sign, wrong = ("X", "BLOCKED, must be open") if group["expected"] == OPEN else ("!", "OPEN, must be blocked")
    for number, text, meaning, mark in (
        (group["unexpected"], wrong, "bad", sign),
        (group["no_data"], "no data", "unknown", "?"),
    ):
        if number:
            yield " " * (3 + _RELATION) + f"  {coloured(mark, meaning, colour=colour)} {number} {text}"


def _note(groups: Groups, *, each: bool) -> Iterator[str]:
    times = any(group["rtt_ms"] for group in groups)
    notes = ["numbers for each address family"] if each else []
    notes += [f"times in ms{', those of the slower one' if each else ''}"] if times else []
    yield from [f"   ({'; '.join(notes)})"] if notes else []


def _reasons(network: Mapping[str, Any], groups: Groups) -> Iterator[str]:
    """Yield what expectations say of pairs, and why the kind of the network blocks others, each reason once."""
    blocked: dict[str, list[str]] = {}
    for group in groups:
        if group["why"] is None and group["expected"] == BLOCKED:
            name = f"{group['relation']} {direction_of(network, group)}".rstrip()
            blocked.setdefault(_why(network, group), []).append(name)
    for group in groups:
        if group["why"] is not None:
            pairs = f"{counted(group['pairs'], 'pair')} of {group['relation']}"
            yield from wrap(f"{pairs} expected to be {group['expected']}: {group['why']}.", 3)
        elif group["expected"] == BLOCKED:
            names = blocked.pop(_why(network, group), [])
            verb = "is" if len(names) == 1 else "are"
            yield from wrap(f"{named(names)} {verb} blocked because {_why(network, group)}.", 3) if names else ()


def _why(network: Mapping[str, Any], group: Group) -> str:
    return rule_behind(kind_of(network), group["relation"], BLOCKED).why
