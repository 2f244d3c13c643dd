# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is different from the last run, or from a baseline, in few lines. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from .._words import ip_version, lan, named
from ._text import coloured, heading, wrap

_SHOWN = 3
_NAMES_SHOWN = 5
_NAME = 16

Changes = Mapping[str, Any]


class _Kind(NamedTuple):
    """A kind of change: its key in the report, its name, its sign and the meaning of its colour."""

    key: str
    name: str
    sign: str
    meaning: str


_PAIRS = (
    _Kind("newly_broken", "newly broken", "X", "bad"),
    _Kind("still_broken", "still broken", "x", "unknown"),
    _Kind("healed", "healed", "o", "good"),
)
_ENDPOINTS = (
    _Kind("endpoints_come", "new endpoints", "+", "good"),
    _Kind("endpoints_gone", "endpoints gone", "-", "unknown"),
)


def changes_since(changes: Changes | None, *, colour: bool) -> Iterator[str]:
    """Yield how many pairs and endpoints changed, and some of them as examples; nothing without a last run."""
    if changes is None:
        return
    rows = [(kind, changes[kind.key], _examples(changes, kind)) for kind in _PAIRS if changes[kind.key]]
    ends = [(kind, changes[kind.key]) for kind in _ENDPOINTS if changes[kind.key]]
    rows += [(kind, len(names), [named(names, _NAMES_SHOWN)]) for kind, names in ends]
    title = f"Since {'the baseline' if changes['baseline'] else 'the last run'} ({changes['since']})"
    yield from ("", heading(title if rows else f"{title}: no pair broke or healed", colour=colour))
    yield from [""] if rows else []
    digits = max((len(str(number)) for _kind, number, _lines in rows), default=0)
    for kind, number, lines in rows:
        yield from _row(kind, f"{number:>{digits}}", lines, colour=colour)


def _examples(changes: Changes, kind: _Kind) -> list[str]:
    lines = [_pair(row) for row in changes["examples"][kind.key][:_SHOWN]]
    left_out = changes[kind.key] - len(lines)
    return [*lines[:-1], f"{lines[-1]} and {left_out} more"] if lines and left_out else lines


def _pair(row: Mapping[str, Any]) -> str:
    place = f"{lan(row['network'], row['to_network'])}, {ip_version(row['family'])}"
    return f"{row['source']} -> {row['target']} ({place})"


def _row(kind: _Kind, number: str, lines: Sequence[str], *, colour: bool) -> Iterator[str]:
    """Yield the number of a kind, its sign in colour, and the lines beside it."""
    indent = 5 + _NAME + len(number) + 2
    first, *rest = [part for line in lines or [""] for part in wrap(line, indent)]
    left = f" {kind.name:<{_NAME}}{number}"
    yield "   " + coloured(kind.sign, kind.meaning, colour=colour) + left + first[indent - 2 :]
    yield from rest
