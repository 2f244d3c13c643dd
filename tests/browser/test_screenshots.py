# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of the documentation."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tools import screenshots


def digest(path: Path) -> str:
    """Return what tells one picture from another; two that differ in themselves would be compared for minutes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_pictures_are_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshots, "PICTURES", [one for one in screenshots.PICTURES if "mac-filter" in one.name])
    for folder in ("once", "twice"):
        assert screenshots.main(tmp_path / folder) == 0
    once, twice = ({path.name: digest(path) for path in (tmp_path / f).iterdir()} for f in ("once", "twice"))
    assert sorted(once) == ["mac-filter-dark.png", "mac-filter.png"]
    assert once == twice
    assert once["mac-filter.png"] != once["mac-filter-dark.png"]


def test_the_documentation_shows_each_picture_that_is_made() -> None:
    text = (screenshots.ROOT / "docs" / "report-html.md").read_text(encoding="utf-8")
    made = {f"{picture.name}.png" for picture in screenshots.PICTURES}
    assert {path.name for path in screenshots.IMAGES.iterdir()} == made
    assert [name for name in made if f"(images/{name})" not in text] == []


def test_a_missing_browser_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(screenshots, "CHROMIUM", str(tmp_path / "chromium"))
    assert screenshots.main(tmp_path / "images") == 1
    assert "apt install chromium" in capsys.readouterr().err
    assert not (tmp_path / "images").exists()
