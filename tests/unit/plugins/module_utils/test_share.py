# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's share of a mesh."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair

from tests.unit.plugins.probed import endpoint, network, share


def test_sources_have_an_address_and_come_once() -> None:
    ends = [endpoint(0, "h1", None), endpoint(1, "h1", "a", ipv6=None), endpoint(2, "h2", "b")]
    ends.append(endpoint(3, "h1", "gone", lost=True, ipv4=None, ipv6=None))
    assert share(ends).sources() == [(0, "ipv4"), (1, "ipv4"), (0, "ipv6")]
    assert share(ends).containers() == ["a"]


def test_containers_send_before_the_host_itself() -> None:
    of = share([endpoint(0, "h1", None), endpoint(1, "h1", "a"), endpoint(2, "h1", "b"), endpoint(3, "h2", "c")])
    assert of.senders("office", "ipv4") == [1, 2, 0]
    assert of.senders("voice", "ipv4") == []


def test_addresses_are_spelt_as_the_kernel_does() -> None:
    of = share([endpoint(0, "h1", None, ipv6="2001:DB8:0::0002"), endpoint(1, "h2", None, ipv6=None)])
    assert (of.address(0, "ipv6"), of.address(1, "ipv6")) == ("2001:db8::2", None)


@pytest.mark.parametrize(
    ("pair", "ends", "changes", "silent"),
    [
        ((0, 1), {}, {}, True),
        ((1, 0), {}, {}, True),
        ((0, 1), {0: {"shim": ["ipv4"]}}, {}, False),
        ((1, 0), {0: {"shim": ["ipv6"]}}, {}, True),
        ((0, 3), {}, {}, False),
        ((1, 2), {}, {}, False),
        ((1, 2), {}, {"mode": "private"}, True),
        ((1, 2), {}, {"mode": "vepa"}, True),
        ((1, 2), {}, {"mode": "l2", "flag": "private"}, True),
        ((1, 3), {}, {"mode": "private"}, False),
    ],
)
def test_silence_that_the_type_of_the_network_explains(
    pair: tuple[int, int], ends: dict[int, dict[str, Any]], changes: dict[str, Any], silent: bool
) -> None:
    names = [("h1", None), ("h1", "a"), ("h1", "b"), ("h2", "c")]
    rows = [endpoint(index, *name, **ends.get(index, {})) for index, name in enumerate(names)]
    assert share(rows, network(**changes)).is_silent_by_design(Pair("ipv4", *pair)) is silent


def test_nothing_explains_silence_between_two_networks() -> None:
    ends = [endpoint(0, "h1", "a"), endpoint(1, "h1", "b", network="voice")]
    of = share(ends, network(mode="private"), network("voice", mode="private"))
    assert not of.is_silent_by_design(Pair("ipv4", 0, 1))
    assert not of.is_within_network(Pair("ipv4", 0, 1))
    assert of.is_within_host(Pair("ipv4", 0, 1))


BRIDGE = {"driver": "bridge", "mode": "default", "parents": {}}
JOINED = {"driver": "container", "mode": "bridge", "parents": {}}


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        (BRIDGE, {(0, 4), (1, 4)}),
        (JOINED, {(0, 4), (1, 4)}),
        ({"driver": "host", "mode": "", "parents": {}}, set()),
        ({"driver": "null", "mode": "", "parents": {}}, {(0, 1), (1, 0), (1, 2), (0, 4), (1, 3), (1, 4)}),
        ({"parents": {}}, {(0, 1), (1, 0), (0, 4), (1, 3), (1, 4)}),
    ],
)
def test_silence_on_networks_that_end_at_their_host(changes: dict[str, Any], silent: set[tuple[int, int]]) -> None:
    names = [("h1", None), ("h1", "a"), ("h1", "b"), ("h2", None), ("h2", "c")]
    of = share([endpoint(index, *name) for index, name in enumerate(names)], network(**changes))
    ways = [(0, 1), (1, 0), (1, 2), (0, 3), (0, 4), (1, 3), (1, 4)]
    assert {way for way in ways if of.is_silent_by_design(Pair("ipv4", *way))} == silent


def test_a_twin_has_the_address_of_a_target_elsewhere() -> None:
    ends = [endpoint(0, "h1", "a"), endpoint(1, "h1", "b", ipv4="172.17.0.2"), endpoint(2, "h1", "x", network="voice")]
    ends += [
        endpoint(3, "h2", "c", ipv4="172.17.0.2"),
        endpoint(4, "h2", "d", ipv4=ends[2]["ipv4"], ipv6="2001:DB8::3"),
    ]
    of = share(ends, network(), network("voice"))
    assert [of.has_twin(Pair("ipv4", source, 3)) for source in (0, 1)] == [True, True]
    assert not of.has_twin(Pair("ipv6", 0, 3))
    assert not of.has_twin(Pair("ipv4", 0, 1))  # on the own host it is the target itself
    assert not of.has_twin(Pair("ipv4", 0, 4))  # the other one is on another network
    assert not of.has_twin(Pair("ipv6", 0, 4))


def test_names_are_asked_for_where_docker_knows_them() -> None:
    drivers = [network("lan"), network("default", **BRIDGE), network("own", **{**BRIDGE, "mode": "user_defined"})]
    of = share([], *drivers, network("joined", **JOINED))
    assert [of.resolves_names(name) for name in ("lan", "default", "own", "joined")] == [True, False, True, False]
