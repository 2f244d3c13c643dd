# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The LANs of experiments, from the table to the mesh."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_lans import (
    declared,
    lan_of,
    members_of,
    read_lans,
    read_members,
)
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_modes import BY_NAME, MODES, LanRow
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._intervals import interval_of
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.experiments import settings_of
from tests.unit.plugins.fleets import SUBNET4, declared_lan

ROWS = [row for mode in MODES for row in mode.lans]
RESERVED = declared_lan(subnets=[{**SUBNET4, "reserved": ["192.168.56.130", "192.168.56.140-192.168.56.150"]}])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_handed_on_is_read_back(row: LanRow) -> None:
    lan = lan_of(row, settings_of(RESERVED))
    assert read_lans({"lans": [declared(lan)]}) == ([lan], [])


@given(st.integers(8, 27), st.integers(0, 2**16))
def test_two_halves_of_a_range_have_nothing_in_common(prefix: int, number: int) -> None:
    base = (number << 16) % 2**32 >> (32 - prefix) << (32 - prefix)
    subnet = f"{base >> 24}.{base >> 16 & 255}.{base >> 8 & 255}.{base & 255}/{prefix}"
    settings = settings_of(
        declared_lan(subnets=[{"subnet": "fd00::/64", "range": "fd00::/64", "gateway": "fd00::1"}]),
        [{"subnet": subnet}],
    )
    first, second = (lan_of(row, settings).subnets[0] for row in BY_NAME["vlan"].lans)
    assert first.subnet == second.subnet == settings.private[0].subnet
    assert not first.range.overlaps(second.range)
    whole = interval_of(settings.private[0].range)
    assert interval_of(first.range).size + interval_of(second.range).size == whole.size
    # An engine refuses to give the same gateway to two of its networks.
    assert first.gateway != second.gateway
    assert first.gateway in first.subnet
    assert second.gateway in second.range


def test_a_vlan_link_is_named_after_the_parent_of_the_host() -> None:
    settings = settings_of(host2={"dockerlan_parents": {"office": "eth7"}})
    parents = [[member.parents[row.name] for member in members_of(row, settings)] for row in BY_NAME["vlan"].lans]
    assert parents == [["eth0.21", "eth7.21"], ["eth0.22", "eth7.22"]]
    assert [member.parents for member in members_of(BY_NAME["no-parent"].lans[0], settings)] == [
        {"no-parent-macvlan": ""}
    ] * 2


def test_slices_of_a_host_count_on_the_lan_and_not_in_the_private_subnets() -> None:
    settings = settings_of(host1={"dockerlan_slices": {"office": ["192.168.56.144/28", "/120"]}})
    on_lan, private = (members_of(BY_NAME[name].lans[0], settings)[0] for name in ("ipvlan-l2", "ipvlan-l3"))
    assert [str(block) for block in on_lan.slices["ipvlan-l2"].values()] == ["192.168.56.144/28"]
    assert on_lan.sizes == {"ipvlan-l2": {6: 120}}
    assert (private.slices, private.sizes) == ({}, {})


def test_only_where_a_router_is_known_there_is_a_default_route() -> None:
    plain, internal = settings_of(), settings_of(declared_lan(internal=True))
    row = BY_NAME["ipvlan-l2"].lans[0]
    assert (lan_of(row, plain).internal, lan_of(row, internal).internal) == (False, True)
    assert lan_of(BY_NAME["internal"].lans[0], plain).internal
    # The parent is the router there.
    assert not lan_of(BY_NAME["ipvlan-l3"].lans[0], internal).internal


def test_a_lan_that_is_no_lan_is_refused() -> None:
    entry: Any = declared(lan_of(BY_NAME["ipvlan-l2"].lans[0], settings_of()))
    lans, problems = read_lans({"lans": [{**entry, "subnets": []}]})
    assert lans == []
    assert str(problems[0]).startswith("ipvlan-l2: experiment.lans[0].subnets: is empty")


def test_members_are_the_hosts_of_the_play_with_their_parents() -> None:
    one, other = read_members({"parents": {"host1": {"office": "eth7"}}}, ["host1", "host2"])
    assert (one.parents, other.parents) == ({"office": "eth7"}, {})
