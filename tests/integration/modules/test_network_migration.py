# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The LAN is replaced and comes back, with containers of every sort on it, on the hosts of both kernels."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _steps

from tests.integration.modules.conftest import HOSTS, Hosts
from tests.integration.modules.rehearsal import Case, assert_complete, assert_kept, cases_of, held, number_of, rehearse
from tests.integration.modules.scenario import Stage, drivers, modes, steps_of_change

CHANGE = steps_of_change(HOSTS[0])
REMOVE, CREATE, ATTACH = (number_of(kind, CHANGE) for kind in (_steps.REMOVE, _steps.CREATE, _steps.ATTACH))
CASES = [
    *cases_of(CHANGE, [REMOVE, CREATE, ATTACH], ["module-killed-after"]),
    *cases_of(CHANGE, [REMOVE], ["engine-killed-after"]),
]


@pytest.fixture(scope="module")
def native_stages(booted_hosts: Hosts) -> Iterator[list[Stage]]:
    """Build the scenario on native hosts: from one mode of macvlan to another, for many kernels have no ipvlan."""
    yield built([Stage(booted_hosts, host, modes(host)) for host in HOSTS])
    booted_hosts.clean()


@pytest.fixture(scope="module")
def ipvlan_stages(booted_ipvlan_hosts: Hosts) -> Iterator[list[Stage]]:
    """Build the scenario on hosts that have both drivers."""
    yield built([Stage(booted_ipvlan_hosts, host, drivers(host)) for host in HOSTS])
    booted_ipvlan_hosts.clean()


def built(stages: list[Stage]) -> list[Stage]:
    """Build the scenario on all hosts at once."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(Stage.serve, stages))
        list(pool.map(Stage.build, stages))
    return stages


def test_from_one_mode_of_macvlan_to_another_and_back(native_stages: list[Stage]) -> None:
    there_and_back(native_stages)


def test_from_macvlan_to_ipvlan_and_back(ipvlan_stages: list[Stage]) -> None:
    there_and_back(ipvlan_stages)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_from_one_driver_to_the_other_with_a_fault(case: Case, ipvlan_stages: list[Stage]) -> None:
    rehearse(ipvlan_stages[CASES.index(case) % len(ipvlan_stages)], case)


def there_and_back(stages: list[Stage]) -> None:
    """Replace the network on both hosts, and again, and see each time that nobody notices."""
    before, known = [stage.containers() for stage in stages], [macs_of(stage) for stage in stages]
    for goal in (1, 0):
        for stage, had, macs in zip(stages, before, known, strict=True):
            replaced = stage.to(stage.states[goal])
            assert not replaced["failed"], replaced
            assert_complete(stage, stage.states[goal])
            assert_kept(had, stage.containers())
            assert_reported(replaced, had)
            if stage.states[goal]["driver"] == "macvlan":
                assert macs_of(stage) == macs
        assert_stopped_one_starts(stages[0])
        assert_pings(*stages)
        stages[0].shell("docker stop -t 0 old")


def macs_of(stage: Stage) -> str:
    """Read the MAC addresses in the running containers: what the engine tells is not what the neighbours see."""
    read = "echo $c $(docker exec $c sh -c 'cat /sys/class/net/eth*/address')"
    return stage.shell(f"for c in $(docker ps --format '{{{{.Names}}}}' | sort); do {read}; done")


def assert_reported(result: dict[str, Any], had: dict[str, Any]) -> None:
    """See that the result says what each container has."""
    assert {row["container"] for row in result["containers"]} == set(had)
    for row in result["containers"]:
        container = held(had[row["container"]])
        addresses = (container["ipv4"], container["ipv6"]) if container["runs"] else (None, None)
        assert (row["running"], row["ipv4"], row["ipv6"]) == (container["runs"], *addresses)
        assert 0 < row["interruption_ms"] < 60_000


def assert_stopped_one_starts(stage: Stage) -> None:
    """Start the container that was stopped all the time, and see that it has the addresses of its user."""
    asked = held(stage.containers()["old"])
    stage.shell("docker start old")
    assert held(stage.containers()["old"]) == {**asked, "runs": True}


def assert_pings(stage: Stage, other: Stage) -> None:
    """Ping every container of a host, in both families, from a container of the other host."""
    live = [held(container) for container in stage.containers().values()]
    addresses = [one[family] for one in live for family in ("ipv4", "ipv6")]
    assert all(addresses)
    ping = f"for a in {' '.join(addresses)}; do ping -c 1 -w 10 $a >/dev/null || echo $a; done"
    assert other.shell(f"docker exec web sh -c '{ping}'") == ""
