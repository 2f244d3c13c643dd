# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurement of the prober says, from seconds that are made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.probing import CASES, OURS, exec_section, same_answers
from tests.bench.ratios import Row, ratio, spread, table

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "probing.md"
OURS_ROW = Row("ours", [0.3, 0.2, 0.4], [100, 100, 100])
A, B, C = ("192.0.2.1", "192.0.2.2"), ("192.0.2.1", "192.0.2.3"), ("192.0.2.2", "192.0.2.3")


def test_a_row_compares_its_median_with_ours() -> None:
    lines = table([OURS_ROW, Row("theirs", [3.0, 9.9, 2.7], [100, 90, 95])]).splitlines()
    assert lines == [
        "| way | seconds | ratio | pairs that replied |",
        "| --- | --- | --- | --- |",
        "| ours | 0.30 (0.20 to 0.40) | 1.0 | 100 |",
        "| theirs | 3.00 (2.70 to 9.90) | 10 | 90 to 100 |",
    ]


def test_large_ratios_are_written_out() -> None:
    assert [ratio(seconds, 2.0) for seconds in (1.0, 7.0, 25.0, 3000.0)] == ["0.5", "3.5", "12", "1,500"]


def test_a_spread_has_as_many_digits_as_asked_for() -> None:
    assert spread([61.4, 60.2, 70.0], 0) == "61 (60 to 70)"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([[{A, B}, {B, A}], [{A, B}, {A, B}]], "right in all rounds; the same answers in all rows"),
        ([[{A, B}, {A}], [{A, B}, {A, B}]], "**wrong**: 1 at least; other answers in row 2"),
        ([[{A, B}], [{A, B}], [{A, C}], [{A}]], "right in all rounds; other answers in row 3, 4"),
    ],
)
def test_the_same_answers_are_the_same_pairs_and_not_as_many(
    answers: list[list[set[tuple[str, str]]]], words: str
) -> None:
    frozen = [[frozenset(one) for one in way] for way in answers]
    assert same_answers(frozen, alive=2) == f"2 pairs have to reply. This collection: {words}."


def test_the_sample_of_docker_exec_is_stated_and_extrapolated() -> None:
    text = exec_section([0.061, 0.060, 0.062], Row("ours", [0.2], [10_000]))
    assert "Sample: 3 calls" in text
    assert "61 (60 to 62) ms each. Extrapolated to 10,000 pairs: 610 s." in text
    assert "20 µs per pair" in text
    assert "**3,050 times**" in text


def test_the_document_has_every_case() -> None:
    measured = DOCUMENT.read_text(encoding="utf-8").partition("<!-- begin: tests.bench.probing -->\n")[2]
    assert all(f"### {case.title}\n" in measured for case in CASES)
    assert measured.count(f"| {OURS} |") == len(CASES)
