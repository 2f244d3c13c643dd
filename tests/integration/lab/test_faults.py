# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault has its effect, and heal takes it back; the hosts are the same ones afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import lan, switch
from lab import state as states
from lab.state import State
from tests.integration.fleet import lab_name, run_lab
from tests.integration.lab.rig import ENDPOINTS, GATEWAYS, HOSTS, Rig

LARGE = "1472"  # bytes of a ping: with its headers it fills 1500
VLAN = (
    "ip link add link eth0 name eth0.20 type vlan id 20 && ip link set eth0.20 up && ip address add {}/24 dev eth0.20"
)
VLAN_HOSTS = {"host1": "10.20.0.11", "host2": "10.20.0.12"}
QUICK_FAULTS = ("filter-mac", "partition", "unplug", "mtu", "no-vlan", "gateway-down")


@pytest.fixture
def healed(native: Rig) -> Iterator[Rig]:
    """Hand out a whole native lab and heal it afterwards."""
    yield native
    native.lab("heal")


@pytest.fixture(params=["native", "uml"])
def healed_of_each_kind(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Hand out a whole lab of each kind and heal it afterwards."""
    lab: Rig = request.getfixturevalue(request.param)
    yield lab
    lab.lab("heal")


@pytest.fixture
def healed_uml(uml: Rig) -> Iterator[Rig]:
    """Hand out a whole lab of hosts with their own kernels and heal it afterwards."""
    yield uml
    uml.lab("heal")


def state_of(lab: Rig) -> State:
    """Read the state file."""
    found = states.load(lab.name)
    assert found is not None
    return found


def settings(lab: Rig) -> str:
    """Return all that a fault may have changed on the LAN and in host2, as text."""
    state = state_of(lab)
    ports = lan.bridge(state, "-details", "link", "show")
    links = "ip -o link; for space in /run/docker/netns/*; do nsenter --net=$space ip -o link show eth0; done"
    return ports + switch.rules(state) + lab.run_in("host2", "sh", "-c", links)


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


@pytest.mark.parametrize(("fault", "carrier"), [("partition", "1"), ("unplug", "0")])
def test_a_host_that_is_cut_off_runs_on_with_its_carrier_or_without(healed: Rig, fault: str, carrier: str) -> None:
    healed.lab("fault", fault, "host2")
    assert not healed.host_pings("host1", HOSTS["host2"])
    assert healed.run_in("host2", "docker", "inspect", "--format={{.State.Running}}", "endpoint") == "true\n"
    assert healed.run_in("host2", "cat", "/sys/class/net/eth0/carrier").strip() == carrier
    healed.lab("heal")
    assert healed.host_pings("host1", HOSTS["host2"])


def test_a_host_with_its_own_kernel_cannot_be_reached_when_it_is_cut_off(healed_uml: Rig) -> None:
    healed_uml.lab("fault", "partition", "host2")
    assert run_lab("exec", "--name", healed_uml.name, "host2", "--", "true", timeout=60).returncode != 0
    healed_uml.lab("heal")
    healed_uml.run_in("host2", "true")


def test_a_smaller_mtu_is_that_of_the_containers_too(healed_of_each_kind: Rig) -> None:
    lab = healed_of_each_kind
    mtu = ("docker", "exec", "endpoint", "cat", "/sys/class/net/eth0/mtu")
    lab.lab("fault", "mtu", "host2")
    assert lab.run_in("host2", "cat", "/sys/class/net/eth0/mtu").strip() == "1450"
    assert lab.run_in("host2", *mtu).strip() == "1450"
    lab.lab("heal")
    assert lab.run_in("host2", "cat", "/sys/class/net/eth0/mtu").strip() == "1500"
    assert lab.run_in("host2", *mtu).strip() == "1500"


def test_a_smaller_mtu_lets_small_packets_pass_and_loses_large_ones(healed: Rig) -> None:
    healed.lab("fault", "mtu", "host2")
    assert healed.pings("host1", ENDPOINTS["host2"])
    assert not healed.pings("host1", f"-s {LARGE} {ENDPOINTS['host2']}")
    healed.lab("heal")
    assert healed.pings("host1", f"-s {LARGE} {ENDPOINTS['host2']}")


def test_a_port_without_vlans_carries_everything_else(healed_uml: Rig) -> None:
    try:
        for host, address in VLAN_HOSTS.items():
            healed_uml.run_in(host, "sh", "-c", VLAN.format(address))
        assert healed_uml.host_pings("host1", VLAN_HOSTS["host2"])
        healed_uml.lab("fault", "no-vlan", "host2")
        assert not healed_uml.host_pings("host1", VLAN_HOSTS["host2"])
        assert healed_uml.pings("host1", ENDPOINTS["host2"])
        healed_uml.lab("heal")
        assert healed_uml.host_pings("host1", VLAN_HOSTS["host2"])
    finally:
        for host in VLAN_HOSTS:
            healed_uml.try_in(host, "ip", "link", "delete", "eth0.20")


def test_a_gateway_is_down_for_one_host_alone(healed_of_each_kind: Rig) -> None:
    lab = healed_of_each_kind
    lab.lab("fault", "gateway-down", "host2")
    for gateway in GATEWAYS:
        assert not lab.host_pings("host2", gateway)
    assert lab.host_pings("host1", GATEWAYS[0])
    assert lab.pings("host1", ENDPOINTS["host2"])
    assert lab.pings("host2", ENDPOINTS["host1"])
    lab.lab("heal")
    for gateway in GATEWAYS:
        assert lab.host_pings("host2", gateway)


def test_a_handful_of_neighbours_is_all_that_is_remembered(healed_uml: Rig) -> None:
    def remembered(numbers: range) -> int:
        """Look for as many new addresses, and count those that are waited for."""
        addresses = [f"192.168.56.{number}" for number in numbers]
        script = f"for a in {' '.join(addresses)}; do busybox ping -c 1 -W 1 $a >&2 & done; wait; ip -4 neigh show"
        return len(
            {line.split()[0] for line in healed_uml.run_in("host2", "sh", "-c", script).splitlines()} & {*addresses}
        )

    assert remembered(range(200, 208)) == 8
    healed_uml.lab("fault", "neighbour-limit", "host2")
    assert remembered(range(210, 218)) <= 4
    healed_uml.lab("heal")
    assert remembered(range(220, 228)) == 8


def test_the_neighbour_limit_of_the_machine_is_left_alone(healed: Rig) -> None:
    done = run_lab("fault", "--name", healed.name, "neighbour-limit", "host2")
    assert done.returncode == 1
    assert "--kernel uml" in done.stderr
    assert state_of(healed).faults == {}


def test_faults_may_come_twice_and_heal_leaves_nothing_of_them(healed: Rig) -> None:
    before = settings(healed)
    for fault in QUICK_FAULTS:
        healed.lab("fault", fault, "host2")
        healed.lab("fault", fault, "host2")
        assert settings(healed) != before, fault
        healed.lab("heal")
        assert settings(healed) == before, fault


def test_all_faults_at_once_are_healed(healed: Rig) -> None:
    before = settings(healed)
    for fault in QUICK_FAULTS:
        healed.lab("fault", fault, "host2")
    healed.lab("heal")
    assert settings(healed) == before


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
