# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts saw, read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._evidence import (
    Answer,
    IcmpError,
    Link,
    Neighbour,
    Route,
    Stray,
    Table,
    evidence_of,
)

PAIR = {"source": 1, "target": 5, "family": "ipv4"}
KEY = (1, 5, "ipv4")
LINK = {"network": "office", "name": "eth0.20", "present": True, "up": True, "carrier": False, "mtu": 1500, "mac": "m"}
RAW: dict[str, Any] = {
    "icmp": [{**PAIR, "error": "prohibited", "from": "192.0.2.5", "mtu": None}],
    "strays": [{**PAIR, "kind": "duplicate", "from": "192.0.2.5", "count": 2}],
    "neighbours": [{**PAIR, "state": "stale", "mac": "aa"}],
    "wire": [{"network": "office", "address": "192.0.2.5", "macs": ["aa", "bb"]}],
    "links": [{**LINK, "kind": "vlan", "vlan": 20, "base": "eth0"}],
    "sources": [{"source": 1, "links": []}],
    "routes": [{"destination": "192.0.2.0/28", "link": None, "gateway": "192.0.2.9"}],
    "neighbour_table": {"ipv4": {"limit": 1024, "used": 7}, "ipv6": None},
    "truncated": [],
}


def test_every_row_can_be_looked_up() -> None:
    found = evidence_of({"host1": RAW})
    assert found.icmp == {KEY: IcmpError("prohibited", "192.0.2.5", None)}
    assert found.strays == {KEY: Stray("duplicate", "192.0.2.5", 2)}
    assert found.neighbours == {KEY: Neighbour("stale", "aa")}
    assert found.wire == {("office", "192.0.2.5"): [Answer("host1", ("aa", "bb"))]}
    assert found.links == {("office", "host1"): Link("eth0.20", True, True, False, 1500, "m", "vlan", 20, "eth0")}
    assert found.sources == {1: []}
    assert found.routes == {"host1": [Route("192.0.2.0/28", None, "192.0.2.9")]}
    assert found.tables == {("host1", "ipv4"): Table(1024, 7)}


def test_the_answers_of_several_hosts_come_together() -> None:
    found = evidence_of({"host1": RAW, "host2": {"wire": [{**RAW["wire"][0], "macs": ["bb"]}]}})
    assert found.wire == {("office", "192.0.2.5"): [Answer("host1", ("aa", "bb")), Answer("host2", ("bb",))]}


@pytest.mark.parametrize("state", ["incomplete", "failed", "noarp"])
def test_an_entry_that_nobody_answered_for_has_no_mac(state: str) -> None:
    row = {**PAIR, "state": state, "mac": "00:00:00:00:00:00"}
    assert evidence_of({"host1": {"neighbours": [row]}}).mac_seen(KEY) is None
    assert evidence_of({"host1": RAW}).mac_seen(KEY) == "aa"


def test_a_host_without_evidence_is_left_out() -> None:
    assert evidence_of({"host1": {}}) == evidence_of({})
