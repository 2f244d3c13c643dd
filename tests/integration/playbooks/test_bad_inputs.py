# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a run must refuse, on hosts that really are like that: told by name, with nothing changed anywhere.

Rows that need ipvlan or a bond are in test_bad_inputs_ipvlan.py. Rows that no host of the lab can be made to show are
unit tests only, all below tests/unit/plugins:

- a wireless parent: plugin_utils/test_parents.py, test_macvlan_over_wifi and test_macvlan_over_a_vlan_link_over_wifi
- a kernel before 4.2: plugin_utils/test_kernels.py, test_a_kernel_that_is_too_old_for_ipvlan
- an engine before 20.10: module_utils/test_docker.py, test_older_engines_are_refused
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import booted
from tests.integration.fleet import Fleet, lab_name
from tests.integration.playbooks.scene import (
    IMAGE,
    Row,
    created,
    lan,
    load_image,
    per_host,
    python_of,
    refused,
    snapshot,
    started,
    subnet,
)

SPARE = "ip link add spare0 type veth peer name spare1; ip link set spare1 up; ip link set spare0"
OTHER = [subnet(subnet="10.20.0.0/24", gateway="10.20.0.1", range="10.20.0.128/25")]
SLICES = {"host1": "192.168.56.128/28", "host2": "192.168.56.144/28"}
# The network of the declaration to the letter, but for its options.
OURS = "--label dockerlan.fleet.lan=office -o macvlan_mode=bridge --ip-range"

# No host is asked for these.
DECLARATIONS = [
    Row(
        "two LANs overlap",
        "lab: dockerlan_lans: the subnet 192.168.56.0/25 of lab overlaps 192.168.56.0/24 of office. Give each LAN "
        "addresses of its own.",
        [lan(), lan(name="lab", parent="eth1", subnets=[subnet(subnet="192.168.56.0/25", range="192.168.56.64/26")])],
    ),
    Row(
        "the gateway is outside the subnet",
        "office: dockerlan_lans[0].subnets[0].gateway: 192.168.57.1 is not in 192.168.56.0/24. Use an address of "
        "192.168.56.0/24.",
        [lan(subnets=[subnet(gateway="192.168.57.1")])],
    ),
    Row(
        "the gateway is missing and the LAN is not internal",
        "office: dockerlan_lans[0].subnets[0].gateway: is missing. Give the router's address, or set internal: true "
        "for a LAN without a default route.",
        [lan(subnets=[subnet(gateway=None)])],
    ),
    Row(
        "the name of the parent is over 15 characters",
        "office: dockerlan_lans[0].parent: is 'enp0s31f6np0.4094', expected the name of a link of at most 15 "
        "characters; it has 17.",
        [lan(parent="enp0s31f6np0.4094")],
    ),
    Row(
        "a driver option that Docker would ignore",
        "office: dockerlan_lans[0].mtu: there is no such option. Use one of name, driver, mode, flag, parent, "
        "internal, subnets.",
        [lan(mtu=9000)],
    ),
]

