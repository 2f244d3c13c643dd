# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""experiment against an engine's API: what it builds, what it refuses, and what it leaves behind."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins import fake_engine
from tests.unit.plugins.fake_engine import FakeEngine
from tests.unit.plugins.module_runner import run_module

pytest.importorskip("docker")

LABEL = "dockerlan.fleet.experiment"
IMAGE = "dockerlan/endpoint:1"
ONE = "dockerlan-lan-1"
TWO = "dockerlan-lan-2"
POOL = {"subnet": "192.168.56.0/24", "ip_range": "192.168.56.128/28", "gateway": "192.168.56.1"}
LAN = {
    "name": "lan",
    "driver": "macvlan",
    "options": {"parent": "eth0", "macvlan_mode": "bridge"},
    "labels": {"dockerlan.fleet.lan": "lan"},
    "ipam": [POOL],
}
MADE = 5  # calls that change something, to make the network and two containers
CONTAINERS = [{"name": ONE, "network": "lan"}, {"name": TWO, "network": f"container:{ONE}"}]


@pytest.fixture(autouse=True)
def _image(engine: FakeEngine) -> None:
    engine.images.add(IMAGE)


def run(engine: FakeEngine, folder: Path, *, check: bool = False, **params: Any) -> dict[str, Any]:
    given = {"docker_host": engine.url, "state_dir": str(folder), **params}
    return run_module("experiment", given, check=check)


def build(engine: FakeEngine, folder: Path, *, check: bool = False, **changes: Any) -> dict[str, Any]:
    params = {"name": "lan", "image": IMAGE, "networks": [LAN], "containers": CONTAINERS, **changes}
    return run(engine, folder, check=check, **params)


def actions(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["name"], row["action"]) for row in [*result["networks"], *result["containers"]]]


def left(engine: FakeEngine) -> list[str]:
    return [network["Name"] for network in engine.networks] + [one["Name"] for one in engine.containers]


def foreign(engine: FakeEngine, label: str | None = None) -> None:
    """Put a network and a container on the host that have the names of the experiment's, but are not its own."""
    labels = {LABEL: label} if label else {}
    engine.add_network("lan", Labels=labels)
    engine.add_container(TWO, 0, {})["Config"] = {"Labels": labels}


def test_everything_is_built_in_few_calls(engine: FakeEngine, tmp_path: Path) -> None:
    result = build(engine, tmp_path, steps=[{"do": "kill", "container": ONE}, {"do": "restart", "container": TWO}])
    assert (result["failed"], result["changed"]) == (False, True)
    one, two = (f"/containers/{container['Id']}" for container in engine.containers)
    look = [f"GET {one}/json", f"GET {two}/json"]
    assert engine.calls == [
        "GET /version",  # the SDK finds out which API version to speak
        "GET /version",
        "GET /networks",
        "GET /containers/json",
        f"GET /images/{IMAGE}/json",
        "POST /networks/create",
        *("POST /containers/create", f"POST {one}/start"),
        *("POST /containers/create", f"POST {two}/start"),
        *look,
        *(f"POST {one}/kill", f"POST {one}/wait", *look),
        *(f"POST {two}/restart", *look),
        *("GET /networks", "GET /containers/json", *look, "GET /info"),
    ]
    assert actions(result) == [("lan", "created"), (ONE, "started"), (TWO, "started")]
    shown = result["facts"]["experiment"]
    assert [look["after"] for look in shown["looks"]] == ["start", f"kill {ONE}", f"restart {TWO}"]
    assert [[row["running"] for row in look["containers"]] for look in shown["looks"]] == [
        [True, True],
        [False, True],
        [False, True],
    ]
    assert shown["namespace"] == Path("/proc/self/ns/net").stat().st_ino
    assert (shown["names"], shown["refused"]) == ([], [])


def test_the_facts_are_those_of_host_info(engine: FakeEngine, tmp_path: Path) -> None:
    facts = build(engine, tmp_path)["facts"]
    assert facts.pop("experiment")
    assert facts == run_module("host_info", {"docker_host": engine.url, "state_dir": str(tmp_path)})["facts"]
    assert [row["container"] for row in facts["endpoints"]] == [ONE]


def test_what_a_container_may_do(engine: FakeEngine, tmp_path: Path) -> None:
    build(engine, tmp_path)
    one, two = engine.containers
    host = one["HostConfig"]
    assert (host["CapDrop"], host["CapAdd"], host["ReadonlyRootfs"]) == (["ALL"], ["NET_RAW"], True)
    assert host["RestartPolicy"]["Name"] == "no"
    assert (host["NetworkMode"], two["HostConfig"]["NetworkMode"]) == ("lan", f"container:{one['Id']}")
    config = one["Config"]
    assert (config["Entrypoint"], config["Cmd"], config["StopSignal"]) == (["sleep"], ["infinity"], "SIGKILL")


