# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a report to its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils import _publication
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._formats import Format
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._publication import (
    Settings,
    compared,
    publish,
    settings_of,
)
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render import json as json_report

from tests.unit.plugins.simulation import Fleet, report_of

REPORT = report_of(Fleet(hosts=("host1", "host2")))
DEFAULTS = {"report_dir": "reports", "formats": ["json"], "prometheus_dir": None, "baseline": None}


def settings(folder: Path, **options: Any) -> Settings:
    return settings_of({**DEFAULTS, "report_dir": str(folder), **options}.get)[0]


def test_relative_paths_are_relative_to_the_current_directory(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    found, warnings = settings_of({**DEFAULTS, "prometheus_dir": "metrics", "baseline": "b.json"}.get)
    assert (found.report_dir, found.prometheus_dir) == (tmp_path / "reports", tmp_path / "metrics")
    assert (found.baseline, warnings) == (tmp_path / "b.json", [])


def test_an_unknown_format_is_a_warning() -> None:
    found, warnings = settings_of({**DEFAULTS, "formats": ["json", "pdf", "doc"]}.get)
    assert [one.name for one in found.formats] == ["json"]
    valid = "json, html, markdown, junit, prometheus"
    assert warnings == [
        f"The report is not written as pdf, doc: there is no such format. Use those of {valid} that you want."
    ]


def test_metrics_go_with_the_report_unless_they_have_their_own_folder(tmp_path: Path) -> None:
    assert publish(REPORT, settings(tmp_path, formats=["prometheus"])).paths == [tmp_path / "reachability.prom"]
    elsewhere = settings(tmp_path, formats=["json", "prometheus"], prometheus_dir=str(tmp_path / "m"))
    assert publish(REPORT, elsewhere).paths == [tmp_path / "reachability.json", tmp_path / "m" / "reachability.prom"]


def test_a_renderer_that_fails_costs_its_own_file_only(tmp_path: Path, monkeypatch: Any) -> None:
    def broken(_report: Any) -> str:
        raise ValueError("odd")

    renderer = Format.renderer
    monkeypatch.setattr(Format, "renderer", lambda one: broken if one.name == "json" else renderer(one))
    found = publish(REPORT, settings(tmp_path, formats=["json", "html"]))
    assert found.paths == [tmp_path / "reachability.html"]
    assert found.warnings == [f"{tmp_path}/reachability.json was not made, this is a bug: ValueError: odd."]


def test_a_file_that_cannot_be_written_costs_no_other_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    there = settings(tmp_path, formats=["json", "prometheus"], prometheus_dir=str(tmp_path / "file"))
    found = publish(REPORT, there)
    assert found.paths == [tmp_path / "reachability.json"]
    assert len(found.warnings) == 1
    assert f"{tmp_path}/file/reachability.prom: File exists." in found.warnings[0]


@pytest.mark.parametrize("pinned", [False, True])
def test_a_report_is_compared_with_the_last_or_the_baseline(tmp_path: Path, monkeypatch: Any, pinned: bool) -> None:
    calls: list[tuple[str, bool]] = []

    def noted(report: Any, previous: Any, baseline: bool) -> Any:
        calls.append((previous["generated_at"], baseline))
        return report

    monkeypatch.setattr(_publication, "with_changes", noted)
    for name in ("reachability", "pinned"):
        text = json_report.render({**REPORT, "generated_at": name})
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    there = settings(tmp_path, baseline=str(tmp_path / "pinned.json") if pinned else None)
    assert compared(REPORT, there) == (REPORT, [])
    assert calls == [("pinned", True) if pinned else ("reachability", False)]


def test_an_odd_last_report_costs_the_comparison_only(tmp_path: Path) -> None:
    odd = '{"schema_version": 1, "generated_at": "x", "networks": [], "endpoints": [], "matrix": [{"rows": 7}]}'
    (tmp_path / "reachability.json").write_text(odd, encoding="utf-8")
    report, warnings = compared(REPORT, settings(tmp_path))
    assert report["changes"] is None
    assert report["totals"] == REPORT["totals"]
    assert len(warnings) == 1
    assert warnings[0].startswith("The last report could not be compared with: ")
