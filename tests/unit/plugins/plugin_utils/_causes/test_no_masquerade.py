# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that do not get out of their bridge."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._sections import report_of_sections

from tests.unit.plugins.modes import HOSTS, Odd, lan_section, own_section
from tests.unit.plugins.simulation import NOW, Faults, Fleet

ALL = frozenset(HOSTS)


def causes_of(network: str, odd: Odd) -> Any:
    return report_of_sections([own_section(network, network, odd=odd)], NOW)["causes"]


@pytest.mark.parametrize("network", ["bridge", "container", "user-defined"])
@pytest.mark.parametrize("hosts", [frozenset({"host2"}), ALL])
def test_the_hosts_without_dockers_rules_are_named(network: str, hosts: frozenset[str]) -> None:
    (cause,) = causes_of(network, Odd(without_rules=hosts))
    assert (cause["kind"], cause["hosts"]) == ("no_masquerade", [host for host in HOSTS if host in hosts])
    assert cause["pairs"] == len(hosts) * 2 * 2
    assert f"host2/dockerlan-{network}-1 reaches host2, but not host1 (ipv4)" in cause["evidence"]
    assert "restart Docker" in cause["cure"]


def lost(source: str, *targets: str) -> dict[tuple[str, str], State]:
    ends = [f"{source}/dockerlan-bridge-{number}" for number in (1, 2)]
    return {(end, target): State.LOST for end in ends for target in targets}


def test_one_target_that_is_silent_is_something_else() -> None:
    (cause,) = causes_of("bridge", Odd(states=lost("host1", "host2")))
    assert cause["kind"] == "unexplained"


def test_a_host_that_reaches_nothing_itself_is_cut_off() -> None:
    away = [("host1", "host2"), ("host1", "host3"), ("host2", "host1"), ("host3", "host1")]
    states = {**lost("host1", "host2", "host3"), **lost("host2", "host1"), **lost("host3", "host1")}
    states.update(dict.fromkeys(away, State.LOST))
    (cause,) = causes_of("bridge", Odd(states=states))
    assert (cause["kind"], cause["hosts"]) == ("partition", ["host1"])


def test_a_host_that_reaches_nobody_itself_though_it_is_reached_says_nothing_of_its_bridge() -> None:
    away = {("host1", other): State.LOST for other in ("host2", "host3")}
    causes = causes_of("bridge", Odd(states={**lost("host1", "host2", "host3"), **away}))
    assert "no_masquerade" not in [cause["kind"] for cause in causes]


def test_a_container_that_does_not_reach_its_own_host_either_is_something_else() -> None:
    (cause,) = causes_of("bridge", Odd(states=lost("host1", "host1", "host2", "host3")))
    assert cause["kind"] == "unexplained"


def test_a_lan_has_no_masquerading() -> None:
    report = report_of_sections([lan_section("lan", Fleet(), Faults(filtered=frozenset({"host2"})))], NOW)
    assert [cause["kind"] for cause in report["causes"]] == ["mac_filter"]
