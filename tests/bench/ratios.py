# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the measured ways to probe, as Markdown. Pure: seconds in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_COLUMNS = ("way", "seconds", "ratio", "pairs that replied")
_MANY = 10  # from here on more digits are no gain


@dataclass(frozen=True)
class Row:
    """One way: what it is called, the seconds of each round, and how many pairs replied in each; the first is ours."""

    way: str
    seconds: Sequence[float]
    replied: Sequence[int]


def table(rows: Sequence[Row]) -> str:
    """Compare rows with the first one, by their medians."""
    lines = [_COLUMNS, tuple("---" for _column in _COLUMNS), *(_cells(row, rows[0]) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ratio(seconds: float, base: float) -> str:
    """Say how many times as long one thing takes as another."""
    found = seconds / base
    return f"{found:,.0f}" if found >= _MANY else f"{found:.1f}"


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Show the median, and how far the values are apart."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _cells(row: Row, ours: Row) -> tuple[str, ...]:
    replied = f"{min(row.replied):,}" if len(set(row.replied)) == 1 else f"{min(row.replied):,} to {max(row.replied):,}"
    return row.way, spread(row.seconds), ratio(median(row.seconds), median(ours.seconds)), replied
