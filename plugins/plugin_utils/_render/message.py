# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as the message of a failed task: numbers, causes, cures, one-way pairs, checks, lost hosts."""

from __future__ import annotations

from typing import Any, Mapping

from .._words import few
from ._checks import SHOWN, failed, told, undecided
from ._one_way import directions
from ._sentences import headline, scope_of
from ._text import safe


def render(report: Mapping[str, Any]) -> str:
    """Return a sentence and a list, one cause, direction, check without a cause or data, or lost host per line."""
    lines = [f"Reachability: {report['verdict']}: {headline(report)}."]
    for cause in report["causes"]:
        evidence = "".join(f" {line}." for line in cause["evidence"])
        lines.append(f"- {cause['title']} ({scope_of(cause)}). {cause['explanation']}{evidence} {cause['cure']}.")
    lines += [f"- One way only: {line}" for line in few(directions(report["one_way"]), SHOWN)]
    unexplained = [check for check in failed(report["checks"]) if check["cause"] is None]
    for title, group in (("Failed check", unexplained), ("Check without data", undecided(report["checks"]))):
        lines += [f"- {title}: {kind}: {story}" if kind else f"- {story}" for kind, story in told(group)]
    lines += [
        f"- Lost: {host['name']} ({host['reason']}): {host['detail'] or 'no message'}"
        for host in report["hosts"]
        if host["lost"]
    ]
    return "\n".join(safe(line) for line in lines)
