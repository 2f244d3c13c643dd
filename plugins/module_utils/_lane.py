# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One event loop that sends probes and collects what comes back. PRIVATE to the collection.

A reply counts only when socket, identifier, sequence number, payload and sender all are those of a probe that is still
open. What is due when is a matter of a few queues, each in order of time, because all pairs have the same pace.
"""

from __future__ import annotations

import errno
import heapq
import select
import struct
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import groupby
from typing import Mapping, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils import _datagrams, _icmp, _sockets
from ansible_collections.dockerlan.fleet.plugins.module_utils._datagrams import Slots
from ansible_collections.dockerlan.fleet.plugins.module_utils._places import Places
from ansible_collections.dockerlan.fleet.plugins.module_utils._tally import Tally

_KEY = struct.Struct(f"!HH{_icmp.TOKEN_BYTES}sI")  # identifier, sequence number, token, number: what tells probes apart
_KEY_AT, _KEY_END = 4, 4 + _KEY.size
_SEQUENCE_MASK = 0xFFFF

_NS = 1_000_000_000
_SENDS_PER_TURN = 128  # replies are read in between
_CATCH_UP_NS = 10_000_000  # a process that was held up does not send more than this at once
# When most of so many packets are not answered at once, a kernel that is asked for many neighbours may not keep up, and
# would drop some of its own questions (net.core.netdev_max_backlog): it asks again only after a second.
_CROWD, _BREATH_SECONDS = 32, 0.001
_QUIET_SECONDS = 0.001  # without an answer; then there is time to clear the neighbour table
# A full buffer drains, a full table is collected.
_RETRY_NS = tuple(n * 1_000_000 for n in (5, 10, 20, 40, 80, 160, 320))
# ENOBUFS: no buffers, or no room in the IPv4 neighbour table. EINVAL: no room in the IPv6 neighbour table.
_PASSING = frozenset({errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM, errno.EINVAL})


class Timing(NamedTuple):
    """Nanoseconds between two probes of a pair, after its last one, and between two packets."""

    interval: int
    timeout: int
    gap: int


@dataclass(eq=False)
class _Source:
    """A socket, how many probes were sent from it, and when those that are not answered (ns).

    ``mtus`` is what the kernel said of packets that are too large, by target.
    """

    channel: _sockets.Channel
    requests: _icmp.Requests
    outgoing: Slots
    incoming: Slots
    number: int = 0
    flights: dict[bytes, tuple[Tally, int]] = field(default_factory=dict)
    answered: dict[bytes, Tally] = field(default_factory=dict)
    mtus: dict[str, int | None] = field(default_factory=dict)


class _Retry(NamedTuple):
    """A probe that the kernel did not take, and when to try again; ``order`` keeps the heap from comparing pairs."""

    when: int
    order: int
    tally: Tally


@dataclass
class Lane:
    """The state of one loop over some pairs, which begin in the order of ``fresh``.

    ``places`` is None when the neighbour table has room for all of them. ``size`` is that of the payload in bytes.
    """

    fresh: deque[Tally]
    timing: Timing
    token: bytes
    size: int
    places: Places | None = None
    sources: dict[_sockets.Channel, _Source] = field(default_factory=dict)
    slots: dict[str, tuple[Slots, Slots]] = field(default_factory=dict)  # by address family, to send and to receive
    resting: deque[tuple[int, Tally]] = field(default_factory=deque)  # until their next probe
    patient: deque[Tally] = field(default_factory=deque)  # whose next probe is due, and who had an answer before
    closing: deque[tuple[int, Tally]] = field(default_factory=deque)  # until they have waited long enough
    retries: list[_Retry] = field(default_factory=list)
    slot: int = 0
    left: int = 0
    answered: int = 0
    blocked: bool = False

    def run(self) -> None:
        """Probe until every pair has its answers, or has waited for them long enough."""
        self.left = len(self.fresh)
        for channel in dict.fromkeys(tally.job.channel for tally in self.fresh):
            self.add(channel)
        by_descriptor = {channel.sock.fileno(): source for channel, source in self.sources.items()}
        with select.epoll() as poller:
            for descriptor in by_descriptor:
                poller.register(descriptor, select.EPOLLIN)
            while self.left:
                sent, answered = self._send_due(), self.answered
                quiet = not self._collect(poller, by_descriptor, self._pause())
                if sent >= _CROWD and self.answered - answered < sent // 2:
                    self._collect(poller, by_descriptor, _BREATH_SECONDS)
                self._close_overdue()
                if quiet and self.blocked and self.places and self.places.idle:
                    self.places.clear()

    def _collect(self, poller: select.epoll, sources: Mapping[int, _Source], seconds: float) -> bool:
        """Wait so long for something to come back, and take it. False when nothing did."""
        events = poller.poll(seconds)
        for descriptor, event in events:
            self._take(sources[descriptor], event)
        return bool(events)

    def add(self, channel: _sockets.Channel) -> None:
        """Get ready to send from a socket."""
        family = channel.family
        if family not in self.slots:
            outgoing = _datagrams.slots_for(family, _icmp.HEADER_BYTES + self.size, _SENDS_PER_TURN)
            self.slots[family] = outgoing, _sockets.reply_slots(family, self.size)
        requests = _icmp.requests_of(family, channel.ident, self.token, self.size)
        self.sources[channel] = _Source(channel, requests, *self.slots[family])

    def _pause(self) -> float:
        """Return the seconds until something is due, or the table may be cleared."""
        dues = [queue[0][0] for queue in (self.resting, self.retries) if queue]
        if self.patient or (self.fresh and not self.blocked):
            dues.append(0)
        nexts = [max(min(dues), self.slot)] if dues else []
        if self.closing:
            nexts.append(self.closing[0][0])
        seconds = max(min(nexts, default=0) - time.monotonic_ns(), 0) / _NS
        return min(seconds, _QUIET_SECONDS) if self.blocked and self.places and self.places.idle else seconds

    def _send_due(self) -> int:
        """Send what is due, a batch at most, with one call for those that one source sends in a row; count it."""
        due: list[Tally] = []
        now = time.monotonic_ns()
        while len(due) < _SENDS_PER_TURN and now >= self.slot:
            tally = self._next(now)
            if tally is None:
                break
            self.slot = max(self.slot, now - _CATCH_UP_NS) + self.timing.gap
            due.append(tally)
        for channel, tallies in groupby(due, key=_channel_of):
            self._send(self.sources[channel], list(tallies))
        return len(due)

    def _next(self, now: int) -> Tally | None:
        """Choose who is to send: who was refused before, else who has not sent yet, else whose next probe is due.

        Of those the ones that had no answer go first: what will stay silent is waited for longest, so the sooner its
        last probe is on its way, the sooner everything is done.
        """
        if self.retries and self.retries[0].when <= now:
            return heapq.heappop(self.retries).tally
        self.blocked = bool(self.fresh and self.places and not self.places.admit(self.fresh[0]))
        if self.fresh and not self.blocked:
            return self.fresh.popleft()
        while self.resting and self.resting[0][0] <= now:
            tally = self.resting.popleft()[1]
            if not tally.rtts:
                return tally
            self.patient.append(tally)
        return self.patient.popleft() if self.patient else None

    def _send(self, source: _Source, tallies: list[Tally]) -> None:
        """Send one probe of each pair.

        An ICMP error about an earlier target is reported by whatever call comes next on the socket, so an error is
        only believed after the error queue was emptied and the same call failed again.
        """
        packets = [source.requests.build(source.number + n) for n in range(len(tallies))]
        source.number += len(tallies)
        start, failed = 0, False
        while start < len(tallies):
            rest = tallies[start:]
            at = time.monotonic_ns()
            try:
                taken = _datagrams.send(
                    source.outgoing, source.channel.sock.fileno(), packets[start:], [tally.name for tally in rest]
                )
            except OSError as error:
                self._take_failures(source)
                if failed:
                    self._refuse(source, rest[0], error.errno or 0)
                    start += 1
                failed = not failed
                continue
            for tally, packet in zip(rest[:taken], packets[start:]):
                source.flights[packet[_KEY_AT:_KEY_END]] = (tally, at)
                tally.sent += 1
                tally.open += 1
                self._go_on(tally, at)
            start, failed = start + taken, False

    def _refuse(self, source: _Source, tally: Tally, code: int) -> None:
        """Try again later what may pass. A packet that is too large now will be too large later."""
        if code in _PASSING and tally.tries < len(_RETRY_NS):
            when = time.monotonic_ns() + _RETRY_NS[tally.tries]
            tally.tries += 1
            heapq.heappush(self.retries, _Retry(when, id(tally), tally))
            return
        tally.refused(code, source.mtus.get(tally.job.target))
        if code == errno.EMSGSIZE:
            tally.to_send = 1
        self._go_on(tally, time.monotonic_ns())

    def _go_on(self, tally: Tally, now: int) -> None:
        """Line a pair up for what comes after a probe."""
        tally.tries = 0
        tally.to_send -= 1
        if tally.to_send:
            self.resting.append((now + self.timing.interval, tally))
        elif tally.open:
            self.closing.append((now + self.timing.timeout, tally))
        else:
            self._finish(tally)

    def _take(self, source: _Source, event: int) -> None:
        """Take everything that has come back to one socket."""
        if event & select.EPOLLERR:
            self._take_failures(source)
        flights, padding = source.flights, source.requests.padding
        arrived = _sockets.replies(source.channel, source.incoming)
        now = time.monotonic_ns()
        for echoed, sender in arrived:
            if echoed[_KEY.size :] != padding:
                continue
            key = echoed[: _KEY.size]
            flight = flights.get(key)
            if flight is None:
                if key in source.answered:
                    source.answered[key].stray(sender)
            elif sender != flight[0].packed:
                flight[0].stray(sender)
            else:
                source.answered[key] = flight[0]
                del flights[key]
                self._count(flight[0], (now - flight[1]) / 1000)

    def _count(self, tally: Tally, microseconds: float) -> None:
        """Count a reply; it is too late for a pair that has been given up."""
        self.answered += 1
        if not tally.finished:
            tally.rtts.append(microseconds)
            self._settle(tally)

    def _take_failures(self, source: _Source) -> None:
        for failure in _sockets.failures(source.channel):
            if failure.seq is None:
                source.mtus[failure.target] = failure.report.mtu
                continue
            key = self._key_of_latest(source, failure.seq)
            flight = source.flights.get(key)
            if flight and flight[0].job.target == failure.target:
                del source.flights[key]
                if not flight[0].finished:
                    flight[0].failed(failure.report)
                    self._settle(flight[0])

    def _settle(self, tally: Tally) -> None:
        tally.open -= 1
        if not tally.open and not tally.to_send:
            self._finish(tally)

    def _close_overdue(self) -> None:
        now = time.monotonic_ns()
        while self.closing and (self.closing[0][1].finished or self.closing[0][0] <= now):
            tally = self.closing.popleft()[1]
            if not tally.finished:
                self._finish(tally)

    def _finish(self, tally: Tally) -> None:
        tally.finished = True
        self.left -= 1
        if self.places:
            self.places.release(tally)

    def _key_of_latest(self, source: _Source, seq: int) -> bytes:
        """Build the key of the latest probe with a sequence number: they start over after 65536 probes."""
        number = source.number - 1 - ((source.number - 1 - seq) & _SEQUENCE_MASK)
        return _KEY.pack(source.channel.ident, seq, self.token, max(number, 0))


def _channel_of(tally: Tally) -> _sockets.Channel:
    return tally.job.channel
