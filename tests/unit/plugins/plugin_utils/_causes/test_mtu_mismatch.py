# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has the smaller MTU."""

from __future__ import annotations

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in

from tests.unit.plugins.simulation import Faults, Fleet, report_of


def test_the_parent_is_named_with_its_mtu() -> None:
    report = report_of(Fleet(), Faults(mtu={"host2": 1450}))
    (cause,) = report["causes"]
    assert cause["evidence"] == ["host2: eth0 has the MTU 1450, most others have 1500"]
    assert cause["pairs"] == 0
    assert cause["checks"] == report["totals"]["failed_checks"] == 8


def test_a_container_that_kept_a_small_mtu_is_told_by_its_own_word() -> None:
    (cause,) = report_of(Fleet(families=("ipv4",)), Faults(stuck_mtu={"host2/web-1": 1450}))["causes"]
    assert cause["hosts"] == ["host2"]
    assert any(line.startswith("host2/web-1 -> ") and "1450" in line for line in cause["evidence"])
    assert "restart the containers" in cause["cure"]


def test_between_hosts_whose_links_agree_something_else_is_small() -> None:
    narrow = frozenset({frozenset({"host1", "host2"})})
    (cause,) = report_of(Fleet(), Faults(narrow=narrow))["causes"]
    assert cause["hosts"] == ["host1", "host2"]
    assert "a device in between lets less through" in cause["explanation"]


def test_probes_that_are_too_large_for_one_host_are_explained_both_ways() -> None:
    report = report_of(Fleet(families=("ipv4",)), Faults(mtu={"host2": 1450}, large_probes=1500))
    assert {pair["state"] for pair in pairs_in(report) if pair["cause"]} == {"too_big", "lost"}
