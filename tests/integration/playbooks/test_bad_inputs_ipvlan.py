# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of test_bad_inputs.py that need a kernel with ipvlan or bonds, on the oldest engine that is taken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import booted
from tests.integration.fleet import Fleet, lab_name
from tests.integration.playbooks.scene import Row, created, lan, load_image, per_host, started, subnet

IPVLAN = [lan(driver="ipvlan")]
MAC = "02:00:00:00:77:01"
OTHER = subnet(subnet="10.20.0.0/24", gateway="10.20.0.1", range="10.20.0.128/25")
A_PARENT_OF_ITS_OWN = "give the LAN a parent of its own, for example a VLAN link."

ROWS = [
    Row(
        "macvlan and ipvlan are declared on one parent",
        "host1, office: the LAN lab (ipvlan) is also on eth0: macvlan and ipvlan cannot share a parent. Give each of "
        "them a parent of its own, for example a VLAN link.",
        [lan(), lan(name="lab", driver="ipvlan", subnets=[OTHER])],
    ),
    Row(
        "a macvlan network by hand on the parent of an ipvlan LAN",
        "host2, office: the live network mine (macvlan) is also on eth0: ipvlan and macvlan cannot share a parent. "
        f"Remove that network, or {A_PARENT_OF_ITS_OWN}",
        IPVLAN,
        hosts={"host2": created("mine", subnet="10.20.0")},
    ),
    Row(
        "an ipvlan network by hand on the parent of a macvlan LAN",
        "host1, office: the live network mine (ipvlan) is also on eth0: macvlan and ipvlan cannot share a parent. "
        f"Remove that network, or {A_PARENT_OF_ITS_OWN}",
        hosts={"host1": created("mine", driver="ipvlan", subnet="10.20.0")},
    ),
    Row(
        "a macvlan shim by hand on the parent of an ipvlan LAN",
        "host1, office: the link shim0 (macvlan bridge) is also on eth0: ipvlan and macvlan cannot share a parent. "
        f"Remove it (see 'ip -d link'), or {A_PARENT_OF_ITS_OWN}",
        IPVLAN,
        hosts={"host1": "ip link add link eth0 name shim0 type macvlan mode bridge"},
    ),
    Row(
        "an ipvlan shim by hand on the parent of a macvlan LAN",
        "host2, office: the link shim0 (ipvlan l2) is also on eth0: macvlan and ipvlan cannot share a parent. Remove "
        f"it (see 'ip -d link'), or {A_PARENT_OF_ITS_OWN}",
        hosts={"host2": "ip link add link eth0 name shim0 type ipvlan mode l2"},
    ),
    Row(
        "a second ipvlan network on the parent",
        "host1, office: the live network mine (ipvlan) is also on eth0: two ipvlan networks cannot share a parent. "
        f"Remove that network, or {A_PARENT_OF_ITS_OWN}",
        IPVLAN,
        hosts={"host1": created("mine", driver="ipvlan", subnet="10.20.0")},
    ),
    Row(
        "two ipvlan modes on one parent",
        "host2, office: the link shim0 (ipvlan l3) is also on eth0: a parent has one ipvlan mode, the LAN would switch "
        f"it to l2. Remove it (see 'ip -d link'), or {A_PARENT_OF_ITS_OWN}",
        IPVLAN,
        hosts={"host2": "ip link add link eth0 name shim0 type ipvlan mode l3"},
    ),
    Row(
        "the parent is a port of a bond",
        "host1, office: the parent spare0 is a port of the bond bond0, which takes all its frames. Put the LAN on "
        "bond0 itself: set dockerlan_parents for this host.",
        IPVLAN,
        variables={"dockerlan_parents": {"office": per_host(host1="spare0", host2="eth0")}},
        hosts={
            "host1": "modprobe bonding max_bonds=0; ip link add bond0 type bond; ip link set bond0 up; "
            "ip link add spare0 type veth peer name spare1; ip link set spare1 up; ip link set spare0 master bond0"
        },
    ),
    Row(
        "a MAC address of its own on ipvlan",
        f"host1, office: web was made with the MAC address {MAC}: ipvlan refuses that, and engines before 25 never let "
        "a container forget it. Make the container anew without it, or update the engine.",
        IPVLAN,
        variables={"network_allow_replace": True},
        hosts={"host1": f"{created('office')}; {started('web', '--network office', f'--mac-address {MAC}')}"},
    ),
]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Two hosts with ipvlan and Engine 20.10, and nothing on them but the image of the endpoints."""
    folder = tmp_path_factory.mktemp("bad")
    with booted(lab_name("bad-ip"), folder, "--links", "ipvlan", "--engine", "debian12", hosts=2) as booted_fleet:
        load_image(booted_fleet)
        yield booted_fleet


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.about)
def test_a_bad_host_is_refused_and_none_is_changed(fleet: Fleet, row: Row) -> None:
    row.prove(fleet)
