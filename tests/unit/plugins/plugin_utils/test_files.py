# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are written as a whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._files import Refusal, told, write_whole


def test_a_text_is_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "report.json"
    assert write_whole(path, "né\n") is None
    assert path.read_bytes() == "né\n".encode()


def test_nothing_but_the_file_is_left(tmp_path: Path) -> None:
    write_whole(tmp_path / "report.json", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_half_written_draft_is_removed_and_the_older_file_stays(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "report.json").write_text("older", encoding="utf-8")

    def full(_draft: Path, _path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    refusal = write_whole(tmp_path / "report.json", "newer")
    assert refusal == Refusal(tmp_path / "report.json", errno.ENOSPC, "No space left on device")
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"report.json": "older"}


def test_an_interruption_leaves_no_draft(tmp_path: Path, monkeypatch: Any) -> None:
    def interrupted(_draft: Path, _path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "report.json", "newer")
    assert list(tmp_path.iterdir()) == []


def test_half_of_a_character_does_not_cost_the_file(tmp_path: Path) -> None:
    assert write_whole(tmp_path / "report.md", "a\udc80b") is None
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == "a?b"


def test_files_with_the_same_reason_are_told_together() -> None:
    full = "No space left on device"
    text = told([Refusal(Path("/r/a"), errno.ENOSPC, full), Refusal(Path("/r/b"), errno.ENOSPC, full)])
    assert text == (
        "The reachability report was not written to /r/a, /r/b: No space left on device. Free some space there, or "
        "choose another folder with report_dir (that of the format prometheus with prometheus_dir). The run itself is "
        "not affected."
    )


@pytest.mark.parametrize(
    ("number", "cure"),
    [
        (errno.EROFS, "Let the user who runs Ansible write there"),
        (errno.ENOTDIR, "Move away what has the name"),
        (errno.EIO, "See whether that folder can be written to"),
    ],
)
def test_each_reason_has_its_cure(number: int, cure: str) -> None:
    assert cure in told([Refusal(Path("/r/a"), number, "x")])
