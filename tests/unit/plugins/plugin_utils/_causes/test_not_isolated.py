# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is open and must not be, and expectations that do not hold."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in

from tests.unit.plugins.simulation import Faults, Fleet, report_of


def rule(**changes: Any) -> dict[str, Any]:
    default = {"network": "office", "from": "*", "to": "*", "relation": None, "to_network": "office"}
    return {**default, "expected": "blocked", "why": "tiers", **changes}


def test_each_relation_has_its_own_words() -> None:
    (own,) = report_of(Fleet(), Faults(leaks=frozenset({"host2"})))["causes"]
    assert own["title"] == "A host reaches its own containers"
    (same,) = report_of(Fleet(mode="vepa"), Faults(together=frozenset({"host2"})))["causes"]
    assert same["title"] == "Containers of one host reach each other"
    assert "hairpin" in same["explanation"]
    assert "host2/web-1 -> host2/web-2 (ipv4) is open" in same["evidence"]


def test_a_hairpin_that_lets_the_host_in_too_is_one_cause() -> None:
    (cause,) = report_of(Fleet(mode="vepa"), Faults(together=frozenset({"host2"}), leaks=frozenset({"host2"})))[
        "causes"
    ]
    assert (cause["title"], cause["pairs"]) == ("Containers of one host reach each other", 12)


def test_an_expectation_that_is_broken_is_told_with_its_reason() -> None:
    rules = (rule(**{"from": "host1/*", "to": "host2/*", "relation": "cross_host"}),)
    (cause,) = report_of(Fleet(families=("ipv4",), expectations=rules))["causes"]
    assert (cause["id"], cause["hosts"], cause["pairs"]) == ("expectation-violated:tiers", ["host1", "host2"], 4)
    assert "These pairs are expected to be blocked (tiers), but they are not kept apart" in cause["explanation"]


def test_an_expectation_that_is_kept_is_as_expected() -> None:
    rules = (rule(**{"from": "*/web-1", "to": "*/web-2", "relation": "same_host"}),)
    fleet = Fleet(hosts=("host1", "host2"), expectations=rules)
    silent = frozenset({("host1/web-1", "host1/web-2"), ("host2/web-1", "host2/web-2")})
    report = report_of(fleet, Faults(silent=silent))
    assert (report["verdict"], report["causes"]) == ("pass", [])
    assert {pair["why"] for pair in pairs_in(report) if pair["why"]} == {"tiers"}


def test_what_must_be_open_by_expectation_only_is_told_with_its_reason() -> None:
    rules = (rule(relation="same_host", expected="open", why="the switch hairpins"),)
    report = report_of(Fleet(mode="vepa", families=("ipv4",), expectations=rules))
    (cause,) = report["causes"]
    assert (cause["kind"], cause["pairs"]) == ("expectation_violated", 6)
    assert "but they are not reached" in cause["explanation"]


def test_a_fault_explains_what_an_expectation_wants_open() -> None:
    rules = (rule(relation="cross_host", expected="open", why="said so"),)
    report = report_of(Fleet(expectations=rules), Faults(cut=frozenset({"host2"})))
    assert [cause["kind"] for cause in report["causes"]] == ["partition"]
