# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the experiments: what is read, and what is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_settings import Raw, read_settings

from tests.unit.plugins.experiments import PRIVATE, settings_of
from tests.unit.plugins.fleets import SUBNET4, declared_lan


def refused(lan: Any = None, private: Any = PRIVATE, vlans: Any = (21, 22), containers: int = 2, **host1: Any) -> Any:
    raw = Raw(declared_lan() if lan is None else lan, private, vlans if vlans != (21, 22) else [21, 22], containers)
    return [str(problem) for problem in read_settings(raw, {"host1": host1})[1]]


def test_driver_mode_and_flag_of_the_lan_do_not_matter() -> None:
    for changes in ({"driver": "macvlan", "mode": "passthru"}, {"driver": "ipvlan", "mode": "l3", "flag": "vepa"}):
        assert settings_of(declared_lan(**changes)) == settings_of(declared_lan())
    assert refused({"parent": "eth0", "subnets": [SUBNET4]}) == []


def test_what_a_host_says_of_the_lan_counts_and_what_it_says_of_others_does_not() -> None:
    variables = {
        "dockerlan_parents": {"office": "eth7", "lab": "eth8"},
        "dockerlan_slices": {"office": ["/27"], "x": 1},
    }
    settings = settings_of(host1=variables, host2={"dockerlan_lans": []})
    assert [dict(member.parents) for member in settings.members] == [{"office": "eth7"}, {}]
    assert settings.members[0].sizes == {"office": {4: 27}}


def test_a_private_subnet_is_used_as_a_whole_and_needs_no_gateway() -> None:
    settings = settings_of(private=[{"subnet": "198.18.0.0/16"}])
    [subnet] = settings.private
    assert (str(subnet.range), str(subnet.gateway)) == ("198.18.0.0/16", "198.18.0.1")
    [subnet] = settings_of(private=[{"subnet": "198.18.0.0/16", "range": "198.18.4.0/24", "slice_prefix": 29}]).private
    assert (str(subnet.range), subnet.slice_prefix) == ("198.18.4.0/24", 29)


@pytest.mark.parametrize("nothing", [None, []])
def test_private_subnets_and_vlans_may_be_missing(nothing: Any) -> None:
    settings, problems = read_settings(Raw(declared_lan(), nothing, nothing, 2), {"host1": {}})
    assert not problems
    assert settings
    assert (settings.private, settings.vlans) == ((), ())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"lan": "eth0"}, "modes_lan: is 'eth0', expected a mapping"),
        ({"lan": {"parent": "eth0"}}, "modes: modes_lan.subnets: is empty"),
        ({"lan": declared_lan(vlan=20)}, "office: modes_lan.vlan: there is no such option"),
        ({"private": "198.18.0.0/16"}, "modes_private_subnets: is '198.18.0.0/16', expected a list"),
        ({"private": ["198.18.0.0/16"]}, "modes_private_subnets[0]: is '198.18.0.0/16', expected a mapping"),
        ({"private": [{"subnet": "198.18.0.1/16"}]}, "modes_private_subnets[0].subnet: is '198.18.0.1/16', which has"),
        ({"private": [{"subnet": "192.168.0.0/16"}]}, "modes_private_subnets: the subnet 192.168.0.0/16 overlaps"),
        ({"vlans": [21]}, "modes_vlans: is [21], expected two different VLAN ids from 1 to 4094"),
        ({"vlans": [21, 21]}, "modes_vlans: is [21, 21]"),
        ({"vlans": [0, 21]}, "modes_vlans: is [0, 21]"),
        ({"vlans": [21, 4095]}, "modes_vlans: is [21, 4095]"),
        ({"vlans": "21,22"}, "modes_vlans: is '21,22'"),
        ({"containers": 1}, "modes_containers: is 1, expected 2 or more"),
        ({"dockerlan_parents": "eth0"}, "host1: dockerlan_parents: is 'eth0', expected a mapping"),
        ({"dockerlan_slices": {"office": ["10.0.0.0/28"]}}, "host1: dockerlan_slices.office[0]: 10.0.0.0/28 is not"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_variable(arguments: Any, words: str) -> None:
    assert refused(**arguments)[0].startswith(words)


def test_all_problems_are_told_at_once() -> None:
    assert len(refused("eth0", [1], [1], 0)) == 4
