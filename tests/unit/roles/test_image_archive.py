# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive that was checked is the one that is copied, however its path is written. Nothing here asks an engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.fleets import declared_lan
from tests.unit.plugins.playbook import ROOT, Run, play_all

ARCHIVE = "image.tar"
CHECK = "dockerlan.fleet.reachability : Check that the image archive is there"
COPY = "dockerlan.fleet.reachability : Copy the archive"
# What the role asks of the engine: there is no image yet, and whatever is loaded is fine.
ENGINE = """
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        return {"images": []}
"""


@pytest.fixture
def collections(tmp_path: Path) -> str:
    """Return a path of collections, in which community.docker asks no engine."""
    actions = tmp_path / "collections/ansible_collections/community/docker/plugins/action"
    actions.mkdir(parents=True)
    for name in ("docker_image_info", "docker_image_load", "docker_image_pull"):
        (actions / f"{name}.py").write_text(ENGINE, encoding="utf-8")
    return f"{tmp_path / 'collections'}:{ROOT / '.collections'}"


def load(folder: Path, collections: str, archive: str) -> Run:
    """Check the variables, and bring the archive to a host; it is in the current folder, somebody's home."""
    variables: dict[str, Any] = {"dockerlan_lans": [declared_lan()], "reachability_image_archive": archive}
    role = "dockerlan.fleet.reachability"
    tasks = [{"ansible.builtin.include_role": {"name": role, "tasks_from": part}} for part in ("validate", "image")]
    (folder / ARCHIVE).write_text("x", encoding="utf-8")
    # Ansible looks for files beside the playbook, so it must not be where the archive is.
    book = folder / "playbooks" / "load.yml"
    book.parent.mkdir()
    book.write_text(json.dumps([{"hosts": "docker_fleet", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    environment = {"ANSIBLE_COLLECTIONS_PATH": collections, "HOME": str(folder)}
    return play_all(folder, {"host1": variables}, [{"tasks": []}], str(book), "-v", environment=environment)


@pytest.mark.parametrize("archive", [ARCHIVE, f"~/{ARCHIVE}", f"{{{{ playbook_dir | dirname }}}}/{ARCHIVE}"])
def test_the_archive_is_found_and_copied(tmp_path: Path, collections: str, archive: str) -> None:
    run = load(tmp_path, collections, archive)
    assert run.code == 0, run.output
    assert run.results[COPY]["host1"]["size"] == 1


@pytest.mark.parametrize("archive", ["missing.tar", f"~/missing/{ARCHIVE}", "playbooks"])
def test_what_is_no_file_is_refused_by_its_name(tmp_path: Path, collections: str, archive: str) -> None:
    run = load(tmp_path, collections, archive)
    assert f"reachability_image_archive names {archive}, which is no file" in run.results[CHECK]["host1"]["msg"]
    assert COPY not in run.output
