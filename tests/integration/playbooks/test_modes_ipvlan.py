# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network modes with ipvlan, VLANs and without a parent: each one goes red when its network is broken.

That all of them pass is the molecule scenario modes-ipvlan.
"""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from lab import switch
from tests.integration.fleet import ROOT, Fleet, clean_environment, tool
from tests.integration.playbooks.breakage import broken, fault, lab_of, run_on
from tests.integration.playbooks.experiments import (
    ambush,
    ambush_on_host,
    ambush_on_network,
    failed_checks,
    lent,
    modes,
    nothing_left,
    red,
    relations,
)

PRIVATE, OPEN = (f"ip link set dev eth0 type ipvlan mode l2 {flag}" for flag in ("private", "bridge"))
SECONDS = 240
# A way from a host to its own containers.
SHIM = """
ip link add shim link eth0 type ipvlan mode l2
ip link set shim up
ip route add 192.168.56.128/28 dev shim src 192.168.56.11
"""
_ASK = """
pid() { docker inspect --format "{{.State.Pid}}" "$1"; }
mac() { docker exec "$1" cat /sys/class/net/eth0/address; }
"""
# A veth pair between the first containers of two networks, and a route to the other one at each end. The ends have the
# MAC addresses that the containers are known by: a reply from any other counts for nothing.
CABLE = """
address() { docker inspect --format "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}" "$1"; }
end() {
    ip link set "$1" address "$(mac "$2")" netns "$(pid "$2")"
    nsenter --target "$(pid "$2")" --net sh -c "ip link set $1 up; ip route add $(address "$3")/32 dev $1"
}
one=dockerlan-vlan-macvlan-1 other=dockerlan-vlan-ipvlan-1
ip link add odd type veth peer name odder
end odd $one $other
end odder $other $one
"""

# A link on the LAN for a container that is to have none, with the addresses that it is known by.
WAY_OUT = """
one=dockerlan-no-parent-macvlan-1
address=$(docker inspect --format "{{range .NetworkSettings.Networks}}{{.IPAddress}}/{{.IPPrefixLen}}{{end}}" $one)
ip link add odd link eth0 address "$(mac $one)" netns "$(pid $one)" type macvlan mode bridge
nsenter --target "$(pid $one)" --net sh -c "ip link set eth0 down; ip address add $address dev odd; ip link set odd up"
"""

# The parent of a network gets another name, and another link gets its name. Who is on the parent stays there.
SWAP = """
parent=$(docker network inspect --format "{{{{.Options.parent}}}}" {network})
ip link show was && exit
ip link set $parent down
ip link set $parent name was
ip link set was up
ip link add name $parent {link}
ip link set $parent up
"""
SWAPPED_BACK = "for link in $(ls /sys/class/net | grep -E '^(was|eth0[.])'); do ip link delete $link; done"


@pytest.fixture(scope="module")
def fleet(ipvlan_fleet: Fleet) -> Iterator[Fleet]:
    """Lend the fleet to the tests of this file."""
    yield from lent(ipvlan_fleet)


@pytest.fixture(autouse=True)
def tidy(fleet: Fleet) -> Iterator[None]:
    """See that each run has left nothing."""
    yield
    nothing_left(fleet)


@contextmanager
def no_pings(fleet: Fleet, host: str) -> Iterator[None]:
    """Let the switch drop the pings from and to the port of a host, and nothing else: Ansible goes by it, too."""
    chain, jumps = f"{host}-no-ping", (f"FORWARD -i {host}", f"FORWARD -o {host}")
    rules = ["-p IPv4 --ip-proto icmp -j DROP", "-p IPv6 --ip6-proto ipv6-icmp --ip6-icmp-type echo-request -j DROP"]
    try:
        switch.put(lab_of(fleet), chain, jumps, rules)
        yield
    finally:
        switch.remove(lab_of(fleet), chain, jumps)


def test_a_switch_port_that_carries_no_vlan(fleet: Fleet) -> None:
    with fault(fleet, "no-vlan", "host2"):
        run = modes(fleet, "vlan")
    assert red(run) == {"macvlan-passthru", "vlan-macvlan", "vlan-ipvlan"}
    assert relations(run, "macvlan-passthru") == relations(run, "vlan-ipvlan") == {"cross_host"}


def test_two_vlans_that_see_each_other(fleet: Fleet) -> None:
    """Somebody has put a cable between a container in the one and a container in the other."""
    with ambush_on_host(fleet, "host2", "dockerlan-vlan-ipvlan-2", _ASK + CABLE):
        run = fleet.play("playbooks/modes.yml", "--tags", "vlan", "--skip-tags", "macvlan-passthru")
    assert red(run) == {"vlan-macvlan", "vlan-ipvlan"}
    assert relations(run, "vlan-macvlan") == relations(run, "vlan-ipvlan") == {"other_network"}


def test_a_link_that_docker_does_not_remove(fleet: Fleet) -> None:
    """Docker leaves a link of another kind where it is, though it has the name of one that Docker made.

    It gets that name when the last container is on the network: one more could not be started on it.
    """
    swap = SWAP.format(network="vlan-macvlan", link="type dummy")
    back = broken(fleet, "host2", by=(), cured_by=(SWAPPED_BACK,))
    with back, ambush_on_host(fleet, "host2", "dockerlan-vlan-macvlan-2", swap):
        run = fleet.play("playbooks/modes.yml", "--tags", "vlan", "--skip-tags", "macvlan-passthru")
    assert red(run) == {"vlan-macvlan"}
    assert relations(run, "vlan-macvlan") == set()
    made, removed = failed_checks(run, "vlan-macvlan")
    assert re.fullmatch(r"host2: eth0\.\d+ is no such link, expected a vlan link", made)
    assert re.fullmatch(r"host2: eth0\.\d+ is still there without its network", removed)


def test_a_parent_that_carries_a_second_link(fleet: Fleet) -> None:
    """The kernel refuses nothing: when the second container comes, another link has the name of the parent."""
    swap = SWAP.format(network="macvlan-passthru", link="link eth0 type vlan id 999")
    back = broken(fleet, "host2", by=(), cured_by=(SWAPPED_BACK,))
    with back, ambush_on_network(fleet, "host2", "macvlan-passthru", swap):
        run = modes(fleet, "macvlan-passthru")
    assert red(run) == {"macvlan-passthru"}
    expected = "host2: dockerlan-macvlan-passthru-2 started, expected that it is refused"
    assert failed_checks(run, "macvlan-passthru") == [expected]


def test_the_findings_of_the_article_with_a_host_that_no_ping_reaches(fleet: Fleet) -> None:
    with no_pings(fleet, "host3"), ExitStack() as stack:
        stack.enter_context(broken(fleet, "host1", by=(), cured_by=("ip link delete shim",)))
        stack.enter_context(ambush_on_host(fleet, "host1", "dockerlan-ipvlan-l2-2", SHIM))
        for number in (1, 2):
            stack.enter_context(ambush(fleet, "host2", f"dockerlan-ipvlan-l2-{number}", PRIVATE))
        run = modes(fleet, "ipvlan-l2", "internal")
    assert red(run) == {"ipvlan-l2", "internal"}
    assert relations(run, "internal") == {"cross_host", "other_host", "host_to_host"}
    failed = failed_checks(run, "ipvlan-l2")
    assert [line.partition(": ")[2][:2] for line in failed] == ["1.", "2.", "3.", "4.", "5.", "6."]


def test_isolation_that_is_none_and_a_network_that_does_not_carry(fleet: Fleet) -> None:
    with ExitStack() as stack:
        for number in (1, 2):
            stack.enter_context(ambush(fleet, "host2", f"dockerlan-ipvlan-l2-private-{number}", OPEN))
            stack.enter_context(ambush(fleet, "host3", f"dockerlan-no-parent-ipvlan-{number}", PRIVATE))
        for host in ("host1", "host2"):
            stack.enter_context(ambush_on_host(fleet, host, "dockerlan-no-parent-macvlan-1", _ASK + WAY_OUT))
        run = modes(fleet, "ipvlan-l2-private", "no-parent")
    assert red(run) == {"ipvlan-l2-private", "no-parent-macvlan", "no-parent-ipvlan"}
    assert relations(run, "ipvlan-l2-private") == relations(run, "no-parent-ipvlan") == {"same_host"}
    assert relations(run, "no-parent-macvlan") == {"same_host", "cross_host"}


def test_routes_that_somebody_else_has_made(fleet: Fleet) -> None:
    """Without routes nothing crosses hosts; with routes it does, so the modes without them are not as expected."""
    ways = {"host1": "192.168.56.12", "host2": "192.168.56.11"}
    with ExitStack() as stack:
        for host, gateway in ways.items():
            route = f"198.18.0.0/16 via {gateway}"
            stack.enter_context(broken(fleet, host, by=(f"ip route add {route}",), cured_by=(f"ip route del {route}",)))
        run = fleet.play("playbooks/modes.yml", "--tags", "ipvlan-l3,ipvlan-l3s", "--skip-tags", "routed")
    assert red(run) == {"ipvlan-l3", "ipvlan-l3s"}
    assert "cross_host" in relations(run, "ipvlan-l3") & relations(run, "ipvlan-l3s")


def test_a_host_that_does_not_follow_its_routes(fleet: Fleet) -> None:
    rule = "ip rule {} to 198.18.0.0/16 pref 100 blackhole"
    with broken(fleet, "host2", by=(rule.format("add"),), cured_by=(rule.format("del"),)):
        run = modes(fleet, "ipvlan-l3-routed", "ipvlan-l3s-routed")
    assert red(run) == {"ipvlan-l3-routed", "ipvlan-l3s-routed"}
    assert "cross_host" in relations(run, "ipvlan-l3-routed") & relations(run, "ipvlan-l3s-routed")


def interrupted(fleet: Fleet, marker: str, *arguments: str) -> int:
    """Run a playbook, press Ctrl-C as soon as it prints ``marker``, and return its exit code.

    ansible-core can miss a Ctrl-C while it starts a worker, as Python ignores what a signal handler raises in a hook of
    the fork, and says so. Then Ctrl-C is pressed again, which ends it at once.
    """
    log = fleet.folder / "interrupted.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [tool("ansible-playbook"), "-i", str(fleet.inventory), *arguments],
            cwd=ROOT,
            env=clean_environment(DOCKERLAN_REPORT_DIR=str(fleet.folder / "interrupted"), PYTHONUNBUFFERED="1"),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    pressed, end = 0, time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        printed = log.read_text(encoding="utf-8")
        if marker in printed and pressed <= printed.count("Exception ignored in"):
            process.send_signal(signal.SIGINT)
            pressed += 1
        time.sleep(0.01)
    process.kill()
    assert pressed, log.read_text(encoding="utf-8")
    return process.wait()


def test_a_run_that_is_interrupted_leaves_nothing_after_teardown(fleet: Fleet) -> None:
    marker = "TASK [dockerlan.fleet.modes : Ping every endpoint of ipvlan-l3-routed]"
    assert interrupted(fleet, marker, "playbooks/modes.yml", "--tags", "ipvlan-l3-routed") != 0
    for host in fleet.hosts:
        assert set(fleet.networks(host)) == {"ipvlan-l3-routed"}
        assert len(run_on(fleet, host, "ip route show proto 112").splitlines()) == len(fleet.hosts) - 1
    down = fleet.play("playbooks/teardown.yml")
    assert down.code == 0, down.output
    nothing_left(fleet)
