# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names are asked for from within each container, and only a wrong answer is a failure."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _names, _netns
from ansible_collections.dockerlan.fleet.plugins.module_utils._names import Question, Resolving
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import Share
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import OWN, Namespace, Sources, Ways

from tests.unit.plugins.lan import Lan
from tests.unit.plugins.probed import endpoint, network, share
from tests.unit.plugins.talker import in_background

ENDS = [
    endpoint(0, "h1", None),
    endpoint(1, "h1", "a"),
    endpoint(2, "h1", "b", ipv6=None),
    endpoint(3, "h2", "far"),
]
YES = Resolving(True, frozenset())
KNOWN = {"a": YES, "b": YES}
Answers = Callable[[str, int], tuple[int, list[bytes]] | None]


def usable(of: Share) -> Sources:
    """Let every source of a share have a socket, which is not used here."""
    made: Any = dict.fromkeys(of.sources(), "a socket")
    return Sources(made)


@contextmanager
def resolver(path: str, answers: Answers) -> Iterator[list[str]]:
    """Serve names at Docker's address in a namespace, and list those that were asked for; None answers nothing."""
    asked: list[str] = []
    with _netns.inside(path):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        sock.bind((_names.RESOLVER, 53))
        sock.settimeout(0.02)

        def serve(stop: threading.Event) -> None:
            while not stop.is_set():
                try:
                    query, client = sock.recvfrom(512)
                except TimeoutError:
                    continue
                name = query[13 : 13 + query[12]].decode()
                [kind] = struct.unpack_from("!H", query, len(query) - 4)
                asked.append(name)
                found = answers(name, kind)
                if found is not None:
                    code, addresses = found
                    head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(addresses), 0, 0)
                    records = [b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 600, len(data)) + data for data in addresses]
                    sock.sendto(head + query[12:] + b"".join(records), client)

        with in_background(serve):
            yield asked


def resolve(lan: Lan, answers: Answers, known: dict[str, Resolving] | None = None) -> dict[str, Any]:
    """Ask from the container a, where a resolver answers, and from b, where none is."""
    paths = {name: lan.add_station(name) for name in "ab"}
    of = share(ENDS)
    ways = Ways(OWN, {name: Namespace(path) for name, path in paths.items()})
    with resolver(paths["a"], answers):
        return _names.resolve_names(of, usable(of), ways, known or KNOWN)


def right(name: str, kind: int) -> tuple[int, list[bytes]]:
    """Give the address of b."""
    return (0, [bytes([192, 0, 2, 3])]) if (name, kind) == ("b", 1) else (3, [])


def test_every_container_asks_for_the_others_of_its_host_and_network() -> None:
    of = share(ENDS)
    assert _names.questions(of, usable(of), KNOWN) == [
        Question(1, 2, "ipv4", "b"),
        Question(2, 1, "ipv4", "a"),
        Question(2, 1, "ipv6", "a"),
    ]


def test_what_does_not_run_or_has_no_socket_neither_asks_nor_is_asked_for() -> None:
    of = share(ENDS)
    assert _names.questions(of, usable(of), {"a": YES}) == []
    assert _names.questions(of, Sources(), KNOWN) == []


def test_another_network_is_another_matter() -> None:
    ends = [endpoint(0, "h1", "a"), endpoint(1, "h1", "b", network="voice"), endpoint(2, "h2", "c", network="voice")]
    of = share([*ends, endpoint(3, "h2", "d")], network(), network("voice"))
    assert _names.questions(of, usable(of), KNOWN) == []


def test_on_the_default_bridge_nobody_asks() -> None:
    for mode, asked in (("default", 0), ("user_defined", 3)):
        of = share(ENDS, network(driver="bridge", mode=mode, parents={}))
        assert len(_names.questions(of, usable(of), KNOWN)) == asked


def test_a_name_that_dns_cannot_carry_is_not_asked_for() -> None:
    long = "x" * 64
    of = share([endpoint(0, "h1", "a"), endpoint(1, "h1", long)])
    asked = _names.questions(of, usable(of), {"a": YES, long: YES})
    assert {question.name for question in asked} == {"a"}


def test_too_many_names_make_a_ring_in_which_all_ask_and_are_asked_for() -> None:
    of = share([endpoint(number, "h1", f"c{number}") for number in range(60)])
    asked = _names.questions(of, usable(of), {f"c{number}": YES for number in range(60)})
    assert len(asked) <= _names.MAX_QUESTIONS
    assert {question.source for question in asked} == {question.target for question in asked} == set(range(60))
    assert len({question.target for question in asked if question.source == 7}) == 8


