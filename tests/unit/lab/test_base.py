# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipes of the base trees, and when a tree counts as built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab import base, paths

RECIPE = base.Recipe("trixie", ("docker.io", "runc"), options=("--aptopt=x",))


@pytest.fixture
def bases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "BASES", tmp_path)
    return tmp_path


def test_command_names_suite_target_and_mirror_in_mmdebstraps_order() -> None:
    words = base.command(RECIPE, Path("/new"), "http://mirror")
    assert words[words.index("mmdebstrap") :] == [
        *("mmdebstrap", "--mode=root", "--format=directory", "--variant=apt", "--aptopt=x"),
        *("--include=docker.io,runc", "trixie", "/new", "http://mirror"),
    ]


def test_command_dies_with_its_parent_and_mounts_in_private() -> None:
    words = base.command(RECIPE, Path("/new"), "http://mirror")
    assert words[:3] == ["setpriv", "--pdeathsig", "KILL"]
    assert {"--mount", "--pid", "--kill-child"} <= set(words[: words.index("--")])


def test_digest_changes_with_the_recipe() -> None:
    others = [replace(RECIPE, packages=("runc",)), replace(RECIPE, suite="sid"), replace(RECIPE, options=())]
    assert len({recipe.digest() for recipe in [RECIPE, *others]}) == 4
    assert replace(RECIPE).digest() == RECIPE.digest()


def test_every_engine_has_all_that_the_guest_scripts_call() -> None:
    for recipe in base.ENGINES.values():
        assert {"docker.io", "containerd", "iptables", "iproute2", "kmod", "tini", "busybox-static"} <= set(
            recipe.packages
        )


def test_the_client_is_a_package_of_its_own_after_debian12() -> None:
    assert [name for name, recipe in base.ENGINES.items() if "docker-cli" not in recipe.packages] == ["debian12"]


@pytest.mark.parametrize("stamp", [None, "", "an older recipe"])
def test_a_tree_without_the_stamp_of_its_recipe_is_not_built(bases: Path, stamp: str | None) -> None:
    (bases / "debian13/lab").mkdir(parents=True)
    if stamp is not None:
        (bases / "debian13/lab/recipe").write_text(stamp)
    assert not base.is_built("debian13")


def test_a_tree_with_the_stamp_of_its_recipe_is_built(bases: Path) -> None:
    (bases / "debian13/lab").mkdir(parents=True)
    (bases / "debian13/lab/recipe").write_text(base.RECIPES["debian13"].digest())
    assert base.is_built("debian13")


def test_kernel_release_is_that_of_the_modules(bases: Path) -> None:
    (bases / base.UML_KERNEL / "usr/lib/uml/modules/7.2.7").mkdir(parents=True)
    assert base.kernel_release() == "7.2.7"
