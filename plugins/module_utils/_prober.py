# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send all probes of a host and collect the replies. PRIVATE to the collection.

As much as possible is in flight at once, so silent targets cost one timeout together. A reply counts only when socket,
identifier, sequence number, payload and sender all are those of a probe that is still open: strays, duplicates and
answers of somebody else's ping are nobody's reply, but they are told.
"""

from __future__ import annotations

import os
import secrets
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Iterator, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils._datagrams import address_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._icmp import MIN_PAYLOAD_BYTES, TOKEN_BYTES
from ansible_collections.dockerlan.fleet.plugins.module_utils._lane import Lane, Timing
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Neighbour, Room
from ansible_collections.dockerlan.fleet.plugins.module_utils._places import Places, places_for, tell_neighbours
from ansible_collections.dockerlan.fleet.plugins.module_utils._tally import IcmpError, Job, Outcome, Stray, Tally

__all__ = ["MIN_SIZE", "IcmpError", "Job", "Neighbour", "Outcome", "Pace", "Probed", "Stray", "probe", "turned"]

MIN_SIZE = MIN_PAYLOAD_BYTES
_NS = 1_000_000_000
_MAX_LANES = 4  # beyond, Python's own lock lets nothing more through
_BURST = 128


class Pace(NamedTuple):
    """How to probe: probes per pair, seconds between them, seconds to wait after the last, packets per second, size.

    A rate of 0 sends as fast as the machine can; the times of replies then contain the time until they are read, about
    a millisecond. ``size`` counts the bytes of payload behind the ICMP header, at least ``MIN_SIZE``.
    """

    probes: int = 2
    interval: float = 0.2
    timeout: float = 1.0
    rate: float = 5000.0
    size: int = 56


class Probed(NamedTuple):
    """The outcomes in the order of the jobs, and in how many batches the neighbour table had room for them."""

    outcomes: list[Outcome]
    batches: int


def probe(jobs: Sequence[Job], pace: Pace, room: Room | None = None) -> Probed:
    """Probe every job.

    Takes the time of the sends, plus at most ``pace.timeout`` however many targets are silent, and no longer than
    until the last answer. ``room`` is what the kernel's neighbour table has for each address family, see
    ``_neighbour_table.room``; with less of it than the pairs need, they take turns, and what they left in the table
    is removed (as root). ValueError when the payload is too small. CannotReturnError when this process got stuck in
    the network namespace of a channel.
    """
    if pace.size < MIN_SIZE:
        raise ValueError(f"the payload has {pace.size} bytes, and needs {MIN_SIZE} to tell replies apart")
    own = {channel: channel.sock.getsockname()[0] for channel in {job.channel for job in jobs}}
    addresses = {target: address_of(target) for target in {job.target for job in jobs}}
    tallies = [Tally(job, addresses[job.target], own[job.channel], pace.probes) for job in jobs]
    places = places_for(tallies, room)
    # Where nothing holds it back, a source sends much at once, and there is work for every processor. One loop alone
    # keeps the rate, and the places.
    unbound = not places and not pace.rate
    order = [tallies[position] for position in turned(jobs, _BURST if unbound else 1)]
    shares = dealt(order, len(os.sched_getaffinity(0))) if unbound else [order]
    _drive([_lane(share, pace, secrets.token_bytes(TOKEN_BYTES), places) for share in shares])
    if places:
        places.leave()
    else:
        tell_neighbours(tallies)
    return Probed([tally.outcome() for tally in tallies], places.cleared if places else 1)


def turned(jobs: Sequence[Job], burst: int = 1) -> Iterator[int]:
    """Order positions of jobs so that the sources take turns and each starts with another target.

    Otherwise every source would begin with the same target, and hit it within the same millisecond. Each goes through
    its targets from both ends: so the two directions of a pair follow each other closely in a full mesh, and the second
    finds the neighbour entries that the first has made. When it is a source's turn, it has ``burst`` of them.
    """
    by_source: dict[int, list[int]] = {}
    for position, job in enumerate(jobs):
        by_source.setdefault(id(job.channel), []).append(position)
    lists = [_from_both_ends(group, n % len(group)) for n, group in enumerate(by_source.values())]
    for start in range(0, max(map(len, lists), default=0), burst):
        for one in lists:
            yield from one[start : start + burst]


def dealt(tallies: Sequence[Tally], processors: int) -> list[list[Tally]]:
    """Deal pairs to loops that run side by side, those of one source to the same."""
    numbers: dict[int, int] = {}
    for tally in tallies:
        numbers.setdefault(id(tally.job.channel), len(numbers))
    lanes = max(min(processors, len(numbers), _MAX_LANES), 1)
    shares: list[list[Tally]] = [[] for _number in range(lanes)]
    for tally in tallies:
        shares[numbers[id(tally.job.channel)] % lanes].append(tally)
    return shares


def _from_both_ends(group: list[int], start: int) -> list[int]:
    turned_group = deque(group[start:] + group[:start])
    return [turned_group.pop() if n % 2 else turned_group.popleft() for n in range(len(group))]


def _lane(share: Sequence[Tally], pace: Pace, token: bytes, places: Places | None) -> Lane:
    gap = int(_NS / pace.rate) if pace.rate else 0
    timing = Timing(int(pace.interval * _NS), int(pace.timeout * _NS), gap)
    return Lane(deque(share), timing, token, pace.size, places)


def _drive(lanes: Sequence[Lane]) -> None:
    """Run the loops, each in a thread of its own when there are several: most of their time is the kernel's."""
    if len(lanes) == 1:
        lanes[0].run()
        return
    with ThreadPoolExecutor(len(lanes)) as pool:
        list(pool.map(Lane.run, lanes))
