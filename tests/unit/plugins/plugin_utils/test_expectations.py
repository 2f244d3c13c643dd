# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user expects of single pairs: read, and looked up."""

from __future__ import annotations

import fnmatch
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._expectations import (
    across,
    compiled,
    expected_of,
    parse_expectations,
)
from hypothesis import given
from hypothesis import strategies as st

LANS = ["office", "voice"]


def declared(**values: Any) -> dict[str, Any]:
    return {"network": "office", "expected": "blocked", **values}


def parsed(*raw: Any) -> list[dict[str, Any]]:
    found, problems = parse_expectations(list(raw), LANS)
    assert problems == []
    return found


def expected(items: list[dict[str, Any]], source: str, target: str, relation: str = "cross_host") -> str | None:
    found = expected_of(compiled(items).get(("office", "office"), ()), {"id": source}, {"id": target}, relation)
    return found.expected if found else None


def test_all_keys_are_filled_in() -> None:
    assert parsed(declared()) == [
        {
            "network": "office",
            "from": "*",
            "to": "*",
            "relation": None,
            "to_network": "office",
            "expected": "blocked",
            "why": "dockerlan_expectations[0]",
        }
    ]
    assert parse_expectations(None, LANS) == ([], [])


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("x", "dockerlan_expectations: is 'x', expected a list"),
        (["x"], "dockerlan_expectations[0]: is 'x', expected a mapping"),
        ([declared(network="lab")], "dockerlan_expectations[0].network: there is no LAN named lab, expected one of"),
        ([declared(to_network="lab")], "dockerlan_expectations[0].to_network: there is no LAN named lab"),
        ([{"network": "office"}], "dockerlan_expectations[0].expected: is missing"),
        ([{"expected": "open"}], "dockerlan_expectations[0].network: is missing"),
        ([declared(expected="closed")], "dockerlan_expectations[0].expected: is 'closed', expected open or blocked"),
        ([declared(relation="next_door")], "dockerlan_expectations[0].relation: is 'next_door', expected same_host"),
        ([declared(relation="same_host", to_network="voice")], "[0].relation: is 'same_host', expected other_network"),
        ([declared(relation="other_network")], "[0].relation: is 'other_network', expected same_host"),
        ([declared(**{"from": ["web"]})], "dockerlan_expectations[0].from: is ['web'], expected a string"),
        ([declared(to_network="")], "dockerlan_expectations[0].to_network: is '', expected a string"),
        ([declared(why=3)], "dockerlan_expectations[0].why: is 3, expected a string"),
        ([declared(form="web")], "dockerlan_expectations[0].form: there is no such option"),
        ([declared(), declared(expected=1)], "dockerlan_expectations[1].expected: is"),
    ],
)
def test_a_wrong_expectation_is_refused(raw: Any, words: str) -> None:
    _found, problems = parse_expectations(raw, LANS)
    assert [problem for problem in problems if words in problem.problem], problems
    assert all(problem.cure for problem in problems)


def test_every_problem_is_told_at_once() -> None:
    found, problems = parse_expectations([declared(network="a", expected="b"), "x", declared()], LANS)
    assert len(found) == 1
    assert [problem.problem.split(" ")[0] for problem in problems] == [
        "dockerlan_expectations[0].network:",
        "dockerlan_expectations[0].expected:",
        "dockerlan_expectations[1]:",
    ]


def test_patterns_are_those_of_a_shell_and_case_counts() -> None:
    items = parsed(declared(**{"from": "*/web-?", "to": "host[12]"}))
    assert expected(items, "host9/web-1", "host2") == "blocked"
    for source, target in (("host9/web-10", "host2"), ("host9/WEB-1", "host2"), ("host9/web-1", "host3")):
        assert expected(items, source, target) is None


def test_the_first_that_fits_wins() -> None:
    items = parsed(declared(to="*/db", expected="open", why="it is the exception"), declared())
    assert expected(items, "a/web", "b/db") == "open"
    assert expected(items, "a/web", "b/web") == "blocked"


def test_a_relation_narrows_it_down() -> None:
    items = parsed(declared(relation="same_host"))
    assert expected(items, "a/x", "a/y", "same_host") == "blocked"
    assert expected(items, "a/x", "b/y", "cross_host") is None


def test_two_lans_are_another_matter_than_one() -> None:
    items = parsed(declared(to_network="voice", why="phones"), declared(to_network="voice"))
    assert across(items) == [["office", "voice"]]
    assert expected(items, "a/x", "b/y") is None
    found = expected_of(compiled(items).get(("office", "voice"), ()), {"id": "a/x"}, {"id": "b/y"}, "other_network")
    assert found is not None
    assert (found.expected, found.why) == ("blocked", "phones")
    assert ("voice", "office") not in compiled(items)


def test_within_a_lan_nothing_is_added_to_what_is_probed() -> None:
    assert across(parsed(declared())) == []


names = st.text("ab/", min_size=1, max_size=5)
patterns = st.text("ab/*?[]!", min_size=1, max_size=5)
single = st.builds(
    lambda source, target, relation, word: declared(**{"from": source, "to": target}, relation=relation, expected=word),
    patterns,
    patterns,
    st.sampled_from([None, "same_host", "cross_host"]),
    st.sampled_from(["open", "blocked"]),
)


@given(st.lists(single, max_size=5), names, names)
def test_what_is_found_is_the_first_whose_patterns_fit(raw: list[Any], source: str, target: str) -> None:
    fitting = [
        item["expected"]
        for item in raw
        if item["relation"] in (None, "cross_host")
        and fnmatch.fnmatchcase(source, item["from"])
        and fnmatch.fnmatchcase(target, item["to"])
    ]
    assert expected(parsed(*raw), source, target) == next(iter(fitting), None)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_whatever_is_declared_is_read_or_refused(value: Any) -> None:
    for key in ("network", "from", "to", "relation", "to_network", "expected", "why"):
        found, problems = parse_expectations([declared(**{key: value})], LANS)
        assert len(found) == (not problems)
        assert all(problem.problem.startswith("dockerlan_expectations[0]") and problem.cure for problem in problems)


def test_the_second_one_is_named_by_its_own_number() -> None:
    assert [item["why"] for item in parsed(declared(why="w"), declared())] == ["w", "dockerlan_expectations[1]"]


def test_pairs_of_networks_keep_their_order_and_their_direction() -> None:
    both = [declared(network="voice", to_network="office"), declared(to_network="voice"), declared()]
    assert across(parsed(*both, both[0])) == [["voice", "office"], ["office", "voice"]]
