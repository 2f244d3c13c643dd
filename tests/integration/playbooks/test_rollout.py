# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet in use changes host by host, or not at all. The tests run in this order, on three hosts with containers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab import lan as lab_lan
from tests.integration.conftest import booted
from tests.integration.fleet import Fleet, Run, lab_name
from tests.integration.playbooks.breakage import lab_of
from tests.integration.playbooks.scene import (
    IMAGE,
    created,
    lan,
    load_image,
    per_host,
    refused,
    snapshot,
    started,
    subnet,
)

BLOCKS = {"host1": 128, "host2": 160, "host3": 192}
SLICES = {host: f"10.20.0.{first}/28" for host, first in BLOCKS.items()}
# No host has an address of these: whether a second parent is on their LAN is not what these tests are about.
OFFICE = lan(subnets=[subnet(subnet="10.20.0.0/24", gateway="10.20.0.1", range="10.20.0.128/25")])
JOURNAL = "/var/lib/dockerlan/journal.json"
LOCK = "/var/lib/dockerlan/lock"
# Asked in the containers: engines forget the MAC address of one that they attach anew, and call its link eth1 then.
MACS = "for name in job web; do docker exec $name sh -c 'cat /sys/class/net/eth*/address'; done"


def play(fleet: Fleet, playbook: str, *arguments: str, **variables: Any) -> Run:
    """Run a playbook with the LAN as it is declared at first, or with other variables."""
    declared = {"dockerlan_lans": [OFFICE], "dockerlan_slices": {"office": [per_host(**SLICES)]}}
    extra = {**declared, "reachability_endpoints": 1, "reachability_count": 1, **variables}
    return fleet.play(playbook, *arguments, "-e", json.dumps(extra))


def rollout(fleet: Fleet, *arguments: str, **variables: Any) -> Run:
    """Roll out: every slice grows from /28 to /27, unless something else is said."""
    grown = {"dockerlan_slices": {"office": ["/27"]}}
    return play(fleet, "playbooks/rollout.yml", *arguments, **{**grown, **variables})


def state(fleet: Fleet, host: str) -> dict[str, Any]:
    """Return the networks and containers of a host, without what is new for a network that was made anew."""
    networks = fleet.networks(host)
    ids = fleet.on(host, "docker", "ps", "-aq", "--no-trunc").split()
    for network in networks.values():
        for own in ("Id", "Created", "Containers"):
            del network[own]
    return {
        "networks": networks,
        "containers": [attached(one) for one in json.loads(fleet.on(host, "docker", "inspect", *ids))],
        "macs": fleet.on(host, "sh", "-c", MACS),
    }


def attached(container: dict[str, Any]) -> dict[str, Any]:
    """Return what a container may not lose: its process, and by network its addresses and aliases."""
    entries = container["NetworkSettings"]["Networks"]
    kept = ("IPAddress", "Aliases")
    return {
        **{key: container["State"][key] for key in ("Status", "Pid", "StartedAt")},
        "name": container["Name"],
        "id": container["Id"],
        **{name: {key: entry[key] for key in kept} for name, entry in entries.items()},
    }


def while_it_changes(
    fleet: Fleet, run: Callable[[], Run], *, then: str = "true", meanwhile: tuple[str, ...] = ()
) -> Run:
    """Return a run; as soon as it has begun to change host1, ``then`` is run there, and ``meanwhile`` on any host.

    ``then`` waits on the host itself, for a network is made anew within some 100 ms.
    """
    waiting = f"tries=0; until [ -e {JOURNAL} ]; do tries=$((tries + 1)); [ $tries -lt 12000 ]; sleep 0.004; done"

    def watch() -> None:
        fleet.on("host1", "sh", "-ec", f"{waiting}; {then}")
        if meanwhile:
            fleet.on(*meanwhile)

    with ThreadPoolExecutor(1) as watcher:
        watched = watcher.submit(watch)
        done = run()
        watched.result()
    return done


