# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault has its effect, and heal takes it back; the hosts are the same ones afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import state as states
from tests.integration.fleet import lab_name, run_lab
from tests.integration.lab.rig import ENDPOINTS, HOSTS, Rig


@pytest.fixture
def healed(native: Rig) -> Iterator[Rig]:
    """Hand out a whole native lab and heal it afterwards."""
    yield native
    native.lab("heal")


def test_filter_mac_stops_containers_but_not_hosts(healed: Rig) -> None:
    healed.lab("fault", "filter-mac", "host2")
    assert not healed.pings("host1", ENDPOINTS["host2"])
    assert not healed.pings("host2", ENDPOINTS["host1"])
    assert healed.host_pings("host1", HOSTS["host2"])
    assert not healed.host_pings("host1", ENDPOINTS["host2"])
    healed.lab("fault", "filter-mac", "host2")
    healed.lab("heal")
    assert healed.pings("host1", ENDPOINTS["host2"])
    assert healed.pings("host2", ENDPOINTS["host1"])


def test_partition_cuts_a_host_off_and_leaves_it_running(healed: Rig) -> None:
    healed.lab("fault", "partition", "host2")
    assert not healed.host_pings("host1", HOSTS["host2"])
    assert healed.run_in("host2", "docker", "inspect", "--format={{.State.Running}}", "endpoint") == "true\n"
    healed.lab("heal")
    assert healed.host_pings("host1", HOSTS["host2"])


@pytest.mark.parametrize("kind", ["native", "uml"])
def test_engine_down_leaves_the_host_and_its_containers(kind: str, request: pytest.FixtureRequest) -> None:
    lab: Rig = request.getfixturevalue(kind)
    lab.run_in("host2", *"docker run --detach --restart=always --name=always dockerlan/endpoint:1".split())
    lab.lab("fault", "engine-down", "host2")
    try:
        assert lab.try_in("host2", "docker", "version").returncode != 0
        assert lab.pings("host1", ENDPOINTS["host2"]), "containers outlive their engine"
    finally:
        lab.lab("heal")
    lab.wait_for_containers("host2", {"endpoint": "exited", "always": "running"})
    lab.run_in("host2", *"docker rm --force always".split())
    lab.run_in("host2", "docker", "start", "endpoint")
    assert lab.pings("host1", ENDPOINTS["host2"])


def test_faults_are_shown_until_they_are_healed(healed: Rig) -> None:
    healed.lab("fault", "filter-mac", "host1", "host2")
    healed.lab("fault", "partition", "host2")
    state = states.load(healed.name)
    assert state is not None
    assert state.faults == {"host1": ["filter-mac"], "host2": ["filter-mac", "partition"]}
    assert "up  filter-mac  partition" in run_lab("status").stdout
    healed.lab("heal")
    healed.lab("heal")
    state = states.load(healed.name)
    assert state is not None
    assert state.faults == {}


@pytest.mark.parametrize("arguments", [("filter-mac", "host9"), ("filter-mac", "host1", "host9")])
def test_a_fault_on_an_unknown_host_touches_none(healed: Rig, arguments: tuple[str, ...]) -> None:
    done = run_lab("fault", "--name", healed.name, *arguments)
    assert done.returncode == 1
    assert "host1 to host2" in done.stderr
    state = states.load(healed.name)
    assert state is not None
    assert state.faults == {}


@pytest.mark.parametrize("cure", ["heal", "up"])
def test_a_host_that_is_down_is_booted_again(cure: str) -> None:
    lab = Rig(lab_name("down"))
    up = ("up", "--hosts", "2", "--kernel", "native")
    try:
        lab.lab(*up)
        lab.lab("fault", "filter-mac", "host2")
        lab.lab("fault", "down", "host2")
        refused = lab.try_in("host2", "true")
        assert (refused.returncode, "host2 is down" in refused.stderr) == (1, True)
        lab.run_in("host1", "true")
        lab.lab(*(("heal",) if cure == "heal" else up))
        lab.run_in("host2", "docker", "version")
        state = states.load(lab.name)
        assert state is not None
        assert state.faults == {}
    finally:
        lab.lab("down")
