# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users install: built, looked into, installed into an empty folder, found there by name, and run from there."""

from __future__ import annotations

import json
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.fleet import ROOT, Fleet, Run, clean_environment, tool

SHIPPED_FOLDERS = {"changelogs", "docs", "inventories", "meta", "playbooks", "plugins", "roles"}
SHIPPED_FILES = {
    "CHANGELOG.rst",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "requirements.txt",
    "requirements.yml",
}
PLAYBOOKS = ("validate", "site", "verify", "teardown")


def run_in(folder: Path, command: str, *arguments: str) -> str:
    """Run an Ansible command in ``folder``, where no checkout is in sight; it must succeed. Return its output."""
    done = subprocess.run(
        [tool(command), *arguments],
        cwd=folder,
        env=clean_environment(ANSIBLE_CONFIG=str(folder / "ansible.cfg")),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Installed:
    """The built artifact, and a folder that holds the installed collection and an ansible.cfg that finds it."""

    artifact: Path
    folder: Path

    @property
    def collection(self) -> Path:
        """Return the root of the installed collection."""
        return self.folder / "collections" / "ansible_collections" / "dockerlan" / "fleet"

    def run(self, command: str, *arguments: str) -> str:
        """Run an Ansible command in the folder; see ``run_in``."""
        return run_in(self.folder, command, *arguments)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the collection and install it, without its dependency: Galaxy may be out of reach."""
    folder = tmp_path_factory.mktemp("artifact")
    config = f"[defaults]\ncollections_path = {folder}/collections\ncallbacks_enabled = dockerlan.fleet.reachability\n"
    (folder / "ansible.cfg").write_text(config, encoding="utf-8")
    run_in(folder, "ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(folder))
    (artifact,) = folder.glob("dockerlan-fleet-*.tar.gz")
    install = ("collection", "install", str(artifact), "--no-deps", "--offline", "-p", f"{folder}/collections")
    run_in(folder, "ansible-galaxy", *install)
    return Installed(artifact, folder)


def members(artifact: Path) -> list[str]:
    """Return the paths of all files in the artifact."""
    with tarfile.open(artifact) as tar:
        return [member.name for member in tar.getmembers() if not member.isdir()]


def test_only_what_is_meant_to_ship_is_in_the_artifact(installed: Installed) -> None:
    files = members(installed.artifact)
    assert {name for name in files if "/" not in name} == SHIPPED_FILES
    assert {name.split("/")[0] for name in files if "/" in name} == SHIPPED_FOLDERS
    assert not [name for name in files if name.startswith("inventories/lab/") or "__pycache__" in name]


def test_everything_that_the_collection_consists_of_is_in_the_artifact(installed: Installed) -> None:
    tracked = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "plugins", "roles", "playbooks", "meta", "docs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert tracked
    pictures = {name for name in tracked if name.startswith("docs/images/")}  # for whoever reads the repository
    assert set(tracked) - pictures <= set(members(installed.artifact))
    assert not pictures & set(members(installed.artifact))


def test_the_artifact_says_who_it_is(installed: Installed) -> None:
    declared = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    listed = json.loads(installed.run("ansible-galaxy", "collection", "list", "--format", "json", "dockerlan.fleet"))
    found = listed[f"{installed.folder}/collections/ansible_collections"]["dockerlan.fleet"]
    assert found == {"version": declared["version"]}


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_is_found_by_its_name(installed: Installed, playbook: str) -> None:
    output = installed.run("ansible-playbook", f"dockerlan.fleet.{playbook}", "--syntax-check", "-i", "localhost,")
    assert f"playbook: {installed.collection}/playbooks/{playbook}.yml" in output


@pytest.mark.parametrize(("kind", "folder"), [("module", "modules"), ("callback", "callback")])
def test_every_plugin_is_listed_with_its_documentation(installed: Installed, kind: str, folder: str) -> None:
    plugins = {f"dockerlan.fleet.{path.stem}" for path in (ROOT / "plugins" / folder).glob("[!_]*.py")}
    assert plugins
    documented = ansible_doc(installed, "-t", kind, *sorted(plugins))
    assert {name for name, entry in documented.items() if entry["doc"]["short_description"]} == plugins
    assert all(Path(entry["doc"]["filename"]).is_relative_to(installed.collection) for entry in documented.values())
    assert set(ansible_doc(installed, "-t", kind, "--list", "dockerlan.fleet")) == plugins


def test_the_whole_job_runs_by_name_with_an_archive_in_the_current_directory(
    installed: Installed, macvlan_fleet: Fleet
) -> None:
    (installed.folder / "image.tar").symlink_to(ROOT / ".cache" / "endpoint.tar")
    for host in macvlan_fleet.hosts:
        macvlan_fleet.on(host, "sh", "-ec", "docker image ls --quiet | xargs --no-run-if-empty docker image rm --force")

    def play(name: str) -> Run:
        variables = ["-e", "lab_driver=macvlan", "-e", "reachability_image_archive=image.tar"]
        config = str(installed.folder / "ansible.cfg")
        run = macvlan_fleet.play(name, *variables, cwd=installed.folder, ANSIBLE_CONFIG=config)
        assert run.code == 0, run.output
        return run

    for playbook in ("dockerlan.fleet.site", "dockerlan.fleet.verify"):
        report = play(playbook).report
        assert report is not None
        assert report["verdict"] == "pass"
    play("dockerlan.fleet.teardown")
    assert all(macvlan_fleet.networks(host) == {} for host in macvlan_fleet.hosts)


def ansible_doc(installed: Installed, *arguments: str) -> dict[str, Any]:
    """Return what ``ansible-doc --json`` says."""
    return dict(json.loads(installed.run("ansible-doc", "--json", *arguments)))
