# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own demands on a report."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils import _assertions
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._assertions import evaluate, problems_of
from hypothesis import given
from hypothesis import strategies as st

REPORT = {"verdict": "pass", "hosts": [{"name": "a", "lost": False}], "totals": {"pairs": 4}}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("x", "reachability_assertions is 'x', expected a list"),
        (["x"], "reachability_assertions[0] is 'x', expected a mapping"),
        ([{}], "reachability_assertions[0].that: is missing, expected a string"),
        ([{"that": " "}], "[0].that: is ' ', expected a string"),
        ([{"that": "a", "msg": 3}], "[0].msg: is 3, expected a string"),
        ([{"that": "a", "message": "x"}], "[0].message: there is no such option"),
        ([{"that": "a"}, {"that": "hosts[?"}], "[1].that: is 'hosts[?', which is no JMESPath expression"),
        ([{"that": "hosts ||"}], "[0].that: is 'hosts ||', which is no JMESPath expression"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(raw: Any, words: str) -> None:
    (problem,) = problems_of(raw)
    assert words in problem.problem
    assert problem.cure


def test_every_problem_is_told_at_once() -> None:
    assert len(problems_of([{"that": "a["}, 3, {}])) == 3


def test_the_name_of_the_list_can_be_another_one() -> None:
    (problem,) = problems_of([3], "assertions")
    assert problem.problem.startswith("assertions[0] is 3")


@pytest.mark.parametrize("raw", [[], (), [{"that": "totals.pairs == `4`", "msg": None}]])
def test_nothing_is_wrong_with_these(raw: Any) -> None:
    assert problems_of(raw) == []


def test_without_the_library_only_assertions_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_assertions, "HAS_JMESPATH", False)
    assert problems_of([]) == []
    assert evaluate([], REPORT) == []
    (problem,) = problems_of([{"that": "a"}])
    assert "jmespath" in problem.problem


@given(st.text())
def test_any_text_is_an_expression_or_a_problem(text: str) -> None:
    item = {"that": text}
    if not problems_of([item]):
        (row,) = evaluate([item], REPORT)
        assert row["status"] in ("pass", "fail")


@pytest.mark.parametrize(
    ("item", "status", "detail"),
    [
        ({"that": "verdict == 'pass'"}, "pass", "verdict == 'pass'"),
        ({"that": "length(hosts) > `1`"}, "fail", "length(hosts) > `1` is false, not true"),
        ({"that": "hosts[].name"}, "fail", 'hosts[].name is ["a"], not true'),
        ({"that": "no.such.key"}, "fail", "no.such.key is null, not true"),
        ({"that": "totals.pairs", "msg": "too few"}, "fail", "too few (totals.pairs is 4)"),
        ({"that": "max(hosts)", "msg": "hm"}, "fail", "hm: "),
        ({"that": "nofunction(hosts)"}, "fail", "nofunction(hosts): "),
        ({"that": "hosts[::0]"}, "fail", "hosts[::0]: "),
    ],
)
def test_only_true_passes(item: Any, status: str, detail: str) -> None:
    (row,) = evaluate([item], REPORT)
    assert (row["kind"], row["status"], row["cause"]) == ("assertion", status, None)
    assert row["detail"].startswith(detail)


def test_a_long_value_is_cut() -> None:
    (row,) = evaluate([{"that": "hosts"}], {"hosts": list(range(1000))})
    assert len(row["detail"]) < 100
