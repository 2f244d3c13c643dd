# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one definition of which pairs are probed, and in which order. PRIVATE to the collection.

Pure: hosts use it to probe, the controller uses it to read the records that come back without any names in them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

FAMILIES = ("ipv4", "ipv6")

Endpoint = Mapping[str, Any]


class Pair(NamedTuple):
    """One probe to make: the address family, and the ``index`` of the source's and of the target's endpoint."""

    family: str
    source: int
    target: int


def pairs_of(endpoints: Sequence[Endpoint], host: str) -> list[Pair]:
    """List the pairs whose source belongs to ``host``, in the order in which their records are packed.

    ``endpoints`` is the fleet's list from the result of ``mesh``. Address family, then source, then target, each in the
    order of ``endpoints``. A lost end takes part in every family that its network is known to use, so that it keeps its
    place without having an address.
    """
    used = _families_in_use(endpoints)
    return [pair for family in FAMILIES for pair in _pairs_in(endpoints, host, family, used)]


def _families_in_use(endpoints: Sequence[Endpoint]) -> set[tuple[str, str]]:
    """Tell the (network, family) in which any endpoint has an address; all families where nobody has one."""
    used = {(end["network"], family) for end in endpoints for family in FAMILIES if end.get(family)}
    known = {network for network, _family in used}
    silent = {end["network"] for end in endpoints} - known
    return used | {(network, family) for network in silent for family in FAMILIES}


def _pairs_in(endpoints: Sequence[Endpoint], host: str, family: str, used: set[tuple[str, str]]) -> Iterator[Pair]:
    """Yield the pairs of one address family."""
    members: dict[str, list[Endpoint]] = defaultdict(list)
    for end in endpoints:
        if end.get(family) or (end.get("lost") and (end["network"], family) in used):
            members[end["network"]].append(end)
    taking_part = {end["index"] for ends in members.values() for end in ends}
    for source in endpoints:
        if source["host"] == host and source["index"] in taking_part:
            for target in members[source["network"]]:
                if target["index"] != source["index"]:
                    yield Pair(family, source["index"], target["index"])
