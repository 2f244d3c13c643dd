# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which gateways are asked for from where, and when one is there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _gateways
from ansible_collections.dockerlan.fleet.plugins.module_utils._gateways import Question
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Outcome
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import Sources

from tests.unit.plugins.probed import LOST, REPLY, endpoint, network, share, with_neighbour

GATEWAYS = {"gateways": {"ipv4": "192.0.2.254", "ipv6": "2001:DB8::FE"}}
ENDS = [endpoint(0, "h1", None), endpoint(1, "h1", "a"), endpoint(2, "h2", "b")]


def sources(*keys: tuple[int, str]) -> Sources:
    """Build sources that have a socket, which is not used here."""
    made: Any = dict.fromkeys(keys, "a socket")
    return Sources(made)


def test_one_container_asks_for_each_family() -> None:
    of = share(ENDS, network(**GATEWAYS))
    every = sources((0, "ipv4"), (1, "ipv4"), (0, "ipv6"), (1, "ipv6"))
    assert _gateways.questions(of, every) == [
        Question("office", "ipv4", 1, "192.0.2.254"),
        Question("office", "ipv6", 1, "2001:db8::fe"),
    ]


def test_the_host_asks_where_no_container_can() -> None:
    of = share(ENDS, network(**GATEWAYS))
    assert _gateways.questions(of, sources((0, "ipv4"))) == [Question("office", "ipv4", 0, "192.0.2.254")]


@pytest.mark.parametrize("changes", [{}, {**GATEWAYS, "mode": "l3"}, {**GATEWAYS, "mode": "l3s"}])
def test_no_gateway_and_no_arp_is_not_asked_for(changes: dict[str, Any]) -> None:
    assert _gateways.questions(share(ENDS, network(**changes)), sources((0, "ipv4"), (1, "ipv6"))) == []


@pytest.mark.parametrize(
    ("outcome", "mac", "replied"),
    [
        (with_neighbour(REPLY, "02:00:00:00:00:fe"), "02:00:00:00:00:fe", True),
        (REPLY, None, True),
        (with_neighbour(LOST, "02:00:00:00:00:fe"), "02:00:00:00:00:fe", False),
        (with_neighbour(LOST, "02:00:00:00:00:fe", "failed"), None, False),
        (with_neighbour(LOST, None, "incomplete"), None, False),
        (LOST, None, False),
    ],
)
def test_a_gateway_has_a_mac_or_replies(outcome: Outcome, mac: str | None, replied: bool) -> None:
    row = _gateways.row(Question("office", "ipv4", 1, "192.0.2.254"), outcome)
    ends = {"network": "office", "family": "ipv4", "source": 1, "address": "192.0.2.254"}
    assert row == {**ends, "mac": mac, "replied": replied}


CACHED = {"network": "office", "family": "ipv4", "source": 1, "address": "192.0.2.254", "mac": "02:00:00:00:00:fe"}
SILENT, REPLYING = {**CACHED, "replied": False}, {**CACHED, "replied": True}


@pytest.mark.parametrize(
    ("row", "macs", "mac"),
    [
        (SILENT, [], None),
        (SILENT, ["02:00:00:00:00:01"], None),  # another host that asks for it
        (SILENT, ["02:00:00:00:00:fe"], "02:00:00:00:00:fe"),
        (REPLYING, [], "02:00:00:00:00:fe"),
    ],
)
def test_a_cached_mac_is_no_proof_of_a_silent_gateway(row: dict[str, Any], macs: list[str], mac: str | None) -> None:
    wire = [{"network": "office", "address": "192.0.2.254", "macs": macs}]
    assert _gateways.confirmed([row], wire) == [{**row, "mac": mac}]


def test_a_gateway_that_could_not_be_asked_for_on_the_wire_is_believed() -> None:
    other = [{"network": "voice", "address": "192.0.2.254", "macs": []}]
    assert _gateways.confirmed([SILENT], other) == [SILENT]
