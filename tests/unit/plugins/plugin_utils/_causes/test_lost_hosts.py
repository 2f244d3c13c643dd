# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts about which nothing is known."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._sections import report_of_sections

from tests.unit.plugins.modes import Odd, own_section
from tests.unit.plugins.simulation import NOW, Faults, Fleet, report_of


@pytest.mark.parametrize("reason", ["host_down", "engine_down", "failed"])
def test_lost_hosts_are_named_with_their_reason(reason: str) -> None:
    report = report_of(Fleet(), Faults(lost={"host1": (reason, "x"), "host3": (reason, "x")}))
    (cause,) = report["causes"]
    assert (cause["kind"], cause["hosts"], cause["pairs"]) == (reason, ["host1", "host3"], report["totals"]["no_data"])
    assert "host1 and host3" in cause["explanation"]


def test_a_host_that_went_down_while_probing_explains_missing_answers() -> None:
    dies = {"host2": {"unreachable": True, "msg": "gone"}}
    report = report_of(Fleet(), Faults(dies=dies, cut=frozenset({"host2"})))
    assert [cause["id"] for cause in report["causes"]] == ["host-down:host2"]
    assert report["totals"]["unexpected_blocked"] > 0


def test_a_host_whose_probing_failed_does_not_explain_missing_answers() -> None:
    dies = {"host2": {"failed": True, "msg": "boom"}}
    report = report_of(Fleet(driver="ipvlan"), Faults(dies=dies, cut=frozenset({"host2"})))
    assert [cause["kind"] for cause in report["causes"]] == ["failed", "unexplained"]


def test_the_id_of_a_cause_of_many_hosts_stays_short() -> None:
    hosts = tuple(f"h{number}" for number in range(8))
    (cause,) = report_of(Fleet(hosts=hosts), Faults(filtered=frozenset(hosts)))["causes"]
    assert cause["id"] == "mac-filter:h0,h1,h2,+5"
    assert cause["hosts"] == list(hosts)


def test_hosts_that_came_back_are_told_with_their_messages_and_the_others_as_ever() -> None:
    lost = {host: ("failed", f"{host} has no space") for host in ("host2", "host3")}
    gone = Odd(lost={"host3": lost["host3"]})
    sections = [own_section("bridge", "bridge", odd=Odd(lost=lost)), own_section("host", "host", odd=gone)]
    causes = {cause["id"]: cause for cause in report_of_sections(sections, NOW)["causes"]}
    assert list(causes) == ["failed:host3", "failed:host2"]
    assert causes["failed:host2"]["evidence"] == ["host2: host2 has no space"]
    assert "was back for later ones" in causes["failed:host2"]["explanation"]
    assert causes["failed:host2"]["networks"] == ["bridge"]
    assert causes["failed:host3"]["evidence"] == []
    assert causes["failed:host3"]["networks"] == ["bridge", "host"]