HOSTS = [
    Row(
        "two slices overlap",
        "host2, office: the slice 192.168.56.128/28 overlaps 192.168.56.128/27 of host1. Give one of the two hosts "
        "another slice with dockerlan_slices, or remove its network.",
        variables={"dockerlan_slices": {"office": [per_host(host1="192.168.56.128/27", host2="192.168.56.128/28")]}},
    ),
    Row(
        "a Docker network on the wire has addresses of the range",
        "host1, office: the live network mine hands out 192.168.56.192/26, which overlaps the range 192.168.56.128/25. "
        "Remove that network, or declare another range.",
        hosts={"host1": f"{SPARE} up; {created('mine', '--ip-range 192.168.56.192/26', parent='spare0')}"},
    ),
    Row(
        "a Docker network of another driver has addresses of the subnet",
        "host2, office: the live network mine (bridge) has 10.20.0.0/16, which overlaps the subnet 10.20.0.0/24. Move "
        "that network: make it anew with another subnet; or move the LAN.",
        [lan(subnets=OTHER)],
        hosts={"host2": "docker network create --subnet 10.20.0.0/16 mine"},
    ),
    Row(
        "docker0 has addresses of the subnet",
        "host1, office: the live network bridge (bridge) has 172.17.0.0/16, which overlaps the subnet 172.17.0.0/24. "
        "Move that network: set 'bip' in /etc/docker/daemon.json; or move the LAN.",
        [lan(subnets=[subnet(subnet="172.17.0.0/24", gateway="172.17.0.1", range="172.17.0.128/25")])],
    ),
    Row(
        "a route of the host leads addresses of the subnet elsewhere",
        "host2, office: the host has a route to 192.168.56.192/26 by spare0, but 192.168.56.0/24 is to be on eth0. "
        "Remove what makes it (see 'ip route show dev spare0'), or give the LAN another subnet.",
        hosts={"host2": f"{SPARE} up; ip route add 192.168.56.192/26 dev spare0"},
    ),
    Row(
        "the range is too small",
        "office: the range 192.168.56.128/27 is too small for slices of /28: 2 in all, 1 taken or blocked, 1 left, 2 "
        "needed. Widen the range, set a larger slice_prefix for smaller slices",
        [lan(subnets=[subnet(range="192.168.56.128/27", reserved=["192.168.56.130"])])],
    ),
    Row(
        "the parent is missing",
        "host2, office: the parent eth7 does not exist, the host has eth0, docker0. Set dockerlan_parents for this "
        "host, or create the link.",
        variables={"dockerlan_parents": {"office": per_host(host1="eth0", host2="eth7")}},
    ),
    Row(
        "the parent is down",
        "host1, office: the parent spare0 is down or has no carrier. Check what it is plugged into, or bring it up: ip "
        "link set spare0 up.",
        variables={"dockerlan_parents": {"office": per_host(host1="spare0", host2="eth0")}},
        hosts={"host1": f"{SPARE} down"},
    ),
    Row(
        "the parent is the loopback",
        "host1, office: the parent lo is the loopback, which reaches no other host. Set dockerlan_parents for this "
        "host to a link that leads to the others.",
        [lan(parent="lo")],
    ),
    Row(
        "the parent is a port of a bridge",
        "host1, office: the parent spare0 is a port of the bridge br0, which takes all its frames. Put the LAN on br0 "
        "itself: set dockerlan_parents for this host.",
        variables={"dockerlan_parents": {"office": per_host(host1="spare0", host2="eth0")}},
        hosts={"host1": f"ip link add br0 type bridge; ip link set br0 up; {SPARE} master br0 up"},
    ),
    Row(
        "the VLAN id is out of range",
        "host1, office: the parent eth0.4095 does not exist, and 4095 is no VLAN id. Use an id from 1 to 4094.",
        [lan(parent="eth0.4095")],
    ),
    Row(
        "the base of the VLAN is missing",
        "host1, office: the parent eth7.20 does not exist, and eth7, to make this VLAN link on, neither: the host has "
        "eth0, docker0. Set dockerlan_parents for this host, or create eth7.",
        [lan(parent="eth7.20")],
    ),
    Row(
        "a second macvlan network on the parent before Engine 27",
        "host1, office: the live network mine (macvlan) is also on eth0: two macvlan networks share a parent since "
        "Docker Engine 27 only, this is 26.",
        hosts={"host1": created("mine", subnet="10.20.0")},
    ),
    Row(
        "the kernel has no module for ipvlan",
        "cannot make ipvlan links, it finds no module for them. See what 'modprobe ipvlan' says; install the package "
        "of the distribution that has the module.",
        [lan(driver="ipvlan")],
    ),
    Row(
        "the MTU differs across the fleet",
        "office: the MTU of the parents differs: 1400 on host2; 1500 on host1. Give all parents of the LAN the same "
        "MTU, in the network configuration of the hosts.",
        hosts={"host2": "ip link set eth0 mtu 1400"},
    ),
    Row(
        "an address is there twice",
        "host2, office: 192.168.56.100 belongs to host1/web and host2/old. Give each of them an address of its own, a "
        "container one of the slice of its host.",
        hosts={
            "host1": f"{created('office', OURS, SLICES['host1'])}; "
            + started("web", "--network office --ip 192.168.56.100"),
            "host2": f"{created('office', OURS, SLICES['host2'])}; "
            + started("old", "--network office --ip 192.168.56.100")
            + "; docker kill old",
        },
    ),
    Row(
        "slices are unknown because of --limit",
        "office: a new slice of 192.168.56.128/25 must be given to host1, but the slices of host2 are not known: not "
        "asked, or not reached. Run without --limit, or set dockerlan_slices for the hosts that cannot be asked, to "
        "exactly the slices that they have: see networks[].slices of a reachability.json from when they were reached.",
        arguments=("--limit", "localhost,host1"),
    ),
    Row(
        "a live network differs, without consent",
        "host1, office: the live network differs from its declaration: options.macvlan_mode is 'private', declared is "
        "'bridge'; labels.dockerlan.fleet.lan is not set, declared is 'office'; ipam[192.168.56.0/24].ip_range is not "
        "set, declared is '192.168.56.128/28'. Replacing it would interrupt old (stopped), web (running). Declare it "
        "as it is, or have it replaced with network_allow_replace.",
        hosts={
            "host1": f"{created('office', '-o macvlan_mode=private')}; {started('web', '--network office')}; "
            f"docker create --name old --network office {IMAGE} true"
        },
    ),
    Row(
        "a fixed address is not in the new subnet, with consent",
        "host1, office: web has the fixed address 192.168.56.130, which is not in 10.20.0.0/24. Make the container "
        "anew with another address.",
        [lan(subnets=OTHER)],
        variables={"network_allow_replace": True},
        hosts={
            "host1": f"{created('office', OURS, SLICES['host1'])}; "
            + started("web", "--network office --ip 192.168.56.130")
        },
    ),
]

