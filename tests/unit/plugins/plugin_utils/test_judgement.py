# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is expected of a pair, and who says so."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Row as ProbedRow
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import pairs_of, rows_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State, decode, encode
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._contract import kind_of, relation_of, rule
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._expectations import compiled, expected_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._judgement import OBSERVED, Judge, Row
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._observation import Observation
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.simulation import REPLIED, Fleet, mesh_of

PATTERNS = st.sampled_from(["*", "host1*", "*/web-1", "host2/*", "host3"])
BRIDGE = {"driver": "bridge", "mode": "user_defined", "flag": "", "parents": {}}
RELATIONS = st.sampled_from([None, "same_host", "cross_host", "own_host", "other_host", "host_to_host"])


def expectation(**changes: Any) -> dict[str, Any]:
    default = {"network": "office", "from": "*", "to": "*", "relation": None, "to_network": "office"}
    return {**default, "expected": "blocked", "why": "we said so", **changes}


def rows_from(mesh: Any, host: str, records: list[Record] | None) -> tuple[Judge, list[Row]]:
    """Judge what a host brought, numbered from 100 on."""
    judge = Judge(mesh)
    columns = None if records is None else decode(encode(records))
    return judge, list(judge.rows(rows_of(mesh, host), columns, 100))


def judged(mesh: Any, host: str, record: Record | None = REPLIED) -> list[Observation]:
    """Judge a host all of whose pairs have the same record, or none."""
    pairs = len(pairs_of(mesh, host))
    judge, rows = rows_from(mesh, host, None if record is None else [record] * pairs)
    return [judge.observation(row, position) for row in rows for position in range(len(row.targets))]


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


def test_containers_on_a_bridge_reach_other_hosts_which_do_not_reach_them() -> None:
    mesh = mesh_of(Fleet())
    mesh["networks"][0].update(BRIDGE)
    found = [item for item in judged(mesh, "host1") if item.relation == "other_host"]
    assert {(item.source["kind"], item.expected) for item in found} == {("container", "open"), ("host", "blocked")}


def test_pairs_across_two_networks_have_a_relation_of_their_own() -> None:
    mesh = mesh_of(Fleet(hosts=("host1",), containers=1))
    voice = [{**end, "network": "voice", "index": end["index"] + 2} for end in mesh["endpoints"]]
    mesh["endpoints"] += voice
    mesh["networks"] = [*mesh["networks"], {**mesh["networks"][0], "name": "voice"}]
    mesh["expectations"] = [expectation(to_network="voice")]
    judge = Judge(mesh)
    (row,) = judge.rows([ProbedRow("ipv4", 1, [2])], decode(encode([REPLIED])), 0)
    item = judge.observation(row, 0)
    assert (row.to_network, row.signs) == ("voice", "!")
    assert (item.relation, item.expected, item.status) == ("other_network", "blocked", "unexpected_open")
    assert item.why == "we said so"
    assert not item.within_network


def test_a_row_ends_where_the_next_network_begins() -> None:
    mesh = mesh_of(Fleet(hosts=("host1", "host2"), containers=1, families=("ipv4",)))
    mesh["endpoints"] += [{**end, "network": "voice", "index": end["index"] + 4} for end in mesh["endpoints"]]
    mesh["networks"] = [*mesh["networks"], {**mesh["networks"][0], "name": "voice"}]
    mesh["expectations"], mesh["across"] = [expectation(to_network="voice")], [["office", "voice"]]
    _judge, rows = rows_from(mesh, "host1", None)
    assert [(row.source["index"], row.network["name"], row.to_network, row.targets) for row in rows[:2]] == [
        (0, "office", None, [1, 2, 3]),
        (0, "office", "voice", [5, 6, 7]),
    ]
    assert [row.number for row in rows] == [100, 103, 106, 109, 112, 115]


@given(st.data())
def test_a_row_says_of_each_pair_what_contract_and_expectations_say_of_it_alone(data: st.DataObject) -> None:
    items = data.draw(st.lists(st.builds(_drawn, PATTERNS, PATTERNS, RELATIONS, st.sampled_from(["open", "blocked"]))))
    fleet = Fleet(
        driver=data.draw(st.sampled_from(["macvlan", "ipvlan"])),
        topology=data.draw(st.sampled_from(["full", "hosts", "ring"])),
        shims=data.draw(st.sampled_from([{}, {"host2": ("ipv4",)}])),
        expectations=tuple({**item, "why": f"reason {number}"} for number, item in enumerate(items)),
    )
    mesh, host = mesh_of(fleet), data.draw(st.sampled_from(["host1", "host2"]))
    mesh["networks"][0].update(data.draw(st.sampled_from([{}, BRIDGE])))
    pairs = pairs_of(mesh, host)
    states = data.draw(st.lists(st.sampled_from(State), min_size=len(pairs), max_size=len(pairs)))
    judge, rows = rows_from(mesh, host, [Record(state) for state in states])
    found = [judge.observation(row, position) for row in rows for position in range(len(row.targets))]
    assert [item.number for item in found] == list(range(100, 100 + len(pairs)))
    for item, pair, state in zip(found, pairs, states, strict=True):
        source, target = (mesh["endpoints"][index] for index in (pair.source, pair.target))
        assert (item.family, item.ends, item.state) == (pair.family, (source, target), state)
        assert (item.relation, item.expected, item.why) == expected_alone(mesh, source, target, pair.family)
        assert item.observed == OBSERVED[state]
    deviating = [judge.observation(row, position).number for row in rows for position in row.deviating()]
    assert deviating == [item.number for item in found if item.status != "as_expected"]
    reached = [target for row in rows for target in row.reached()]
    assert reached == [item.target["index"] for item in found if item.observed == "open"]


def _drawn(source: str, target: str, relation: str | None, expected: str) -> dict[str, Any]:
    return expectation(**{"from": source, "to": target, "relation": relation, "expected": expected})


def expected_alone(mesh: Any, source: Any, target: Any, family: str) -> tuple[str, str, str | None]:
    """Tell relation, what is expected, and the reason of an expectation, of one pair."""
    relation = relation_of(source, target)
    items = compiled(mesh["expectations"]).get(("office", "office"), ())
    said = expected_of(items, source, target, relation)
    if said is not None:
        return relation, said.expected, said.why
    shim, outwards = relation == "own_host" and family in source["shim"], source["kind"] == "container"
    return relation, rule(kind_of(mesh["networks"][0]), relation, shim, outwards=outwards).expected, None


def test_a_row_knows_the_sign_of_the_pair_with_a_target() -> None:
    mesh = mesh_of(Fleet(hosts=("host1", "host2"), containers=1, families=("ipv4",)))
    _judge, rows = rows_from(mesh, "host1", [Record(State.REPLY)] * 3 + [Record(State.LOST)] * 3)
    assert [rows[1].sign_towards(target) for target in (0, 1, 2, 3, 4)] == ["-", None, "X", "X", None]
