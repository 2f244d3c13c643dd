# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ping_mesh as a process: real namespaces, found through an engine's API."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State, decode

from tests.unit.plugins.fake_engine import FakeEngine
from tests.unit.plugins.lan import Lan
from tests.unit.plugins.module_runner import run_module

pytest.importorskip("docker")

QUICK = {"host": "h1", "count": 1, "interval": 0, "timeout": 0.3}


def endpoint(index: int, host: str, container: str | None, **values: Any) -> dict[str, Any]:
    """Build one row of the mesh, IPv4 only."""
    row = {"index": index, "id": f"e{index}", "network": "office", "host": host, "container": container, "lost": False}
    return {**row, "ipv4": f"192.0.2.{index + 1}", "ipv6": None, **values}


@contextmanager
def process_in(lan: Lan, name: str) -> Iterator[int]:
    """Keep a process in the namespace of a station, as a container has one, and tell its id."""
    with subprocess.Popen(["ip", "netns", "exec", f"{lan.prefix}-{name}", "sleep", "60"]) as process:
        try:
            await_namespace(process.pid, lan.path(name))
            yield process.pid
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
    return run_module("ping_mesh", {"docker_host": engine.url, "endpoints": endpoints, **QUICK, **params}, check=check)


@pytest.mark.parametrize("check", [False, True])
def test_containers_are_found_by_name_and_probed_from_inside(engine: FakeEngine, lan: Lan, check: bool) -> None:
    lan.add_station("c1", "192.0.2.1/24")
    lan.add_station("far", "192.0.2.2/24")
    with process_in(lan, "c1") as pid:
        engine.add_container("c1", pid, {})
        engine.add_container("c2", 0, {})
        ends = [endpoint(0, "h1", "c1"), endpoint(1, "h2", "far"), endpoint(2, "h1", "c2")]
        result = ping_mesh(engine, ends, check=check)
    assert (result["failed"], result["changed"], result["method"]) == (False, False, "netns")
    assert [record.state for record in decode(result["records"])] == [
        State.REPLY,
        State.LOST,
        State.NO_SOURCE,
        State.NO_SOURCE,
    ]
    assert result["errors"] == [{"source": 2, "target": None, "family": "ipv4", "text": "the container is not running"}]
    assert 0 < result["elapsed_ms"] < 2000
    assert "endpoints" not in result["invocation"]["module_args"]
    assert len([call for call in engine.calls if "/containers/" in call]) == 2


def test_an_answer_for_another_name_is_not_believed(engine: FakeEngine) -> None:
    engine.add_container("abcdef", 1, {})
    engine.containers[0]["Id"] = "abc"  # an engine also takes an id, or the start of one
    result = ping_mesh(engine, [endpoint(0, "h1", "abc"), endpoint(1, "h2", "x")])
    assert decode(result["records"]) == [Record(State.NO_SOURCE)]
    assert result["errors"][0]["text"] == "there is no such container on this host"


def test_without_containers_the_engine_is_not_asked(engine: FakeEngine) -> None:
    ends = [endpoint(0, "h1", None, ipv4="127.0.0.1"), endpoint(1, "h2", "x", ipv4="127.0.0.2")]
    ends.append(endpoint(2, "h1", "lost", lost=True, ipv4=None))
    result = ping_mesh(engine, ends)
    assert not result["failed"]
    assert engine.calls == []


def test_no_engine_is_told(tmp_path: Path, engine: FakeEngine) -> None:
    ends = [endpoint(0, "h1", "c1"), endpoint(1, "h2", "x")]
    result = ping_mesh(engine, ends, docker_host=f"unix://{tmp_path}/none.sock")
    assert (result["failed"], result["reason"]) == (True, "engine_down")
    assert "endpoints" not in result["invocation"]["module_args"]


@pytest.mark.parametrize(
    ("ends", "params", "words"),
    [
        ([{"index": 0}], {}, "endpoints[0] has no container, host, ipv4, ipv6, lost, network"),
        ([], {"count": 0}, "count is 0, expected 1 to 1000"),
        ([], {"timeout": 1000}, "timeout is 1000.0, expected 0 to 60"),
        ([], {"rate": -1}, "rate is -1.0, expected 0 to 1e+06"),
        ([endpoint(0, "h1", None, ipv4="127.0.0.1"), endpoint(1, "h2", "x", ipv4="nonsense")], {}, "nonsense"),
    ],
)
def test_wrong_parameters_are_refused(
    engine: FakeEngine, ends: list[dict[str, Any]], params: dict[str, Any], words: str
) -> None:
    result = ping_mesh(engine, ends, **params)
    assert (result["failed"], result["reason"]) == (True, "failed")
    assert words in result["msg"]
