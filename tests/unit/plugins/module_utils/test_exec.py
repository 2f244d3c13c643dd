# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pings by the containers themselves: what is asked of which ping, and what becomes of its answers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _exec
from ansible_collections.dockerlan.fleet.plugins.module_utils._exec import Pinger, Target
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Pace
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import Observed
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import Namespace

from tests.unit.plugins.probed import endpoint, share

errors = pytest.importorskip("docker.errors")

PACE = Pace(probes=3, interval=0.1, timeout=0.5, size=100)
ELSEWHERE = Namespace(None, "the engine is elsewhere")
ENDS = [
    endpoint(0, "h1", None, ipv6=None),
    endpoint(1, "h1", "a", ipv6=None),
    endpoint(2, "h1", "b", ipv6=None),
    endpoint(3, "h2", None, ipv6=None),
]
READY = {"a": Target("id-a", None), "b": Target("id-b", None)}
MISSING = 'OCI runtime exec failed: exec: "ping": executable file not found in $PATH: unknown'
USAGE = "ping: invalid option -- 'n'\nBusyBox v1.0\n\nUsage: ping [OPTIONS] HOST"


def reply(command: Sequence[str]) -> str:
    """Print what a ping prints whose target replies."""
    return f"64 bytes from {command[-1]}: seq=0 ttl=64 time=1.0 ms\n\n3 packets transmitted, 1 packets received\n"


class FakePinger(Pinger):
    """Pings that are answered by the test."""

    def __init__(self, answer: Any = None, *, dont_fragment: bool = False) -> None:
        super().__init__("unix:///nowhere", 60, PACE, dont_fragment=dont_fragment)
        self.ran: list[tuple[str, tuple[str, ...]]] = []
        self.answer = answer or (lambda _container, command: (reply(command), True))
        self._guard = threading.Lock()

    def run(self, container_id: str, command: Sequence[str]) -> tuple[str, bool]:
        """Note the command, and let the test answer."""
        with self._guard:
            self.ran.append((container_id, tuple(command)))
        found: tuple[str, bool] = self.answer(container_id, command)
        return found


def probe(pinger: Pinger, ends: list[dict[str, Any]] | None = None, targets: Any = None) -> Observed:
    """Probe a share whose host itself is elsewhere."""
    with ExitStack() as stack:
        return _exec.probe_host_by_exec(stack, share(ends or ENDS), ELSEWHERE, targets or READY, pinger)


def states(seen: Observed) -> dict[tuple[int, int], State]:
    """Name the states by source and target."""
    return {
        (pair.source, pair.target): record.state for pair, record in zip(seen.share.pairs, seen.records(), strict=True)
    }


def test_every_pair_of_a_container_is_one_ping_with_its_addresses() -> None:
    pinger = FakePinger()
    seen = probe(pinger)
    assert {pair: state for pair, state in states(seen).items() if pair[0]} == dict.fromkeys(
        [(1, 0), (1, 2), (1, 3), (2, 0), (2, 1), (2, 3)], State.REPLY
    )
    assert sorted((name, command[-2], command[-1]) for name, command in pinger.ran) == [
        ("id-a", "192.0.2.2", "192.0.2.1"),
        ("id-a", "192.0.2.2", "192.0.2.3"),
        ("id-a", "192.0.2.2", "192.0.2.4"),
        ("id-b", "192.0.2.3", "192.0.2.1"),
        ("id-b", "192.0.2.3", "192.0.2.2"),
        ("id-b", "192.0.2.3", "192.0.2.4"),
    ]


def test_the_host_itself_cannot_send_from_elsewhere() -> None:
    seen = probe(FakePinger())
    assert {state for pair, state in states(seen).items() if pair[0] == 0} == {State.NO_SOURCE}
    assert seen.errors() == [{"source": 0, "target": None, "family": "ipv4", "text": "the engine is elsewhere"}]


def test_the_command_line() -> None:
    full, oldest = _exec._DIALECTS["ipv4"]
    pinger = FakePinger()
    common = "ping -c 3 -W 1 -s 100".split()
    assert pinger.command(full, "192.0.2.1", "192.0.2.2") == [
        *common,
        *"-n -i 0.2 -I 192.0.2.1 192.0.2.2".split(),
    ]
    assert pinger.command(oldest, "192.0.2.1", "192.0.2.2") == [*common, "192.0.2.2"]
    assert "-M do 192.0.2.2" in " ".join(FakePinger(dont_fragment=True).command(full, "192.0.2.1", "192.0.2.2"))


def test_a_ping_that_knows_few_options_is_asked_with_few_from_then_on() -> None:
    pinger = FakePinger(lambda _name, command: (USAGE, True) if "-n" in command else (reply(command), True))
    assert {state for pair, state in states(probe(pinger)).items() if pair[0]} == {State.REPLY}
    assert len([command for _name, command in pinger.ran if "-n" in command]) == 2


def test_a_ping_that_knows_no_ipv6_has_a_sibling() -> None:
    ends = [endpoint(0, "h1", "a", ipv4=None), endpoint(1, "h2", "x", ipv4=None)]

    def answer(_name: str, command: Sequence[str]) -> tuple[str, bool]:
        return ("ping: unknown host", True) if command[0] == "ping" else (reply(command), True)

    assert states(probe(FakePinger(answer), ends)) == {(0, 1): State.REPLY}


