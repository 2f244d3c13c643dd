# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers out of the facts of a host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import (
    Loss,
    live_slice,
    loss_of,
    own_addresses,
    settled,
    without_networks,
)
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans

from tests.unit.plugins.fleets import declared_lan, host_facts
from tests.unit.plugins.planning import macvlan_office, office, old, unfinished

LAN = parse_lans([declared_lan()])[0][0]
BUSY = {"failed": True, "msg": "busy"}
ITEMS = [{"msg": "fine"}, BUSY, {"failed": True}, BUSY, {"unreachable": True, "msg": "gone"}]


@pytest.mark.parametrize(
    ("result", "loss"),
    [
        (None, Loss("failed", "the host was lost before the test")),
        ({"skipped": True}, Loss("failed", "the host was lost before the test")),
        ({"unreachable": True, "msg": "no route\n"}, Loss("host_down", "no route")),
        ({"failed": True, "reason": "engine_down", "msg": "start it"}, Loss("engine_down", "start it")),
        ({"failed": True, "reason": "sdk_missing", "msg": "install it"}, Loss("failed", "install it")),
        ({"failed": True}, Loss("failed", "no message")),
        ({"failed": True, "msg": "One or more items failed", "results": ITEMS}, Loss("failed", "busy; gone")),
        ({"failed": True, "msg": "boom", "results": ["text"]}, Loss("failed", "boom")),
        ({"failed": True, "msg": "boom", "results": 3}, Loss("failed", "boom")),
        ({"failed": False, "facts": {}}, None),
    ],
)
def test_why_a_result_brings_nothing(result: Any, loss: Loss | None) -> None:
    assert loss_of(result, "the test") == loss


def test_the_address_of_the_parent_comes_before_that_of_another_link() -> None:
    facts = host_facts(11)
    facts["links"].insert(0, {"name": "eth7", "addresses": ["192.168.56.77/24"]})
    assert own_addresses(facts, LAN, "eth0") == {"ipv4": "192.168.56.11", "ipv6": "fdb2:2c26:f4e4::b:1"}
    assert own_addresses(facts, LAN, "eth7")["ipv4"] == "192.168.56.77"


def test_the_address_of_another_link_is_better_than_none() -> None:
    assert own_addresses(host_facts(11, name="br0"), LAN, "eth0")["ipv4"] == "192.168.56.11"


def test_a_host_may_have_no_address_on_the_lan() -> None:
    facts = host_facts(11, addresses=["10.0.0.1/8", "fe80::1/64"])
    assert own_addresses(facts, LAN, "eth0") == {"ipv4": None, "ipv6": None}


@pytest.mark.parametrize(
    ("pool", "block"),
    [
        ({"subnet": "192.168.56.0/24", "ip_range": "192.168.56.144/28"}, "192.168.56.144/28"),
        ({"subnet": "192.168.56.0/24", "ip_range": None}, "None"),
        ({"subnet": "192.168.0.0/16", "ip_range": "192.168.56.144/28"}, "None"),
    ],
)
def test_the_live_slice_is_the_range_of_the_network_of_that_name(pool: Any, block: str) -> None:
    facts = host_facts(11, networks=[{"name": "lab", "ipam": []}, {"name": "office", "ipam": [pool]}])
    assert str(live_slice(facts, LAN, LAN.subnets[0])) == block


def test_a_host_without_the_network_has_no_live_slice() -> None:
    assert live_slice(host_facts(11), LAN, LAN.subnets[0]) is None


@pytest.mark.parametrize("changes", [{}, {"unfinished": None}])
def test_facts_without_a_change_that_was_broken_off_are_settled(changes: Any) -> None:
    facts = {**host_facts(11, networks=[office()]), **changes}
    assert settled(facts) == facts


def test_settled_facts_have_the_networks_of_the_journal_instead_of_what_is_there() -> None:
    live = [{"name": "bridge", "id": "b"}, macvlan_office(), {"name": "new", "id": "n"}]
    facts = {**host_facts(11, networks=live), "unfinished": unfinished(office(), old(), absent=["new", "gone"])}
    found = settled(facts)
    assert [item["name"] for item in found["networks"]] == ["bridge", "office", "old"]
    assert found["networks"][1:] == [{**office(), "id": ""}, {**old(), "id": ""}]
    assert str(live_slice(found, LAN, LAN.subnets[0])) == "192.168.56.128/28"
    assert {**found, "networks": live} == facts
    assert len(facts["networks"]) == 3


def test_what_is_left_without_some_networks() -> None:
    facts = host_facts(11, networks=[office(), old()])
    assert without_networks(facts, ["old", "nobody"]) == host_facts(11, networks=[office()])
    assert without_networks(facts, []) == facts
    assert without_networks({"links": []}, ["old"]) == {"links": [], "networks": []}
