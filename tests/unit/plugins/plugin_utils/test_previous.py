# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report that a new one is compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._collector import Collector
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._previous import UnusableError, previous_report
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.json import render

from tests.unit.plugins.simulation import Fleet, report_of

REPORT = report_of(Fleet(hosts=("host1", "host2")))


def write(folder: Path, text: str, name: str = "reachability.json") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_the_last_run_is_read_without_its_times(tmp_path: Path) -> None:
    write(tmp_path, render(REPORT))
    found: Any = previous_report(tmp_path, None)
    assert found["endpoints"] == REPORT["endpoints"]
    rows = [(row["signs"], row["rtt_us"]) for block in found["matrix"] for row in block["rows"]]
    assert rows == [(row["signs"], None) for block in REPORT["matrix"] for row in block["rows"]]


@pytest.mark.parametrize("folder", ["", "missing", "file/reports"])
def test_a_first_run_has_nothing_to_compare_with(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    assert previous_report(tmp_path / folder, None) is None


def test_a_baseline_comes_before_the_last_run(tmp_path: Path) -> None:
    write(tmp_path, render(REPORT))
    baseline = write(tmp_path, render({**REPORT, "generated_at": "2020-01-01T00:00:00Z"}), "pinned.json")
    assert (previous_report(tmp_path, baseline) or {})["generated_at"] == "2020-01-01T00:00:00Z"


def test_a_baseline_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnusableError, match=r"There is no baseline .*/pinned.json. .* choose another one"):
        previous_report(tmp_path, tmp_path / "pinned.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON: Expecting property name"),
        ("[" * 10**5, "is not JSON: "),
        ("[]", "is no reachability report"),
        ("{}", "is no reachability report"),
        ('{"schema_version": 1}', "is no reachability report"),
        ('{"schema_version": "1", "matrix": []}', "is no reachability report"),
        ('{"schema_version": 7}', "has the schema version 7, this release compares reports of version 1"),
    ],
)
def test_what_is_no_report_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UnusableError) as error:
        previous_report(tmp_path, None)
    assert str(error.value).startswith(f"{path} {said}")
    assert str(error.value).endswith("Nothing is compared; the next run compares with this one's report")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "reachability.json").mkdir()
    with pytest.raises(UnusableError, match="cannot be read: Is a directory"):
        previous_report(tmp_path, None)


def test_what_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "reachability.json").write_bytes(b"\xff\xfe")
    with pytest.raises(UnusableError, match="cannot be read: 'utf-8' codec"):
        previous_report(tmp_path, None)


def test_a_run_that_came_to_no_pairs_is_not_compared_with(tmp_path: Path) -> None:
    collector = Collector()
    collector.failed("host1", "dockerlan.fleet.host_info", "Ask", {"msg": "boom"})
    write(tmp_path, render(collector.report(["host1"], "2026-01-31T12:00:00Z") or {}))
    assert previous_report(tmp_path, None) is None