def test_a_right_answer_and_a_container_without_resolver(lan: Lan) -> None:
    started = time.monotonic()
    found = resolve(lan, right)
    assert time.monotonic() - started < 0.9, "a refusal is not waited for"
    assert (found["probed"], found["failures"]) == (1, [])
    [row] = found["unavailable"]
    assert row["source"] == 2
    assert "Connection refused" in row["reason"]


def test_a_container_that_uses_another_resolver_is_not_asked(lan: Lan) -> None:
    found = resolve(lan, right, {"a": YES, "b": Resolving(False, frozenset())})
    assert found["unavailable"] == [{"source": 2, "reason": _names.NO_RESOLVER}]


@pytest.mark.parametrize(
    ("code", "addresses", "reason"),
    [
        (0, [bytes([192, 0, 2, 99])], "the resolver gives an address that is not the container's"),
        (0, [], "the resolver knows no address of this family"),
        (3, [], "the resolver does not know the name (NXDOMAIN)"),
        (2, [], "the resolver failed (SERVFAIL)"),
    ],
)
def test_a_wrong_answer_is_a_failure(lan: Lan, code: int, addresses: list[bytes], reason: str) -> None:
    found = resolve(lan, lambda _name, _kind: (code, addresses))
    given = ["192.0.2.99"] if addresses else []
    row = {"source": 1, "target": 2, "family": "ipv4", "name": "b", "answers": given, "reason": reason}
    assert (found["probed"], found["failures"]) == (1, [row])


def test_an_address_on_another_network_of_the_container_is_right_too(lan: Lan) -> None:
    known = {"a": YES, "b": Resolving(True, frozenset({"172.17.0.9"}))}
    assert resolve(lan, lambda _name, _kind: (0, [bytes([172, 17, 0, 9])]), known)["failures"] == []


def test_a_resolver_that_says_nothing_is_unavailable_after_its_time(lan: Lan) -> None:
    started = time.monotonic()
    found = resolve(lan, lambda _name, _kind: None)
    assert time.monotonic() - started < 3
    assert (found["probed"], found["failures"]) == (0, [])
    assert {"source": 1, "reason": "no answer within 1 s"} in found["unavailable"]


def test_one_question_without_an_answer_is_a_failure(lan: Lan) -> None:
    ends = [endpoint(0, "h1", "a"), endpoint(1, "h1", "b", ipv4="192.0.2.3")]
    path = lan.add_station("a")
    ways = Ways(OWN, {"a": Namespace(path)})
    with resolver(path, lambda name, kind: right(name, kind) if kind == 1 else None):
        found = _names.resolve_names(share(ends), usable(share(ends)), ways, KNOWN)
    assert found["probed"] == 2
    [row] = found["failures"]
    assert (row["source"], row["family"], row["answers"], row["reason"]) == (0, "ipv6", [], "no answer within 1 s")


def test_a_lost_query_is_asked_again(lan: Lan) -> None:
    seen: list[str] = []

    def second_time(name: str, kind: int) -> tuple[int, list[bytes]] | None:
        seen.append(name)
        return right(name, kind) if len(seen) > 1 else None

    assert resolve(lan, second_time)["failures"] == []
    assert seen == ["b", "b"]


def test_answers_to_other_questions_are_nobodys() -> None:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        one.setblocking(False)
        question = Question(1, 2, "ipv4", "b")
        asked = _names._Asked(one, {7: question})
        head = struct.pack("!HHHHHH", 7, 0x8180, 1, 0, 0, 0)
        other.send(head + b"\1c\0" + struct.pack("!HH", 1, 1))  # another name
        other.send(head + b"\1b\0" + struct.pack("!HH", 28, 1))  # another family
        other.send(b"\0\x08" + head[2:] + b"\1b\0" + struct.pack("!HH", 1, 1))  # another number
        other.send(b"rubbish")
        _names._receive(asked)
        assert (asked.answers, asked.open) == ({}, {7: question})
        other.send(head + b"\1B\0" + struct.pack("!HH", 1, 1))
        _names._receive(asked)
        assert list(asked.answers) == [question]


def test_every_socket_is_closed(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    real, opened = _names._open, []

    def remember(stack: ExitStack, namespace: Namespace) -> socket.socket:
        opened.append(real(stack, namespace))
        return opened[-1]

    monkeypatch.setattr(_names, "_open", remember)
    resolve(lan, right)
    assert [sock.fileno() for sock in opened] == [-1, -1]
