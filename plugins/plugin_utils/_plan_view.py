# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as a user sees it: a table of lines, and a diff per host. PRIVATE to the collection."""

from __future__ import annotations

import json
from typing import Any, Mapping, Sequence

from ._facts import Facts, live_network
from ._lans import Lan


def summary_of(lans: Sequence[Lan], hosts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return one line per host and LAN, aligned: host, action, network, what it is, its slices."""
    modes = {lan.name: lan.mode for lan in lans}
    rows = [
        [host, action["action"], spec["name"], _kind(spec, modes), ", ".join(action["slices"])]
        for host, planned in hosts.items()
        for spec, action in zip(planned["networks"], planned["actions"])
    ]
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines whose columns stand under each other."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _kind(spec: Mapping[str, Any], modes: Mapping[str, str]) -> str:
    internal = ", internal" if spec["internal"] else ""
    return f"{spec['driver']} {modes[spec['name']]} on {spec['options']['parent']}{internal}"


def diff_of(hosts: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Facts]) -> list[dict[str, str]]:
    """Return the networks of the LANs before and after, for each host where something will be created."""
    found = []
    for host, planned in hosts.items():
        if not any(action["action"] == "create" for action in planned["actions"]):
            continue
        names = [spec["name"] for spec in planned["networks"]]
        live = [network for network in (live_network(facts[host], name) for name in names) if network is not None]
        before = [{key: value for key, value in network.items() if key != "id"} for network in live]
        found.append(_diff(f"networks of {host}", _text(before), _text(planned["networks"])))
    return found


def _diff(header: str, before: str, after: str) -> dict[str, str]:
    return {"before_header": header, "after_header": header, "before": before, "after": after}


def _text(networks: Sequence[Mapping[str, Any]]) -> str:
    if not networks:
        return ""
    return json.dumps({network["name"]: network for network in networks}, indent=2, sort_keys=True) + "\n"
