# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A namespace is entered only when it is the container's, and auto says why it does not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _entry, _sources
from ansible_collections.dockerlan.fleet.plugins.module_utils._entry import AUTO, EXEC, NETNS, Choice
from ansible_collections.dockerlan.fleet.plugins.module_utils._exec import Target
from ansible_collections.dockerlan.fleet.plugins.module_utils._names import Resolving
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import OWN, Namespace

LOCAL = "unix:///var/run/docker.sock"
REMOTE = "tcp://192.0.2.9:2376"
NEVER = 5_000_000  # more than the kernel ever gives out


def container(pid: int = 0, **values: Any) -> dict[str, Any]:
    """Build an inspected container; with a pid of this process its namespace is the own one."""
    return {"Id": "c" * 64, "Name": "/web", "State": {"Pid": pid}, "NetworkSettings": {}, **values}


def ours(**values: Any) -> dict[str, Any]:
    """Build a container whose process is this one, as the handle of its namespace shows."""
    return container(os.getpid(), NetworkSettings={"SandboxKey": "/proc/self/ns/net", **values})


@pytest.mark.parametrize("asked", [NETNS, EXEC])
def test_what_is_asked_for_is_taken(asked: str) -> None:
    assert _entry.choose(asked, REMOTE, {}) == Choice(asked)


@pytest.mark.parametrize(("url", "local"), [(LOCAL, True), (REMOTE, False), ("ssh://root@h", False)])
def test_an_engine_behind_a_network_is_elsewhere(url: str, local: bool) -> None:
    assert _entry.is_local(url) is local
    choice = _entry.choose(AUTO, url, {"web": container()})
    assert choice.method == (NETNS if local else EXEC)
    assert (url in (choice.reason or "")) is not local


def test_auto_enters_what_can_be_entered() -> None:
    if os.geteuid() != 0:
        pytest.skip("entering a namespace needs root")
    containers = {"stopped": container(), "web": ours()}
    assert _entry.choose(AUTO, LOCAL, containers) == Choice(NETNS)


def test_one_that_died_meanwhile_does_not_decide() -> None:
    if os.geteuid() != 0:
        pytest.skip("entering a namespace needs root")
    assert _entry.choose(AUTO, LOCAL, {"dead": container(NEVER), "web": ours()}) == Choice(NETNS)


def test_auto_says_why_it_takes_the_ping_of_the_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_sources._netns, "inside", refuse)
    method, reason = _entry.choose(AUTO, LOCAL, {"web": ours()})
    assert method == EXEC
    assert reason == "the network namespace of web cannot be entered (Permission denied); that needs root on this host"


def test_the_process_of_another_host_is_not_taken_for_the_container() -> None:
    method, reason = _entry.choose(AUTO, LOCAL, {"web": container(os.getpid())})
    assert (method, reason) == (
        EXEC,
        f"web: process {os.getpid()} is not the container's: its engine is not on this host",
    )
    assert _entry.namespace_of(container(os.getpid())).path is None


def test_a_container_is_known_by_its_cgroup_or_by_the_handle_of_its_namespace(tmp_path: Path) -> None:
    (tmp_path / "7" / "ns").mkdir(parents=True)
    (tmp_path / "7" / "ns" / "net").touch()
    cgroup = tmp_path / "7" / "cgroup"
    cgroup.write_text(f"0::/system.slice/docker-{'c' * 64}.scope/init.scope\n", encoding="utf-8")
    assert _entry.is_process_of(7, container(), tmp_path)
    cgroup.write_text("0::/\n", encoding="utf-8")
    assert not _entry.is_process_of(7, container(), tmp_path)
    handle = {"SandboxKey": str(tmp_path / "7" / "ns" / "net")}
    assert _entry.is_process_of(7, container(NetworkSettings=handle), tmp_path)
    assert not _entry.is_process_of(7, container(NetworkSettings={"SandboxKey": str(cgroup)}), tmp_path)
    assert not _entry.is_process_of(8, container(), tmp_path)


def test_ways_and_targets() -> None:
    containers = {"web": ours(), "stopped": container()}
    ways = _entry.ways_into(LOCAL, containers)
    assert ways.own == OWN
    assert ways.of("web") == Namespace(f"/proc/{os.getpid()}/ns/net")
    assert ways.of("stopped") == Namespace(None, "the container is not running")
    assert ways.of("unknown") == Namespace(None, "there is no such container on this host")
    assert _entry.targets_of(containers) == {
        "web": Target("c" * 64, None),
        "stopped": Target("c" * 64, "the container is not running"),
    }


def test_nothing_of_an_engine_elsewhere_is_entered() -> None:
    ways = _entry.ways_into(REMOTE, {"web": ours()})
    assert ways.own.reason is not None
    assert ways.of("web").path is None
    assert REMOTE in (ways.of("web").reason or "")


@pytest.mark.parametrize(
    ("text", "uses_docker"),
    [
        ("# made by Docker\nnameserver 127.0.0.11\noptions ndots:0\n", True),
        ("nameserver 192.0.2.53\n", False),
        ("# nameserver 127.0.0.11\nnameserver\n", False),
        (None, False),
    ],
)
def test_whether_a_container_uses_dockers_resolver(tmp_path: Path, text: str | None, uses_docker: bool) -> None:
    path = tmp_path / "resolv.conf"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    found = _entry.resolving_of({"web": ours() | {"ResolvConfPath": str(path)}, "stopped": container()})
    assert found == {"web": Resolving(uses_docker, frozenset())}


def test_all_addresses_of_a_container() -> None:
    networks = {
        "office": {"IPAddress": "192.0.2.1", "GlobalIPv6Address": "2001:DB8::1"},
        "bridge": {"IPAddress": "172.17.0.2", "GlobalIPv6Address": ""},
        "half": None,
    }
    [found] = _entry.resolving_of({"web": ours(Networks=networks)}).values()
    assert found.addresses == {"192.0.2.1", "2001:db8::1", "172.17.0.2"}