def said(run: Run) -> str:
    """Return the output of a run with single spaces, and with no quotes doubled for YAML."""
    return " ".join(run.output.replace("''", "'").split())


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Three hosts with a LAN and, on each, containers with all kinds of addresses; one of them is stopped."""
    with booted(lab_name("rollout"), tmp_path_factory.mktemp("rollout"), "--links", "macvlan") as booted_fleet:
        load_image(booted_fleet)
        lab_lan.ip(lab_of(booted_fleet), "address", "add", "10.20.0.1/24", "dev", lab_lan.BRIDGE)  # the LAN's gateway
        first = play(booted_fleet, "site.yml")
        assert first.code == 0, first.output
        for number, (host, block) in enumerate(BLOCKS.items()):
            named = f"--network office --ip 10.20.0.{block + 9} --mac-address 02:00:00:00:77:0{number}"
            script = [
                started("web", named, "--network-alias www"),
                started("job", "--network office"),
                f"docker create --name old --network office --ip 10.20.0.{block + 8} {IMAGE} true",
                "ip link add spare0 type veth peer name spare1; ip link set spare1 up; ip link set spare0 up",
            ]
            booted_fleet.on(host, "sh", "-ec", "\n".join(script))
        yield booted_fleet


def test_without_consent_it_is_refused_for_all_before_any_is_touched(fleet: Fleet) -> None:
    before = snapshot(fleet)
    run = rollout(fleet)
    assert snapshot(fleet) == before
    for host, block in BLOCKS.items():
        refused(
            run,
            f"{host}, office: the live network differs from its declaration: ipam[10.20.0.0/24].ip_range is "
            f"'10.20.0.{block}/28', declared is '10.20.0.{block}/27'. Replacing it would interrupt "
            "dockerlan-office-1 (running), job (running), old (stopped), web (running). Declare it as it is, or have "
            "it replaced with network_allow_replace.",
        )


def test_check_shows_every_replacement_and_changes_nothing(fleet: Fleet) -> None:
    before = snapshot(fleet)
    run = rollout(fleet, "--check", "--diff", network_allow_replace=True)
    assert snapshot(fleet) == before
    assert run.code == 0, run.output
    for host, block in BLOCKS.items():
        assert f"{host}  replace  office  macvlan bridge on eth0  10.20.0.{block}/27" in run.output, run.output
        assert f'ipam[10.20.0.0/24].ip_range: "10.20.0.{block}/28" -> "10.20.0.{block}/27"' in run.output
        for sign, size in (("-", 28), ("+", 27)):
            assert re.search(rf"^\{sign} +ip_range: 10\.20\.0\.{block}/{size}$", run.output, re.MULTILINE), run.output
    assert run.output.count("interrupts dockerlan-office-1, job, old, web") == 3


def test_the_parent_that_goes_away_on_host2_ends_the_rollout_there(fleet: Fleet) -> None:
    before, host2 = snapshot(fleet), state(fleet, "host2")
    run = while_it_changes(
        fleet,
        lambda: rollout(fleet, dockerlan_parents={"office": "spare0"}, network_allow_replace=True),
        meanwhile=("host2", "ip", "link", "delete", "spare0"),
    )
    assert run.code != 0
    for words in (
        "host2: create office: the parent link 'spare0' does not exist on this host.",
        "What was there before was put back: create office, attach job to office",
        "The rollout ends here. Changed: host1. Failed or in doubt: host2. Planned, but not touched: host3.",
    ):
        assert words in said(run), run.output
    assert "Traceback" not in run.output
    assert {host: counts["changed"] for host, counts in run.recap().items() if counts["changed"]} == {"host1": 1}
    assert fleet.networks("host1")["office"]["Options"]["parent"] == "spare0"
    assert state(fleet, "host2") == host2
    assert snapshot(fleet)["host3"] == before["host3"]


def test_a_healthy_rollout_changes_host_after_host(fleet: Fleet) -> None:
    before = {host: state(fleet, host)["containers"] for host in fleet.hosts}
    run = rollout(fleet, network_allow_replace=True)
    assert run.code == 0, run.output
    assert run.report is not None
    assert run.report["verdict"] == "pass"
    networks = [fleet.networks(host)["office"] for host in fleet.hosts]
    assert [one["IPAM"]["Config"][0]["IPRange"] for one in networks] == [f"10.20.0.{n}/27" for n in BLOCKS.values()]
    assert [one["Created"] for one in networks] == sorted(one["Created"] for one in networks)
    assert {host: state(fleet, host)["containers"] for host in fleet.hosts} == before
    again = rollout(fleet, network_allow_replace=True)
    assert again.code == 0, again.output
    assert {counts["changed"] for counts in again.recap().values()} == {0}


def test_a_change_that_was_killed_is_in_the_plan_and_mended_by_the_next_run(fleet: Fleet) -> None:
    before = {host: state(fleet, host) for host in fleet.hosts}
    run = while_it_changes(
        fleet,
        lambda: rollout(fleet, dockerlan_lans=[{**OFFICE, "internal": True}], network_allow_replace=True),
        then=f"kill -9 $(cat {LOCK})",
    )
    assert run.code != 0
    for words in (
        "host1: ",
        "What it may have begun is finished or undone by the next run.",
        "The rollout ends here. Changed: no host. Failed or in doubt: host1. Planned, but not touched: host2, host3.",
    ):
        assert words in said(run), run.output
    assert fleet.on("host1", "ls", JOURNAL).strip() == JOURNAL
    plan = rollout(fleet, "--check")
    assert "host1 recover office" in said(plan), plan.output
    assert "a change was broken off here: it is finished or undone first" in plan.output
    mended = rollout(fleet)
    assert mended.code == 0, mended.output
    assert {host: state(fleet, host) for host in fleet.hosts} == before


def test_what_is_not_declared_any_more_is_named_and_stays(fleet: Fleet) -> None:
    by_hand = created("lab", "--label dockerlan.fleet.lan=lab", parent="spare0", subnet="10.30.0")
    fleet.on("host3", "sh", "-ec", f"{by_hand}; docker create --name tool --network lab {IMAGE} true")
    run = rollout(fleet)
    assert run.code == 0, run.output
    assert "host3 leave lab macvlan on spare0 10.30.0.0/24" in said(run), run.output
    assert "not declared any more; network_prune removes it" in run.output
    assert set(fleet.networks("host3")) == {"lab", "office"}


def test_prune_is_refused_with_containers_and_removes_with_consent(fleet: Fleet) -> None:
    before = snapshot(fleet)
    refused(
        rollout(fleet, network_prune=True),
        "host3, lab: the network is not declared any more, but containers are attached: tool (stopped). Remove them, "
        "or let them lose it with network_allow_detach.",
    )
    assert snapshot(fleet) == before
    run = rollout(fleet, network_prune=True, network_allow_detach=True)
    assert run.code == 0, run.output
    assert set(fleet.networks("host3")) == {"office"}
    assert {host: counts["changed"] for host, counts in run.recap().items()} == {
        "localhost": 0,
        "host1": 0,
        "host2": 0,
        "host3": 1,
    }
