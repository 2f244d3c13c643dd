# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is expected of a pair, and who says so."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair, pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._judgement import OBSERVED, Judge
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._observation import Observation

from tests.unit.plugins.simulation import REPLIED, Fleet, mesh_of


def expectation(**changes: Any) -> dict[str, Any]:
    default = {"network": "office", "from": "*", "to": "*", "relation": None, "to_network": "office"}
    return {**default, "expected": "blocked", "why": "we said so", **changes}


def judged(mesh: Any, host: str, record: Record | None = REPLIED) -> list[Observation]:
    return list(Judge(mesh).observations([(pair, record) for pair in pairs_of(mesh, host)], 100))


def test_every_state_has_a_meaning() -> None:
    assert set(OBSERVED) == set(State)


def test_observations_are_numbered_from_where_they_start_in_the_report() -> None:
    found = judged(mesh_of(Fleet()), "host1")
    assert [item.number for item in found] == list(range(100, 148))


def test_without_expectations_the_contract_decides() -> None:
    found = judged(mesh_of(Fleet()), "host1")
    assert {item.why for item in found} == {None}
    assert {item.relation for item in found if item.expected == "blocked"} == {"own_host"}


def test_a_pair_without_a_record_has_no_data() -> None:
    assert {item.status for item in judged(mesh_of(Fleet()), "host1", None)} == {"no_data"}


@pytest.mark.parametrize("source", ["host2", "host2/web-1"])
def test_a_shim_opens_the_way_of_the_end_that_has_it_in_its_family(source: str) -> None:
    mesh = mesh_of(Fleet())
    next(end for end in mesh["endpoints"] if end["id"] == source)["shim"] = ["ipv6"]
    found = judged(mesh, "host2")
    others = [item for item in found if item.relation == "own_host" and item.source["id"] != source]
    assert {item.expected for item in others} == {"blocked"}
    own = [item for item in found if item.relation == "own_host" and item.source["id"] == source]
    assert {(item.family, item.expected) for item in own} == {("ipv4", "blocked"), ("ipv6", "open")}


def test_the_first_expectation_that_fits_wins_and_wins_over_the_contract() -> None:
    rules = (
        expectation(**{"from": "host1/*", "to": "host2/*", "why": "first"}),
        expectation(**{"from": "host1/*", "relation": "cross_host", "expected": "open", "why": "second"}),
    )
    found = judged(mesh_of(Fleet(expectations=rules)), "host1")
    told = {(item.target["host"], item.relation): (item.expected, item.why) for item in found if item.why}
    assert told == {("host2", "cross_host"): ("blocked", "first"), ("host3", "cross_host"): ("open", "second")}
    assert {item.status for item in found if item.why == "first"} == {"unexpected_open"}


def test_pairs_across_two_networks_have_a_relation_of_their_own() -> None:
    mesh = mesh_of(Fleet(hosts=("host1",), containers=1))
    voice = [{**end, "network": "voice", "index": end["index"] + 2} for end in mesh["endpoints"]]
    mesh["endpoints"] += voice
    mesh["networks"] = [*mesh["networks"], {**mesh["networks"][0], "name": "voice"}]
    mesh["expectations"] = [expectation(to_network="voice")]
    (item,) = Judge(mesh).observations([(Pair("ipv4", 1, 2), REPLIED)], 0)
    assert (item.relation, item.expected, item.status) == ("other_network", "blocked", "unexpected_open")
    assert item.why == "we said so"
    assert not item.within_network
