# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of a report in words: how many passed, and each one that did not. PRIVATE to the collection."""

from __future__ import annotations

from collections import Counter
from typing import Any, Mapping, Sequence

from .._checks import FAILED, PASSED
from .._observation import NO_DATA
from .._words import few, ip_version, named

Check = Mapping[str, Any]

SHOWN = 10
_SOURCES = 5
_ALIKE = ("kind", "network", "family", "target", "detail")


def failed(checks: Sequence[Check]) -> list[Check]:
    """Return the checks that failed."""
    return [check for check in checks if check["status"] == FAILED]


def undecided(checks: Sequence[Check]) -> list[Check]:
    """Return the checks without data."""
    return [check for check in checks if check["status"] == NO_DATA]


def passed(checks: Sequence[Check]) -> str:
    """Return how many of each kind passed, such as ``gateway 6, path_mtu 3``; "" when none did."""
    counts = Counter(check["kind"] for check in checks if check["status"] == PASSED)
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())


def told(checks: Sequence[Check], shown: int = SHOWN) -> list[tuple[str, str]]:
    """Return the kind and the story of each check, at most ``shown``, and then how many there are more."""
    lines = [(str(check["kind"]), _story(check)) for check in checks]
    rest = few([str(number) for number in range(len(lines))], shown)[shown:]
    return [*lines[:shown], *(("", text) for text in rest)]


def gathered(checks: Sequence[Check]) -> list[Check]:
    """Return the checks, those that differ in nothing but host, source and cause as one of all their sources."""
    groups: dict[tuple[Any, ...], list[Check]] = {}
    for check in checks:
        groups.setdefault(tuple(check[key] for key in _ALIKE), []).append(check)
    return [_of_all(group) for group in groups.values()]


def _of_all(checks: Sequence[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]
    sources = dict.fromkeys(check["source"] or check["host"] for check in checks)
    return {**checks[0], "source": named(list(sources), _SOURCES)}


def _story(check: Check) -> str:
    ends = " -> ".join(end for end in (check["source"], check["target"]) if end) or check["host"]
    place = ", ".join(part for part in (check["network"], check["family"] and ip_version(check["family"])) if part)
    where = f"{ends} ({place})" if ends and place else ends or place
    return f"{where}: {check['detail']}" if where else str(check["detail"])
