# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a network mode shows beside pairs: the checks of the kind ``mode``, also those that passed. PRIVATE."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, NamedTuple

from .._checks import MODE, PASSED
from .._words import named
from ._text import coloured, wrap

Check = Mapping[str, Any]

_LINES = 20
_HOSTS = 5
_SIGNS = {True: ("ok", "good"), False: ("FAIL", "bad")}
_INDENT = 9


class Shown(NamedTuple):
    """One thing that was seen, whether it is as it must be, and on which hosts; "" for all of them."""

    passed: bool
    hosts: str
    detail: str

    def __str__(self) -> str:
        return f"{self.hosts}: {self.detail}" if self.hosts else self.detail


def shown_on(network: str, checks: Iterable[Check]) -> list[Shown]:
    """Return what was seen on a network, what failed first; what is the same on several hosts is one."""
    found: dict[tuple[bool, str], list[str]] = {}
    for check in checks:
        if check["kind"] == MODE and check["network"] == network:
            hosts = found.setdefault((check["status"] == PASSED, check["detail"]), [])
            hosts += [check["host"]] if check["host"] else []
    seen = [Shown(passed, named(hosts, _HOSTS), detail) for (passed, detail), hosts in found.items()]
    return sorted(seen, key=lambda one: one.passed)


def shown_lines(network: str, checks: Iterable[Check], *, colour: bool) -> Iterator[str]:
    """Yield what was seen on a network for a terminal, after an empty line; of very much only the first lines."""
    seen = shown_on(network, checks)
    yield from [""] if seen else []
    for one in seen[:_LINES]:
        sign, meaning = _SIGNS[one.passed]
        first, *rest = wrap(str(one), _INDENT)
        yield "   " + coloured(sign, meaning, colour=colour) + " " * (_INDENT - 3 - len(sign)) + first[_INDENT:]
        yield from rest
    left_out = seen[_LINES:]
    if left_out:
        bad = sum(not one.passed for one in left_out)
        yield " " * _INDENT + f"and {len(left_out)} more{f', {bad} of them FAIL' if bad else ''}"
