# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of one mesh, read as those of another one."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State, encode
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import Outcome, outcome_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._refit import UNKNOWN_THEN, refitted

from tests.unit.plugins.simulation import Faults, Fleet, mesh_of, probe

FLEET = Fleet(hosts=("host1", "host2", "host3"), families=("ipv4",))
SMALL = Fleet(hosts=("host1", "host3"), families=("ipv4",))
FAULTS = Faults(filtered=frozenset({"host3"}), stranded=frozenset({"host1/web-2"}))


def observed(fleet: Fleet, faults: Faults = FAULTS, host: str = "host1") -> tuple[Any, Outcome]:
    mesh = mesh_of(fleet, faults)
    return mesh, outcome_of(probe(fleet, faults, mesh)[host])


def states(mesh: Any, outcome: Outcome, host: str = "host1") -> dict[tuple[str, str], Record]:
    """Return the record of each pair by the ids of its ends."""
    assert outcome.records is not None
    ends = [end["id"] for end in mesh["endpoints"]]
    pairs = pairs_of(mesh, host)
    assert outcome.records.pairs == len(pairs)
    return {(ends[p.source], ends[p.target]): outcome.records.record(n) for n, p in enumerate(pairs)}


def test_records_of_a_smaller_mesh_keep_their_pairs_and_new_ones_have_no_data() -> None:
    old, outcome = observed(SMALL)
    new = mesh_of(FLEET, FAULTS)
    before, after = states(old, outcome), states(new, refitted(outcome, old, new, "host1"))
    assert {pair: record for pair, record in after.items() if pair in before} == before
    added = {pair: record.state for pair, record in after.items() if pair not in before}
    assert len(added) == 3 * 3
    assert set(added.values()) == {State.NO_ADDRESS}


def test_records_of_a_larger_mesh_lose_the_pairs_that_are_no_more() -> None:
    old, outcome = observed(FLEET)
    new = mesh_of(SMALL, FAULTS)
    before, after = states(old, outcome), states(new, refitted(outcome, old, new, "host1"))
    assert after == {pair: record for pair, record in before.items() if "host2" not in str(pair)}


def test_a_target_that_was_lost_then_was_unknown() -> None:
    lost = Faults(lost={"host2": ("failed", "not asked yet")})
    old, outcome = observed(FLEET, lost)
    new = mesh_of(FLEET)
    found = refitted(outcome, old, new, "host1")
    sources = {new["endpoints"][error.source]["id"] for error in found.errors if error.text == UNKNOWN_THEN}
    assert sources == {"host1", "host1/web-1", "host1/web-2"}


def test_a_mesh_with_the_same_pairs_leaves_nothing_out() -> None:
    old, outcome = observed(FLEET)
    found = refitted(outcome, old, mesh_of(FLEET, FAULTS), "host1")
    assert states(old, found) == states(old, outcome)
    assert not [error for error in found.errors if error.text == UNKNOWN_THEN]


def test_evidence_checks_and_errors_follow_their_endpoints() -> None:
    old, outcome = observed(FLEET, Faults(cut=frozenset({"host2", "host3"}), walls={"host1/web-1": "out"}))
    new = mesh_of(SMALL)
    found = refitted(outcome, old, new, "host1")
    told = {(old["endpoints"][row["target"]]["id"], row["state"]) for row in outcome.evidence["neighbours"]}
    moved = {(new["endpoints"][row["target"]]["id"], row["state"]) for row in found.evidence["neighbours"]}
    assert moved == {row for row in told if "host2" not in row[0]} < told
    assert moved
    assert {new["endpoints"][error.source]["id"] for error in found.errors} == {"host1/web-1"}
    assert all(error.target is None or error.target < len(new["endpoints"]) for error in found.errors)
    assert found.checks["gateway"] == outcome.checks["gateway"]
    assert found.evidence["links"] == outcome.evidence["links"]


def test_records_that_fit_nothing_stay_as_they_are() -> None:
    old, _outcome = observed(SMALL)
    packed = encode([Record(State.LOST, 1.0)])
    odd = outcome_of({"records": packed, "errors": [], "evidence": {}, "checks": {}, "method": "exec"})
    assert refitted(odd, old, mesh_of(FLEET), "host1") is odd
    without = Outcome()
    assert refitted(without, old, mesh_of(FLEET), "host1") is without
