# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JSON: one line per host, endpoint, relation, matrix row, deviation, check and cause.

So two reports can be compared line by line, and of a million pairs no more than a row is encoded at a time.
"""

from __future__ import annotations

from json import JSONEncoder
from typing import Any, Iterable, Iterator, Mapping

_encode = JSONEncoder().encode
_encode_row = JSONEncoder(separators=(",", ":")).encode  # rows are most of the file


def render(report: Mapping[str, Any]) -> str:
    """Return the report as a JSON document in the order of docs/interfaces.md, that ends with a line break."""
    return "".join(_document(report))


def _document(report: Mapping[str, Any]) -> Iterator[str]:
    for number, (key, value) in enumerate(report.items()):
        yield f"{',' if number else '{'}\n  {_encode(key)}: "
        yield from _member(key, value)
    yield "\n}\n"


def _member(key: str, value: Any) -> Iterator[str]:
    if key == "matrix":
        yield from _bracketed("[]", map(_block, value), 2)
    elif isinstance(value, list):
        yield from _bracketed("[]", ([_encode(item)] for item in value), 2)
    elif key == "changes" and value is not None:
        yield from _bracketed("{}", ([f"{_encode(name)}: {_encode(item)}"] for name, item in value.items()), 2)
    else:
        yield _encode(value)


def _block(block: Mapping[str, Any]) -> Iterator[str]:
    for number, (key, value) in enumerate(block.items()):
        yield f"{', ' if number else '{'}{_encode(key)}: "
        if key == "rows":
            yield from _bracketed("[]", ([_encode_row(row)] for row in value), 4)
        else:
            yield _encode(value)
    yield "}"


def _bracketed(brackets: str, items: Iterable[Iterable[str]], indent: int) -> Iterator[str]:
    """Yield items, each in pieces, one a line within brackets; the closing one is indented by so many blanks."""
    blank = "\n" + " " * indent
    yield brackets[0]
    empty = True
    for item in items:
        yield f"{'' if empty else ','}{blank}  "
        yield from item
        empty = False
    yield brackets[1] if empty else f"{blank}{brackets[1]}"
