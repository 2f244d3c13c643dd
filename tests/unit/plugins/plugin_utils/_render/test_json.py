# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JSON."""

from __future__ import annotations

import json
import tracemalloc
from time import process_time
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.json import render

from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.reports import REPORTS, SMALL

A_MILLION_PAIRS_SECONDS = 1.5
A_MILLION_PAIRS_BYTES = 25_000_000


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_is_lost_and_the_order_is_kept(name: str) -> None:
    report = REPORTS[name]()
    assert json.dumps(json.loads(render(report))) == json.dumps(report)


@pytest.mark.parametrize("name", SMALL)
def test_the_text_is_the_golden_one(name: str, golden: Any) -> None:
    golden(f"{name}.json", render(REPORTS[name]()))


def test_it_is_plain_ascii_whatever_the_names_are() -> None:
    assert render(REPORTS["hostile-names"]()).isascii()


@pytest.mark.parametrize("key", ["hosts", "networks", "endpoints", "relations", "deviations", "checks", "causes"])
def test_every_item_has_a_line(key: str) -> None:
    report = REPORTS["mac-filter"]()
    lines = render(report).splitlines()
    assert report[key]
    for item in report[key]:
        assert any(line.strip().rstrip(",") == json.dumps(item) for line in lines)


def test_every_row_of_the_matrix_has_a_line() -> None:
    report = REPORTS["healthy"]()
    rows = [json.loads(line.strip().rstrip(",")) for line in render(report).splitlines() if '"signs"' in line]
    assert rows == [row for block in report["matrix"] for row in block["rows"]]


def test_one_pair_that_changes_is_one_line_of_the_matrix() -> None:
    report = REPORTS["healthy"]()
    before = render(report).splitlines()
    row = report["matrix"][1]["rows"][4]
    row["signs"] = "X" + row["signs"][1:]
    after = render(report).splitlines()
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_a_million_pairs_take_a_second_and_a_half_and_25_mb() -> None:
    report = large_report()
    start = process_time()
    text = render(report)
    assert process_time() - start < A_MILLION_PAIRS_SECONDS
    assert len(text) < A_MILLION_PAIRS_BYTES
    assert json.loads(text) == report


def test_many_pairs_take_little_more_memory_than_their_text() -> None:
    report = large_report(hosts=30)
    tracemalloc.start()
    try:
        text = render(report)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * len(text)
