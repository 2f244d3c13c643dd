# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""That both tools are asked for the same, and what is said of the result."""

from __future__ import annotations

import pytest

from plugins.modules import network
from tests.bench.gaps import Record, Stream
from tests.bench.interruption import Change, Round, mac_words, ours, result_of, theirs
from tests.bench.scene import CONTAINERS, FIRST_ADDRESSES, Endpoint, Kind
from tests.bench.table import OURS

MACVLAN, IPVLAN = Kind("macvlan", "bridge"), Kind("ipvlan", "l2")
NAMED = CONTAINERS[2]
BEFORE = Endpoint("192.168.56.134", True, ("www",), "02:00:5e:00:53:01")
ELSEWHERE = Endpoint("192.168.56.130", True, (), "02:42:c0:a8:38:82")


def seen(after: Endpoint) -> Round:
    streams = {
        BEFORE.address: Stream(100, (10.0, 20.0) if after != BEFORE else (10.0, 20.0, 700.0)),
        ELSEWHERE.address: Stream(50, (400.0, 410.0)),
    }
    return Round({NAMED.name: BEFORE}, {NAMED.name: after}, Record(20, 710, streams), {NAMED.name: 600.0})


def test_both_are_asked_for_the_same_network() -> None:
    [mine], other = ours(IPVLAN)["networks"], theirs(IPVLAN)
    assert (mine["name"], mine["driver"], mine["options"]) == (other["name"], other["driver"], other["driver_options"])
    assert [{key.replace("_", ""): value for key, value in pool.items()} for pool in mine["ipam"]] == other[
        "ipam_config"
    ]
    assert mine["options"] == {"parent": "eth0", "ipvlan_mode": "l2"}


def test_our_module_knows_the_parameters() -> None:
    assert set(ours(MACVLAN)) <= set(network.ARGUMENTS)
    assert set(ours(MACVLAN)["networks"][0]) <= set(network.NETWORK_OPTIONS)


def test_docker_network_gets_the_containers_in_the_order_that_is_best_for_it() -> None:
    assert theirs(IPVLAN)["connected"][0] == "dynamic"
    assert len(FIRST_ADDRESSES) == len(CONTAINERS)


def test_a_container_that_has_kept_everything() -> None:
    found = result_of(NAMED, seen(BEFORE), ("title", Change(MACVLAN, MACVLAN), OURS))
    assert (found.silent, found.lost, found.reported) == (680, 97, 600)
    assert (found.kept_address, found.kept_alias, found.mac) == (True, True, "kept")


def test_a_container_that_has_another_address() -> None:
    found = result_of(NAMED, seen(ELSEWHERE), ("title", Change(MACVLAN, MACVLAN), OURS))
    assert (found.silent, found.lost) == (380, 98)  # lost are those to the old address
    assert (found.kept_address, found.kept_alias, found.mac) == (False, False, "**lost**")


@pytest.mark.parametrize("after", [Endpoint("", False, (), ""), Endpoint("192.168.56.99", True, (), "")])
def test_a_container_that_is_nowhere_or_where_nobody_pings_is_not_heard(after: Endpoint) -> None:
    assert seen(after).silent(NAMED.name) is None


def test_an_address_that_only_docker_says_is_not_kept() -> None:
    after = Endpoint(BEFORE.address, False, ("www",), "")
    assert not result_of(NAMED, seen(after), ("title", Change(MACVLAN, MACVLAN), OURS)).kept_address


def test_on_ipvlan_the_mac_is_the_parents() -> None:
    assert mac_words(Change(MACVLAN, IPVLAN), BEFORE, BEFORE) == "the parent's"
    assert mac_words(Change(IPVLAN, MACVLAN), BEFORE, ELSEWHERE) == "its own"
