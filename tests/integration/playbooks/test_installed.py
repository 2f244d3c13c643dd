# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users get it: built, installed into an empty folder, and run by name from another one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.integration.fleet import ROOT, Fleet, clean_environment, tool

CONFIG = """\
[defaults]
collections_path = {collections}
callbacks_enabled = dockerlan.fleet.reachability
"""


def galaxy(*arguments: str) -> None:
    """Run an ``ansible-galaxy collection`` command that must succeed."""
    command = [tool("ansible-galaxy"), "collection", *arguments]
    subprocess.run(command, cwd=ROOT, env=clean_environment(), check=True, capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds nothing but an ansible.cfg and the installed collection.

    The dependency community.docker comes from the virtual environment: Galaxy may be out of reach.
    """
    folder = tmp_path_factory.mktemp("installed")
    galaxy("build", "--output-path", str(folder))
    (artifact,) = folder.glob("dockerlan-fleet-*.tar.gz")
    galaxy("install", str(artifact), "--no-deps", "-p", str(folder / "collections"))
    (folder / "ansible.cfg").write_text(CONFIG.format(collections=folder / "collections"), encoding="utf-8")
    return folder


def test_site_verify_and_teardown_run_by_name(installed: Path, macvlan_fleet: Fleet) -> None:
    for playbook in ("site", "verify"):
        run = macvlan_fleet.play(
            f"dockerlan.fleet.{playbook}",
            "-e",
            "lab_driver=macvlan",
            cwd=installed,
            ANSIBLE_CONFIG=str(installed / "ansible.cfg"),
        )
        assert run.code == 0, run.output
        assert run.report is not None, run.output
        assert run.report["verdict"] == "pass"
    down = macvlan_fleet.play(
        "dockerlan.fleet.teardown",
        "-e",
        "lab_driver=macvlan",
        cwd=installed,
        ANSIBLE_CONFIG=str(installed / "ansible.cfg"),
    )
    assert down.code == 0, down.output
    assert all(macvlan_fleet.networks(host) == {} for host in macvlan_fleet.hosts)
