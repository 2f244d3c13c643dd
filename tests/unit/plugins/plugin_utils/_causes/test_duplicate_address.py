# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both holders of an address."""

from __future__ import annotations

from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._sections import report_of_sections

from tests.unit.plugins.modes import Odd, own_section
from tests.unit.plugins.simulation import NOW, STRANGER, Faults, Fleet, report_of


def test_two_endpoints_are_both_named_with_their_macs() -> None:
    (cause,) = report_of(Fleet(), Faults(same_address={"host1/web-2": "host2/web-1"}))["causes"]
    told = " ".join(cause["evidence"])
    for words in ("host1/web-2", "host2/web-1", "02:42:00:00:01:02", "02:42:00:00:02:01", "192.168.56.161"):
        assert words in told


def test_a_stranger_is_named_with_its_mac_and_who_saw_it() -> None:
    (cause,) = report_of(Fleet(families=("ipv4",)), Faults(strangers={"host1/web-1": False}))["causes"]
    (line,) = cause["evidence"]
    assert "host1/web-1 (192.168.56.145) has the MAC address 02:42:00:00:01:01" in line
    assert f"a device that is not of this fleet has {STRANGER}, seen from host" in line


def test_a_host_of_the_fleet_that_has_the_address_is_named() -> None:
    """It took the address by itself, so the mesh does not know of it: its MAC address tells."""
    fleet = Fleet(families=("ipv4",))
    faults = Faults(strangers={"host1/web-1": True}, stranger_mac="02:00:c0:a8:38:03")
    (cause,) = report_of(fleet, faults)["causes"]
    assert cause["hosts"] == ["host1", "host3"]
    assert any("so does host3, with 02:00:c0:a8:38:03" in line for line in cause["evidence"])


def test_a_second_answer_harms_nobody_while_all_is_as_expected() -> None:
    assert report_of(Fleet(hosts=("host1",), containers=1), Faults(strangers={"host1/web-1": False}))["causes"] == []


def test_bridges_have_the_same_addresses_on_all_hosts_and_nobody_minds() -> None:
    odd = Odd(states={("host1/dockerlan-bridge-1", "host2"): State.LOST})
    report = report_of_sections([own_section("bridge", "bridge", odd=odd)], NOW)
    assert [cause["kind"] for cause in report["causes"]] == ["unexplained"]
