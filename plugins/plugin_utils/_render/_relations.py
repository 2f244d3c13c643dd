# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was expected of each relation, by whom, and how many pairs kept to it. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from .._contract import BLOCKED, OPEN, RELATIONS, kind_of, rule
from .._words import counted, few, ip_version
from ._text import pad, wrap

Pair = Mapping[str, Any]
Pairs = Sequence[Pair]

_NAMES = {
    "same_host": "containers of one host",
    "cross_host": "containers of two hosts",
    "own_host": "host and its own containers",
    "other_host": "host and others' containers",
    "host_to_host": "the hosts themselves",
}
_SHOWN = 10


class _Group(NamedTuple):
    """Pairs of one relation of which the same is expected; ``why`` where an expectation of the user says so."""

    expected: str
    why: str | None
    pairs: Pairs

    @property
    def good(self) -> int:
        """Return how many pairs are as expected."""
        return sum(pair["status"] == "as_expected" for pair in self.pairs)


def relations(network: Mapping[str, Any], pairs: Pairs, *, each: bool) -> Iterator[str]:
    """Yield the table for the pairs within a network, and why something in it has to be blocked.

    ``each`` says that the pairs stand for those of every address family.
    """
    digits = len(str(len(pairs)))
    groups = {relation: _groups([pair for pair in pairs if pair["relation"] == relation]) for relation in RELATIONS}
    for relation, mine in groups.items():
        for number, group in enumerate(mine):
            name = _NAMES[relation] if number == 0 else "  by expectation" if group.why else "  through a shim"
            yield from _lines(relation if number == 0 else "", name, group, digits)
    if each:
        yield "   (numbers for each address family)"
    for relation, mine in groups.items():
        for group in mine:
            yield from _reason(network, relation, group)


def across(network: str, to_network: str, pairs: Pairs) -> Iterator[str]:
    """Yield the table for the pairs from one network to another one, and those that are not as expected."""
    digits = len(str(len(pairs)))
    for number, group in enumerate(_groups(pairs)):
        name = f"from {network} to {to_network}" if number == 0 else ""
        yield from _lines("other_network" if number == 0 else "", name, group, digits)
        yield from wrap(f"{counted(len(group.pairs), 'pair')} expected to be {group.expected}: {group.why}.", 3)
    wrong = [pair for pair in pairs if pair["status"] != "as_expected"]
    for line in few([_ends(pair) for pair in wrong], _SHOWN):
        yield from wrap(line, 5, "   -")


def _ends(pair: Pair) -> str:
    return f"{pair['source']} -> {pair['target']} ({ip_version(pair['family'])}): {pair['observed']}"


def _groups(pairs: Pairs) -> list[_Group]:
    """Return the pairs by what is expected of them, those of the contract first."""
    found: dict[tuple[str, str | None], list[Pair]] = {}
    for pair in pairs:
        found.setdefault((pair["expected"], pair.get("why")), []).append(pair)
    groups = [_Group(expected, why, mine) for (expected, why), mine in found.items()]
    return sorted(groups, key=lambda group: (group.why is not None, group.expected))


def _lines(relation: str, name: str, group: _Group, digits: int) -> Iterator[str]:
    first = f"{group.good:>{digits}} of {len(group.pairs):>{digits}} {group.expected}, as expected"
    yield "   " + pad(relation, 14) + pad(name, 29) + first
    for text in _deviations(group):
        yield " " * (46 + digits - len(text.split(" ", 1)[0])) + text


def _deviations(group: _Group) -> list[str]:
    wrong = "BLOCKED, must be open" if group.expected == OPEN else "OPEN, must be blocked"
    unexpected = sum(pair["status"] in ("unexpected_blocked", "unexpected_open") for pair in group.pairs)
    missing = sum(pair["status"] == "no_data" for pair in group.pairs)
    return [f"{number} {text}" for number, text in ((unexpected, wrong), (missing, "no data")) if number]


def _reason(network: Mapping[str, Any], relation: str, group: _Group) -> list[str]:
    if group.why is not None:
        pairs = f"{counted(len(group.pairs), 'pair')} of {relation}"
        return wrap(f"{pairs} expected to be {group.expected}: {group.why}.", 3)
    if group.expected != BLOCKED:
        return []
    return wrap(f"{relation} is blocked because {rule(kind_of(network), relation).why}.", 3)
