# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the cgroups of a lab are looked for; that they hold and lose processes is for the integration tests."""

from __future__ import annotations

from pathlib import Path

from lab import cgroups


def test_every_top_lies_in_a_mounted_hierarchy_and_ends_with_the_labs_name() -> None:
    tops = cgroups.tops("t-unit")
    assert tops
    for top in tops:
        assert top.parts[-2:] == (cgroups.TOP, "t-unit")
        assert (top.parent.parent / "cgroup.procs").exists()


def test_processes_are_those_of_all_levels_once(tmp_path: Path) -> None:
    for path, pids in {"a": "12\n", "a/host1": "13\n14\n", "b/host1/docker/x": "14\n15\n0\n"}.items():
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "cgroup.procs").write_text(pids)
    tops = [tmp_path / "a", tmp_path / "b"]
    assert cgroups.processes(tops) == {12, 13, 14, 15}
    assert cgroups.processes(tops, "host1") == {13, 14, 15}


def test_processes_of_a_cgroup_that_is_gone_are_none(tmp_path: Path) -> None:
    assert cgroups.processes([tmp_path / "gone"]) == set()


def test_remove_takes_a_whole_tree_and_the_common_top_with_the_last_lab(tmp_path: Path) -> None:
    common = tmp_path / cgroups.TOP
    for path in ("one/host1/docker/x", "one/lan", "two"):
        (common / path).mkdir(parents=True)
    cgroups.remove([common / "one"])
    assert [path.name for path in common.iterdir()] == ["two"]
    cgroups.remove([common / "two"])
    assert not common.exists()


def test_remove_of_one_leaf_leaves_the_others(tmp_path: Path) -> None:
    for path in ("one/host1/docker", "one/host2"):
        (tmp_path / path).mkdir(parents=True)
    cgroups.remove([tmp_path / "one"], "host1")
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["host2"]
