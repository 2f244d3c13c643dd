# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether packets of a network's full size get from a host to each other one. PRIVATE to the collection.

A link with a smaller MTU on the way lets every small ping through, and loses what is large.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Job, Outcome, Pace, probe
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import Observed
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import Share
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import Ways, open_in

# What precedes the payload of an echo request: IPv4 header without options (RFC 791) or IPv6 header (RFC 8200), ICMP's.
_HEADER_BYTES = {"ipv4": 20 + 8, "ipv6": 40 + 8}
_LEAST_BYTES = 1280  # of IPv6 (RFC 8200, 5); a network with less has other worries
_LEAST_PROBES, _INTERVAL_SECONDS = 2, 0.05  # one may be lost by chance
_BLOCKED = frozenset({State.LOST, State.UNREACHABLE, State.TOO_BIG})


class Size(NamedTuple):
    """What is sent: bytes of the whole packet, and bytes of payload in it."""

    packet: int
    payload: int


def probe_path_mtu(observed: Observed, ways: Ways, pace: Pace) -> dict[str, Any]:
    """Send a packet of the network's MTU that must not be fragmented to one endpoint of each host.

    Only between ends whose small packets get through; returns ``path_mtu`` of docs/interfaces.md. Sources whose
    namespace is gone meanwhile are left out.
    """
    share = observed.share
    results: dict[Pair, tuple[Size, Outcome]] = {}
    by_size: dict[Size, list[Pair]] = {}
    pace = pace._replace(probes=max(pace.probes, _LEAST_PROBES), interval=_INTERVAL_SECONDS)
    for pair in chosen(observed):
        by_size.setdefault(size_of(share, pair), []).append(pair)
    for size, pairs in by_size.items():
        for pair, outcome in _probe(share, ways, pairs, pace._replace(size=size.payload)).items():
            results[pair] = (size, outcome)
    failures = [failure_row(pair, size, outcome) for pair, (size, outcome) in results.items() if is_failure(outcome)]
    return {"probed": len(results), "failures": failures}


def chosen(observed: Observed) -> list[Pair]:
    """Choose for each network, address family and other host the first pair that got a reply.

    Containers come before hosts at both ends: it is their packets that the network is for.
    """
    share = observed.share
    ranked = sorted(observed.outcomes, key=lambda pair: (share.is_host(pair.source), share.is_host(pair.target)))
    found: dict[tuple[str, str, str], Pair] = {}
    for pair in ranked:
        replied = observed.record(pair).state is State.REPLY
        if replied and share.is_within_network(pair) and not share.is_within_host(pair) and _fits(share, pair):
            end = share.ends[pair.target]
            found.setdefault((end["network"], pair.family, end["host"]), pair)
    return sorted(found.values())


def size_of(share: Share, pair: Pair) -> Size:
    """Tell the size of a packet that fills the MTU of the pair's network."""
    packet = share.network_of(pair.source)["mtu"]
    return Size(packet, packet - _HEADER_BYTES[pair.family])


def is_failure(outcome: Outcome) -> bool:
    """Tell whether the packet was seen not to get through; a local error is no such thing."""
    return outcome.record.state in _BLOCKED


def failure_row(pair: Pair, size: Size, outcome: Outcome) -> dict[str, Any]:
    """Present a packet that did not get through, with what an error report says about the MTU on the way."""
    mtu, sender = (outcome.icmp.mtu, outcome.icmp.sender) if outcome.icmp else (None, None)
    ends = {"source": pair.source, "target": pair.target, "family": pair.family}
    return {**ends, "size": size.packet, "mtu": mtu, "from": sender}


def _fits(share: Share, pair: Pair) -> bool:
    return (share.network_of(pair.source)["mtu"] or 0) >= _LEAST_BYTES


def _probe(share: Share, ways: Ways, pairs: Sequence[Pair], pace: Pace) -> Mapping[Pair, Outcome]:
    """Probe pairs with packets of one size."""
    with ExitStack() as stack:
        jobs = _jobs(stack, share, ways, pairs)
        return dict(zip(jobs, probe(list(jobs.values()), pace).outcomes))


def _jobs(stack: ExitStack, share: Share, ways: Ways, pairs: Sequence[Pair]) -> dict[Pair, Job]:
    """Open the sockets of the sources, anew: whether a packet may be fragmented belongs to the socket."""
    channels = {}
    for index, family in dict.fromkeys((pair.source, pair.family) for pair in pairs):
        way = ways.of(share.ends[index]["container"])
        try:
            channels[index, family] = open_in(stack, way, family, share.ends[index][family], dont_fragment=True)
        except OSError:
            continue
    addressed = ((pair, share.address(pair.target, pair.family)) for pair in pairs)
    return {
        pair: Job(channels[pair.source, pair.family], address)
        for pair, address in addressed
        if address and (pair.source, pair.family) in channels
    }
