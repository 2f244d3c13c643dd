# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to the network modes shows what a run shows, and a run that shows something else is noticed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_modes import MODES

from tests.unit.plugins.plugin_utils._render.reports import REPORTS
from tools import modes_guide

EMPTY = "# Guide\n\n<!-- matrix: office -->\n\nText.\n\n<!-- matrix: voice -->\n"
GUIDE = modes_guide.GUIDE.read_text(encoding="utf-8")


@pytest.fixture
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a guide without a matrix."""
    path = tmp_path / "modes.md"
    path.write_text(EMPTY, encoding="utf-8")
    monkeypatch.setattr(modes_guide, "GUIDE", path)
    return path


def written(folder: Path, report: dict[str, Any]) -> str:
    """Write a report, and return its path."""
    path = folder / "reachability.json"
    path.write_text(json.dumps(report), encoding="utf-8")
    return str(path)


def test_a_matrix_is_put_at_its_place_and_stays(guide: Path, tmp_path: Path) -> None:
    report = written(tmp_path, REPORTS["healthy"]())
    assert modes_guide.main([report]) == 0
    text = guide.read_text(encoding="utf-8")
    assert "<!-- matrix: office -->\n\n```text\n" in text
    assert "  4  host2                   o  o  o    .  -  -    o  o  o\n" in text
    assert text.endswith("```\n\nText.\n\n<!-- matrix: voice -->\n")
    assert modes_guide.main([report]) == 0
    assert guide.read_text(encoding="utf-8") == text
    assert modes_guide.main([report, "--check"]) == 0


def test_another_matrix_is_noticed(guide: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    modes_guide.main([written(tmp_path, REPORTS["healthy"]())])
    before = guide.read_text(encoding="utf-8")
    assert modes_guide.main([written(tmp_path, REPORTS["mac-filter-on-vmware"]()), "--check"]) == 1
    assert "office" in capsys.readouterr().err
    assert guide.read_text(encoding="utf-8") == before


def test_what_the_guide_does_not_show_may_be_anything(guide: Path, tmp_path: Path) -> None:
    guide.write_text("# Guide\n", encoding="utf-8")
    report = written(tmp_path, REPORTS["healthy"]())
    assert modes_guide.main([report, "--check"]) == modes_guide.main([report]) == 0
    assert guide.read_text(encoding="utf-8") == "# Guide\n"


def test_a_matrix_may_have_another_name(guide: Path, tmp_path: Path) -> None:
    assert modes_guide.main([written(tmp_path, REPORTS["healthy"]()), "--rename", "office=voice"]) == 0
    assert guide.read_text(encoding="utf-8").startswith(EMPTY[: EMPTY.index("<!-- matrix: voice")])
    assert "<!-- matrix: voice -->\n\n```text\n" in guide.read_text(encoding="utf-8")


def test_the_guide_is_about_every_mode_and_shows_each_matrix() -> None:
    headings = re.findall(r"^### (\S+)$", GUIDE, re.MULTILINE)
    # What is the same but for one word is told once.
    assert {mode.name for mode in MODES} - set(headings) == {"ipvlan-l3-routed", "ipvlan-l3s", "ipvlan-l3s-routed"}
    places = re.findall(r"<!-- matrix: (.+?) -->\n\n```text\n", GUIDE)
    assert len(places) == GUIDE.count("<!-- matrix: ")


@pytest.mark.parametrize("anchor", re.findall(r"\]\(#([^)]+)\)", GUIDE))
def test_every_link_within_the_guide_leads_to_a_heading(anchor: str) -> None:
    headings = re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", GUIDE))
def test_every_file_that_the_guide_links_is_there(path: str) -> None:
    assert (modes_guide.GUIDE.parent / path).exists()
