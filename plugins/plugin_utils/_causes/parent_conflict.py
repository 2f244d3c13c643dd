# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two networks that cannot share one parent link. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .._case import Case, Finding, Left
from .._facts import FAILED
from .._observation import NO_DATA, Observation
from .._words import few, named
from .lost_hosts import explains

_SHOWN = 5
# How the engine and the kernel say it: moby's drivers/{ipvlan,macvlan} when a network is made or a container started.
_BUSY = ("device or resource busy", "is already using parent interface")


def parent_conflicts(case: Case, left: Left) -> Iterator[Finding]:
    """Find the hosts that were lost to such a conflict, and those on which a LAN has one and cannot be probed."""
    lost = {host["name"] for host in case.hosts if host["lost"] and host["reason"] == FAILED and _is_told(host)}
    at = {(row["network"], host["name"]) for host in case.hosts if not host["lost"] for row in host["conflicts"]}
    if not lost and not at:
        return
    pairs = [item for item in left.pairs if explains(item, lost, went_down=False) or _is_idle(item, at)]
    hosts = case.in_order({end["host"] for item in pairs for end in item.ends if _is_at(end, lost, at)})
    if not hosts:
        return
    rows = [host for host in case.hosts if host["name"] in hosts]
    yield Finding(
        "parent_conflict",
        hosts,
        "Two networks cannot share a parent",
        f"On {named(hosts)} the parent of the LAN is taken by another network. A link can be the parent of links of "
        "one driver only, of one ipvlan network, and of none at all while it is a port of a bridge or bond. Docker "
        "makes both networks without a word; the containers on the second one do not start.",
        "Remove one of the two networks, or give it a parent of its own, such as a VLAN on the same link (eth0.20)",
        pairs,
        evidence=few([line for host in rows for line in _lines(host)], _SHOWN),
    )


def _is_told(host: Mapping[str, Any]) -> bool:
    return bool(host["conflicts"]) or any(words in str(host["detail"]).lower() for words in _BUSY)


def _is_idle(item: Observation, at: set[tuple[str, str]]) -> bool:
    """Tell whether a pair has no data and its own end is on a network that has a conflict there."""
    return item.status == NO_DATA and (item.source["network"], item.source["host"]) in at


def _is_at(end: Mapping[str, Any], lost: set[str], at: set[tuple[str, str]]) -> bool:
    return end["host"] in lost or (end["network"], end["host"]) in at


def _lines(host: Mapping[str, Any]) -> Iterator[str]:
    for row in host["conflicts"]:
        other = f"the {row['driver']} network {row['other']}"
        yield f"{host['name']}: {row['parent']}, the parent of {row['network']}, is that of {other} too"
    if not host["conflicts"]:
        yield f"{host['name']}: {host['detail']}"
