# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed since an earlier report."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._changes import SHOWN, with_changes
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import expanded, pairs_in
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.simulation import Faults, Fleet, report_of

FLEET = Fleet(driver="ipvlan", families=("ipv4",))
HEALTHY = report_of(FLEET)
CUT = report_of(FLEET, Faults(cut=frozenset({"host2"})))
BROKEN = ("unexpected_blocked", "unexpected_open")


def statuses(report: Any) -> dict[tuple[str, str, str], str]:
    """Return the status of each pair by family and ids."""
    return {(pair["family"], pair["source"], pair["target"]): pair["status"] for pair in pairs_in(report)}


def counts(report: Any) -> tuple[int, int, int]:
    """Return how many pairs are newly broken, healed, still broken."""
    changes = report["changes"]
    return changes["newly_broken"], changes["healed"], changes["still_broken"]


def test_without_an_earlier_report_there_is_nothing_to_say() -> None:
    assert with_changes(HEALTHY, None) == HEALTHY


def test_the_same_again_has_no_changes() -> None:
    found = with_changes(HEALTHY, HEALTHY)
    assert counts(found) == (0, 0, 0)
    assert (found["changes"]["endpoints_come"], found["changes"]["endpoints_gone"]) == ([], [])
    assert found["matrix"] == HEALTHY["matrix"]


def test_what_breaks_stays_broken_and_heals() -> None:
    broken = CUT["totals"]["unexpected_blocked"]
    assert counts(with_changes(CUT, HEALTHY)) == (broken, 0, 0)
    assert counts(with_changes(CUT, CUT)) == (0, 0, broken)
    assert counts(with_changes(HEALTHY, CUT)) == (0, broken, 0)


def test_each_row_has_the_positions_and_the_first_pairs_are_examples() -> None:
    found = with_changes(CUT, HEALTHY)
    row = found["matrix"][0]["rows"][0]
    assert [row["signs"][position] for position in expanded(row["changes"]["newly_broken"])] == ["X"] * 3
    assert row["changes"]["healed"] == []
    examples = found["changes"]["examples"]
    assert examples["newly_broken"][0] == {
        "network": "office",
        "to_network": None,
        "family": "ipv4",
        "source": "host1",
        "target": "host2",
    }
    assert [len(examples[kind]) for kind in ("newly_broken", "healed", "still_broken")] == [SHOWN, 0, 0]


def test_it_says_since_when_and_whether_that_is_pinned() -> None:
    earlier = {**HEALTHY, "generated_at": "2026-01-01T00:00:00Z"}
    found = with_changes(HEALTHY, earlier, baseline=True)["changes"]
    assert (found["since"], found["baseline"]) == ("2026-01-01T00:00:00Z", True)


def test_endpoints_that_come_and_go_are_named_and_all_others_compared() -> None:
    more = report_of(replace(FLEET, containers=3), Faults(cut=frozenset({"host2"})))
    found = with_changes(more, CUT)
    assert found["changes"]["endpoints_come"] == ["host1/web-3", "host2/web-3", "host3/web-3"]
    assert found["changes"]["endpoints_gone"] == []
    assert found["changes"]["still_broken"] == CUT["totals"]["unexpected_blocked"]
    assert found["changes"]["newly_broken"] == more["totals"]["unexpected_blocked"] - found["changes"]["still_broken"]
    assert with_changes(CUT, more)["changes"]["endpoints_gone"] == ["host1/web-3", "host2/web-3", "host3/web-3"]


def test_endpoints_of_a_network_that_only_one_report_has_neither_come_nor_go() -> None:
    other = {**HEALTHY, "networks": [{**HEALTHY["networks"][0], "name": "voice"}]}
    for found in (with_changes(HEALTHY, other), with_changes(other, HEALTHY)):
        assert (found["changes"]["endpoints_come"], found["changes"]["endpoints_gone"]) == ([], [])


def test_a_pair_without_data_has_neither_healed_nor_broken() -> None:
    down = report_of(FLEET, Faults(lost={"host2": ("host_down", "no route")}))
    assert counts(with_changes(down, CUT)) == (0, 0, 0)
    assert counts(with_changes(CUT, down)) == (CUT["totals"]["unexpected_blocked"], 0, 0)


ENDS = [f"host{host}/web-{number}" for host in (1, 2, 3) for number in (1, 2)]
SILENT = st.frozensets(st.tuples(st.sampled_from(ENDS), st.sampled_from(ENDS)), max_size=12)


@given(SILENT, SILENT, st.sampled_from([1, 2]))
def test_every_pair_is_counted_for_what_it_was_and_is(
    before: frozenset[tuple[str, str]], now: frozenset[tuple[str, str]], containers: int
) -> None:
    earlier = report_of(replace(FLEET, containers=containers), Faults(silent=before))
    report = report_of(FLEET, Faults(silent=now))
    found, was = with_changes(report, earlier), statuses(earlier)
    wanted: Counter[str] = Counter()
    for pair, status in statuses(report).items():
        broken, was_broken = status in BROKEN, was.get(pair) in BROKEN
        wanted["newly_broken"] += broken and not was_broken
        wanted["still_broken"] += broken and was_broken
        wanted["healed"] += was_broken and status == "as_expected"
    assert counts(found) == (wanted["newly_broken"], wanted["healed"], wanted["still_broken"])
    rows = [row["changes"] for block in found["matrix"] for row in block["rows"]]
    for kind in ("newly_broken", "healed"):
        assert sum(len(expanded(row[kind])) for row in rows) == wanted[kind]
