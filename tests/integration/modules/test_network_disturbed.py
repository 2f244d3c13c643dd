# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host does not stand still while its networks are changed, or is not as it was left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _steps

from tests.integration.fleet import run_lab
from tests.integration.modules.conftest import HOSTS, Hosts, office
from tests.integration.modules.rehearsal import (
    CRASH,
    FAULTS,
    asked_for,
    assert_complete,
    assert_kept,
    assert_kept_in_crash,
    finish,
    held,
    number_of,
)
from tests.integration.modules.scenario import Stage, modes, steps_of_change

HOST = HOSTS[0]
CHANGE = steps_of_change(HOST)
REMOVE, CREATE = number_of(_steps.REMOVE, CHANGE), number_of(_steps.CREATE, CHANGE)
ABSENT: dict[str, Any] = {"names": ["office"], "state": "absent"}
BY_PROXY = {"docker_host": "unix:///run/engine-proxy.sock"}


@pytest.fixture
def stage(hosts: Hosts) -> Stage:
    """Build the scenario on a host."""
    found = Stage(hosts, HOST, modes(HOST))
    found.serve()
    found.build()
    return found


def step_of(kind: str, container: str) -> int:
    """Find the step of a container."""
    return [(step.kind, step.container) for step in CHANGE].index((kind, container))


