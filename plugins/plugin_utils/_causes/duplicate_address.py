# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An address that two devices have. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ...module_utils._packing import State
from .._case import Case, Finding, Left, at
from .._contract import is_shared, kind_of
from .._observation import UNEXPECTED_BLOCKED, Observation
from .._words import few, named

Endpoint = Mapping[str, Any]

_SHOWN = 5


class _Holder(NamedTuple):
    """Another holder of an endpoint's address: in words, and its host if it is one of the fleet."""

    words: str
    host: str


def duplicate_addresses(case: Case, left: Left) -> Iterator[Finding]:
    """Find endpoints whose address another device has too.

    That is another endpoint of the mesh, or whoever answered on the wire, or to a ping, with another MAC address than
    the endpoint has. Where a network ends at its host, all hosts may have the same addresses.
    """
    impostors = _impostors(case, left)
    seen: dict[tuple[int, str], Endpoint] = {
        (end["index"], item.family): end
        for item in left.pairs
        if item.status == UNEXPECTED_BLOCKED
        for end in item.ends
        if end[item.family] and is_shared(kind_of(case.networks[end["network"]]))
    }
    for (index, family), end in seen.items():
        others = [*_in_mesh(case, end, family), *_on_wire(case, end, family, impostors.get((index, family), {}))]
        if others:
            yield _finding(case, left, end, family, others)


def _finding(case: Case, left: Left, end: Endpoint, family: str, others: Sequence[_Holder]) -> Finding:
    hosts = case.in_order({end["host"], *(other.host for other in others)})
    mine = named(end["macs"]) or "unknown"
    return Finding(
        "duplicate_address",
        hosts,
        "An address is in use twice",
        "Two devices on the LAN have the same address. Whoever wants to reach it reaches the one whose answer came "
        "last, and what the other one sends is answered to the wrong place.",
        "Take the address from one of the two. A device that is not of the fleet must have an address outside of the "
        "range that the fleet may hand out, or its address must be listed under reserved",
        [item for item in left.pairs if _explains(item, end["index"], family)],
        [check for check in left.checks if check.family == family and end in (check.source, check.target)],
        few([f"{at(end, family)} has the MAC address {mine}; {other.words}" for other in others], _SHOWN),
    )


def _explains(item: Observation, index: int, family: str) -> bool:
    return (
        item.status == UNEXPECTED_BLOCKED and item.family == family and any(one["index"] == index for one in item.ends)
    )


def _in_mesh(case: Case, end: Endpoint, family: str) -> Iterator[_Holder]:
    for other in case.holders.get((end["network"], end[family]), ()):
        if other["index"] != end["index"]:
            mac = named(other["macs"]) or "an unknown one"
            yield _Holder(f"{other['id']} has the same address and {mac}", other["host"])


def _on_wire(case: Case, end: Endpoint, family: str, impostors: Mapping[str, str]) -> Iterator[_Holder]:
    """Yield who answers for an address with a MAC address that is not the endpoint's. Unknown ones prove nothing."""
    twins = {mac for other in case.holders.get((end["network"], end[family]), ()) for mac in other["macs"]}
    if not end["macs"]:
        return
    answers = {mac: named(hosts) for mac, hosts in case.macs_on_wire(end["network"], end[family]).items()}
    for mac, askers in {**impostors, **answers}.items():
        if mac not in twins:
            owner = _owner(case, mac)
            who = f"so does {owner}, with {mac}" if owner else f"a device that is not of this fleet has {mac}"
            yield _Holder(f"{who}, seen from {askers}", owner)


def _owner(case: Case, mac: str) -> str:
    """Return the host of the fleet that has the MAC address, or has a container with it; "" for a stranger."""
    return next((end["host"] for end in case.endpoints if mac in end["macs"]), "")


def _impostors(case: Case, left: Left) -> dict[tuple[int, str], dict[str, str]]:
    """Return by target and family the MAC addresses that replied in its place, each with a host that saw it."""
    found: dict[tuple[int, str], dict[str, str]] = {}
    for item in left.pairs:
        if item.state is State.IMPOSTOR:
            mac = case.evidence.mac_seen(item.key) or "another MAC address"
            found.setdefault((item.target["index"], item.family), {})[mac] = item.source["host"]
    return found
