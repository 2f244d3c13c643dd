# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/report-formats.md is about the files and metrics that there are, and its rules for alerts fire."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.prometheus import render

from tests.unit.plugins.plugin_utils._render.reports import REPORTS
from tools.promtool import promtool

DOCS = Path(__file__).parents[2] / "docs" / "report-formats.md"
TEXT = DOCS.read_text(encoding="utf-8")
RULES = next(block for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if block.startswith("groups:"))
# By report: alerts that fire, and for how many series.
FIRING = {
    "changes": {"LanBroken": 4, "LanCheckFailed": 1, "LanNotIsolated": 0, "LanHostWithoutData": 0, "LanSlow": 0},
    "not-isolated": {"LanBroken": 1, "LanNotIsolated": 1},
    "host-down": {"LanBroken": 0, "LanHostWithoutData": 1},
    "healthy": {"LanBroken": 0, "LanCheckFailed": 0, "LanNotIsolated": 0, "LanHostWithoutData": 0},
}


def run(*command: str | Path) -> str:
    """Run promtool, and return what it said when it found something wrong."""
    done = subprocess.run([promtool(), *command], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr if done.returncode else ""


def test_every_metric_is_documented_and_there() -> None:
    written = {line.split()[2] for name in REPORTS for line in render(REPORTS[name]()).splitlines() if "# TYPE" in line}
    assert set(re.findall(r"^\| `(dockerlan_\w+)` \|", TEXT, re.MULTILINE)) == written
    assert set(re.findall(r"dockerlan_\w+(?=[{ ])", RULES)) <= written


def test_the_rules_are_valid(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    assert run("check", "rules", tmp_path / "rules.yml") == ""


@pytest.mark.parametrize("name", FIRING)
def test_the_alerts_fire(name: str, tmp_path: Path) -> None:
    samples = [line.rsplit(" ", 1) for line in render(REPORTS[name]()).splitlines() if not line.startswith("#")]
    test: dict[str, Any] = {
        "interval": "1m",
        "input_series": [{"series": series, "values": value} for series, value in samples],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}"}}) or vector(0)',
                "eval_time": "0m",
                "exp_samples": [{"labels": "{}", "value": number}],
            }
            for alert, number in FIRING[name].items()
        ],
    }
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]}
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(tests))
    assert run("test", "rules", tmp_path / "tests.yml") == ""
