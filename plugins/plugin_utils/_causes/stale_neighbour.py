# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry in a neighbour table that points to a MAC address which nobody has any more. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple

from .._case import Case, Finding, Left
from .._observation import UNEXPECTED_BLOCKED, Observation
from .._words import few, named

_SHOWN = 5


class _Entry(NamedTuple):
    """A wrong entry of ``source``: ``mac`` and ``state`` are the table's."""

    source: Mapping[str, Any]
    target: Mapping[str, Any]
    family: str
    mac: str
    state: str


def stale(case: Case, left: Left) -> Iterator[Finding]:
    """Find wrong entries while the right MAC address answers on the wire."""
    yield from _found(case, left, proven=True)


def probably_stale(case: Case, left: Left) -> Iterator[Finding]:
    """Find wrong entries where nobody answered on the wire, or nobody asked: within a host the parent hears nobody."""
    yield from _found(case, left, proven=False)


def _found(case: Case, left: Left, *, proven: bool) -> Iterator[Finding]:
    entries = [entry for item in left.pairs for entry in _entries(case, item, proven=proven)]
    hosts = case.in_order({entry.source["host"] for entry in entries})
    if not hosts:
        return
    keys = {(entry.source["index"], entry.target["index"], entry.family) for entry in entries}
    yield Finding(
        "stale_neighbour",
        hosts,
        "A neighbour entry is out of date",
        f"{named(list(dict.fromkeys(entry.source['id'] for entry in entries)))} still sends to a MAC address that the "
        "target does not have, and for which nobody on the LAN answers: the kernel keeps such an entry until it is "
        "proven wrong, and for ever when it was set by hand.",
        "On the host of the sender, in its network namespace (nsenter --target PID --net), `ip neigh flush to "
        "ADDRESS`, or `ip neigh del ADDRESS dev LINK` for a permanent entry",
        [item for item in left.pairs if _explains(item, keys)],
        evidence=few([_line(entry) for entry in entries], _SHOWN),
    )


def _entries(case: Case, item: Observation, *, proven: bool) -> Iterator[_Entry]:
    if item.status != UNEXPECTED_BLOCKED or not item.target["macs"]:
        return
    mac, entry = case.evidence.mac_seen(item.key), case.evidence.neighbours.get(item.key)
    if mac is None or entry is None or mac in item.target["macs"]:
        return
    answering = case.macs_on_wire(item.target["network"], item.target[item.family])
    if mac not in answering and (not proven or any(right in answering for right in item.target["macs"])):
        yield _Entry(item.source, item.target, item.family, mac, entry.state)


def _explains(item: Observation, keys: set[tuple[Any, ...]]) -> bool:
    """Tell whether requests, or the answers to requests from the other side, go by a wrong entry."""
    source, target, family = item.key
    return item.status == UNEXPECTED_BLOCKED and ((source, target, family) in keys or (target, source, family) in keys)


def _line(entry: _Entry) -> str:
    right = named(entry.target["macs"])
    address = entry.target[entry.family]
    return f"{entry.source['id']} has {entry.mac} for {address} ({entry.state}); {entry.target['id']} has {right}"
