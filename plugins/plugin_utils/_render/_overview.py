# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All networks of a report of network modes in a line each, where their matrices fill many screens. PRIVATE."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple

from .._checks import MODE, PASSED
from ._kinds import kind_words
from ._text import coloured, heading, pad

Report = Mapping[str, Any]

_NAME, _KIND = 22, 29
_SIGNS = {"good": "ok", "bad": "FAIL", "unknown": "?"}


class Line(NamedTuple):
    """One network: its pairs, with those from it to other networks, and what it shows beside them."""

    pairs: int
    as_expected: int
    unexpected: int
    shown: int
    failed: int

    @property
    def meaning(self) -> str:
        """Return whether all is as it must be: good, bad, or unknown where data is missing."""
        if self.unexpected or self.failed:
            return "bad"
        return "good" if self.as_expected == self.pairs else "unknown"


def overview(report: Report, *, colour: bool) -> Iterator[str]:
    """Yield a line for each network, where any shows something beside pairs."""
    if all(check["kind"] != MODE for check in report["checks"]):
        return
    yield from ("", heading("All networks", colour=colour), "")
    yield f"   {'':<6}{pad('network', _NAME)}{pad('', _KIND)}{'pairs':>9}{'checks':>9}".rstrip()
    for network in report["networks"]:
        line = line_of(report, str(network["name"]))
        sign = _SIGNS[line.meaning]
        counts = f"{line.as_expected}/{line.pairs}", f"{line.shown - line.failed}/{line.shown}" if line.shown else "-"
        left = f"{pad(network['name'], _NAME - 1)} {pad(kind_words(network), _KIND)}"
        yield f"   {coloured(sign, line.meaning, colour=colour)}{' ' * (6 - len(sign))}{left}" + "".join(
            f"{count:>9}" for count in counts
        )


def line_of(report: Report, network: str) -> Line:
    """Count the pairs whose source is on a network, and what it shows beside them."""
    groups = [group for group in report["relations"] if group["network"] == network]
    checks = [check for check in report["checks"] if check["kind"] == MODE and check["network"] == network]
    pairs, as_expected, unexpected = (sum(row[key] for row in groups) for key in ("pairs", "as_expected", "unexpected"))
    return Line(pairs, as_expected, unexpected, len(checks), sum(check["status"] != PASSED for check in checks))
