# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JUnit XML: valid, complete, and with the reason where a case is not passed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from time import process_time
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.junit import render
from hypothesis import given, settings
from hypothesis import strategies as st
from xmlschema import XMLSchema

from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.reports import CAUSES, REPORTS, SMALL
from tests.unit.plugins.simulation import Faults, Fleet, report_of

SCHEMA = XMLSchema(Path(__file__).with_name("junit.xsd"))
NAMES = st.lists(st.text(min_size=1, max_size=20), unique=True, min_size=2, max_size=3)


def cases_of(text: str) -> dict[tuple[str, str], ET.Element]:
    """Return the test cases of a document by the name of their suite and their own."""
    root = ET.fromstring(text)  # noqa: S314 - our own document
    return {(suite.attrib["name"], case.attrib["name"]): case for suite in root for case in suite}


def outcome_of(case: ET.Element) -> str:
    """Return how a case ended: failure, error, or "" when it is passed."""
    return case[0].tag if len(case) else ""


@pytest.mark.parametrize("name", SMALL)
def test_the_text_is_the_golden_one(name: str, golden: Any) -> None:
    golden(f"{name}.xml", render(REPORTS[name]()))


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_valid(name: str) -> None:
    SCHEMA.validate(render(REPORTS[name]()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("testcase", "test"),
        ('tests="', 'test="'),
        ('12:00:00"', '12:00:00Z"'),
        ('name="host1"', 'name="host2"'),
        ('type="unexpected"', 'type=""'),
    ],
)
def test_the_schema_refuses_what_is_not_valid(old: str, new: str) -> None:
    text = render(REPORTS["mac-filter"]())
    assert old in text
    assert not SCHEMA.is_valid(
        text.replace(old, new, 1).replace("</testcase>", "</test>" if "<test " in new else "</testcase>", 1)
    )


@pytest.mark.parametrize("name", REPORTS)
def test_the_counts_are_those_of_the_cases(name: str) -> None:
    root = ET.fromstring(render(REPORTS[name]()))  # noqa: S314 - our own document
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        found = Counter(outcome_of(case) for case in cases)
        expected = (len(cases), found["failure"], found["error"])
        assert tuple(int(element.attrib[name]) for name in ("tests", "failures", "errors")) == expected


@pytest.mark.parametrize("name", [name for name in REPORTS if name not in ("hostile-names", "odd-names")])
def test_each_source_host_and_relation_has_a_case_that_says_how_its_pairs_are(name: str) -> None:
    report = REPORTS[name]()
    hosts = {(end["network"], end["id"]): end["host"] for end in report["endpoints"]}
    expected: dict[tuple[str, str], str] = {}
    for pair in pairs_in(report):
        place = f"{pair['network']} to {pair['to_network']}" if pair["to_network"] else pair["network"]
        suite = f"{place} {'IPv4' if pair['family'] == 'ipv4' else 'IPv6'}"
        key = (suite, f"{hosts[pair['network'], pair['source']]}: {pair['relation']}")
        found = {"as_expected": "", "no_data": "error"}.get(pair["status"], "failure")
        expected[key] = max(expected.get(key, ""), found, key=["", "error", "failure"].index)
    cases = {key: outcome_of(case) for key, case in cases_of(render(report)).items()}
    assert {key: ended for key, ended in cases.items() if "IPv" in key[0]} == expected


@pytest.mark.parametrize("name", CAUSES)
def test_every_cause_is_told_with_its_cure(name: str) -> None:
    report = REPORTS[name]()
    text = "\n".join(case[0].text or "" for case in cases_of(render(report)).values() if len(case))
    for cause in report["causes"]:
        assert f"Cause: {cause['title']} (" in text
        assert f"Cure: {cause['cure']}." in text


def test_a_failure_says_where_why_and_which_pairs() -> None:
    case = cases_of(render(REPORTS["changes"]()))["office IPv4", "host1: cross_host"]
    assert case[0].attrib == {"type": "unexpected", "message": "4 of 8 pairs not as expected"}
    lines = (case[0].text or "").splitlines()
    assert lines[:2] == ["4 of 8 pairs not as expected", "To host2: 4 of 4"]
    assert lines[2].startswith("Cause: ")
    assert lines[3] == (
        "Pair: host1/dockerlan-office-1 -> host2/dockerlan-office-1: expected open; observed blocked (lost)"
    )


