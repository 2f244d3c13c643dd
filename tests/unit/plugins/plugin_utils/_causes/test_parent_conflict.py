# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two networks on one parent."""

from __future__ import annotations

import pytest

from tests.unit.plugins.simulation import Faults, Fleet, report_of

OLD = {"host2": ("old", "ipvlan")}


@pytest.mark.parametrize(
    "detail",
    [
        "Start: failed to create the ipvlan port: device or resource busy",
        "Apply: network di-0815 is already using parent interface eth0",
    ],
)
def test_the_words_of_the_engine_are_known(detail: str) -> None:
    (cause,) = report_of(Fleet(), Faults(lost={"host2": ("failed", detail)}))["causes"]
    assert cause["kind"] == "parent_conflict"
    assert cause["evidence"] == [f"host2: {detail}"]


def test_the_other_network_is_named() -> None:
    (cause,) = report_of(Fleet(), Faults(lost={"host2": ("failed", "x")}, conflicts=OLD))["causes"]
    assert cause["evidence"] == ["host2: eth0, the parent of office, is that of the ipvlan network old too"]


def test_a_conflict_that_harms_nothing_is_no_cause() -> None:
    report = report_of(Fleet(), Faults(conflicts=OLD))
    assert (report["verdict"], report["causes"]) == ("pass", [])


@pytest.mark.parametrize("reason", ["host_down", "engine_down"])
def test_a_host_that_was_lost_for_another_reason_has_that_one(reason: str) -> None:
    (cause,) = report_of(Fleet(), Faults(lost={"host2": (reason, "x")}, conflicts=OLD))["causes"]
    assert cause["kind"] == reason
