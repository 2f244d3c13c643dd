# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gateways that do not answer."""

from __future__ import annotations

from tests.unit.plugins.simulation import Faults, Fleet, report_of


def test_a_gateway_that_is_down_for_all_is_told_from_one_that_drops_some() -> None:
    fleet = Fleet(driver="ipvlan")
    (cause,) = report_of(fleet, Faults(gateway=frozenset(fleet.hosts)))["causes"]
    assert (cause["hosts"], cause["checks"]) == (list(fleet.hosts), 6)
    assert "No host of the fleet gets an answer" in cause["explanation"]
    (cause,) = report_of(fleet, Faults(gateway=frozenset({"host2"})))["causes"]
    assert cause["hosts"] == ["host2"]
    assert "answers others, but not host2" in cause["explanation"]


def test_it_fails_a_fleet_of_which_every_pair_is_as_expected() -> None:
    report = report_of(Fleet(), Faults(gateway=frozenset({"host2"})))
    assert report["totals"]["as_expected"] == report["totals"]["pairs"]
    assert report["verdict"] == "fail"
