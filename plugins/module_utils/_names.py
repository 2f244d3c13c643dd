# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Docker's resolver gives the containers of a host each other's addresses. PRIVATE to the collection.

On a network that a user made, a container resolves the names of the others on it through 127.0.0.11, which only
exists in its own network namespace.
"""

from __future__ import annotations

import secrets
import selectors
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _dns
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import Share
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import Namespace, Sources, Ways, within

RESOLVER = "127.0.0.11"
NO_RESOLVER = f"it does not use Docker's resolver ({RESOLVER})"
MAX_QUESTIONS = 1000
_PORT = 53
_PACKET_BYTES = 4096
_TRIES, _SECONDS_PER_TRY = 2, 0.5
_RCODES = {
    _dns.SERVER_FAILURE: "the resolver failed (SERVFAIL)",
    _dns.NAME_ERROR: "the resolver does not know the name (NXDOMAIN)",
    _dns.REFUSED: "the resolver refused to answer (REFUSED)",
}


class Resolving(NamedTuple):
    """What is known of a container: whether it uses Docker's resolver, and all of its addresses on all networks."""

    uses_docker: bool
    addresses: frozenset[str]


class Question(NamedTuple):
    """One name to resolve within a source: that of a target container, in one address family."""

    source: int
    target: int
    family: str
    name: str


@dataclass
class _Asked:
    """A source that is being asked: its socket, and its questions by the id of their query."""

    sock: socket.socket
    open: dict[int, Question]
    answers: dict[Question, _dns.Answer] = field(default_factory=dict)
    reason: str | None = None


def resolve_names(share: Share, sources: Sources, ways: Ways, containers: Mapping[str, Resolving]) -> dict[str, Any]:
    """Ask for the names of the running containers of the host from within each other.

    All queries are in flight at once. Returns ``names`` of docs/interfaces.md: ``probed`` counts the questions of the
    sources that have a resolver which answers at all.
    """
    by_source: dict[int, list[Question]] = {}
    for question in questions(share, sources, containers):
        by_source.setdefault(question.source, []).append(question)
    unavailable, asked = [], {}
    with ExitStack() as stack:
        for source, group in by_source.items():
            container = share.ends[source]["container"]
            if not containers[container].uses_docker:
                unavailable.append({"source": source, "reason": NO_RESOLVER})
                continue
            try:
                asked[source] = _Asked(_open(stack, ways.of(container)), _numbered(group))
            except OSError as error:
                unavailable.append({"source": source, "reason": f"no socket to the resolver: {error}"})
        _ask(list(asked.values()))
    silent = {source: one.reason or _no_answer() for source, one in asked.items() if not one.answers}
    unavailable += [{"source": source, "reason": reason} for source, reason in silent.items()]
    answered = {source: one for source, one in asked.items() if source not in silent}
    failures = [
        row for source, one in answered.items() for row in _failures(by_source[source], one.answers, share, containers)
    ]
    probed = sum(len(by_source[source]) for source in answered)
    return {"probed": probed, "failures": failures, "unavailable": sorted(unavailable, key=lambda row: row["source"])}


