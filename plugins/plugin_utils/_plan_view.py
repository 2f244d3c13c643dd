# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as a user sees it: a table of lines, and a diff per host. PRIVATE to the collection."""

from __future__ import annotations

import json
from typing import Any, Mapping, Sequence

from ._host_plan import CHANGES, LEAVE, PRUNE, Action, HostPlan

# What every network has and no declaration speaks of.
_UNSAID = ("id", "attachable", "other")


def summary_of(plans: Mapping[str, HostPlan]) -> list[str]:
    """Return a table: a line per host and network, and below it what a change consists of and whom it interrupts."""
    actions = [(host, action) for host, plan in plans.items() for action in plan.actions]
    lines = aligned([[host, action.action, action.network, _kind(action), _slices(action)] for host, action in actions])
    return [line for head, (_host, action) in zip(lines, actions) for line in [head, *_details(action)]]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines whose columns stand under each other."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def diff_of(plans: Mapping[str, HostPlan]) -> list[dict[str, str]]:
    """Return the networks of the LANs before and after, for each host where something will change."""
    found = []
    for host, plan in plans.items():
        changes = [action for action in plan.actions if action.action in CHANGES]
        before = _text({action.network: action.live for action in changes if action.live})
        after = _text({action.network: action.spec for action in changes if action.spec})
        if changes:
            header = f"networks of {host}"
            found.append({"before_header": header, "after_header": header, "before": before, "after": after})
    return found


def _kind(action: Action) -> str:
    network = action.spec or action.live
    if network is None:
        return ""
    driver, options = network["driver"], network["options"]
    mode = options.get(f"{driver}_mode") or ""
    what = " ".join(part for part in (driver, mode, "on", options.get("parent", "no parent")) if part)
    return f"{what}, internal" if network["internal"] else what


def _slices(action: Action) -> str:
    if action.slices:
        return ", ".join(action.slices)
    return ", ".join(str(pool.get("ip_range") or pool["subnet"]) for pool in (action.live or {}).get("ipam") or [])


def _details(action: Action) -> list[str]:
    lines = [f"{item['field']}: {_said(item['live'])} -> {_said(item['wanted'])}" for item in action.differences]
    if action.containers:
        lines.append(f"interrupts {', '.join(action.containers)}")
    if action.action == LEAVE:
        lines.append(f"not declared any more; {PRUNE} removes it")
    if action.recovers:
        lines.append("a change was broken off here: it is finished or undone first")
    return [f"    {line}" for line in lines]


def _said(value: Any) -> str:
    return "not set" if value is None else json.dumps(value)


def _text(networks: Mapping[str, Mapping[str, Any]]) -> str:
    if not networks:
        return ""
    shown = {
        name: {key: value for key, value in network.items() if key not in _UNSAID or (key != "id" and value)}
        for name, network in networks.items()
    }
    return json.dumps(shown, indent=2, sort_keys=True) + "\n"
