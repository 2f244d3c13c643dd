# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every trace goes, and nothing that is no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import paths
from lab import state as states
from tools import demo_down


def test_traces_go_and_the_rest_stays(tmp_path: Path) -> None:
    for name in (".cache/base/tree/etc/passwd", "reports/reachability.json", "inventories/lab/group_vars/all.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "inventories/lab/hosts.yml").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "build").symlink_to(tmp_path / "elsewhere")

    demo_down.remove(tmp_path, demo_down.TRACES)

    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if not path.is_dir())
    assert left == ["inventories/lab/group_vars/all.yml"]
    assert (tmp_path / "elsewhere").is_dir()


def test_packages_are_named_once_each(tmp_path: Path) -> None:
    assert demo_down.installed_packages(tmp_path) == []
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "installed-packages").write_text("mmdebstrap\ngit\nmmdebstrap\n")
    assert demo_down.installed_packages(tmp_path) == ["git", "mmdebstrap"]


def test_only_the_labs_of_this_checkout_are_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "RUN", tmp_path / "run")
    for name, checkout in (("demo", tmp_path), ("t-default", tmp_path), ("other", tmp_path / "other")):
        lab = states.State(name, str(checkout), "native", "debian13", 3, "hosts.yml", [])
        states.save(lab)
    (tmp_path / "run" / "broken").mkdir()
    assert demo_down.labs_of(tmp_path) == ["demo", "t-default"]
