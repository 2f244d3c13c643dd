# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pairs of which only one way is broken, by hosts. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

from .._words import counted, few, ip_version, named
from ._text import heading, wrap

_SHOWN = 10
_NAMES_SHOWN = 5
_MEANING = (
    "A ping needs both ways, so frames pass both ways here, and what differs is who asks: look for a firewall that "
    "lets answers in but no questions, on the target or on its host, or one that lets no questions out of the source."
)

Rows = Sequence[Mapping[str, Any]]


def one_way_pairs(rows: Rows, *, colour: bool) -> Iterator[str]:
    """Yield the hosts of the report's ``one_way``, with an example each, and what that means."""
    if not rows:
        return
    total = sum(row["pairs"] for row in rows)
    yield from (
        "",
        heading(f"One way only: {counted(total, 'pair')} blocked, while the way back is open", colour=colour),
    )
    yield ""
    for line in few(directions(rows), _SHOWN):
        yield from wrap(line, 5, "   -")
    yield from ("", *wrap(_MEANING, 3))


def directions(rows: Rows) -> list[str]:
    """Return a line for each target and network, or for each source when those are fewer: ends, pairs, an example."""
    ends = ("source", "target")
    common = min(reversed(ends), key=lambda end: len({row[end] for row in rows}))
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["network"], row[common]), []).append(row)
    return [_line(group) for group in groups.values()]


def _line(rows: Rows) -> str:
    """Say who does not reach whom: of these rows the sources or the targets are the same."""
    source, target = (
        named(list(dict.fromkeys(row[end] for row in rows)), _NAMES_SHOWN) for end in ("source", "target")
    )
    families = named(list(dict.fromkeys(ip_version(row["family"]) for row in rows)))
    pairs = counted(sum(row["pairs"] for row in rows), "pair")
    example = rows[0]["example"]
    place = f"{pairs} in {rows[0]['network']}, {families}"
    return f"{source} -> {target}: {place}, such as {example['source']} -> {example['target']}"