def test_it_has_its_own_label_only(engine: FakeEngine, tmp_path: Path) -> None:
    build(engine, tmp_path)
    assert [one["Labels"] for one in engine.networks] == [{LABEL: "lan"}]
    assert [one["Config"]["Labels"] for one in engine.containers] == [{LABEL: "lan"}] * 2
    assert engine.networks[0]["Options"] == {"parent": "eth0", "macvlan_mode": "bridge"}


def test_what_an_earlier_run_has_left_goes_first(engine: FakeEngine, tmp_path: Path) -> None:
    build(engine, tmp_path)
    before = {one["Id"] for one in [*engine.networks, *engine.containers]}
    result = build(engine, tmp_path, containers=CONTAINERS[:1])
    assert result["networks"] == [{"name": "lan", "action": "removed"}, {"name": "lan", "action": "created"}]
    assert [(row["name"], row["action"]) for row in result["containers"]] == [
        *((ONE, "removed"), (TWO, "removed")),
        (ONE, "started"),
    ]
    assert left(engine) == ["lan", f"/{ONE}"]
    assert not before & {one["Id"] for one in [*engine.networks, *engine.containers]}


def test_the_difference_in_lines(engine: FakeEngine, tmp_path: Path) -> None:
    full = f"network lan (macvlan)\ncontainer {ONE} (lan)\ncontainer {TWO} (container:{ONE})\n"
    assert build(engine, tmp_path)["diff"] == {"before": "", "after": full}
    assert build(engine, tmp_path, networks=[], containers=[])["diff"] == {"before": full, "after": ""}


@pytest.mark.parametrize("state", ["present", "absent"])
def test_check_mode_tells_the_same_and_changes_nothing(engine: FakeEngine, tmp_path: Path, state: str) -> None:
    build(engine, tmp_path)
    engine.mutations = 0
    folder = tmp_path / "untouched"
    foreseen = build(engine, folder, check=True, state=state)
    assert engine.mutations == 0
    assert not folder.exists()
    done = build(engine, tmp_path, state=state)
    keys = ("changed", "networks", "containers", "diff")
    assert {key: foreseen[key] for key in keys} == {key: done[key] for key in keys}
    if state == "present":
        assert foreseen["facts"]["experiment"]["looks"] == []
        assert set(foreseen["facts"]) == set(done["facts"])


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("label", [None, "another"])
def test_all_that_is_wrong_is_refused_at_once(
    engine: FakeEngine, tmp_path: Path, label: str | None, check: bool
) -> None:
    foreign(engine, label)
    containers = [*CONTAINERS, {"name": "lost", "network": "container:nobody"}]
    result = build(engine, tmp_path, image="nono", containers=containers, check=check)
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert [row["name"] for row in result["problems"]] == ["lost", "lan", TWO, "nono"]
    whose = "belongs to the experiment 'another'" if label else "is somebody else's"
    assert [whose in row["problem"] for row in result["problems"]] == [False, True, True, False]
    assert all(row["problem"] in result["msg"] and row["cure"] in result["msg"] for row in result["problems"])
    assert engine.mutations == 0


def test_a_container_that_must_not_start_and_does_not(engine: FakeEngine, tmp_path: Path) -> None:
    engine.faults[5] = fake_engine.REFUSED  # the network, twice a container and its start
    containers = [CONTAINERS[0], {"name": TWO, "network": "lan", "starts": False}]
    result = build(engine, tmp_path, containers=containers)
    assert not result["failed"]
    assert result["containers"][1] == {"name": TWO, "action": "refused", "error": "it is broken"}
    shown = result["facts"]["experiment"]
    assert shown["refused"] == [{"container": TWO, "error": "it is broken"}]
    assert [row["running"] for row in shown["looks"][0]["containers"]] == [True, False]


def test_a_container_that_must_not_start_and_does_is_told_and_stays(engine: FakeEngine, tmp_path: Path) -> None:
    result = build(engine, tmp_path, containers=[{"name": ONE, "network": "lan", "starts": False}])
    assert result["containers"] == [{"name": ONE, "action": "started", "error": None}]
    assert result["facts"]["experiment"]["refused"] == []
    assert left(engine) == ["lan", f"/{ONE}"]


def test_a_container_that_ends_at_once(engine: FakeEngine, tmp_path: Path) -> None:
    engine.short_lived.add(TWO)
    result = build(engine, tmp_path)
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert f"ended as soon as they were started: {TWO}. Cure: " in result["msg"]
    assert left(engine) == []


@pytest.mark.parametrize("fault", [fake_engine.REFUSED, fake_engine.UNANSWERED])
@pytest.mark.parametrize("number", range(1, MADE + 1))
def test_whatever_fails_all_that_was_made_is_taken_away(
    engine: FakeEngine, tmp_path: Path, number: int, fault: str
) -> None:
    engine.add_network("others", Labels={LABEL: "another"})
    engine.add_container("web", 4711, {})
    engine.faults[number] = fault
    result = build(engine, tmp_path)
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert result["msg"].endswith("What had been made was taken away again")
    if fault == fake_engine.REFUSED:
        what = ["network lan", f"container {ONE}", f"container {ONE}", f"container {TWO}", f"container {TWO}"]
        assert result["msg"].startswith(f"{what[number - 1]}: Docker says: it is broken. ")
    assert left(engine) == ["others", "/web"]