# What the module says about the host that it runs on.
SDKS = [
    Row(
        "the Docker SDK is missing",
        "The Docker SDK for Python is missing on this host (No module named 'docker'). Cure: install python3-docker "
        "from the distribution, or the Python package 'docker'",
        variables={"ansible_python_interpreter": per_host(host1="/usr/bin/python3", host2="/run/scene/python")},
        # Without the site module Python has nothing but its standard library.
        hosts={"host2": python_of("exec /usr/bin/python3 -S")},
    ),
    Row(
        "the Docker SDK is too old",
        "The Docker SDK for Python of this host is 4.4.4. Cure: update python3-docker from the distribution, or the "
        "Python package 'docker', to 5.0.3 or later",
        variables={"ansible_python_interpreter": per_host(host1="/run/scene/python", host2="/usr/bin/python3")},
        hosts={
            "host1": python_of("PYTHONPATH=/run/scene exec /usr/bin/python3")
            + "; printf 'import docker\ndocker.__version__ = \"4.4.4\"\n' > /run/scene/sitecustomize.py"
        },
    ),
]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Two hosts with macvlan and nothing on them but the image of the endpoints."""
    folder = tmp_path_factory.mktemp("bad")
    with booted(lab_name("bad"), folder, "--links", "macvlan", hosts=2) as booted_fleet:
        load_image(booted_fleet)
        yield booted_fleet


@pytest.mark.parametrize("row", DECLARATIONS, ids=lambda row: row.about)
def test_a_wrong_declaration_is_refused_with_no_host_asked(fleet: Fleet, row: Row) -> None:
    run = row.prove(fleet)
    assert "Ask every host what it is" not in run.output


@pytest.mark.parametrize("row", HOSTS, ids=lambda row: row.about)
def test_a_bad_host_is_refused_and_none_is_changed(fleet: Fleet, row: Row) -> None:
    row.prove(fleet)


@pytest.mark.parametrize("row", SDKS, ids=lambda row: row.about)
def test_an_unfit_sdk_is_told_and_none_is_changed(fleet: Fleet, row: Row) -> None:
    run = row.prove(fleet)
    (host,) = row.hosts
    assert f"fatal: [{host}]: FAILED!" in run.output
    assert "are not known: not asked, or not reached" in run.output


def test_an_engine_that_is_down_is_told_and_none_is_changed(fleet: Fleet) -> None:
    before = snapshot(fleet)
    fleet.lab("fault", "engine-down", "host1")
    try:
        run = Row("the engine is down", "").play(fleet)
    finally:
        fleet.lab("heal")
    assert snapshot(fleet) == before
    assert "fatal: [host1]: FAILED!" in run.output
    refused(run, "The Docker Engine does not answer at unix:///var/run/docker.sock")
    refused(run, "Cure: see 'systemctl status docker'; check that the user may use the socket")
    refused(run, "must be given to host2, but the slices of host1 are not known: not asked, or not reached")


def test_a_planned_address_that_a_stranger_answers_for_ends_the_run_for_all(fleet: Fleet) -> None:
    before = snapshot(fleet)
    fleet.lab("stranger", "192.168.56.130")
    try:
        run = Row("a stranger", "").play(fleet)
    finally:
        fleet.lab("heal")
    assert snapshot(fleet) == before
    refused(run, "office on eth0: 192.168.56.130 answers from 02:00:00:00:00:01")
    refused(run, "Cure: find the device with this MAC (the address table of the switch names its port)")
    assert "Converge the networks" not in run.output, "a host went on"
