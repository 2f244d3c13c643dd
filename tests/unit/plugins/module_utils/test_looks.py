# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen in containers: the engine's answers, the kernel's links, and what their own ping prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _looks
from ansible_collections.dockerlan.fleet.plugins.module_utils._insides import Inside
from ansible_collections.dockerlan.fleet.plugins.module_utils._looks import Answered

LO = {"name": "lo", "loopback": True, "mac": "00:00:00:00:00:00", "addresses": ["127.0.0.1/8"], "mtu": 65536}
ETH0 = {"name": "eth0", "loopback": False, "mac": "02:42:ac:11:00:02", "addresses": ["172.17.0.2/16"], "mtu": 1500}
ENTRY = {"IPAddress": "172.17.0.2", "GlobalIPv6Address": "", "MacAddress": "02:42:ac:11:00:02", "Gateway": "172.17.0.1"}
REPLY = "64 bytes from 172.18.0.3: seq=0 ttl=64 time=0.101 ms"
IPUTILS = "64 bytes from two ({}): icmp_seq=1 ttl=64 time=1 ms"
COUNTED = "--- two ping statistics ---\n1 packets transmitted, 1 packets received, 0% packet loss\n"
SILENT = "--- two ping statistics ---\n1 packets transmitted, 0 packets received, 100% packet loss\n"


def container(pid: int, mode: str = "bridge", resolv: Path | None = None) -> dict[str, Any]:
    return {
        "Id": "id-one",
        "Name": "/one",
        "State": {"Pid": pid},
        "HostConfig": {"NetworkMode": mode},
        "ResolvConfPath": str(resolv or ""),
        "NetworkSettings": {"Networks": {"bridge": ENTRY} if mode == "bridge" else {}},
    }


def test_a_running_container() -> None:
    assert _looks.seen(container(4711), Inside(17, [LO, ETH0]), {}) == {
        "name": "one",
        "running": True,
        "namespace": 17,
        "joined": None,
        "resolver": False,
        "links": [
            {"name": "lo", "mac": "00:00:00:00:00:00", "addresses": ["127.0.0.1/8"]},
            {"name": "eth0", "mac": "02:42:ac:11:00:02", "addresses": ["172.17.0.2/16"]},
        ],
        "networks": {
            "bridge": {"ipv4": "172.17.0.2", "ipv6": None, "mac": "02:42:ac:11:00:02", "gateway": "172.17.0.1"}
        },
    }


def test_one_that_does_not_run_has_no_address_whatever_the_engine_still_lists() -> None:
    row = _looks.seen(container(0), None, {})
    assert (row["running"], row["namespace"], row["links"]) == (False, None, None)
    assert row["networks"] == {"bridge": {"ipv4": None, "ipv6": None, "mac": None, "gateway": None}}


@pytest.mark.parametrize(("names", "joined"), [({"id-two": "two"}, "two"), ({}, "id-two")])
def test_the_one_that_was_joined_has_a_name(names: dict[str, str], joined: str) -> None:
    row = _looks.seen(container(4711, mode="container:id-two"), Inside(17, [LO]), names)
    assert (row["joined"], row["networks"]) == (joined, {})


@pytest.mark.parametrize(
    ("line", "pid", "expected"),
    [("nameserver 127.0.0.11", 4711, True), ("nameserver 192.0.2.1", 4711, False), ("nameserver 127.0.0.11", 0, False)],
)
def test_whether_it_uses_the_resolver_of_docker(tmp_path: Path, line: str, pid: int, expected: bool) -> None:
    (tmp_path / "resolv.conf").write_text(f"{line}\n")
    assert _looks.seen(container(pid, resolv=tmp_path / "resolv.conf"), None, {})["resolver"] is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"PING two (172.18.0.3): 56 data bytes\n{REPLY}\n\n{COUNTED}", Answered("172.18.0.3", True, REPLY)),
        (
            f"PING two (172.18.0.3) 56(84) bytes of data.\n{IPUTILS.format('172.18.0.3')}\n\n{COUNTED}",
            Answered("172.18.0.3", True, IPUTILS.format("172.18.0.3")),
        ),
        (
            f"PING two(two (fd00::3)) 56 data bytes\n{IPUTILS.format('fd00::3')}\n\n{COUNTED}",
            Answered("fd00::3", True, IPUTILS.format("fd00::3")),
        ),
        (
            f"PING two (172.18.0.3): 56 data bytes\n64 bytes from 172.18.0.9: seq=0 ttl=64 time=0.1 ms\n\n{COUNTED}",
            Answered("172.18.0.3", False, "64 bytes from 172.18.0.9: seq=0 ttl=64 time=0.1 ms"),
        ),
        (
            f"PING two (172.18.0.3): 56 data bytes\n\n{SILENT}",
            Answered("172.18.0.3", False, "1 packets transmitted, 0 packets received, 100% packet loss"),
        ),
        (
            "PING two (172.18.0.3): 56 data bytes\nping: sendto: Network unreachable\n",
            Answered("172.18.0.3", False, "ping: sendto: Network unreachable"),
        ),
        (
            "PING two (172.18.0.3): 56 data bytes\n",
            Answered("172.18.0.3", False, "PING two (172.18.0.3): 56 data bytes"),
        ),
        ("ping: bad address 'two'\n", Answered(None, False, "ping: bad address 'two'")),
        ("ping: two: Name or service not known\n", Answered(None, False, "ping: two: Name or service not known")),
        ("", Answered(None, False, "it printed nothing within 3 s")),
    ],
)
def test_what_ping_prints(text: str, expected: Answered) -> None:
    assert _looks.read_answer(text) == expected


class Client(NamedTuple):
    """An engine that runs one command."""

    printed: str
    exit_code: int
    ran: list[Sequence[str]]

    def exec_create(self, container_id: str, command: Sequence[str], **_options: Any) -> dict[str, str]:
        """Note the command."""
        self.ran.append([container_id, *command])
        return {"Id": "run"}

    def exec_start(self, _ran: str, **_options: Any) -> tuple[bytes | None, bytes | None]:
        """Print on both streams, the first of which was not used."""
        return None, self.printed.encode()

    def exec_inspect(self, _ran: str) -> dict[str, int]:
        """Tell how it ended."""
        return {"ExitCode": self.exit_code}


def ping(printed: str, exit_code: int) -> tuple[Answered, list[Sequence[str]]]:
    client = Client(printed, exit_code, [])
    return _looks.ping_by_name(_docker.Engine(client, {}), "id-one", "two"), client.ran


def test_the_command() -> None:
    answered, ran = ping("ping: bad address 'two'\n", 1)
    assert answered == Answered(None, False, "ping: bad address 'two'")
    assert ran == [["id-one", *"timeout 3 ping -c 1 -W 1 two".split()]]


@pytest.mark.parametrize("code", [126, 127])
def test_without_a_ping_nothing_is_known(code: int) -> None:
    with pytest.raises(_looks.PingError, match="can't execute 'ping'"):
        ping("timeout: can't execute 'ping': No such file or directory\n", code)


def test_the_own_namespace() -> None:
    assert _looks.own_namespace(local=True) == Path("/proc/self/ns/net").stat().st_ino
    assert _looks.own_namespace(local=False) is None
