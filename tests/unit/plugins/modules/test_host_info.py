# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""host_info against an engine's API, and against none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _journal
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Goal

from tests.unit.plugins.fake_engine import FakeEngine
from tests.unit.plugins.module_runner import run_module
from tests.unit.plugins.planning import macvlan_office, office

pytest.importorskip("docker")


@pytest.mark.parametrize("check", [False, True])
def test_all_facts_in_few_calls(engine: FakeEngine, check: bool) -> None:
    lans = [engine.add_network(f"lan{number}") for number in range(4)]
    everywhere = {lan["Name"]: {"NetworkID": lan["Id"], "IPAddress": "192.0.2.1"} for lan in lans}
    for number in range(3):
        engine.add_container(f"stopped{number}", 0, everywhere)
    engine.add_container("running", 4711, everywhere)
    result = run_module("host_info", {"docker_host": engine.url}, check=check)
    assert (result["failed"], result["changed"]) == (False, False)
    facts = result["facts"]
    assert set(facts) == {
        *("engine", "sdk", "kernel", "virtualization", "links", "routes"),
        *("networks", "endpoints", "stranded", "unfinished"),
    }
    assert facts["engine"]["version"] == "26.1.5+dfsg1"
    assert facts["kernel"]["release"] == os.uname().release
    assert set(facts["kernel"]["links"]) == {"ipvlan", "macvlan", "vlan"}
    assert facts["routes"] == []
    assert "lo" in {link["name"] for link in facts["links"]}
    assert [network["name"] for network in facts["networks"]] == [f"lan{number}" for number in range(4)]
    assert len(facts["endpoints"]) == 16
    assert sorted(engine.calls) == sorted(
        [
            "GET /version",  # the SDK finds out which API version to speak
            "GET /version",
            "GET /info",
            "GET /networks",
            "GET /containers/json",
            *(f"GET /containers/{container['Id']}/json" for container in engine.containers),
        ]
    )


def test_no_engine(tmp_path: Path) -> None:
    result = run_module("host_info", {"docker_host": f"unix://{tmp_path}/none.sock"})
    assert (result["failed"], result["reason"]) == (True, "engine_down")
    assert "Cure: " in result["msg"]


def test_no_sdk(tmp_path: Path, engine: FakeEngine) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['docker'] = None\n")
    result = run_module("host_info", {"docker_host": engine.url}, PYTHONPATH=f"{tmp_path}:.collections")
    assert (result["failed"], result["reason"]) == (True, "sdk_missing")
    assert "python3-docker" in result["msg"]


def test_an_old_sdk(tmp_path: Path, engine: FakeEngine) -> None:
    (tmp_path / "sitecustomize.py").write_text("import docker\ndocker.__version__ = '4.4.4'\n")
    result = run_module("host_info", {"docker_host": engine.url}, PYTHONPATH=f"{tmp_path}:.collections")
    assert (result["failed"], result["reason"]) == (True, "sdk_too_old")
    assert "is 4.4.4. Cure: " in result["msg"]


def test_a_subnet_that_is_none(engine: FakeEngine) -> None:
    result = run_module("host_info", {"docker_host": engine.url, "subnets": ["nonsense"]})
    assert (result["failed"], result["reason"]) == (True, "failed")
    assert "'nonsense' does not appear to be an IPv4 or IPv6 network" in result["msg"]


def test_an_old_engine(engine: FakeEngine) -> None:
    engine.version["Version"] = "19.03.15"
    result = run_module("host_info", {"docker_host": engine.url})
    assert (result["failed"], result["reason"]) == (True, "engine_too_old")


def test_an_engine_that_answers_with_an_error(engine: FakeEngine) -> None:
    engine.failures["GET /networks"] = (500, "it is broken")
    result = run_module("host_info", {"docker_host": engine.url})
    assert (result["failed"], result["reason"]) == (True, "engine_error")
    assert result["msg"] == "Docker says: it is broken"


def test_an_answer_that_is_no_address(engine: FakeEngine) -> None:
    engine.add_network("lan", IPAM={"Config": [{"Subnet": "nonsense"}]})
    result = run_module("host_info", {"docker_host": engine.url})
    assert (result["failed"], result["reason"]) == (True, "failed")
    assert "nonsense" in result["msg"]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("goal", ["old", "new"])
def test_a_change_that_was_broken_off_is_told_with_the_end_to_which_it_is_brought(
    tmp_path: Path, engine: FakeEngine, goal: str, check: bool
) -> None:
    ends = {"old": Goal([macvlan_office()], ["lab"], []), "new": Goal([office()], ["old"], [])}
    _journal.write(tmp_path, _journal.Entry("engine-1", "2026-01-31T12:00:00Z", goal, **ends))
    before = (tmp_path / "journal.json").read_bytes()
    params = {"docker_host": engine.url, "state_dir": str(tmp_path)}
    result = run_module("host_info", params, check=check)
    assert result["facts"]["unfinished"] == {
        "goal": goal,
        "since": "2026-01-31T12:00:00Z",
        "networks": ends[goal].networks,
        "absent": ends[goal].absent,
        "attachments": [],
    }
    assert (tmp_path / "journal.json").read_bytes() == before


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_without_a_journal_nothing_is_unfinished_and_none_is_made(
    tmp_path: Path, engine: FakeEngine, folder: str
) -> None:
    result = run_module("host_info", {"docker_host": engine.url, "state_dir": str(tmp_path / folder)})
    assert result["facts"]["unfinished"] is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version": 1, "goal": "old"}'])
def test_a_journal_that_cannot_be_understood(tmp_path: Path, engine: FakeEngine, text: str) -> None:
    (tmp_path / "journal.json").write_text(text)
    assert_unreadable(engine, tmp_path)


def test_a_journal_that_cannot_be_read(tmp_path: Path, engine: FakeEngine) -> None:
    (tmp_path / "journal.json").mkdir()
    assert_unreadable(engine, tmp_path, "cannot be used")


def assert_unreadable(engine: FakeEngine, tmp_path: Path, why: str = "cannot be read") -> None:
    result = run_module("host_info", {"docker_host": engine.url, "state_dir": str(tmp_path)})
    assert (result["failed"], result["reason"]) == (True, "journal")
    assert why in result["msg"]
    assert f"{tmp_path}/journal.json" in result["msg"]
    assert "Cure: " in result["msg"]
    assert "facts" not in result
