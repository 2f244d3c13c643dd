# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elsewhere than on Debian 12 and 13 everything stops at once, and says why."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from lab.preflight import COMMANDS

TOOLS = Path(__file__).resolve().parents[3] / "tools"
PREFLIGHT = TOOLS / "preflight.sh"


def run(release: Path, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    """Run the preflight as on a system whose /etc/os-release is ``release``, with ``path`` to find commands."""
    environment = {"PATH": path, "DOCKERLAN_OS_RELEASE": str(release)}
    return subprocess.run(["/bin/bash", PREFLIGHT], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ('ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\n', "Ubuntu 24.04.1 LTS"),
        (
            'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\n',
            "Debian GNU/Linux 11 (bullseye)",
        ),
        ("ID=debian\nPRETTY_NAME='Debian GNU/Linux forky/sid'\n", "Debian GNU/Linux forky/sid"),
    ],
)
def test_another_system_is_refused_by_name(tmp_path: Path, release: str, name: str) -> None:
    file = tmp_path / "os-release"
    file.write_text(release)
    done = run(file)
    assert done.returncode == 1
    assert done.stderr == f"dockerlan.fleet: this needs Debian 12 or 13, and this machine is {name}.\n"


def test_no_os_release_is_an_unknown_system(tmp_path: Path) -> None:
    done = run(tmp_path / "none")
    assert done.returncode == 1
    assert "an unknown system" in done.stderr


@pytest.mark.parametrize("version", ["12", "13"])
def test_debian_without_apt_is_told_so(tmp_path: Path, version: str) -> None:
    file = tmp_path / "os-release"
    file.write_text(f'ID=debian\nVERSION_ID="{version}"\nPRETTY_NAME="Debian"\n')
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("dirname", "id"):
        (commands / name).symlink_to(f"/usr/bin/{name}")
    done = run(file, str(commands))
    assert done.returncode == 1
    assert "apt-get is missing" in done.stderr


def test_what_the_lab_needs_is_installed() -> None:
    listed = set((TOOLS / "debian-packages.txt").read_text(encoding="utf-8").split())
    assert set(COMMANDS.values()) <= listed
