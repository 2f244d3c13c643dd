# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send all probes of a host and collect the replies in one event loop. PRIVATE to the collection.

Everything is in flight at once, so silent targets cost one timeout together. A reply counts only when socket,
identifier, sequence number, payload and sender all are those of a probe that is still open: strays, duplicates and
answers of somebody else's ping are nobody's reply.
"""

from __future__ import annotations

import errno
import heapq
import os
import secrets
import selectors
import struct
import time
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Iterator, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _sockets
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State

TOKEN_BYTES = 8
_SEQUENCE_SPACE = 1 << 16
_NUMBER = struct.Struct("!I")
_RETRY_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08)  # a full buffer drains, a full neighbour table is collected
# ENOBUFS: no buffers, or no room in the IPv4 neighbour table. EINVAL: no room in the IPv6 neighbour table.
_PASSING = {errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM, errno.EINVAL}
_SENDS_PER_TURN = 64

_HINTS = {
    errno.ENOBUFS: "no buffers, or the neighbour table is full (net.ipv4.neigh.default.gc_thresh3)",
    errno.EINVAL: "the neighbour table may be full (net.ipv6.neigh.default.gc_thresh3)",
    errno.EAGAIN: "the send buffer of the socket stayed full",
    errno.EPERM: "a local firewall forbids it",
    errno.ENETUNREACH: "no route to it",
    errno.EHOSTUNREACH: "no route to it",
}


class Job(NamedTuple):
    """One pair to probe: the open socket of its source, and the address of its target in its usual spelling."""

    channel: _sockets.Channel
    target: str


class Pace(NamedTuple):
    """How to probe: probes per pair, seconds between them, seconds to wait after the last, packets per second.

    A rate of 0 sends as fast as the machine can.
    """

    probes: int = 2
    interval: float = 0.2
    timeout: float = 1.0
    rate: float = 5000.0


class Outcome(NamedTuple):
    """The record of one pair, and the local error that kept it from being probed."""

    record: Record
    error: str | None = None


@dataclass
class _Tally:
    """What has become of the probes of one pair so far."""

    sent: int = 0
    unreachable: bool = False
    error: str | None = None
    rtts: list[float] = field(default_factory=list)  # µs

    def outcome(self) -> Outcome:
        """Sum up. Any reply is a reply; without one, an error report says more than silence."""
        if self.rtts:
            loss = 1 - len(self.rtts) / self.sent
            average = sum(self.rtts) / len(self.rtts)
            return Outcome(Record(State.REPLY, loss, min(self.rtts), average, max(self.rtts)))
        if self.unreachable:
            return Outcome(Record(State.UNREACHABLE, 1.0))
        if self.sent:
            return Outcome(Record(State.LOST, 1.0))
        return Outcome(Record(State.SEND_ERROR), self.error)


@dataclass
class _Flight:
    """A probe that was sent and is still open."""

    number: int  # per channel
    job: int
    sent_ns: int


class _Due(NamedTuple):
    """A probe to send: when (seconds on the monotonic clock), tie-breaking order, position of its job, tries so far."""

    when: float
    order: int
    job: int
    tries: int = 0


@dataclass
class _Run:
    """State of one run of the event loop."""

    jobs: Sequence[Job]
    tallies: list[_Tally]
    queue: list[_Due]
    token: bytes
    sent: dict[_sockets.Channel, int] = field(default_factory=dict)
    flights: dict[tuple[_sockets.Channel, int], _Flight] = field(default_factory=dict)

    def send_due(self) -> None:
        """Send what is due, a batch at most, so that replies are read in between."""
        for _turn in range(_SENDS_PER_TURN):
            if not self.queue or self.queue[0].when > time.monotonic():
                return
            due = heapq.heappop(self.queue)
            error = self._send(due.job)
            if error is None:
                continue
            if error.errno in _PASSING and due.tries < len(_RETRY_SECONDS):
                later = time.monotonic() + _RETRY_SECONDS[due.tries]
                heapq.heappush(self.queue, due._replace(when=later, tries=due.tries + 1))
            else:
                self.tallies[due.job].error = describe(error.errno or 0)

    def receive(self, channel: _sockets.Channel) -> None:
        """Take everything that has come back to one socket."""
        self._take_failures(channel)
        for echo, sender in _sockets.replies(channel):
            flight = self._flight(channel, echo.seq, sender)
            if flight and echo.payload == self._payload(flight.number):
                self.tallies[flight.job].rtts.append((time.monotonic_ns() - flight.sent_ns) / 1000)
                del self.flights[channel, echo.seq]

    def _take_failures(self, channel: _sockets.Channel) -> None:
        for failure in _sockets.failures(channel):
            flight = self._flight(channel, failure.seq, failure.target)
            if flight is None:
                continue
            del self.flights[channel, failure.seq]
            if failure.report.from_icmp or failure.report.code == errno.EHOSTUNREACH:
                self.tallies[flight.job].unreachable = True
            else:  # the kernel took the packet and then could not send it: it never left
                self.tallies[flight.job].sent -= 1
                self.tallies[flight.job].error = describe(failure.report.code)

    def _flight(self, channel: _sockets.Channel, seq: int, address: str) -> _Flight | None:
        flight = self.flights.get((channel, seq))
        return flight if flight and self.jobs[flight.job].target == address else None

    def _payload(self, number: int) -> bytes:
        return self.token + _NUMBER.pack(number)

    def _send(self, position: int) -> OSError | None:
        """Send one probe. The error that is returned is about this probe.

        An ICMP error about an earlier target is reported by whatever call comes next on the socket, so an error is
        only believed after the error queue was emptied and the same call failed again.
        """
        channel, target = self.jobs[position]
        number = self.sent.get(channel, 0)
        seq = number % _SEQUENCE_SPACE
        for last in (False, True):
            started = time.monotonic_ns()
            try:
                _sockets.send(channel, target, seq, self._payload(number))
            except OSError as error:
                if last:
                    return error
                self._take_failures(channel)
            else:
                break
        self.sent[channel] = number + 1
        self.flights[channel, seq] = _Flight(number, position, started)
        self.tallies[position].sent += 1
        return None


def probe(jobs: Sequence[Job], pace: Pace) -> list[Outcome]:
    """Probe every job and return the outcomes in the order of ``jobs``.

    Takes the time of the sends, plus at most ``pace.timeout`` however many targets are silent, and no longer than
    until the last answer.
    """
    run = _Run(jobs, [_Tally() for _job in jobs], _schedule(jobs, pace), secrets.token_bytes(TOKEN_BYTES))
    with selectors.DefaultSelector() as selector:
        for channel in {id(job.channel): job.channel for job in jobs}.values():
            selector.register(channel.sock, selectors.EVENT_READ, channel)
        while run.queue:
            run.send_due()
            _poll(selector, run, run.queue[0].when - time.monotonic() if run.queue else 0)
        deadline = time.monotonic() + pace.timeout
        while run.flights and time.monotonic() < deadline:
            _poll(selector, run, deadline - time.monotonic())
    return [tally.outcome() for tally in run.tallies]


def describe(code: int) -> str:
    """Say what a local send error means."""
    return f"{os.strerror(code)}: {_HINTS[code]}" if code in _HINTS else os.strerror(code)


def turned(jobs: Sequence[Job]) -> Iterator[int]:
    """Order positions of jobs so that the sources take turns and each starts with another target.

    Otherwise every source would begin with the same target, and hit it within the same millisecond.
    """
    by_source: dict[int, list[int]] = {}
    for position, job in enumerate(jobs):
        by_source.setdefault(id(job.channel), []).append(position)
    lists = [group[n % len(group) :] + group[: n % len(group)] for n, group in enumerate(by_source.values())]
    return (position for position in chain.from_iterable(zip_longest(*lists)) if position is not None)


def _schedule(jobs: Sequence[Job], pace: Pace) -> list[_Due]:
    """Plan all sends, sorted by time: which is a valid heap."""
    order = list(turned(jobs))
    gap = 1 / pace.rate if pace.rate else 0.0
    length = max(pace.interval, len(order) * gap)
    start = time.monotonic()
    return [
        _Due(start + turn * length + place * gap, turn * len(order) + place, position)
        for turn in range(pace.probes)
        for place, position in enumerate(order)
    ]


def _poll(selector: selectors.BaseSelector, run: _Run, seconds: float) -> None:
    for key, _events in selector.select(max(seconds, 0)):
        run.receive(key.data)
