# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The copy that ansible-test sees: all that ships, also when it is new, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tools import shipped

NAMES = st.lists(st.sampled_from(["lab", "tests", "plugins", "a.py", ".x", "labs"]), min_size=1, max_size=4)


@given(st.lists(NAMES.map("/".join)))
def test_a_file_is_left_out_exactly_when_it_lies_under_a_pattern(files: list[str]) -> None:
    kept = shipped.shipped_files(files, ["lab", "plugins/lab"])
    assert kept == [file for file in files if not f"{file}/".startswith(("lab/", "plugins/lab/"))]


def test_a_pattern_with_a_star_leaves_out_every_folder_that_begins_with_a_dot() -> None:
    assert shipped.shipped_files([".config/molecule/config.yml", ".ansible-lint", "docs/a.md"], [".*"]) == ["docs/a.md"]


def test_tracked_and_new_files_are_copied_and_ignored_or_deleted_ones_are_not(tmp_path: Path) -> None:
    root, target = tmp_path / "root", tmp_path / "copy"
    for name in ("tracked", "gone", "new", "ignored", "lab/engine.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / ".gitignore").write_text("ignored\n")
    (root / "galaxy.yml").write_text("build_ignore: [lab, '.*']\n")
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    subprocess.run(["git", "add", "tracked", "gone"], cwd=root, check=True)
    (root / "gone").unlink()
    target.mkdir()
    (target / "stale").write_text("of an earlier copy")

    shipped.copy(root, target)

    copied = [str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()]
    assert sorted(name for name in copied if not name.startswith(".git/")) == ["galaxy.yml", "new", "tracked"]
    assert (target / ".git").is_dir()
