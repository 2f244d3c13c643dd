# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The receiving half of the loop under fire: tens of thousands of packets that are almost, or not at all, an answer.

The packets come out of a generator with a fixed seed, so that a failure can be repeated.
"""

from __future__ import annotations

import select
import socket
import struct
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _datagrams, _icmp, _lane, _sockets
from ansible_collections.dockerlan.fleet.plugins.module_utils._datagrams import address_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._tally import IcmpError, Job, Stray, Tally
from hypothesis import given
from hypothesis import strategies as st

PACKETS = 10_000
SIZE = 24
TOKEN = b"\xa1token\0\x01"
OWN = {"ipv4": "192.0.2.1", "ipv6": "2001:db8::1"}
TARGET = {"ipv4": "192.0.2.2", "ipv6": "2001:db8::2"}
ROUTER = "192.0.2.254"
OTHER = {"ipv4": "192.0.2.3", "ipv6": "2001:db8::3"}
KINDS = [("ipv4", True), ("ipv4", False), ("ipv6", True)]  # family, raw
ids = [f"{family}-{'raw' if raw else 'datagram'}" for family, raw in KINDS]

Control = list[tuple[int, int, bytes]]


@dataclass
class Wire:
    """A socket that gives out what it is told to, and what has become of the system calls on it."""

    sent: list[bytes] = field(default_factory=list)
    arriving: deque[tuple[bytes, bytes]] = field(default_factory=deque)
    failing: deque[tuple[bytes, Control, int, Any]] = field(default_factory=deque)

    def fileno(self) -> int:
        """Return what no system call sees."""
        return -1

    def send(self, _slots: object, _descriptor: int, packets: list[bytes], _names: list[bytes]) -> int:
        """Keep what was sent."""
        self.sent += packets
        return len(packets)

    def receive(self, slots: _datagrams.Slots, _descriptor: int) -> list[tuple[bytes, bytes]]:
        """Give out the packets."""
        found = [(packet[: slots.size], sender) for packet, sender in self.arriving]
        self.arriving.clear()
        return found

    def recvmsg(self, _size: int, _control: int, _flags: int) -> tuple[bytes, Control, int, Any]:
        """Give out an entry of the error queue."""
        if not self.failing:
            raise BlockingIOError
        return self.failing.popleft()


@dataclass
class Bench:
    """A loop with one pair, of which as many probes are in flight as were asked for."""

    family: str
    raw: bool
    wire: Wire
    lane: _lane.Lane
    source: _lane._Source
    tally: Tally

    def take(self) -> None:
        """Let the loop read everything."""
        while self.wire.arriving or self.wire.failing:
            self.lane._take(self.source, select.EPOLLIN | select.EPOLLERR)

    def reply(self, number: int) -> bytes:
        """Build the right reply to a probe, as its socket gives it out."""
        request = self.wire.sent[number]
        message = bytes([_icmp.ECHO_REPLY[self.family], 0, 0, 0]) + request[4:]
        message = message[:2] + struct.pack("!H", _icmp.checksum(message)) + message[4:]
        return (
            bytes([0x45]) + bytes(8) + bytes([1]) + bytes(10) + message
            if self.family == "ipv4" and self.raw
            else message
        )

    def is_right(self, packet: bytes, number: int) -> bool:
        """Tell whether a packet is the right reply still: what the loop need not look at may be anything."""
        right = self.reply(number)
        if self.family == "ipv4" and self.raw:
            header = (packet[0] & 15) * 4 if packet else 0
            return (
                len(packet) >= 20
                and packet[0] >> 4 == 4
                and packet[9] == 1
                and packet[header:] == right[20:]
                and header >= 20
            )
        return packet[:2] + packet[4:] == right[:2] + right[4:] and len(packet) == len(right)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(_datagrams, "send", made.send)
    monkeypatch.setattr(_datagrams, "receive", made.receive)
    return made


def bench(wire: Wire, family: str, *, raw: bool, probes: int = 4) -> Bench:
    """Make a loop, and send the probes of its pair."""
    channel = _sockets.Channel(wire, family, raw, 0x1234)
    tally = pair(channel, family, probes)
    lane = _lane.Lane(deque(), _lane.Timing(0, 10**9, 0), TOKEN, SIZE, left=1)
    lane.add(channel)
    source = lane.sources[channel]
    for _probe in range(probes):
        lane._send(source, [tally])
    return Bench(family, raw, wire, lane, source, tally)


def pair(channel: _sockets.Channel, family: str, probes: int = 1) -> Tally:
    """Make the pair."""
    return Tally(Job(channel, TARGET[family]), address_of(TARGET[family]), OWN[family], probes)


def packed(address: str) -> bytes:
    """Pack an address as the loop gets it."""
    return address_of(address).packed


def seeded(name: str) -> Random:
    """Return a generator that gives the same packets in every run."""
    return Random(name)  # noqa: S311  (no secret)


def flipped(random: Random, packet: bytes) -> bytes:
    changed = bytearray(packet)
    for _bit in range(random.randint(1, 3)):
        bit = random.randrange(8 * len(changed))
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def cut(random: Random, packet: bytes) -> bytes:
    return packet[: random.randrange(len(packet))]


def longer(random: Random, packet: bytes) -> bytes:
    return packet + random.randbytes(random.randint(1, 40))


def overwritten(random: Random, packet: bytes) -> bytes:
    start, length = random.randrange(len(packet)), random.randint(1, 12)
    return (packet[:start] + random.randbytes(length) + packet[start + length :])[: len(packet)]


def noise(random: Random, packet: bytes) -> bytes:
    return random.randbytes(random.randint(0, 2 * len(packet)))


def noise_with_head(random: Random, packet: bytes) -> bytes:
    keep = random.randint(1, len(packet) - 1)
    return packet[:keep] + random.randbytes(len(packet) - keep)


MUTATIONS: Sequence[Callable[[Random, bytes], bytes]] = (flipped, cut, longer, overwritten, noise, noise_with_head)


@pytest.mark.parametrize(("family", "raw"), KINDS, ids=ids)
def test_mutated_replies_never_count_and_never_crash(wire: Wire, family: str, raw: bool) -> None:
    random, here = seeded(f"{family}{raw}"), bench(wire, family, raw=raw)
    sent = 0
    while sent < PACKETS:
        number = random.randrange(len(here.wire.sent))
        packet = random.choice(MUTATIONS)(random, here.reply(number))
        if any(here.is_right(packet, each) for each in range(len(here.wire.sent))):
            continue
        here.wire.arriving.append((packet, packed(random.choice([TARGET, OTHER])[family])))
        sent += 1
        here.take()
    assert here.tally.outcome().record.state is State.LOST
    assert not here.tally.outcome().strays
    assert here.tally.open == 4
    for number in range(4):  # and it still knows a right one
        here.wire.arriving.append((here.reply(number), packed(TARGET[family])))
    here.take()
    assert (here.tally.outcome().record.state, here.tally.outcome().record.loss) == (State.REPLY, 0.0)


@pytest.mark.parametrize(("family", "raw"), KINDS, ids=ids)
def test_mutated_errors_never_crash_and_never_count_as_replies(wire: Wire, family: str, raw: bool) -> None:
    random, here = seeded(f"{family}{raw}"), bench(wire, family, raw=raw)
    level, kind = _sockets._RECVERR[family]
    offender = struct.pack("=HH", socket.AF_INET, 0) + bytes([192, 0, 2, 254]) + bytes(8)
    for _turn in range(PACKETS):
        origin = random.choice([0, 1, 2, 3, 4, random.randrange(256)])
        report = struct.pack(
            "=IBBBBII",
            random.choice([90, 113, 111]),
            origin,
            random.choice([1, 2, 3, 11]),
            random.randrange(16),
            0,
            1400,
            0,
        )
        blob = random.choice(MUTATIONS)(random, report + offender)
        quoted = random.choice(MUTATIONS)(random, here.wire.sent[0])
        where = random.choice([(level, kind)] * 4 + [(level, kind + 1), (99, kind)])
        control: Control = [(*where, blob)] * random.randint(0, 2)
        target = random.choice([None, (TARGET[family], 0), (OTHER[family], 0), ("", 0)])
        here.wire.failing.append((quoted, control, 0, target))
        here.take()
    assert not here.tally.rtts
    assert here.tally.outcome().record.state is not State.REPLY


@given(st.sampled_from(["ipv4", "ipv6"]), st.binary(max_size=120), st.booleans())
def test_the_parsers_take_any_bytes(family: str, packet: bytes, raw: bool) -> None:
    _icmp.echoed(family, packet, with_ip_header=raw)
    _icmp.quoted_request(family, packet)
    _icmp.strip_ipv4_header(packet)
    _icmp.parse_error(packet)


@pytest.mark.parametrize(("family", "raw"), KINDS, ids=ids)
def test_duplicates_and_wrong_senders_are_counted_beside_the_replies(wire: Wire, family: str, raw: bool) -> None:
    here = bench(wire, family, raw=raw)
    for sender in (OTHER, TARGET, TARGET, OTHER, TARGET):
        here.wire.arriving.append((here.reply(0), packed(sender[family])))
    here.take()
    assert len(here.tally.rtts) == 1
    expected = {Stray("wrong_sender", OTHER[family], 2), Stray("duplicate", TARGET[family], 2)}
    assert set(here.tally.outcome().strays) == expected


def error(here: Bench, quoted: bytes, *, origin: int, what: tuple[int, int], **values: Any) -> None:
    """Put an entry into the error queue: its origin, type and code, then what else is said."""
    address = struct.pack("=HH", socket.AF_INET, 0) + socket.inet_aton(values.get("offender", ROUTER)) + bytes(8)
    report = struct.pack("=IBBBBII", values.get("errno", 113), origin, *what, 0, values.get("mtu", 0), 0)
    target = values.get("target", TARGET["ipv4"])
    here.wire.failing.append((quoted, [(*_sockets._RECVERR["ipv4"], report + address)], 0, (target, 0)))
    here.take()


@pytest.mark.parametrize(
    ("values", "state", "icmp"),
    [
        ({"origin": 2, "what": (3, 13)}, State.UNREACHABLE, IcmpError("prohibited", ROUTER, None)),
        ({"origin": 2, "what": (3, 1)}, State.UNREACHABLE, IcmpError("host_unreachable", ROUTER, None)),
        (
            {"origin": 2, "what": (3, 1), "offender": OWN["ipv4"]},
            State.UNREACHABLE,
            IcmpError("no_neighbour", None, None),
        ),
        ({"origin": 1, "what": (0, 0), "errno": 113}, State.UNREACHABLE, IcmpError("no_neighbour", None, None)),
        ({"origin": 2, "what": (3, 4), "mtu": 1400}, State.TOO_BIG, IcmpError("too_big", ROUTER, 1400)),
        (
            {"origin": 1, "what": (0, 0), "errno": 90, "mtu": 1400},
            State.TOO_BIG,
            IcmpError("too_big", None, 1400),
        ),
        ({"origin": 1, "what": (0, 0), "errno": 105}, State.SEND_ERROR, None),
    ],
    ids=["prohibited", "host", "own_host", "own", "too_big", "own_too_big", "no_buffers"],
)
@pytest.mark.parametrize("quoted_bytes", [8, 32])
def test_an_error_report_is_told_from_silence_and_from_a_local_error(
    wire: Wire, values: dict[str, Any], state: State, icmp: IcmpError | None, quoted_bytes: int
) -> None:
    here = bench(wire, "ipv4", raw=True, probes=1)
    error(here, here.wire.sent[0][:quoted_bytes], **values)
    outcome = here.tally.outcome()
    assert (outcome.record.state, outcome.icmp) == (state, icmp)
    assert bool(outcome.error) is (state is State.SEND_ERROR)
    assert here.lane.left == 0


def test_an_error_about_somebody_elses_packet_is_nothing(wire: Wire) -> None:
    here = bench(wire, "ipv4", raw=True, probes=1)
    quoted = here.wire.sent[0][:8]
    error(here, quoted, origin=2, what=(3, 1), target=OTHER["ipv4"])
    error(here, quoted[:4] + b"\x43\x21" + quoted[6:], origin=2, what=(3, 1))  # another identifier
    error(here, quoted[:7] + b"\x09", origin=2, what=(3, 1))  # another number
    assert here.tally.outcome().record.state is State.LOST
    assert here.tally.open == 1


def test_a_probe_after_65536_others_is_found_by_its_sequence_number(wire: Wire) -> None:
    here = bench(wire, "ipv4", raw=False, probes=1)
    here.source.number = 0x20005
    late = pair(here.source.channel, "ipv4")
    here.lane._send(here.source, [late])
    error(here, here.wire.sent[-1][:8], origin=2, what=(3, 1))
    assert late.outcome().record.state is State.UNREACHABLE
    assert here.tally.outcome().record.state is State.LOST


def test_what_comes_after_a_pair_was_given_up_changes_nothing(wire: Wire) -> None:
    here = bench(wire, "ipv4", raw=True, probes=2)
    here.lane._finish(here.tally)
    here.wire.arriving.append((here.reply(0), packed(TARGET["ipv4"])))
    error(here, here.wire.sent[1][:8], origin=2, what=(3, 1))
    assert here.tally.outcome().record.state is State.LOST
    assert here.lane.left == 0


def test_who_had_no_answer_yet_is_probed_again_first(wire: Wire) -> None:
    here = bench(wire, "ipv4", raw=True, probes=1)
    channel = here.source.channel
    answered, silent = pair(channel, "ipv4", 2), pair(channel, "ipv4", 2)
    here.lane._send(here.source, [answered, silent])
    here.wire.arriving.append((here.reply(1), packed(TARGET["ipv4"])))
    here.take()
    now = here.lane.resting[-1][0]
    assert [here.lane._next(now), here.lane._pause(), here.lane._next(now)] == [silent, 0, answered]
    assert here.lane._next(now) is None


def test_the_generator_makes_what_it_is_meant_to(wire: Wire) -> None:
    random, here = seeded("1"), bench(wire, "ipv4", raw=True)
    seen = Counter(here.is_right(flipped(random, here.reply(0)), 0) for _turn in range(1000))
    assert seen[True] > 100  # bits of the IP header that the loop need not look at
    assert seen[False] > 500