def test_a_pair_that_is_one_way_says_so() -> None:
    case = cases_of(render(REPORTS["one-way"]()))["office IPv4", "host3: cross_host"]
    assert "the way back is open" in (case[0].text or "")


def test_the_reason_of_an_expectation_is_told() -> None:
    text = render(REPORTS["expectations"]())
    assert "expected blocked, because host3 is off limits to host1; observed open (reply)" in text


def test_no_data_is_an_error_and_names_the_lost_host() -> None:
    cases = cases_of(render(REPORTS["host-down"]()))
    case = cases["office IPv4", "host1: cross_host"]
    assert (case[0].tag, case[0].attrib["type"]) == ("error", "no_data")
    assert cases["hosts", "host3"][0].attrib == {"type": "host_down", "message": "no route"}
    assert not len(cases["hosts", "host1"])


def test_a_failed_check_is_a_failure_with_its_cause() -> None:
    case = cases_of(render(REPORTS["gateway-unreachable"]()))["checks", "gateway: office IPv4 host2/web-1"]
    assert case[0].attrib["type"] == "gateway"
    assert "answers neither pings nor ARP" in case[0].attrib["message"]
    assert "Cause: " in (case[0].text or "")


def test_an_assertion_keeps_its_name_when_it_fails() -> None:
    cases = cases_of(render(REPORTS["assertions"]()))
    names = [name for suite, name in cases if suite == "checks" and name.startswith("assertion")]
    assert [outcome_of(cases["checks", name]) for name in names] == ["", "failure"]
    assert names == ["assertion: 1", "assertion: 2"]


def test_what_a_mode_shows_keeps_its_name_and_is_said_when_it_passed() -> None:
    passed, failed = (cases_of(render(REPORTS[name]())) for name in ("modes", "modes-broken"))
    names = {name for suite, name in passed if suite == "checks" and name.startswith("mode")}
    assert "mode: container host1 2" in names
    assert "mode: ipvlan-l3 1" in names
    assert names | {"mode: 1"} == {name for suite, name in failed if suite == "checks" and name.startswith("mode")}
    good, bad = (cases["checks", "mode: container host1 2"][0] for cases in (passed, failed))
    assert (good.tag, bad.tag) == ("system-out", "failure")
    assert "has only lo left" in (good.text or "")


@pytest.mark.parametrize(("name", "ended"), [("healthy", ""), ("mac-filter", "failure"), ("empty", "error")])
def test_the_verdict_is_a_case(name: str, ended: str) -> None:
    assert outcome_of(cases_of(render(REPORTS[name]()))["verdict", "verdict"]) == ended


@settings(max_examples=50)
@given(NAMES)
def test_no_name_breaks_the_document(hosts: list[str]) -> None:
    report = report_of(Fleet(hosts=tuple(hosts), containers=1, families=("ipv4",)), Faults(cut=frozenset(hosts[:1])))
    root = ET.fromstring(render(report).encode())  # noqa: S314 - our own document
    assert [suite.attrib["name"] for suite in root] == ["office IPv4", "checks", "hosts", "verdict"]
    assert len(root[2]) == len(hosts)


def test_a_long_message_is_cut() -> None:
    report = REPORTS["host-down"]()
    report["hosts"][2]["detail"] = "x" * 100_000
    assert len(render(report)) < 50_000


def test_the_size_does_not_grow_with_the_containers() -> None:
    few, many = (len(cases_of(render(large_report(6, number)))) for number in (2, 8))
    assert few == many


def test_a_million_pairs_are_written_in_time() -> None:
    report = large_report()
    start = process_time()
    text = render(report)
    assert process_time() - start < 1.5
    assert len(text) < 1_000_000
    SCHEMA.validate(text)


def test_a_check_without_data_is_an_error() -> None:
    cases = cases_of(render(REPORTS["unproven"]()))
    names = ("endpoint: office host2", "expectation: office 1")
    assert [outcome_of(cases["checks", name]) for name in names] == ["failure", "error"]
