# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are written in one step."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab import paths

TEXTS = [f"{number}\n" * 5000 for number in range(8)]


def test_many_may_write_one_file_at_once(tmp_path: Path) -> None:
    target = tmp_path / "inventory" / "hosts.yml"
    for _ in range(20):
        with ThreadPoolExecutor(len(TEXTS)) as pool:
            for done in [pool.submit(paths.write_atomically, target, text.encode()) for text in TEXTS]:
                done.result(timeout=20)
        assert target.read_text() in TEXTS
    assert [path.name for path in target.parent.iterdir()] == ["hosts.yml"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "hosts.yml"
    target.mkdir()
    with pytest.raises(IsADirectoryError):
        paths.write_atomically(target, b"new")
    assert list(tmp_path.iterdir()) == [target]