def questions(share: Share, sources: Sources, containers: Mapping[str, Resolving]) -> list[Question]:
    """List what to ask: each source for every other container of its network, fewer when there would be too many.

    Then each asks for the next ones only, so that every container asks, and is asked for. On networks without names
    nobody asks.
    """
    members: dict[str, list[int]] = {}
    usable = {index for index, _family in sources.channels}
    for index, end in share.ends.items():
        if index in usable and end["container"] in containers and share.resolves_names(end["network"]):
            members.setdefault(end["network"], []).append(index)
    asking = sum(len(group) for group in members.values())
    most = max(MAX_QUESTIONS // (2 * asking), 1) if asking else 0
    found = (question for group in members.values() for question in _around(share, group, most))
    return list(islice(found, MAX_QUESTIONS))


def _around(share: Share, group: Sequence[int], most: int) -> Iterator[Question]:
    """Let each member of a group ask for the next ones."""
    for place, source in enumerate(group):
        for step in range(1, min(most, len(group) - 1) + 1):
            target = group[(place + step) % len(group)]
            for family in _dns.TYPES:
                if share.ends[target].get(family) and _is_askable(share.ends[target]["container"]):
                    yield Question(source, target, family, share.ends[target]["container"])


def _is_askable(name: str) -> bool:
    """Tell whether a container's name can be a name in DNS at all; Docker's own limits are wider."""
    try:
        _dns.query(0, name, "ipv4")
    except ValueError:
        return False
    return True


def _numbered(group: Iterable[Question]) -> dict[int, Question]:
    """Give the questions of one socket numbers that nobody can guess."""
    first = secrets.randbelow(1 << 16)
    return {(first + number) % (1 << 16): question for number, question in enumerate(group)}


def _open(stack: ExitStack, namespace: Namespace) -> socket.socket:
    """Open a socket to the resolver in a namespace; connected, so that it is told of a refusal."""
    with within(namespace):
        sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC))
    sock.setblocking(False)
    sock.connect((RESOLVER, _PORT))
    return sock


def _ask(asked: Sequence[_Asked]) -> None:
    """Send what is open, try by try, and take the answers until there is nothing to wait for."""
    with selectors.DefaultSelector() as selector:
        for one in asked:
            selector.register(one.sock, selectors.EVENT_READ, one)
        for _try in range(_TRIES):
            for one in asked:
                _send(one)
            deadline = time.monotonic() + _SECONDS_PER_TRY
            while any(one.open for one in asked) and time.monotonic() < deadline:
                for key, _events in selector.select(max(deadline - time.monotonic(), 0)):
                    _receive(key.data)


def _send(one: _Asked) -> None:
    """Send the open questions. What is refused is refused for all: it is the other side that is not there."""
    for ident, question in list(one.open.items()):
        try:
            one.sock.send(_dns.query(ident, question.name, question.family))
        except BlockingIOError:
            return  # the next try sends the rest
        except OSError as error:
            _give_up(one, error)
            return


def _receive(one: _Asked) -> None:
    """Take what has come to one socket: answers to open questions, or the refusal of the other side."""
    while True:
        try:
            answer = _dns.parse_answer(one.sock.recv(_PACKET_BYTES))
        except BlockingIOError:
            return
        except OSError as error:
            _give_up(one, error)
            return
        question = one.open.get(answer.ident) if answer else None
        if answer and question and _is_about(answer, question):
            one.answers[question] = answer
            del one.open[answer.ident]


def _give_up(one: _Asked, error: OSError) -> None:
    one.reason = f"the resolver cannot be asked: {error}"
    one.open.clear()


def _is_about(answer: _dns.Answer, question: Question) -> bool:
    return (answer.name.lower(), answer.kind) == (question.name.lower(), _dns.TYPES[question.family])


def _failures(
    group: Iterable[Question],
    answers: Mapping[Question, _dns.Answer],
    share: Share,
    containers: Mapping[str, Resolving],
) -> Iterator[dict[str, Any]]:
    """Present the questions whose answer does not have an address of the container."""
    for question in group:
        answer = answers.get(question)
        known = containers[question.name].addresses | {share.address(question.target, question.family)}
        if answer is None or not known.intersection(answer.addresses):
            given = sorted(answer.addresses) if answer else []
            yield {**question._asdict(), "answers": given, "reason": _reason(answer)}


def _reason(answer: _dns.Answer | None) -> str:
    if answer is None:
        return _no_answer()
    if answer.addresses:
        return "the resolver gives an address that is not the container's"
    return _RCODES.get(answer.rcode, "the resolver knows no address of this family")


def _no_answer() -> str:
    return f"no answer within {_TRIES * _SECONDS_PER_TRY:g} s"
