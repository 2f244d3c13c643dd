# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report on a terminal of 80 columns, readable without colour: verdict, changes, matrices, relations, causes."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

from .._words import named
from ._changes import changes_since
from ._checks import failed, gathered, passed, told, undecided
from ._networks import networks
from ._one_way import one_way_pairs
from ._overview import overview
from ._sentences import headline, lost_together, scope_of
from ._text import coloured, heading, wrap

Report = Mapping[str, Any]

_MEANING = {"pass": "good", "fail": "bad", "incomplete": "unknown"}
_DETAIL_MAX = 300
_KIND = 9  # columns of a check's kind, of a longer one as many as it needs
_MESSAGES_SHOWN = 10
_NAMES_SHOWN = 100
_TOPOLOGY = {
    "hosts": "between two hosts only endpoints with the same number were probed, and each host with the first "
    "container of every other one",
    "ring": "each host was probed with the next {neighbours} on a ring of hosts only, and in a host each endpoint with "
    "the next one",
}


def render(report: Report, *, colour: bool = False) -> str:
    """Return the report as text that ends with a line break."""
    lines = [
        *_verdict(report, colour=colour),
        *changes_since(report["changes"], colour=colour),
        *_topology(report["topology"]),
        *networks(report, colour=colour),
        *overview(report, colour=colour),
        *one_way_pairs(report["one_way"], colour=colour),
        *_checks(report, colour=colour),
        *_silent_hosts(report, colour=colour),
        *_causes(report, colour=colour),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _verdict(report: Mapping[str, Any], *, colour: bool) -> list[str]:
    verdict = str(report["verdict"])
    head, *rest = wrap(headline(report), len(verdict) + 2)
    return [coloured(f"{verdict.upper()}:", _MEANING[verdict], colour=colour) + head[len(verdict) + 1 :], *rest]


def _topology(topology: Mapping[str, Any] | None) -> list[str]:
    """Say what was left out, and why, where not every pair was probed."""
    text = _TOPOLOGY.get(topology["kind"]) if topology else None
    if not topology or text is None:
        return []
    asked = "as it was asked for"
    if topology["asked"] == "auto":
        asked = f"because all pairs would be more than the limit of {topology['limit']}"
    left_out = text.format(neighbours=topology["neighbours"])
    return ["", *wrap(f"Not every pair was probed (topology {topology['kind']}): {left_out}, {asked}.", 0)]


def _checks(report: Report, *, colour: bool) -> Iterator[str]:
    good = passed(report["checks"])
    yield from ("", f"Checks passed: {good}") if good else ()
    for title, group in (("Failed checks", failed), ("Checks without data", undecided)):
        found = gathered(group(report["checks"]))
        yield from ("", heading(title, colour=colour), "") if found else ()
        yield from _listed(told(found))


def _listed(checks: Sequence[tuple[str, str]]) -> Iterator[str]:
    indent = max([_KIND, *(len(kind) for kind, _story in checks)]) + 5
    for kind, story in checks:
        yield from wrap(story, indent, f"   {kind}")


def _silent_hosts(report: Report, *, colour: bool) -> Iterator[str]:
    """Yield the hosts that brought no data, those with the same message together; of very many only the names."""
    groups = lost_together(report["hosts"])
    yield from ("", heading("Hosts without data", colour=colour), "") if groups else ()
    for (reason, detail), names in list(groups.items())[:_MESSAGES_SHOWN]:
        text = f"{named(names, _NAMES_SHOWN)}: {reason}"
        yield from wrap(f"{text}: {detail[:_DETAIL_MAX]}" if detail else text, 5, "   -")
    rest = [name for names in list(groups.values())[_MESSAGES_SHOWN:] for name in names]
    yield from wrap(f"and {named(rest, _NAMES_SHOWN)}", 5, "   -") if rest else ()


def _causes(report: Report, *, colour: bool) -> Iterator[str]:
    yield from ("", heading("Causes", colour=colour)) if report["causes"] else ()
    for number, cause in enumerate(report["causes"], 1):
        yield from ("", *wrap(f"{cause['title']}: {scope_of(cause)}", 5, f" {number:>2}"))
        yield from wrap(cause["explanation"], 5)
        for line in cause["evidence"]:
            yield from wrap(line, 7, "     -")
        yield from wrap(f"Cure: {cause['cure']}.", 5)
