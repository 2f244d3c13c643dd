# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page carries, and that nothing is lost on the way into it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render import _embedded
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._embedded import embedded
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.html import render
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._render.page import data_of, times_of
from tests.unit.plugins.plugin_utils._render.reports import REPORTS
from tests.unit.plugins.simulation import Fleet, report_of

TIMES = st.lists(st.none() | st.integers(0, 3_600_000_000), min_size=6, max_size=6)
SHARES = st.lists(st.floats(0.004, 0.996), min_size=6, max_size=6)
IMPLIED = {"o": "0", "!": "0", "-": "1", "X": "1", "?": ".", "~": "."}


def with_row(**values: Any) -> dict[str, Any]:
    """Return a report whose first row has 6 pairs, and these values."""
    report = report_of(Fleet(containers=6, families=("ipv4",), hosts=("host1",)))
    report["matrix"][0]["rows"][0].update(values)
    return report


def first_row(report: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    data = data_of(render(report))
    return data, data["blocks"][0]["rows"][0]


@pytest.mark.parametrize("name", REPORTS)
def test_the_data_is_the_golden_one(name: str, golden: Any) -> None:
    golden(f"{name}.page.json", f"{embedded(REPORTS[name]())}\n")


@pytest.mark.parametrize("name", REPORTS)
def test_no_pair_is_lost_or_told_differently(name: str) -> None:
    report = REPORTS[name]()
    data = data_of(render(report))
    assert len(data["blocks"]) == len(report["matrix"])
    for block, packed in zip(report["matrix"], data["blocks"], strict=True):
        assert {key: packed[key] for key in packed if key != "rows"} == {
            key: block[key] for key in block if key != "rows"
        }
        for row, found in zip(block["rows"], packed["rows"], strict=True):
            assert (found["source"], found["targets"], found["signs"]) == (row["source"], row["targets"], row["signs"])
            assert found.get("states", "".join(IMPLIED[sign] for sign in row["signs"])) == row["states"]
            assert (found.get("causes", {}), found.get("why", {})) == (row["causes"], row["why"])
            assert {key: found.get(key, []) for key in row["changes"]} == row["changes"]


@pytest.mark.parametrize("name", REPORTS)
def test_causes_failed_checks_and_changes_are_there_in_full(name: str) -> None:
    report = REPORTS[name]()
    data = data_of(render(report))
    assert (data["causes"], data["one_way"], data["changes"]) == (
        report["causes"],
        report["one_way"],
        report["changes"],
    )
    assert data["checks"] == [check for check in report["checks"] if check["status"] != "pass"]
    assert sum(data["checks_passed"].values()) == len(report["checks"]) - len(data["checks"])
    shown = [(item["network"], detail) for item in data["shown"] for _passed, _hosts, detail in item["rows"]]
    modes = [check for check in report["checks"] if check["kind"] == "mode" and check["network"]]
    assert set(shown) == {(check["network"], check["detail"]) for check in modes}


@given(TIMES, TIMES, TIMES)
def test_times_come_back_within_a_fifth_of_a_percent(least: list[Any], average: list[Any], most: list[Any]) -> None:
    data, row = first_row(with_row(rtt_us={"min": least, "avg": average, "max": most}))
    for text, times in zip(row["rtt"], (average, least, most), strict=True):
        found = times_of(data, text)
        assert [time is None for time in found] == [time is None for time in times]
        assert found == [time if time is None else pytest.approx(time, rel=0.002, abs=0.01) for time in times]


@given(SHARES)
def test_partial_loss_comes_back_within_a_percent_and_is_never_none(shares: list[float]) -> None:
    data, row = first_row(with_row(loss=[[position, share] for position, share in enumerate(shares)]))
    steps = len(data["alphabet"]) - 1
    assert [data["alphabet"].index(character) / steps for character in row["loss"]] == [
        pytest.approx(share, abs=0.01) for share in shares
    ]
    assert data["alphabet"][0] not in row["loss"]


def test_a_pair_without_loss_has_none_beside_one_with_it() -> None:
    _data, row = first_row(with_row(loss=[[2, 0.5]]))
    assert [character == " " for character in row["loss"]] == [True, True, False, True, True, True]


def test_many_pairs_have_their_average_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    report = with_row()
    monkeypatch.setattr(_embedded, "EXACT_PAIRS", report["totals"]["pairs"] - 1)
    assert len(json.loads(embedded(report))["blocks"][0]["rows"][1]["rtt"]) == 1
    monkeypatch.setattr(_embedded, "EXACT_PAIRS", report["totals"]["pairs"])
    assert len(json.loads(embedded(report))["blocks"][0]["rows"][1]["rtt"]) == 3


def test_runs_are_said_once() -> None:
    assert '"signs":"-(6)"' in embedded(with_row(signs="------"))
    assert '"signs":"----oo"' in embedded(with_row(signs="----oo"))


@settings(max_examples=100)
@given(st.text(max_size=40))
def test_no_text_leaves_the_data_or_its_line(text: str) -> None:
    report = report_of(Fleet(families=("ipv4",)))
    report["hosts"][0]["detail"] = text
    packed = embedded(report)
    assert packed.isascii()
    assert not set("<>&") & set(packed)
    assert json.loads(packed)["hosts"][0]["detail"] == text


def test_ways_out_and_in_have_the_reasons_of_their_own() -> None:
    rows = data_of(render(REPORTS["modes"]()))["relations"]
    told = {row["way"]: (row["reason"], row["needs"]) for row in rows if row["network"] == "bridge"}
    assert list(told) == ["", "inwards", "outwards"]
    assert "known on its own host" in told["inwards"][0]
    assert "masquerade" in told["outwards"][1]
