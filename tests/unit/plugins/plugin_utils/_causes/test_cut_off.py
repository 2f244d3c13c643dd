# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of which nothing leaves."""

from __future__ import annotations

from tests.unit.plugins.simulation import Faults, Fleet, report_of

HOST2 = frozenset({"host2"})


def test_a_partition_is_told_from_a_dead_link_by_its_carrier() -> None:
    (cause,) = report_of(Fleet(), Faults(cut=HOST2))["causes"]
    assert cause["evidence"] == ["host2: eth0 is up and has a carrier"]
    assert "not even the hosts themselves see each other" in cause["explanation"]


def test_a_vlan_is_named_with_its_link() -> None:
    (cause,) = report_of(Fleet(driver="ipvlan", parent="eth0.20"), Faults(cut=HOST2))["causes"]
    assert cause["evidence"] == ["host2: eth0.20 is VLAN 20 on eth0"]
    assert "Allow VLAN 20, tagged, on the switch port" in cause["cure"]


def test_of_two_hosts_the_one_without_a_gateway_is_cut_off() -> None:
    two = Fleet(hosts=("a", "b"))
    (cause,) = report_of(two, Faults(cut=frozenset({"b"})))["causes"]
    assert cause["hosts"] == ["b"]


def test_without_a_gateway_two_hosts_apart_are_both_named() -> None:
    two = Fleet(hosts=("a", "b"), has_gateway=False)
    (cause,) = report_of(two, Faults(cut=frozenset({"b"})))["causes"]
    assert (cause["id"], cause["hosts"]) == ("partition:a,b", ["a", "b"])


def test_the_failed_check_of_the_gateway_belongs_to_it() -> None:
    (cause,) = report_of(Fleet(), Faults(cut=HOST2))["causes"]
    assert cause["checks"] == 2
