# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pairs that are not as expected, in full, and those that pass one way only."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._deviations import EACH
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.simulation import Faults, Fleet, report_of

FLEET = Fleet(driver="ipvlan", families=("ipv4",))
ENDS = [f"host{host}/web-{number}" for host in (1, 2, 3) for number in (1, 2)]


def test_a_healthy_fleet_has_none() -> None:
    report = report_of(FLEET)
    assert (report["deviations"], report["one_way"]) == ([], [])


@given(st.frozensets(st.tuples(st.sampled_from(ENDS), st.sampled_from(ENDS)), max_size=9))
def test_they_are_the_pairs_of_the_matrix_that_deviate(silent: frozenset[tuple[str, str]]) -> None:
    report = report_of(FLEET, Faults(silent=silent))
    deviating = [pair for pair in pairs_in(report) if pair["status"] != "as_expected"]
    assert sorted(report["deviations"], key=deviating.index) == deviating
    assert sum(row["pairs"] for row in report["one_way"]) == sum(pair["one_way"] for pair in deviating)


def test_no_data_and_leaks_are_deviations_too() -> None:
    lost = report_of(FLEET, Faults(lost={"host3": ("host_down", "")}))
    assert {(pair["status"], pair["state"], pair["loss"]) for pair in lost["deviations"]} == {
        ("no_data", None, None),
        ("no_data", "no_address", None),
    }
    leaking = report_of(FLEET, Faults(leaks=frozenset({"host2"})))["deviations"]
    assert {(pair["status"], pair["state"], pair["loss"]) for pair in leaking} == {("unexpected_open", "reply", 0.0)}
    assert all(pair["rtt_ms"] == {"min": 0.04, "avg": 0.055, "max": 0.09} for pair in leaking)


def test_of_each_cause_there_are_so_many_at_most() -> None:
    fleet = replace(FLEET, hosts=tuple(f"host{number}" for number in range(1, 31)))
    report = report_of(fleet, Faults(cut=frozenset({"host2"}), leaks=frozenset({"host5"})))
    assert report["totals"]["unexpected_blocked"] > EACH
    causes = [pair["cause"] for pair in report["deviations"]]
    assert {cause: causes.count(cause) for cause in set(causes)} == {
        cause["id"]: min(cause["pairs"], EACH) for cause in report["causes"]
    }


def test_what_passes_one_way_only_is_counted_by_hosts_with_an_example() -> None:
    silent = frozenset((one, other) for one in ENDS[:2] for other in ENDS[2:4])
    report = report_of(FLEET, Faults(silent=silent))
    assert report["one_way"] == [
        {
            "network": "office",
            "family": "ipv4",
            "source": "host1",
            "target": "host2",
            "pairs": 4,
            "example": {"source": "host1/web-1", "target": "host2/web-1"},
        }
    ]
    assert all(pair["one_way"] for pair in report["deviations"])


def test_what_is_blocked_both_ways_is_not_one_way() -> None:
    both = frozenset({(ENDS[0], ENDS[2]), (ENDS[2], ENDS[0])})
    report = report_of(FLEET, Faults(silent=both))
    assert len(report["deviations"]) == 2
    assert report["one_way"] == []