def test_after_a_reboot_in_the_middle_one_more_run_is_enough(stage: Stage) -> None:
    before = stage.containers()
    stage.arm({**FAULTS["module-killed-after"], "call": REMOVE})
    broken_off = stage.to(stage.states[1], proxy=True)
    assert broken_off["failed"]
    for command in (["fault", "--name", stage.hosts.lab, "down", HOST], ["heal", "--name", stage.hosts.lab]):
        done = run_lab(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert stage.journal() is not None
    finish(stage, broken_off)
    assert_kept_in_crash(stage, before)


def test_when_the_engine_stays_away_the_next_run_puts_back(stage: Stage) -> None:
    before = stage.containers()
    stage.arm({"call": CREATE, "moment": "before", "action": "drop", "command": CRASH})
    failed = stage.to(stage.states[1], proxy=True)
    assert (failed["failed"], failed["reason"]) == (True, "change_failed")
    assert "What was there before is not put back yet" in failed["msg"]
    down = stage.to(stage.states[1])
    assert (down["failed"], down["reason"]) == (True, "engine_down")
    stage.shell("sh /lab/guest/engine.sh start")
    assert stage.journal() is not None
    finish(stage, failed)
    assert_kept_in_crash(stage, before)


def test_a_second_run_at_the_same_time_is_refused(stage: Stage) -> None:
    before = stage.containers()
    stage.arm({"call": CREATE, "moment": "before", "action": "run", "command": "touch /run/held; sleep 4"})
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(stage.to, stage.states[1], proxy=True)
        stage.shell("for i in $(seq 200); do [ -e /run/held ] && rm /run/held && exit 0; sleep 0.1; done; exit 1")
        second = stage.to(stage.states[0])
        assert not first.done()
        assert not first.result()["failed"], first.result()
    assert (second["failed"], second["reason"]) == (True, "busy"), second
    assert_complete(stage, stage.states[1])
    assert_kept(before, stage.containers())


def test_absent_with_containers_has_to_be_allowed(stage: Stage) -> None:
    before = stage.containers()
    refused = stage.run(**ABSENT)
    assert (refused["failed"], refused["reason"]) == (True, "refused")
    assert all(name in refused["msg"] for name in before)
    assert_kept(before, stage.containers())
    removed = stage.run(**ABSENT, allow_detach=True)
    assert (removed["failed"], removed["changed"]) == (False, True)
    assert [row["step"] for row in removed["steps"]] == [step.kind for step in CHANGE[: REMOVE + 1]]
    assert stage.networks() == []
    after = stage.containers()
    assert [name for name, one in after.items() if "office" in one["NetworkSettings"]["Networks"]] == []
    assert {name: one["State"]["Running"] for name, one in after.items()} == {
        name: one["State"]["Running"] for name, one in before.items()
    }
    assert stage.run(**ABSENT)["changed"] is False


@pytest.mark.parametrize("fault", ["refused", "module-killed-before", "engine-killed-before"])
def test_absent_that_fails_is_put_back(stage: Stage, fault: str) -> None:
    before = stage.containers()
    stage.arm({**FAULTS[fault], "call": REMOVE})
    failed = stage.run(**ABSENT, allow_detach=True, **BY_PROXY)
    assert failed["failed"]
    stage.await_engine()
    finish(stage, failed)
    if fault.startswith("engine"):
        assert_kept_in_crash(stage, before)
    else:
        assert_kept(before, stage.containers())


@pytest.mark.parametrize("kind", [_steps.DETACH, _steps.ATTACH])
def test_a_container_that_its_owner_removes_meanwhile_is_left_out(stage: Stage, kind: str) -> None:
    before = stage.containers()
    call = step_of(kind, "guest")
    stage.arm({"call": call, "moment": "before", "action": "run", "command": "docker rm -f guest"})
    replaced = stage.to(stage.states[1], proxy=True)
    assert not replaced["failed"], replaced
    assert {row["container"] for row in replaced["containers"]} == before.keys() - {"guest"}
    assert_complete(stage, stage.states[1])
    assert_kept({name: one for name, one in before.items() if name != "guest"}, stage.containers())


def test_what_is_too_much_is_replaced(hosts: Hosts) -> None:
    stage = Stage(hosts, HOST, modes(HOST))
    pools = [
        f"--subnet {p['subnet']} --ip-range {p['ip_range']} --gateway {p['gateway']}" for p in office(HOST)["ipam"]
    ]
    marks = "--label dockerlan.fleet.lan=office --label owner=x -o parent=eth0 -o mtu=1400"
    stage.shell(f"docker network create -d macvlan --ipv6 {marks} {' '.join(pools)} office")
    hosts.start(HOST, "web", "office", "--ip", "192.168.56.136")
    before = stage.containers()
    refused = stage.run(networks=[stage.states[0]])
    assert refused["reason"] == "refused"
    assert "web (running)" in refused["msg"]
    replaced = stage.to(stage.states[0])
    assert sorted(row["field"] for row in replaced["networks"][0]["differences"]) == ["labels.owner", "options.mtu"]
    assert_complete(stage, stage.states[0])
    assert_kept(before, stage.containers())


# After eight restarts the engine waits 12 s before the next: time for what follows.
BACK_OFF = "until [ $(docker inspect -f '{{.RestartCount}} {{.State.Pid}}' web | tr -d ' ') = 80 ]; do sleep 0.2; done"
BY_ID = "--network $(docker network inspect -f '{{.Id}}' office)"
SLEEP = "dockerlan/endpoint:1 sleep 3600"
UNFIT = [
    (
        f"docker run -d --name web --restart always --network office dockerlan/endpoint:1 false; {BACK_OFF}",
        [{"allow_detach": True, **ABSENT}, {"allow_replace": True, "networks": [modes(HOST)[1]]}],
        "web is being restarted again and again. Stop it (docker stop web) or mend it, then run again",
        "docker stop web",
    ),
    (
        f"docker run -d --name web {BY_ID} {SLEEP}",
        [{"allow_replace": True, "networks": [modes(HOST)[1]]}],
        "the engine would neither attach nor start it again. Make the container anew with --network office",
        f"docker rm -f web; docker run -d --name web --network office {SLEEP}",
    ),
    (
        f"docker create --name web --network office --mac-address 02:00:00:00:aa:01 {SLEEP}",
        [{"allow_replace": True, "networks": [modes(HOST)[1]]}],
        "engines from 25 on forget it when they connect a container anew. Start it (docker start web), or remove it",
        "docker start web",
    ),
]


@pytest.mark.parametrize(
    ("make", "changes", "words", "cure"), UNFIT, ids=["restarting", "made-by-id", "stopped-with-mac"]
)
def test_who_would_not_be_let_go_or_taken_back_is_refused_at_once(
    hosts: Hosts, make: str, changes: list[dict[str, Any]], words: str, cure: str
) -> None:
    stage = Stage(hosts, HOST, modes(HOST))
    assert not stage.to(stage.states[0])["failed"]
    stage.shell(make)
    before, live = stage.containers()["web"], stage.networks()
    for change in changes:
        for options in (["--check"], []):
            refused = stage.run(*options, **change)
            assert (refused["failed"], refused["reason"]) == (True, "refused"), refused
            assert words in refused["msg"]
    assert (stage.networks(), stage.journal()) == (live, None)
    assert stage.containers()["web"]["NetworkSettings"] == before["NetworkSettings"]
    stage.shell(cure)
    assert not stage.to(stage.states[1])["failed"]
    assert "office" in stage.containers()["web"]["NetworkSettings"]["Networks"]


def test_an_address_that_docker_chose_is_kept_until_the_lan_moves_elsewhere(hosts: Hosts) -> None:
    """It is asked for when a network is made anew, and still counts as Docker's choice, on an engine that does not."""
    stage = Stage(hosts, HOST, modes(HOST))
    assert not stage.to(stage.states[0])["failed"]
    hosts.start(HOST, "gone", "office")
    hosts.start(HOST, "web", "office")
    chosen = held(stage.containers()["web"])
    assert not stage.to(stage.states[1])["failed"]
    assert held(stage.containers()["web"]) == chosen
    stage.shell("docker restart -t 0 web; docker rm -f gone")
    assert held(stage.containers()["web"]) == chosen
    assert not stage.to(stage.states[0])["failed"]
    assert held(stage.containers()["web"]) == chosen
    [pool, _ipv6] = office(HOST)["ipam"]
    moved = {key: value.replace("192.168.56.", "192.168.57.") for key, value in pool.items()}
    assert not stage.to(office(HOST, ipam=[moved], enable_ipv6=False))["failed"]
    anew = held(stage.containers()["web"])
    assert anew["ipv4"].startswith("192.168.57.")
    assert asked_for(stage.containers()["web"]) == {"ipv4": None, "ipv6": None}


def test_everything_is_as_before_when_the_parent_is_taken_away_meanwhile(stage: Stage) -> None:
    before, [live] = stage.containers(), stage.networks()
    stage.shell("ip link add lan7 type veth peer name lan8 && ip link set lan7 up")
    stage.arm({"call": CREATE, "moment": "before", "action": "run", "command": "ip link del lan7"})
    failed = stage.to(office(HOST, options={"parent": "lan7", "macvlan_mode": "bridge"}), proxy=True)
    assert (failed["failed"], failed["reason"]) == (True, "change_failed")
    assert "the parent link 'lan7' does not exist on this host" in failed["msg"]
    assert "What was there before was put back" in failed["msg"]
    assert_complete(stage, stage.states[0])
    assert [{**network, "id": None} for network in stage.networks()] == [{**live, "id": None}]
    assert_kept(before, stage.containers())


@pytest.fixture
def vlan(ipvlan_hosts: Hosts) -> Iterator[Stage]:
    """Lend a host whose kernel has VLAN links, and take them away again."""
    yield Stage(ipvlan_hosts, HOST, modes(HOST))
    ipvlan_hosts.clean()
    ipvlan_hosts.shell(HOST, "ip link del eth0.20 2>/dev/null || true")


@pytest.mark.parametrize("made_by", ["docker", "hand"])
def test_only_links_that_docker_made_go_with_their_network(vlan: Stage, made_by: str) -> None:
    vlan.shell("ip link add link eth0 name eth0.20 type vlan id 20" if made_by == "hand" else "true")
    tagged = office(HOST, options={"parent": "eth0.20", "macvlan_mode": "bridge"})
    assert not vlan.to(tagged)["failed"]
    assert "eth0.20" in vlan.shell("ip -br link")
    removed = vlan.run(**ABSENT)
    assert not removed["failed"], removed
    assert ("eth0.20" in vlan.shell("ip -br link")) == (made_by == "hand")
    assert "eth0@" in vlan.shell("ip -br link") or "eth0 " in vlan.shell("ip -br link")
