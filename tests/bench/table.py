# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of the rounds as Markdown tables. Pure: results in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from tests.bench.gaps import middle_and_worst

OURS = "dockerlan.fleet.network"
_COLUMNS = (
    "container",
    "changed by",
    "container silent, ms",
    "ratio",
    "old address silent, ms",
    "pings lost",
    "address",
    "alias",
    "MAC",
    "its own count, ms",
)


@dataclass(frozen=True)
class Result:
    """What one round showed of one container.

    ``silent`` (milliseconds) is None when the container was not heard any more, ``kept_alias`` when it had none,
    ``reported`` (milliseconds) when the tool says nothing about it.
    """

    change: str
    container: str
    tool: str
    silent: float | None
    lost: int
    kept_address: bool
    kept_alias: bool | None
    mac: str
    reported: float | None


_TWO_DIGITS = 10  # from here on more are no gain, and fewer would read as a power of ten


def tables(results: Sequence[Result]) -> str:
    """Return a table for each change, with a heading; a row for each container and tool, ordered as in ``results``."""
    changes = dict.fromkeys(one.change for one in results)
    return "\n\n".join(f"### {name}\n\n{_table([one for one in results if one.change == name])}" for name in changes)


def _table(results: Sequence[Result]) -> str:
    rows = dict.fromkeys((one.container, one.tool) for one in results)
    grouped = {row: [one for one in results if (one.container, one.tool) == row] for row in rows}
    in_order = [row for container in dict.fromkeys(name for name, _tool in rows) for row in rows if row[0] == container]
    lines = [_COLUMNS, tuple("---" for _column in _COLUMNS)]
    lines += [_row(grouped[row], grouped.get((row[0], OURS), [])) for row in in_order]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(rounds: Sequence[Result], ours: Sequence[Result]) -> tuple[str, ...]:
    """Fill a row: ``rounds`` are the results of one container and tool, ``ours`` those to compare them with."""
    silent = [one.silent for one in rounds]
    return (
        rounds[0].container,
        f"`{rounds[0].tool}`",
        _times(silent),
        ratio(silent, [one.silent for one in ours]),
        _times([one.silent if one.kept_address else None for one in rounds]),
        _lost(rounds),
        _verdict("kept" if one.kept_address else "**lost**" for one in rounds),
        _verdict({None: "-", True: "kept", False: "**lost**"}[one.kept_alias] for one in rounds),
        _verdict(one.mac for one in rounds),
        _times([one.reported for one in rounds], nothing="-"),
    )


def ratio(silent: Sequence[float | None], ours: Sequence[float | None]) -> str:
    """Compare the medians, to at least two digits: how many times as long as ours; a dash when one side has none."""
    theirs, base = middle_and_worst(silent), middle_and_worst(ours)
    if not (theirs and base and base[0]):
        return "-"
    found = theirs[0] / base[0]
    return f"{found:.0f}" if found >= _TWO_DIGITS else f"{found:.2g}"


def _times(values: Sequence[float | None], nothing: str = "for ever") -> str:
    """Show median and maximum, and how often there was none."""
    found = middle_and_worst(values)
    if found is None:
        return nothing
    missing = sum(value is None for value in values)
    return f"{found[0]:.0f} (max {found[1]:.0f})" + (f", {nothing} in {missing} of {len(values)}" if missing else "")


def _lost(rounds: Sequence[Result]) -> str:
    """Show the lost pings; who has lost its address loses all that come after."""
    return _times([one.lost if one.kept_address else None for one in rounds], nothing="all from then on")


def _verdict(words: Iterable[str]) -> str:
    """Say a word once when all rounds agree, else each with its count."""
    counts = [(word, len(list(same))) for word, same in groupby(sorted(words))]
    total = sum(count for _word, count in counts)
    return ", ".join(word if count == total else f"{word} in {count} of {total}" for word, count in counts)


def between_markers(text: str, name: str, content: str) -> str:
    """Replace what is between ``<!-- begin: NAME -->`` and ``<!-- end: NAME -->``; ValueError without these two."""
    begin, end = f"<!-- begin: {name} -->\n", f"<!-- end: {name} -->"
    head, _begin, rest = text.partition(begin)
    _old, closed, tail = rest.partition(end)
    if not closed:
        raise ValueError(f"there is no {begin.strip()} … {end}")
    return f"{head}{begin}{content}\n{end}{tail}"
