# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real probes between real network namespaces."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import chain

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import (
    _datagrams,
    _icmp,
    _lane,
    _netns,
    _prober,
    _sockets,
    _tally,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Room
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import (
    IcmpError,
    Job,
    Outcome,
    Pace,
    Stray,
    dealt,
    probe,
)

from tests.unit.plugins.lan import Lan

QUICK = Pace(probes=2, interval=0.02, timeout=0.3, rate=0)
PATIENT = QUICK._replace(timeout=3)  # ends with the last reply, which may be late on a busy machine
FAMILIES = ("ipv4", "ipv6")
A = {"ipv4": "192.0.2.1", "ipv6": "2001:db8::1"}
B = {"ipv4": "192.0.2.2", "ipv6": "2001:db8::2"}
DEAD = {"ipv4": "192.0.2.99", "ipv6": "2001:db8::99"}
ECHO_OFF = {"ipv4": "ipv4/icmp_echo_ignore_all", "ipv6": "ipv6/icmp/echo_ignore_all"}
LENGTH = {"ipv4": 24, "ipv6": 64}


def station(lan: Lan, name: str, addresses: dict[str, str], *, ping_allowed: bool = False) -> str:
    """Add a station with both addresses, by default without permission for datagram ICMP sockets."""
    path = lan.add_station(name, *(f"{addresses[family]}/{LENGTH[family]}" for family in FAMILIES))
    lan.set_sysctl(name, "ipv4/ping_group_range", '"0 0"' if ping_allowed else '"1 0"')
    return path


@contextmanager
def channel(path: str, family: str, address: str, *, dont_fragment: bool = False) -> Iterator[_sockets.Channel]:
    """Open a channel in a namespace."""
    with _netns.inside(path):
        opened = _sockets.open_channel(family, address, dont_fragment=dont_fragment, namespace=path)
    try:
        yield opened
    finally:
        opened.sock.close()


def outcome_of(path: str, family: str, target: str, pace: Pace = QUICK) -> Outcome:
    """Probe one target from the first station."""
    with channel(path, family, A[family]) as opened:
        [outcome] = probe([Job(opened, target)], pace).outcomes
    return outcome


def route(lan: Lan, name: str, family: str, target: str, *way: str) -> None:
    """Add a route at a station."""
    lan.within(name, "ip", "-6" if family == "ipv6" else "-4", "route", "add", *way, target)


@pytest.mark.parametrize("ping_allowed", [False, True], ids=["raw", "datagram"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_living_target_replies(lan: Lan, family: str, ping_allowed: bool) -> None:
    path = station(lan, "a", A, ping_allowed=ping_allowed)
    station(lan, "b", B)
    with channel(path, family, A[family]) as opened:
        assert opened.raw is not ping_allowed
        [outcome] = probe([Job(opened, B[family])], PATIENT).outcomes
    assert outcome.error is None
    assert outcome.record.state is State.REPLY
    assert outcome.record.loss == 0
    assert 0 < outcome.record.rtt_min <= outcome.record.rtt_avg <= outcome.record.rtt_max < 300_000


@pytest.mark.parametrize("ping_allowed", [False, True], ids=["raw", "datagram"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_silent_target_is_lost(lan: Lan, family: str, ping_allowed: bool) -> None:
    path = station(lan, "a", A, ping_allowed=ping_allowed)
    station(lan, "b", B)
    lan.set_sysctl("b", ECHO_OFF[family], "1")
    outcome = outcome_of(path, family, B[family])
    assert outcome._replace(neighbour=None) == Outcome(Record(State.LOST, 1.0))
    assert outcome.neighbour
    assert (outcome.neighbour.address, outcome.neighbour.state) == (B[family], "reachable")


@pytest.mark.parametrize("ping_allowed", [False, True], ids=["raw", "datagram"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_target_without_neighbour_is_unreachable(lan: Lan, family: str, ping_allowed: bool) -> None:
    path = station(lan, "a", A, ping_allowed=ping_allowed)
    lan.set_sysctl("a", f"{family}/neigh/eth0/retrans_time_ms", "50")
    outcome = outcome_of(path, family, DEAD[family], QUICK._replace(timeout=2))
    told = IcmpError("no_neighbour", None, None)
    assert outcome._replace(neighbour=None) == Outcome(Record(State.UNREACHABLE, 1.0), icmp=told)
    assert outcome.neighbour
    assert (outcome.neighbour.mac, outcome.neighbour.state) == (None, "failed")


@pytest.mark.parametrize("ping_allowed", [False, True], ids=["raw", "datagram"])
@pytest.mark.parametrize("family", FAMILIES)
def test_an_error_about_one_target_is_not_blamed_on_the_next(lan: Lan, family: str, ping_allowed: bool) -> None:
    path = station(lan, "a", A, ping_allowed=ping_allowed)
    station(lan, "b", B)
    lan.set_sysctl("a", f"{family}/neigh/eth0/retrans_time_ms", "10")
    with channel(path, family, A[family]) as opened:
        jobs = [Job(opened, target) for target in (DEAD[family], B[family]) * 5]
        outcomes = probe(jobs, Pace(probes=10, interval=0.02, timeout=2, rate=0)).outcomes
    expected = [State.UNREACHABLE, State.REPLY] * 5
    assert [outcome.record.state for outcome in outcomes] == expected
    assert all(outcome.record.loss == 0 for outcome in outcomes[1::2])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_router_that_says_unreachable_is_believed(lan: Lan, family: str) -> None:
    path = station(lan, "a", A)
    station(lan, "b", B)
    away = {"ipv4": "198.51.100.1", "ipv6": "2001:db8:1::1"}[family]
    route(lan, "a", family, away, "via", B[family])
    lan.set_sysctl("b", {"ipv4": "ipv4/ip_forward", "ipv6": "ipv6/conf/all/forwarding"}[family], "1")
    outcome = outcome_of(path, family, away)
    assert outcome.record.state is State.UNREACHABLE
    assert outcome.icmp == IcmpError("net_unreachable", B[family], None)
    assert outcome.neighbour is None  # the target is behind the router, and has no entry


@pytest.mark.parametrize("family", FAMILIES)
def test_a_firewall_that_says_so_is_told_from_a_missing_host(lan: Lan, family: str) -> None:
    path = station(lan, "a", A)
    station(lan, "b", B)
    away = {"ipv4": "198.51.100.1", "ipv6": "2001:db8:1::1"}[family]
    route(lan, "a", family, away, "via", B[family])
    route(lan, "b", family, away, "prohibit")
    lan.set_sysctl("b", {"ipv4": "ipv4/ip_forward", "ipv6": "ipv6/conf/all/forwarding"}[family], "1")
    outcome = outcome_of(path, family, away)
    assert outcome.record.state is State.UNREACHABLE
    assert outcome.icmp == IcmpError("prohibited", B[family], None)


@pytest.mark.parametrize("ping_allowed", [False, True], ids=["raw", "datagram"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_packet_that_is_too_large_for_the_own_link_is_told_with_the_mtu(
    lan: Lan, family: str, ping_allowed: bool
) -> None:
    path = station(lan, "a", A, ping_allowed=ping_allowed)
    station(lan, "b", B)
    lan.within("a", "ip", "link", "set", "eth0", "mtu", "1400")
    with channel(path, family, A[family], dont_fragment=True) as opened:
        [outcome] = probe([Job(opened, B[family])], QUICK._replace(size=1450)).outcomes
    assert outcome == Outcome(Record(State.TOO_BIG, 1.0), icmp=IcmpError("too_big", None, 1400))


@pytest.mark.parametrize("ping_allowed", [False, True], ids=["raw", "datagram"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_packet_that_is_too_large_for_a_router_is_told_with_its_mtu(
    lan: Lan, family: str, ping_allowed: bool
) -> None:
    path = station(lan, "a", A, ping_allowed=ping_allowed)
    station(lan, "b", B)
    away = {"ipv4": "198.51.100.1", "ipv6": "2001:db8:1::1"}[family]
    via = {"ipv4": "192.0.2.200", "ipv6": "2001:db8::200"}[family]
    route(lan, "a", family, away, "via", B[family])
    route(lan, "b", family, away, "mtu", "lock", "1300", "via", via)
    lan.set_sysctl("b", {"ipv4": "ipv4/ip_forward", "ipv6": "ipv6/conf/all/forwarding"}[family], "1")
    with channel(path, family, A[family], dont_fragment=True) as opened:
        [outcome] = probe([Job(opened, away)], QUICK._replace(size=1350)).outcomes
    assert outcome == Outcome(Record(State.TOO_BIG, 1.0), icmp=IcmpError("too_big", B[family], 1300))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_large_packet_may_be_fragmented_unless_told_otherwise(lan: Lan, family: str) -> None:
    path = station(lan, "a", A)
    station(lan, "b", B)
    assert outcome_of(path, family, B[family], PATIENT._replace(size=4000)).record.state is State.REPLY


@pytest.mark.parametrize("family", FAMILIES)
def test_no_route_is_a_local_error_and_not_unreachable(lan: Lan, family: str) -> None:
    path = station(lan, "a", A)
    outcome = outcome_of(path, family, {"ipv4": "198.51.100.1", "ipv6": "2001:db8:1::1"}[family])
    assert outcome.record == Record(State.SEND_ERROR)
    assert outcome.error == "Network is unreachable: no route to it"


def test_many_dead_targets_cost_one_timeout(lan: Lan) -> None:
    path = station(lan, "a", A)
    with channel(path, "ipv4", A["ipv4"]) as opened:
        jobs = [Job(opened, f"192.0.2.{number}") for number in range(100, 200)]
        started = time.monotonic()
        outcomes = probe(jobs, QUICK).outcomes
        elapsed = time.monotonic() - started
    assert {outcome.record.state for outcome in outcomes} == {State.LOST}
    assert QUICK.timeout <= elapsed < QUICK.timeout + 0.5


def test_it_ends_with_the_last_answer(lan: Lan) -> None:
    path = station(lan, "a", A)
    station(lan, "b", B)
    started = time.monotonic()
    assert outcome_of(path, "ipv4", B["ipv4"], QUICK._replace(timeout=5)).record.state is State.REPLY
    assert time.monotonic() - started < 2


def test_the_rate_is_kept(lan: Lan) -> None:
    path = station(lan, "a", A)
    station(lan, "b", B)
    started = time.monotonic()
    outcome_of(path, "ipv4", B["ipv4"], Pace(probes=10, interval=0, timeout=5, rate=20))
    assert 0.44 < time.monotonic() - started < 4


@contextmanager
def responder(path: str, address: str, answer: Callable[[bytes], bytes], sender: str | None = None) -> Iterator[None]:
    """Answer echo requests to an address with something of one's own, perhaps from another address."""
    with ExitStack() as stack:
        with _netns.inside(path):
            listening = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
            sending = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
        sending.bind((sender or address, 0))
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                if select.select([listening], [], [], 0.02)[0]:
                    packet, client = listening.recvfrom(2048)
                    if packet[20] == _icmp.ECHO_REQUEST["ipv4"]:
                        sending.sendto(answer(packet[20:]), client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=5)


def reply(request: bytes, *, ident: int = 0, seq: int = 0, payload: bytes | None = None) -> bytes:
    """Build the reply to a request, right unless something is added to its fields."""
    found_ident, found_seq = struct.unpack_from("!HH", request, 4)
    body = request[8:] if payload is None else payload
    message = struct.pack("!4xHH", (found_ident + ident) & 0xFFFF, (found_seq + seq) & 0xFFFF) + body
    return message[:2] + struct.pack("!H", _icmp.checksum(message)) + message[4:]


def corrupt(request: bytes) -> bytes:
    """Build a reply whose checksum is wrong."""
    right = reply(request)
    return right[:2] + bytes([right[2] ^ 0xFF]) + right[3:]


@pytest.mark.parametrize(
    ("answer", "sender", "state"),
    [
        (reply, None, State.REPLY),
        (lambda request: reply(request, payload=b"somebody else's"), None, State.LOST),
        (lambda request: reply(request, payload=request[8:16] + b"\xff\xff\xff\xff" + request[20:]), None, State.LOST),
        (lambda request: reply(request, payload=request[8:-1] + b"\xff"), None, State.LOST),
        (lambda request: reply(request, payload=request[8:] + bytes(1)), None, State.LOST),
        (lambda request: reply(request, payload=request[8:-1]), None, State.LOST),
        (lambda request: reply(request, ident=1), None, State.LOST),
        (lambda request: reply(request, seq=1000), None, State.LOST),
        (reply, "192.0.2.77", State.LOST),
        (corrupt, None, State.LOST),
    ],
    ids=["right", "payload", "number", "padding", "longer", "shorter", "ident", "sequence", "address", "checksum"],
)
def test_only_the_right_answer_counts(
    lan: Lan, answer: Callable[[bytes], bytes], sender: str | None, state: State
) -> None:
    path = station(lan, "a", A)
    other = lan.add_station("b", "192.0.2.2/24", "192.0.2.77/24")
    lan.set_sysctl("b", ECHO_OFF["ipv4"], "1")
    with responder(other, "192.0.2.2", answer, sender):
        assert outcome_of(path, "ipv4", "192.0.2.2").record.state is state


def test_a_second_reply_to_one_probe_is_not_counted(lan: Lan) -> None:
    path, other = station(lan, "a", A), station(lan, "b", B)
    with responder(other, B["ipv4"], reply):  # and the kernel of b answers as well
        outcome = outcome_of(path, "ipv4", B["ipv4"], PATIENT._replace(probes=5))
    assert outcome.record.state is State.REPLY
    assert outcome.record.loss == 0
    [stray] = outcome.strays
    assert (stray.kind, stray.sender) == ("duplicate", B["ipv4"])
    assert 1 <= stray.count <= 5


def test_replies_from_a_wrong_address_are_told_and_count_for_nothing(lan: Lan) -> None:
    path = station(lan, "a", A)
    other = lan.add_station("b", "192.0.2.2/24", "192.0.2.77/24")
    lan.set_sysctl("b", ECHO_OFF["ipv4"], "1")
    with responder(other, "192.0.2.2", reply, "192.0.2.77"):
        outcome = outcome_of(path, "ipv4", "192.0.2.2")
    assert outcome._replace(neighbour=None) == Outcome(
        Record(State.LOST, 1.0), strays=(Stray("wrong_sender", "192.0.2.77", 2),)
    )


def test_partial_loss_is_a_reply_with_loss(lan: Lan) -> None:
    path = station(lan, "a", A)
    other = station(lan, "b", B)
    lan.set_sysctl("b", ECHO_OFF["ipv4"], "1")
    with responder(other, B["ipv4"], lambda request: reply(request, seq=1000 * (request[7] % 2))):
        record = outcome_of(path, "ipv4", B["ipv4"], QUICK._replace(probes=4)).record
    assert (record.state, record.loss) == (State.REPLY, 0.5)


def test_sources_take_turns_and_start_with_different_targets() -> None:
    sock = socket.socket()
    try:
        first, second = (_sockets.Channel(sock, "ipv4", False, number) for number in range(2))
        jobs = [Job(source, target) for source in (first, second) for target in "xyz"]
        order = [(jobs[position].channel.ident, jobs[position].target) for position in _prober.turned(jobs)]
    finally:
        sock.close()
    assert order == [(0, "x"), (1, "y"), (0, "z"), (1, "x"), (0, "y"), (1, "z")]
    at_once = [(jobs[position].channel.ident, jobs[position].target) for position in _prober.turned(jobs, 2)]
    assert at_once == [(0, "x"), (0, "z"), (1, "y"), (1, "x"), (0, "y"), (1, "z")]


def test_a_passing_send_error_is_tried_again_and_then_told(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    path = station(lan, "a", A)
    station(lan, "b", B)
    left = {B["ipv4"]: 3, DEAD["ipv4"]: 1000}
    text_of = {_datagrams.address_of(text).name: text for text in left}
    real = _datagrams.send

    def full(slots: _datagrams.Slots, descriptor: int, packets: list[bytes], names: list[bytes]) -> int:
        if left[text_of[names[0]]]:
            left[text_of[names[0]]] -= 1
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
        return real(slots, descriptor, packets[:1], names[:1])

    monkeypatch.setattr(_datagrams, "send", full)
    with channel(path, "ipv4", A["ipv4"]) as opened:
        jobs = [Job(opened, B["ipv4"]), Job(opened, DEAD["ipv4"])]
        good, bad = probe(jobs, QUICK._replace(probes=1)).outcomes
    assert good.record.state is State.REPLY
    assert bad.record.state is State.SEND_ERROR
    assert bad.error == f"{os.strerror(errno.ENOBUFS)}: {_tally._HINTS[errno.ENOBUFS]}"
    assert left[DEAD["ipv4"]] == 1000 - 2 * (1 + len(_lane._RETRY_NS))


@pytest.mark.parametrize("processors", [1, 2, 3, 64])
def test_all_pairs_of_a_source_are_dealt_to_one_loop(lan: Lan, processors: int) -> None:
    with ExitStack() as stack:
        channels = [stack.enter_context(channel(station(lan, "a", A), "ipv4", A["ipv4"])) for _source in range(1)]
        channels += [replace(channels[0]) for _source in range(4)]
        tallies = [
            _tally.Tally(Job(source, target), _datagrams.address_of(target), A["ipv4"], 1)
            for target in DEAD.values()
            for source in channels
        ]
        shares = dealt(tallies, processors)
    assert sorted(map(id, chain.from_iterable(shares))) == sorted(map(id, tallies))
    owners = [{tally.job.channel for tally in share} for share in shares]
    assert sum(map(len, owners)) == 5
    assert len(shares) == min(processors, _prober._MAX_LANES)


def test_several_loops_give_one_answer(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2})
    numbers = range(1, 7)
    with ExitStack() as stack:
        jobs = []
        for number in numbers:
            path = lan.add_station(f"s{number}", f"192.0.2.{number}/24")
            opened = stack.enter_context(channel(path, "ipv4", f"192.0.2.{number}"))
            jobs += [Job(opened, f"192.0.2.{other}") for other in (*numbers, 99) if other != number]
        probed = probe(jobs, QUICK, Room(100_000, 0))
    expected = [State.LOST if job.target == "192.0.2.99" else State.REPLY for job in jobs]
    assert [outcome.record.state for outcome in probed.outcomes] == expected
    assert [outcome.neighbour.address for outcome in probed.outcomes if outcome.neighbour] == [
        job.target for job in jobs
    ]
    assert probed.batches == 1


def test_a_payload_without_room_for_what_tells_replies_apart_is_refused() -> None:
    with pytest.raises(ValueError, match="has 11 bytes, and needs 12"):
        probe([], QUICK._replace(size=11))


def test_nothing_to_probe() -> None:
    assert probe([], QUICK) == ([], 1)
