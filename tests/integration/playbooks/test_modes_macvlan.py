# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network modes that need no ipvlan: each one goes red when its network is broken, and what is not ours stays.

That all of them pass is the molecule scenario modes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from tests.integration.fleet import Fleet
from tests.integration.playbooks import scene
from tests.integration.playbooks.breakage import broken, fault, hairpin, report_of
from tests.integration.playbooks.experiments import (
    ambush,
    ambush_on_host,
    failed_checks,
    green,
    lent,
    modes,
    nothing_left,
    red,
    relations,
)

MASQUERADE = "iptables -t nat {} POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE"
NAMED = 'echo 192.168.56.250 {other} >> "$(docker inspect --format "{{{{.HostsPath}}}}" {container})"'
ODD_LINK = "ip link add odd type veth peer name odder"


@pytest.fixture(scope="module")
def fleet(macvlan_fleet: Fleet) -> Iterator[Fleet]:
    """Lend the fleet to the tests of this file."""
    yield from lent(macvlan_fleet)


def misnamed(fleet: Fleet, host: str, network: str) -> AbstractContextManager[None]:
    """Let the first container of a network know the second one by name, at another address, from its hosts file."""
    container, other = (f"dockerlan-{network}-{number}" for number in (1, 2))
    return ambush_on_host(fleet, host, container, NAMED.format(container=container, other=other))


@pytest.fixture(autouse=True)
def tidy(fleet: Fleet) -> Iterator[None]:
    """See that each run has left nothing."""
    yield
    nothing_left(fleet)


def test_a_bridge_without_the_firewall_rules_of_docker_and_one_with_names(fleet: Fleet) -> None:
    with (
        broken(fleet, "host2", by=(MASQUERADE.format("-D"),), cured_by=(MASQUERADE.format("-I"),)),
        misnamed(fleet, "host3", "bridge"),
    ):
        run = modes(fleet, "bridge")
    [failed] = failed_checks(run, "bridge")
    assert failed.startswith(
        "host3: dockerlan-bridge-1 must not know the name dockerlan-bridge-2: it is 192.168.56.250"
    )
    assert red(run) == {"bridge"}
    assert relations(run, "bridge") == {"other_host"}
    assert [(cause["kind"], cause["hosts"]) for cause in report_of(run)["causes"]] == [("no_masquerade", ["host2"])]
    assert green(modes(fleet, "bridge")) == {"bridge"}


def test_the_stack_of_a_host_that_drops_pings(fleet: Fleet) -> None:
    rule = "iptables {} INPUT -i eth0 -p icmp -j DROP"
    with broken(fleet, "host2", by=(rule.format("-I"),), cured_by=(rule.format("-D"),)):
        run = modes(fleet, "host")
    assert red(run) == {"host"}
    assert relations(run, "host") >= {"cross_host", "host_to_host", "other_host"}


def test_a_link_in_a_container_without_a_network(fleet: Fleet) -> None:
    with ambush(fleet, "host2", "dockerlan-none-1", ODD_LINK):
        run = modes(fleet, "none")
    assert red(run) == {"none"}
    [failed] = failed_checks(run, "none")
    assert failed.startswith("host2: ")
    assert "odd" in failed


def test_a_container_that_keeps_a_link_when_the_one_it_joined_is_killed(fleet: Fleet) -> None:
    """The link is there before the second container is, so it is too late for none of the looks at that."""
    with ambush(fleet, "host3", "dockerlan-container-1", ODD_LINK):
        run = modes(fleet, "container")
    assert red(run) == {"container"}
    assert [line.partition(" dockerlan-container-1: ")[0] for line in failed_checks(run, "container")] == [
        "host3: after kill",
        "host3: after start",
    ]


