# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts about which nothing is known."""

from __future__ import annotations

import pytest

from tests.unit.plugins.simulation import Faults, Fleet, report_of


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
