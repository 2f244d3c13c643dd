# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a report (docs/interfaces.md): single pairs out of its packed matrix, and counts by hosts. PRIVATE."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate, chain, groupby, islice
from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Sequence, Tuple

from ..module_utils._packing import State
from ._contract import BLOCKED, OPEN, relation_of
from ._observation import AS_EXPECTED, NO_DATA, UNEXPECTED_BLOCKED, UNEXPECTED_OPEN

Report = Mapping[str, Any]
Row = Mapping[str, Any]
Ranges = Iterable[Sequence[int]]


class Sign(NamedTuple):
    """What a sign of the matrix stands for."""

    expected: str
    observed: str
    status: str


SIGNS = {
    "o": Sign(OPEN, OPEN, AS_EXPECTED),
    "-": Sign(BLOCKED, BLOCKED, AS_EXPECTED),
    "X": Sign(OPEN, BLOCKED, UNEXPECTED_BLOCKED),
    "!": Sign(BLOCKED, OPEN, UNEXPECTED_OPEN),
    "?": Sign(OPEN, NO_DATA, NO_DATA),
    "~": Sign(BLOCKED, NO_DATA, NO_DATA),
}
NO_RECORD = "."
BROKEN = "X!"
GOOD = "o-"
UNKNOWN = "?~"


class BlockKey(NamedTuple):
    """Where a block of pairs is: the networks, the family, the relation, and the hosts of both ends."""

    network: str
    to_network: str | None
    family: str
    relation: str
    source_host: str
    target_host: str


@dataclass
class Block:
    """How many pairs from one host to another one are how, their round-trip times in µs, and their causes."""

    pairs: int = 0
    as_expected: int = 0
    unexpected: int = 0
    no_data: int = 0
    replied: int = 0
    rtt_sum: int = 0
    rtt_max: int = 0
    causes: dict[str, int] = field(default_factory=dict)


Part = Tuple[Block, int, int]  # positions of a row, from the first to before the end, that belong to one block


def expanded(ranges: Ranges) -> list[int]:
    """Return the numbers of ranges."""
    return list(chain.from_iterable(range(first, last + 1) for first, last in ranges))


def ranges_of(numbers: Iterable[int]) -> list[list[int]]:
    """Return ascending numbers as ranges, each its first and its last one."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def by_position(named: Mapping[str, Ranges]) -> dict[int, str]:
    """Return the name for each position, of ``causes`` or ``why`` of a row."""
    return {position: name for name, ranges in named.items() for position in expanded(ranges)}


def pairs_in(report: Report) -> Iterator[dict[str, Any]]:
    """Yield every pair of the report in full, in the order of its matrix, with the keys of its ``deviations``.

    For reports of few pairs: a million take some seconds.
    """
    open_ways = set(_open_ways(report))
    for block in report["matrix"]:
        for row in block["rows"]:
            yield from _pairs_of_row(report["endpoints"], block, row, open_ways)


def _pairs_of_row(
    endpoints: Sequence[Mapping[str, Any]], block: Mapping[str, Any], row: Row, open_ways: set[tuple[str, int, int]]
) -> Iterator[dict[str, Any]]:
    causes, reasons, losses = by_position(row["causes"]), by_position(row["why"]), dict(map(tuple, row["loss"]))
    source = endpoints[row["source"]]
    for position, target in enumerate(expanded(row["targets"])):
        sign, digit = row["signs"][position], row["states"][position]
        meaning, state = SIGNS[sign], None if digit == NO_RECORD else State(int(digit))
        yield {
            "network": block["network"],
            "to_network": block["to_network"],
            "family": block["family"],
            "source": source["id"],
            "target": endpoints[target]["id"],
            "relation": relation_of(source, endpoints[target]),
            "expected": meaning.expected,
            "observed": meaning.observed,
            "status": meaning.status,
            "state": None if state is None else state.name.lower(),
            "loss": _loss(meaning, state, losses.get(position, 0.0)),
            "rtt_ms": _milliseconds(row["rtt_us"], position) if state is State.REPLY else None,
            "why": reasons.get(position),
            "cause": causes.get(position),
            "one_way": sign == "X" and (block["family"], target, row["source"]) in open_ways,
        }


def _open_ways(report: Report) -> Iterator[tuple[str, int, int]]:
    for block in report["matrix"]:
        if block["to_network"] is None:
            for row in block["rows"]:
                for target, sign in zip(expanded(row["targets"]), row["signs"]):
                    if sign == "o":
                        yield block["family"], row["source"], target


def _loss(meaning: Sign, state: State | None, partial: float) -> float | None:
    if meaning.observed == NO_DATA:
        return None
    return partial if state is State.REPLY else 1.0


def _milliseconds(times: Mapping[str, Sequence[int]], position: int) -> dict[str, float]:
    return {name: times[name][position] / 1000 for name in ("min", "avg", "max")}


def blocks_in(report: Report) -> dict[BlockKey, Block]:
    """Count the pairs of a report by network, family, relation and the hosts of both ends, in the matrix's order.

    A million pairs take less than half a second: what is alike next to each other is counted together.
    """
    found: dict[BlockKey, Block] = {}
    last_alike = _last_alike(report["endpoints"])
    tallies: dict[str, _Tally] = {}
    for block in report["matrix"]:
        places: dict[tuple[str, str], dict[int, Block]] = {}
        for row in block["rows"]:
            source = report["endpoints"][row["source"]]
            mine = places.setdefault((source["host"], source["kind"]), {})
            segments = list(_segments(row["targets"], last_alike))
            for first, _start, _end in segments:
                if last_alike[first] not in mine:
                    key = _key(block, source, report["endpoints"][first])
                    mine[last_alike[first]] = found.setdefault(key, Block())
            parts = [(mine[last_alike[first]], start, end) for first, start, end in segments]
            _add_signs(parts, row["signs"], tallies)
            _add_times(parts, row["rtt_us"])
            _add_causes(parts, row["causes"])
    return found


class _Tally(NamedTuple):
    """How many of a few signs are how."""

    as_expected: int
    unexpected: int
    no_data: int
    replied: int


def _last_alike(endpoints: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return, for each endpoint, the last one of those next to it of the same host and kind."""
    found: list[int] = []
    for _place, group in groupby(endpoints, key=lambda end: (end["host"], end["kind"])):
        size = sum(1 for _end in group)
        found += [len(found) + size - 1] * size
    return found