def test_bridges_that_are_not_kept_apart_and_one_with_a_wrong_name(fleet: Fleet) -> None:
    rule = "iptables {} DOCKER-USER -j ACCEPT"
    with (
        broken(fleet, "host1", by=(rule.format("-I"),), cured_by=(rule.format("-D"),)),
        misnamed(fleet, "host3", "user-defined"),
    ):
        run = modes(fleet, "user-defined")
    [failed] = failed_checks(run, "user-defined")
    assert failed.startswith("host3: dockerlan-user-defined-1 does not reach dockerlan-user-defined-2")
    assert red(run) == {"user-defined", "another-bridge"}
    assert relations(run, "user-defined") == {"other_network"}


def test_the_finding_of_the_article_that_macvlan_does_not_cross_hosts(fleet: Fleet) -> None:
    with fault(fleet, "filter-mac", "host2"):
        run = modes(fleet, "macvlan-bridge")
    assert red(run) == {"macvlan-bridge"}
    assert relations(run, "macvlan-bridge") == {"cross_host", "other_host"}
    assert [(cause["kind"], cause["hosts"]) for cause in report_of(run)["causes"]] == [("mac_filter", ["host2"])]


def test_containers_that_were_to_be_kept_apart(fleet: Fleet) -> None:
    opened = "ip link set dev eth0 type macvlan mode bridge"
    with (
        ambush(fleet, "host2", "dockerlan-macvlan-private-1", opened),
        ambush(fleet, "host2", "dockerlan-macvlan-private-2", opened),
    ):
        run = modes(fleet, "macvlan-private")
    assert red(run) == {"macvlan-private"}
    assert relations(run, "macvlan-private") == {"same_host"}


def test_a_switch_that_sends_frames_back(fleet: Fleet) -> None:
    with hairpin(fleet, "host3"):
        run = modes(fleet, "macvlan-vepa")
    assert red(run) == {"macvlan-vepa"}
    assert relations(run, "macvlan-vepa") == {"own_host", "same_host"}


def test_what_has_the_name_of_a_mode_is_refused_and_not_adopted(fleet: Fleet) -> None:
    by_hand = scene.created("macvlan-bridge")
    with broken(fleet, "host2", by=(by_hand,), cured_by=("docker network rm macvlan-bridge",)):
        before = scene.snapshot(fleet)
        run = modes(fleet, "macvlan-bridge", "bridge")
        scene.refused(run, "macvlan-bridge")
        assert "host2" in run.output
        assert scene.snapshot(fleet) == before


def test_a_container_with_the_name_of_an_endpoint_stays_and_the_other_modes_are_proven(fleet: Fleet) -> None:
    by_hand, gone = scene.started("dockerlan-none-1"), "docker rm --force dockerlan-none-1"
    with broken(fleet, "host2", by=(by_hand,), cured_by=(gone,)):
        before = scene.snapshot(fleet)
        run = modes(fleet, "none", "host")
        assert scene.snapshot(fleet) == before
    assert run.code != 0
    report = report_of(run)
    assert [network["name"] for network in report["networks"]] == ["host", "none"]
    assert {row["network"] for row in report["relations"] if row["no_data"]} == {"none"}
    assert "Not as expected: none. As expected: host." in " ".join(run.output.split())
    assert "dockerlan-none-1" in run.output


def test_check_mode_says_what_it_would_build_and_builds_nothing(fleet: Fleet) -> None:
    before = scene.snapshot(fleet)
    run = fleet.play("playbooks/modes.yml", "--tags", "bridge,macvlan-bridge", "--check", "--diff")
    assert run.code == 0, run.output
    assert scene.snapshot(fleet) == before
    for word in ("dockerlan-bridge-1", "dockerlan-macvlan-bridge-2"):
        assert word in run.output
    assert run.report is None


def test_a_mode_that_a_kernel_has_not_is_refused_by_its_tag(fleet: Fleet) -> None:
    before = scene.snapshot(fleet)
    run = modes(fleet, "ipvlan-l2", "vlan", "bridge")
    scene.refused(run, "--skip-tags")
    for word in ("host1", "host2", "host3", "ipvlan"):
        assert word in run.output
    assert scene.snapshot(fleet) == before
