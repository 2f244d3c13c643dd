# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis is made from."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import rows_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State, decode, encode
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._case import Block, Case, Finding, Left, Tally, total
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._evidence import evidence_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._judgement import Judge

from tests.unit.plugins.simulation import Fleet, mesh_of

FLEET = Fleet(hosts=("host1", "host2"), containers=1, families=("ipv4",))
WIRE = [
    {"network": "office", "address": "192.168.56.161", "macs": ["aa"]},
    {"network": "office", "address": "192.168.56.12", "macs": []},
]


def case_of(state: State, evidence: Any = None) -> tuple[Case, Left]:
    """Return a fleet in which every pair has one state, with the evidence of host1."""
    mesh = mesh_of(FLEET)
    judge, judged = Judge(mesh), []
    for host in FLEET.hosts:
        probed = rows_of(mesh, host)
        pairs = sum(len(row.targets) for row in probed)
        judged += judge.rows(probed, decode(encode([Record(state)] * pairs)), len(judged) * pairs)
    deviating = [judge.observation(row, position) for row in judged for position in row.deviating()]
    networks, seen = {"office": mesh["networks"][0]}, evidence_of({"host1": evidence or {}})
    return Case(networks, mesh["hosts"], mesh["endpoints"], judged, deviating, [], seen, {}), Left(deviating, [])


def test_blocked_pairs_are_counted_where_they_should_be_open() -> None:
    case, left = case_of(State.LOST)
    tallies = case.tallies(left)["office", "ipv4"]
    assert tallies[Block("host1", "container", "host2", "host")] == Tally(0, 1)
    assert Block("host1", "host", "host1", "container") not in tallies
    assert total(tallies.values()) == Tally(0, 8)


@pytest.mark.parametrize("state", [State.STRANDED, State.TOO_BIG, State.IMPOSTOR, State.NO_SOURCE])
def test_what_says_itself_what_is_wrong_is_in_no_pattern(state: State) -> None:
    case, left = case_of(state)
    assert case.tallies(left) == {}


def test_what_is_explained_is_in_no_pattern_but_what_is_open_stays() -> None:
    case, _left = case_of(State.REPLY)
    assert total(case.tallies(Left([], []))["office", "ipv4"].values()) == Tally(12, 0)
    assert not Tally(1, 3).all_blocked
    assert Tally(0, 3).all_blocked
    assert not Tally().all_blocked


def test_the_wire_is_heard_by_whoever_got_an_answer_for_another_host() -> None:
    case, _left = case_of(State.LOST, {"wire": WIRE})
    assert case.hears_wire("host1", "office") is True
    assert case.is_heard("host2", "office") is True
    assert case.hears_wire("host2", "office") is None
    assert case.is_heard("host1", "office") is None
    silent, _left = case_of(State.LOST, {"wire": WIRE[1:]})
    assert silent.hears_wire("host1", "office") is False
    assert silent.is_heard("host2", "office") is False


def test_an_id_names_its_hosts_or_its_subject() -> None:
    finding = Finding("mac_filter", ["a", "b"], "", "", "", [])
    assert finding.id == "mac-filter:a,b"
    assert Finding("mac_filter", list("abcde"), "", "", "", []).id == "mac-filter:a,b,c,+2"
    assert Finding("unexplained", [], "", "", "", [], subject="office").id == "unexplained:office"