def test_a_container_without_ping_is_no_source_with_that_reason() -> None:
    pinger = FakePinger(lambda name, command: (MISSING, False) if name == "id-a" else (reply(command), True))
    seen = probe(pinger)
    assert {pair: state for pair, state in states(seen).items() if pair[0] == 1} == dict.fromkeys(
        [(1, 0), (1, 2), (1, 3)], State.NO_SOURCE
    )
    assert states(seen)[2, 3] is State.REPLY
    [text] = [row["text"] for row in seen.errors() if row["source"] == 1]
    assert text.startswith("there is no ping in it: OCI runtime exec failed")
    assert len([name for name, _command in pinger.ran if name == "id-a"]) == 2, "it is not asked for every pair"


def test_a_ping_that_may_not_is_not_tried_with_fewer_options() -> None:
    pinger = FakePinger(lambda _name, _command: ("ping: permission denied (are you root?)", True))
    seen = probe(pinger)
    assert {state for pair, state in states(seen).items() if pair[0]} == {State.NO_SOURCE}
    assert len(pinger.ran) == 2
    assert "its ping does not work: ping: permission denied (are you root?)" in seen.sources.reasons[1, "ipv4"]


@pytest.mark.parametrize(
    ("full", "plain", "sibling", "reason"),
    [
        (USAGE, "ping: permission denied", MISSING, "its ping does not work: ping: permission denied"),
        ("ping: unknown host", "ping: bad address 'x'", MISSING, "its ping does not work: ping: unknown host"),
    ],
)
def test_the_problem_that_tells_the_most_is_told(full: str, plain: str, sibling: str, reason: str) -> None:
    ends = [endpoint(0, "h1", "a", ipv4=None), endpoint(1, "h2", "x", ipv4=None)]

    def answer(_name: str, command: Sequence[str]) -> tuple[str, bool]:
        return (sibling, False) if command[0] == "ping6" else (full if "-n" in command else plain, True)

    assert probe(FakePinger(answer), ends).sources.reasons == {(0, "ipv6"): reason}


def test_stopped_and_unknown_containers_are_not_asked() -> None:
    pinger = FakePinger()
    seen = probe(pinger, targets={"a": Target("id-a", "the container is not running")})
    assert pinger.ran == []
    assert seen.sources.reasons[1, "ipv4"] == "the container is not running"
    assert seen.sources.reasons[2, "ipv4"] == "there is no such container on this host"


def test_lost_and_stranded_ends_are_not_pinged() -> None:
    ends = [*ENDS, endpoint(4, "h3", None, lost=True, ipv4=None, ipv6=None)]
    ends.append(endpoint(5, "h2", "s", stranded=True, ipv4=None, ipv6=None))
    found = states(probe(FakePinger(), ends))
    assert (found[1, 4], found[1, 5]) == (State.NO_ADDRESS, State.STRANDED)


def test_what_the_engine_refuses_is_about_the_container() -> None:
    def refuse(_name: str, _command: Sequence[str]) -> tuple[str, bool]:
        raise errors.APIError("409 Client Error", explanation="Container c is paused")

    assert probe(FakePinger(refuse)).sources.reasons[1, "ipv4"] == "nothing can be run in it: Container c is paused"


def test_an_engine_that_goes_away_ends_it() -> None:
    def vanish(_name: str, _command: Sequence[str]) -> tuple[str, bool]:
        raise errors.DockerException("connection reset")

    with pytest.raises(errors.DockerException, match="reset"):
        probe(FakePinger(vanish))


class FakeClient:
    """The calls of the engine's API that run a command."""

    def __init__(self, output: tuple[bytes | None, bytes | None], code: int) -> None:
        self.output, self.code = output, code
        self.created: list[Any] = []

    def exec_create(self, container: str, command: list[str], **options: Any) -> dict[str, str]:
        """Note the command."""
        self.created.append((container, command, options))
        return {"Id": "exec"}

    def exec_start(self, _ident: str, demux: bool) -> tuple[bytes | None, bytes | None]:
        """Return both streams apart."""
        assert demux
        return self.output

    def exec_inspect(self, _ident: str) -> dict[str, int]:
        """Tell the exit code."""
        return {"ExitCode": self.code}


@pytest.mark.parametrize(
    ("output", "code", "started"),
    [
        ((MISSING.encode(), None), 126, False),
        ((None, MISSING.encode()), 127, False),
        ((None, b"ping: bind: Cannot assign requested address\n"), 1, True),
        ((b"PING 192.0.2.1: 56 data bytes\n", b"ping: sendto: Network is unreachable\n"), 1, True),
    ],
)
def test_a_command_is_run_as_root_of_the_container(
    monkeypatch: pytest.MonkeyPatch, output: tuple[bytes | None, bytes | None], code: int, started: bool
) -> None:
    client = FakeClient(output, code)
    pinger = Pinger("unix:///nowhere", 60, PACE, dont_fragment=False)
    monkeypatch.setattr(pinger, "_client", lambda: client)
    text, was_started = pinger.run("id", ["ping", "x"])
    assert was_started is started
    assert all((part or b"").decode() in text for part in output)
    assert client.created == [("id", ["ping", "x"], {"stdout": True, "stderr": True, "user": "0"})]


def test_each_thread_has_a_connection_of_its_own_and_all_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    closed: list[int] = []

    class Connection:
        """Counts how often it is opened and closed."""

        def __init__(self, _docker_host: str, timeout: int) -> None:
            assert timeout == 60 + 3 + 1, "a silent ping says nothing until its end"

        def __enter__(self) -> _docker.Engine:
            opened.append(threading.get_ident())
            return _docker.Engine(object(), {})

        def __exit__(self, *_error: object) -> None:
            closed.append(1)

    monkeypatch.setattr(_docker, "connected", Connection)
    with Pinger("unix:///nowhere", 60, PACE, dont_fragment=False) as pinger:
        threads = [threading.Thread(target=lambda: [pinger._client(), pinger._client()]) for _number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(opened), closed) == (3, [])
    assert len(closed) == 3
