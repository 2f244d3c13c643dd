# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container that its engine would not let go, or not take back, is refused before anything is touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _networks

from tests.unit.plugins.fake_engine import FakeEngine
from tests.unit.plugins.module_runner import run_module

pytest.importorskip("docker")

Run = Callable[..., dict[str, Any]]


def lan(name: str, driver: str = "macvlan", parent: str = "eth0") -> dict[str, Any]:
    """Declare a LAN, whose subnet follows from its name."""
    third = ord(name[0])
    return {
        "name": name,
        "driver": driver,
        "options": {"parent": parent, f"{driver}_mode": "bridge" if driver == "macvlan" else "l2"},
        "labels": {"dockerlan.fleet.lan": name},
        "ipam": [{"subnet": f"10.0.{third}.0/24", "ip_range": f"10.0.{third}.16/28", "gateway": f"10.0.{third}.1"}],
    }


OFFICE, VOICE = lan("office"), lan("voice", parent="eth1")
REPLACE = {"networks": [lan("office", "ipvlan"), VOICE], "allow_replace": True}
PRUNE = {"networks": [lan("office", "ipvlan")], "absent": ["voice"], "allow_replace": True, "allow_detach": True}
REMOVE = {"names": ["office"], "state": "absent", "allow_detach": True}


@pytest.fixture
def network(engine: FakeEngine, tmp_path: Path) -> Run:
    """Run the module on a host that has both LANs."""

    def run(params: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
        return run_module("network", {"docker_host": engine.url, "state_dir": f"{tmp_path}", **params}, check=check)

    run({"networks": [OFFICE, VOICE]})
    return run


def add(engine: FakeEngine, mode: str, *names: str, runs: bool = True) -> dict[str, Any]:
    """Add a container that was made with a network, and is on the networks of these names."""
    web = engine.add_container("web", 0, {name: {"NetworkID": "", "EndpointID": ""} for name in names})
    web["HostConfig"]["NetworkMode"] = mode
    if runs:
        engine.start("web")
    return web


def refusals(engine: FakeEngine, network: Run, params: dict[str, Any]) -> list[str]:
    """Run in check mode and for real; see that both refuse the same, touch nothing, and say why."""
    engine.calls.clear()
    said, done = network(params, check=True), network(params)
    assert (said["failed"], said["reason"]) == (done["failed"], done["reason"]) == (True, "refused"), done
    assert said["msg"] == done["msg"]
    assert [call for call in engine.calls if not call.startswith("GET")] == []
    return [line for line in str(done["msg"]).splitlines() if ": web " in line]


def is_done(network: Run, params: dict[str, Any]) -> bool:
    """Run in check mode and for real; tell whether both go through."""
    said, done = network(params, check=True), network(params)
    assert not said["failed"], said
    assert not done["failed"], done
    return bool(said["changed"] and done["changed"])


AILING = [
    ("restarting", "is being restarted again and again. Stop it (docker stop web) or mend it, then run again"),
    ("removing", "is being removed. Wait until it is gone, then run again"),
    ("dead", "is dead: its removal has failed. Remove it (docker rm -f web), then run again"),
]


@pytest.mark.parametrize(("state", "words"), AILING)
@pytest.mark.parametrize("params", [REPLACE, REMOVE], ids=["replace", "remove"])
def test_what_an_engine_does_not_let_go_is_refused(
    engine: FakeEngine, network: Run, params: dict[str, Any], state: str, words: str
) -> None:
    web = add(engine, "office", "office")
    engine.stop("web")
    web["State"]["Status"] = state
    assert refusals(engine, network, params) == [f"office: web {words}"]
    web["State"]["Status"] = "exited"  # its user has heeded the cure
    assert is_done(network, params)


def test_it_does_not_matter_on_a_network_that_stays(engine: FakeEngine, network: Run) -> None:
    web = add(engine, "voice", "voice")
    engine.stop("web")
    web["State"]["Status"] = "restarting"
    assert is_done(network, REPLACE)


def words_about(mode: str, network: str = "office") -> list[str]:
    """Say why a container cannot be attached to a network again."""
    problem = f"web was made with --network {mode}, by which no network goes both before and after the change"
    outcome = "the engine would neither attach nor start it again"
    return [f"{network}: {problem}: {outcome}. Make the container anew with --network {network}"]


@pytest.mark.parametrize("length", [64, 12, 5], ids=["full", "short", "shorter"])
@pytest.mark.parametrize("runs", [True, False], ids=["running", "stopped"])
def test_the_id_of_a_network_that_is_made_anew_is_refused(
    engine: FakeEngine, network: Run, length: int, runs: bool
) -> None:
    office = engine.network("office")
    office["Id"] = "7f1c2a90" * 8
    add(engine, office["Id"][:length], "office", runs=runs)
    assert refusals(engine, network, REPLACE) == words_about(office["Id"][:length])


def test_the_name_of_a_network_that_is_gone_is_refused(engine: FakeEngine, network: Run) -> None:
    add(engine, "voice", "office")
    engine.remove_network(engine.network("voice")["Id"])
    only_office = {**REPLACE, "networks": REPLACE["networks"][:1]}
    assert refusals(engine, network, only_office) == words_about("voice")
    # Created in the same run it would be there for the change, but not if that had to be put back.
    assert refusals(engine, network, REPLACE) == words_about("voice")


@pytest.mark.parametrize("on", [("voice", "office"), ("office",)], ids=["attached", "not-attached"])
def test_the_name_of_a_network_that_goes_in_the_same_run_is_refused(
    engine: FakeEngine, network: Run, on: tuple[str, ...]
) -> None:
    add(engine, "voice", *on)
    assert refusals(engine, network, PRUNE) == words_about("voice")


@pytest.mark.parametrize("mode", ["office", "voice", "id of voice", "default", "bridge", "none", "container:x", ""])
def test_what_an_engine_finds_again_is_replaced(engine: FakeEngine, network: Run, mode: str) -> None:
    mode = engine.network("voice")["Id"] if mode == "id of voice" else mode
    web = add(engine, mode or "default", "office", "voice")
    web["HostConfig"]["NetworkMode"] = mode or "default"
    assert is_done(network, REPLACE)
    assert set(web["NetworkSettings"]["Networks"]) == {"office", "voice"}


def test_removing_all_networks_of_a_container_needs_nothing_but_consent(engine: FakeEngine, network: Run) -> None:
    add(engine, engine.network("voice")["Id"], "office", "voice")
    assert is_done(network, {**REMOVE, "names": ["office", "voice"]})


def test_older_engines_do_not_look_for_the_network_that_a_container_was_made_with() -> None:
    spec = {**OFFICE, "internal": False, "enable_ipv6": False}
    live = {**spec, "id": "7f1c2a90" * 8, "other": {}}
    [row] = _answers.endpoints_of(
        {
            "Id": "c1",
            "Name": "/web",
            "HostConfig": {"NetworkMode": live["id"]},
            "NetworkSettings": {"Networks": {"office": {"NetworkID": live["id"]}}},
        },
        [live],
    )
    assert row["network_mode"] == live["id"]
    assert _networks.against_replacing(live, spec, [row], (1, 42)) == []
    [found] = _networks.against_replacing(live, spec, [row], (1, 43))
    assert [f"office: {found}"] == words_about(live["id"])
    # What is not asked for in a row of an older journal is not held against it.
    assert _networks.against_replacing(live, spec, [{**row, "network_mode": None}], (1, 43)) == []
