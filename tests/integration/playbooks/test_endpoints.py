# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts get probe endpoints: those that have no container of their own on the LAN, unless all shall."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.fleet import Fleet, Run
from tests.integration.playbooks.scene import clear

MACVLAN = ("-e", "lab_driver=macvlan")
PROBES = {"host1/dockerlan-office-1", "host1/dockerlan-office-2"}


@pytest.fixture(scope="module")
def fleet(macvlan_fleet: Fleet) -> Iterator[Fleet]:
    """Lend a fleet on whose first host only a container of its owner runs, and leave it empty."""
    run = macvlan_fleet.play("site.yml", *MACVLAN)
    assert run.code == 0, run.output
    script = "docker ps -aq | xargs -r docker rm -f && docker run -d --name web --network office dockerlan/endpoint:1"
    macvlan_fleet.on("host1", "sh", "-c", script)
    yield macvlan_fleet
    clear(macvlan_fleet, macvlan_fleet.hosts)


def containers(run: Run) -> set[str]:
    """Name the containers of the first host in a report that passed."""
    assert run.code == 0, run.output
    assert run.report
    return {end["id"] for end in run.report["endpoints"] if end["host"] == "host1" and end["kind"] == "container"}


def test_a_container_of_ones_own_is_as_good(fleet: Fleet) -> None:
    run = fleet.play("playbooks/verify.yml", *MACVLAN)
    assert containers(run) == {"host1/web"}
    assert {counts["changed"] for counts in run.recap().values()} == {0}


def test_they_are_started_everywhere_when_asked_for_and_stay(fleet: Fleet) -> None:
    run = fleet.play("playbooks/verify.yml", *MACVLAN, "-e", "reachability_endpoints_always=true")
    assert containers(run) == {"host1/web", *PROBES}
    assert run.recap()["host1"]["changed"] == 1
    again = fleet.play("playbooks/verify.yml", *MACVLAN)
    assert containers(again) == {"host1/web", *PROBES}
    assert {counts["changed"] for counts in again.recap().values()} == {0}


def test_none_are_started_where_there_shall_be_none(fleet: Fleet) -> None:
    script = "docker ps -aq --filter label=dockerlan.fleet.endpoint | xargs -r docker rm -f"
    fleet.on("host1", "sh", "-c", script)
    run = fleet.play(
        "playbooks/verify.yml", *MACVLAN, "-e", "reachability_endpoints=0", "-e", "reachability_names=false"
    )
    assert containers(run) == {"host1/web"}
