# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that are left with only lo."""

from __future__ import annotations

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._sections import report_of_sections

from tests.unit.plugins.modes import own_section
from tests.unit.plugins.simulation import NOW, Faults, Fleet, report_of


def test_they_are_named_with_what_to_do() -> None:
    faults = Faults(stranded=frozenset({"host1/web-2", "host3/web-1"}))
    (cause,) = report_of(Fleet(), faults)["causes"]
    assert cause["hosts"] == ["host1", "host3"]
    assert "host1/web-2 and host3/web-1 have only the loopback link left" in cause["explanation"]
    assert "restart this one" in cause["cure"]


def test_without_a_network_it_is_no_fault() -> None:
    wanted = {"network": "none", "to_network": "none", "from": "host1/*", "to": "host1/*", "relation": None}
    wrong = own_section("none", "none", expectations=[{**wanted, "expected": "open", "why": "a mistake"}])
    assert [cause["kind"] for cause in report_of_sections([wrong], NOW)["causes"]] == ["expectation_violated"]