def _segments(targets: Ranges, last_alike: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of a row with like targets: the first target, the first position, and that after the last."""
    start = 0
    for first, last in targets:
        while first <= last:
            stop = min(last_alike[first], last)
            end = start + stop - first + 1
            yield first, start, end
            start, first = end, stop + 1  # noqa: PLW2901 - the rest of the range


def _key(block: Mapping[str, Any], source: Mapping[str, Any], target: Mapping[str, Any]) -> BlockKey:
    relation = relation_of(source, target)
    return BlockKey(block["network"], block["to_network"], block["family"], relation, source["host"], target["host"])


def _add_signs(parts: Iterable[Part], signs: str, tallies: dict[str, _Tally]) -> None:
    """Count the signs. Few different texts occur, so ``tallies`` remembers what was counted in them."""
    for block, start, end in parts:
        text = signs[start:end]
        tally = tallies.get(text)
        if tally is None:
            tally = tallies[text] = _tally(text)
        block.pairs += end - start
        block.as_expected += tally.as_expected
        block.unexpected += tally.unexpected
        block.no_data += tally.no_data
        block.replied += tally.replied


def _tally(signs: str) -> _Tally:
    replied = [sign for sign, meaning in SIGNS.items() if meaning.observed == OPEN]
    return _Tally(*(sum(map(signs.count, group)) for group in (GOOD, BROKEN, UNKNOWN, replied)))


def _add_times(parts: Iterable[Part], times: Mapping[str, Sequence[int | None]] | None) -> None:
    if times is None:
        return
    sums = [0, *accumulate(time or 0 for time in times["avg"])]
    latest = [time or 0 for time in times["max"]]
    for block, start, end in parts:
        block.rtt_sum += sums[end] - sums[start]
        block.rtt_max = max(block.rtt_max, *latest[start:end])


def _add_causes(parts: Sequence[Part], causes: Mapping[str, Ranges]) -> None:
    ends = [end for _block, _start, end in parts]
    for name, ranges in causes.items():
        for first, last in ranges:
            for block, start, end in islice(parts, bisect_right(ends, first), bisect_right(ends, last) + 1):
                number = min(last + 1, end) - max(first, start)
                block.causes[name] = block.causes.get(name, 0) + number
