# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries that point to a MAC address that nobody has."""

from __future__ import annotations

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in

from tests.unit.plugins.simulation import GONE, Faults, Fleet, report_of

STALE = Faults(stale={("host1/web-1", "host2/web-2"): "permanent"})


def test_who_has_the_entry_which_mac_it_has_and_which_is_right() -> None:
    (cause,) = report_of(Fleet(families=("ipv4",)), STALE)["causes"]
    assert cause["evidence"] == [
        f"host1/web-1 has {GONE} for 192.168.56.162 (permanent); host2/web-2 has 02:42:00:00:02:02"
    ]


def test_the_answers_that_get_lost_belong_to_it() -> None:
    report = report_of(Fleet(families=("ipv4",)), STALE)
    ends = {(pair["source"], pair["target"]) for pair in pairs_in(report) if pair["cause"]}
    assert ends == {("host1/web-1", "host2/web-2"), ("host2/web-2", "host1/web-1")}


def test_a_wrong_entry_that_someone_answers_for_is_a_duplicate() -> None:
    faults = Faults(stale=STALE.stale, strangers={"host2/web-2": False}, stranger_mac=GONE)
    assert [cause["kind"] for cause in report_of(Fleet(), faults)["causes"]] == ["duplicate_address"]
