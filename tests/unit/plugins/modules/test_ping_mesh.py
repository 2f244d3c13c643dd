# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ping_mesh as a process: real namespaces, found through an engine's API."""

from __future__ import annotations

import os
import select
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State

from tests.records import unpacked
from tests.unit.plugins.fake_engine import FakeEngine
from tests.unit.plugins.lan import Lan
from tests.unit.plugins.module_runner import run_module
from tests.unit.plugins.probed import endpoint, mesh_of

pytest.importorskip("docker")

QUICK = {"host": "h1", "count": 1, "interval": 0, "timeout": 0.3}


def row(index: int, host: str, container: str | None, **values: Any) -> dict[str, Any]:
    """Build one endpoint of a mesh, IPv4 only."""
    return endpoint(index, host, container, **{"ipv6": None, **values})


@contextmanager
def container_in(lan: Lan, engine: FakeEngine, name: str) -> Iterator[None]:
    """Let the engine have a container whose process is in the namespace of a station."""
    with subprocess.Popen(["ip", "netns", "exec", f"{lan.prefix}-{name}", "sleep", "60"]) as process:
        try:
            await_namespace(process.pid, lan.path(name))
            container = engine.add_container(name, process.pid, {})
            container["NetworkSettings"]["SandboxKey"] = lan.path(name)
            yield
        finally:
            process.terminate()


def await_namespace(pid: int, path: str) -> None:
    """Wait until the process has entered the namespace."""
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}/ns/net").stat().st_ino != Path(path).stat().st_ino:
        assert time.monotonic() < deadline, "the process did not enter its namespace"
        time.sleep(0.01)


def ping_mesh(engine: FakeEngine, endpoints: list[dict[str, Any]], **params: Any) -> dict[str, Any]:
    """Run the module."""
    check = params.pop("check", False)
    values = {"docker_host": engine.url, "mesh": mesh_of(endpoints), **QUICK, **params}
    return run_module("ping_mesh", values, check=check)


@pytest.mark.parametrize("check", [False, True])
def test_containers_are_found_by_name_and_probed_from_inside(engine: FakeEngine, lan: Lan, check: bool) -> None:
    lan.add_station("c1", "192.0.2.1/24")
    lan.add_station("far", "192.0.2.2/24")
    with container_in(lan, engine, "c1"):
        engine.add_container("c2", 0, {})
        result = ping_mesh(engine, [row(0, "h1", "c1"), row(1, "h2", "far"), row(2, "h1", "c2")], check=check)
    assert (result["failed"], result["changed"], result["method"]) == (False, False, "netns")
    assert (result["method_reason"], result["batches"] >= 1) == (None, True)
    assert [record.state for record in unpacked(result["records"])] == [
        State.REPLY,
        State.LOST,
        State.NO_SOURCE,
        State.NO_SOURCE,
    ]
    assert result["errors"] == [{"source": 2, "target": None, "family": "ipv4", "text": "the container is not running"}]
    assert 0 < result["elapsed_ms"] < 3000
    assert "mesh" not in result["invocation"]["module_args"]
    assert len([call for call in engine.calls if "/containers/" in call]) == 2


def test_the_result_has_all_of_its_keys(engine: FakeEngine) -> None:
    result = ping_mesh(engine, [row(0, "h1", None, ipv4="127.0.0.1"), row(1, "h2", "x", ipv4="127.0.0.2")])
    assert result["checks"] == {
        "gateway": [],
        "path_mtu": {"probed": 1, "failures": []},
        "names": {"probed": 0, "failures": [], "unavailable": []},
    }
    evidence = result["evidence"]
    [link] = evidence.pop("links")
    assert (link["network"], link["name"]) == ("office", "eth0")
    assert set(evidence.pop("neighbour_table")) == {"ipv4", "ipv6"}
    assert set(evidence) == {"icmp", "strays", "neighbours", "wire", "sources", "routes", "truncated"}
    assert all(rows == [] for rows in evidence.values())


def test_checks_can_be_left_out(engine: FakeEngine) -> None:
    ends = [row(0, "h1", None, ipv4="127.0.0.1"), row(1, "h2", "x", ipv4="127.0.0.2")]
    assert ping_mesh(engine, ends, path_mtu=False)["checks"]["path_mtu"] == {"probed": 0, "failures": []}