def test_what_an_error_of_the_engine_means_is_said(engine: FakeEngine, tmp_path: Path) -> None:
    engine.failures["POST /networks/create lan"] = (500, "invalid subinterface vlan name eth9")
    result = build(engine, tmp_path)
    assert "the parent link 'eth9' does not exist on this host. Cure: check the name" in result["msg"]


def test_a_step_that_fails(engine: FakeEngine, tmp_path: Path) -> None:
    result = build(engine, tmp_path, steps=[{"do": "kill", "container": TWO}] * 2)
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert result["msg"].startswith(f"kill {TWO}: Docker says: cannot kill container: ")
    assert left(engine) == []


def test_facts_that_cannot_be_had(engine: FakeEngine, tmp_path: Path) -> None:
    (tmp_path / "journal.json").write_text("{")
    result = build(engine, tmp_path)
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert f"{tmp_path}/journal.json" in result["msg"]
    assert left(engine) == []


def test_what_cannot_be_taken_away_is_said(engine: FakeEngine, tmp_path: Path) -> None:
    engine.faults[4] = fake_engine.CRASH_BEFORE
    result = build(engine, tmp_path)
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert result["msg"].endswith("Cure: mend that, then run with state: absent")
    engine.dead = False
    assert left(engine) == ["lan", f"/{ONE}"]
    assert actions(run(engine, tmp_path, state="absent")) == [("lan", "removed"), (ONE, "removed")]
    assert left(engine) == []


def test_absent_leaves_all_others_alone(engine: FakeEngine, tmp_path: Path) -> None:
    foreign(engine, "another")
    mine = engine.add_network("mine", Labels={LABEL: "lan"})
    engine.calls.clear()
    result = run(engine, tmp_path, state="absent", name="lan")
    assert actions(result) == [("mine", "removed")]
    assert "lo" in result["links"]
    assert left(engine) == ["lan", f"/{TWO}"]
    look = ["GET /version", "GET /version", "GET /networks", "GET /containers/json"]
    assert engine.calls == [*look, f"DELETE /networks/{mine['Id']}"]
    assert actions(run(engine, tmp_path, state="absent")) == [("lan", "removed"), (TWO, "removed")]
    assert not run(engine, tmp_path, state="absent")["changed"]


@pytest.mark.parametrize("pid", [0, 4711])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_network_with_a_guest_is_not_removed(engine: FakeEngine, tmp_path: Path, state: str, pid: int) -> None:
    build(engine, tmp_path)
    engine.add_container("guest", pid, {"lan": {"NetworkID": engine.networks[0]["Id"]}})
    engine.mutations = 0
    result = build(engine, tmp_path, state=state)
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert [row["name"] for row in result["problems"]] == ["lan"]
    assert "attached to this network: guest" in result["problems"][0]["problem"]
    assert engine.mutations == 0


def test_what_is_gone_already_is_as_good_as_removed(engine: FakeEngine, tmp_path: Path) -> None:
    build(engine, tmp_path)
    one, two = engine.containers
    engine.failures[f"DELETE /containers/{one['Id']}"] = (404, f"No such container: {one['Id']}")
    engine.failures[f"DELETE /containers/{two['Id']}"] = (409, "removal of container two is already in progress")
    engine.failures[f"DELETE /networks/{engine.networks[0]['Id']}"] = (404, "network lan not found")
    assert not run(engine, tmp_path, state="absent")["failed"]


def test_what_could_not_be_removed_is_named(engine: FakeEngine, tmp_path: Path) -> None:
    build(engine, tmp_path)
    engine.failures[f"DELETE /containers/{engine.containers[0]['Id']}"] = (500, "it is broken")
    result = run(engine, tmp_path, state="absent")
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert result["msg"].startswith(
        f"These could not be removed: container {ONE}: Docker says: it is broken; network lan"
    )
    assert left(engine) == ["lan", f"/{ONE}"]


def test_nobody_else_changes_the_host_meanwhile(engine: FakeEngine, tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert build(engine, tmp_path)["reason"] == "busy"
        assert not build(engine, tmp_path, check=True)["failed"]


@pytest.mark.parametrize("missing", ["name", "image"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_needed(engine: FakeEngine, tmp_path: Path, missing: str, value: str | None) -> None:
    result = build(engine, tmp_path, **{missing: value})
    assert result["msg"] == f"state is present, but these are empty: {missing}"
    assert engine.calls == []


def test_no_engine(tmp_path: Path) -> None:
    params = {"docker_host": f"unix://{tmp_path}/none.sock", "state_dir": str(tmp_path), "state": "absent"}
    assert run_module("experiment", params)["reason"] == "engine_down"
