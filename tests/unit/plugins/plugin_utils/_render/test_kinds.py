# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of network, and every way, has words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._contract import CONTRACT
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._kinds import direction_of, kind_words

LAN: dict[str, Any] = {"driver": "ipvlan", "mode": "l2", "flag": "bridge", "internal": False}
LAN.update(parents={"host1": "eth0"}, slices={"host1": []})
BRIDGE = {**LAN, "driver": "bridge", "mode": "default", "flag": "", "parents": {}}
ROW = {"relation": "other_host", "expected": "open", "why": None, "to_network": None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "ipvlan l2"),
        ({"flag": "private"}, "ipvlan l2 private"),
        ({"internal": True}, "ipvlan l2, internal"),
        ({"parents": {}}, "ipvlan l2, no parent"),
        ({"parents": {}, "slices": {}}, "ipvlan l2"),  # nothing is known of any host
        ({"driver": "macvlan", "mode": "vepa", "flag": ""}, "macvlan vepa"),
        (BRIDGE, "Docker's default bridge"),
    ],
)
def test_what_a_network_is(changes: dict[str, Any], words: str) -> None:
    assert kind_words({**LAN, **changes}) == words


def test_every_kind_of_the_contract_has_words_of_its_own() -> None:
    networks = [{**LAN, "driver": driver, "mode": mode, "flag": flag} for driver, mode, flag in CONTRACT]
    assert len({kind_words(network) for network in networks}) == len(CONTRACT)


@pytest.mark.parametrize(
    ("network", "changes", "direction"),
    [
        (BRIDGE, {}, "outwards"),
        (BRIDGE, {"expected": "blocked"}, "inwards"),
        (BRIDGE, {"why": "said so"}, ""),
        (BRIDGE, {"relation": "own_host"}, ""),
        (BRIDGE, {"relation": "other_network", "to_network": "voice"}, ""),
        (LAN, {}, ""),
    ],
)
def test_which_way_a_row_means(network: dict[str, Any], changes: dict[str, Any], direction: str) -> None:
    assert direction_of(network, {**ROW, **changes}) == direction