def test_the_process_of_somebody_else_is_not_entered(engine: FakeEngine) -> None:
    engine.add_container("c1", os.getpid(), {})
    ends = [row(0, "h1", "c1", ipv4="127.0.0.1"), row(1, "h2", "x", ipv4="127.0.0.2")]
    result = ping_mesh(engine, ends, method="netns")
    assert unpacked(result["records"]) == [Record(State.NO_SOURCE)]
    assert "is not the container's" in result["errors"][0]["text"]
    assert result["evidence"]["sources"] == []


def test_an_engine_elsewhere_has_its_containers_pinged_by_themselves(engine: FakeEngine) -> None:
    engine.add_container("c1", 0, {})
    ends = [row(0, "h1", None, ipv4="127.0.0.1"), row(1, "h1", "c1"), row(2, "h2", "x", ipv4="127.0.0.2")]
    with over_tcp(engine) as url:
        result = ping_mesh(engine, ends, docker_host=url)
    assert (result["failed"], result["method"]) == (False, "exec"), result
    assert url in result["method_reason"]
    assert {record.state for record in unpacked(result["records"])} == {State.NO_SOURCE}
    assert {(error["source"], error["text"]) for error in result["errors"]} == {
        (0, f"the engine at {url} is not reached over a socket of this host"),
        (1, "the container is not running"),
    }
    assert result["evidence"]["links"] == []
    assert result["checks"]["path_mtu"] == {"probed": 0, "failures": []}


@contextmanager
def over_tcp(engine: FakeEngine) -> Iterator[str]:
    """Pass connections to the engine on, from a port of the loopback."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            """Copy both ways until one side ends."""
            with socket.socket(socket.AF_UNIX) as behind:
                behind.connect(engine.url.removeprefix("unix://"))
                pumps = [(self.request, behind), (behind, self.request)]
                while True:
                    for one in select.select([one for one, _other in pumps], [], [], 5)[0]:
                        data = one.recv(65536)
                        if not data:
                            return
                        dict(pumps)[one].sendall(data)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(timeout=5)


def test_an_answer_for_another_name_is_not_believed(engine: FakeEngine) -> None:
    engine.add_container("abcdef", 1, {})
    engine.containers[0]["Id"] = "abc"  # an engine also takes an id, or the start of one
    result = ping_mesh(engine, [row(0, "h1", "abc"), row(1, "h2", "x")])
    assert unpacked(result["records"]) == [Record(State.NO_SOURCE)]
    assert result["errors"][0]["text"] == "there is no such container on this host"


def test_without_containers_the_engine_is_not_asked(engine: FakeEngine) -> None:
    ends = [row(0, "h1", None, ipv4="127.0.0.1"), row(1, "h2", "x", ipv4="127.0.0.2")]
    ends.append(row(2, "h1", "lost", lost=True, ipv4=None))
    result = ping_mesh(engine, ends)
    assert not result["failed"]
    assert engine.calls == []


def test_no_engine_is_told(tmp_path: Path, engine: FakeEngine) -> None:
    result = ping_mesh(engine, [row(0, "h1", "c1"), row(1, "h2", "x")], docker_host=f"unix://{tmp_path}/none.sock")
    assert (result["failed"], result["reason"]) == (True, "engine_down")
    assert "mesh" not in result["invocation"]["module_args"]


def without(rows: list[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    """Take keys away from every row."""
    return [{key: value for key, value in row.items() if key not in keys} for row in rows]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"mesh": {}}, "mesh has no across, endpoints, expectations, networks, topology"),
        (
            {"mesh": mesh_of(without([row(0, "h1", None)], "macs", "lost"))},
            "mesh.endpoints[0] has no lost, macs",
        ),
        (
            {"mesh": {**mesh_of([]), "networks": [{"name": "office"}]}},
            "mesh.networks[0] has no driver, flag, gateways, mode",
        ),
        ({"count": 0}, "count is 0, expected 1 to 1000"),
        ({"timeout": 1000}, "timeout is 1000.0, expected 0 to 60"),
        ({"rate": -1}, "rate is -1.0, expected 0 to 1e+06"),
        ({"size": 70000}, "size is 70000, expected"),
        ({"method": "ssh"}, "method"),
    ],
)
def test_wrong_parameters_are_refused(engine: FakeEngine, params: dict[str, Any], words: str) -> None:
    result = ping_mesh(engine, [], **params)
    assert result["failed"]
    assert words in result["msg"]


def test_an_address_that_is_none_is_refused(engine: FakeEngine) -> None:
    result = ping_mesh(engine, [row(0, "h1", None, ipv4="127.0.0.1"), row(1, "h2", "x", ipv4="nonsense")])
    assert (result["failed"], result["reason"]) == (True, "failed")
    assert "nonsense" in result["msg"]
