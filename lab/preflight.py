# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab needs from the machine, checked before anything is touched."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from lab.errors import PreflightError

DEBIAN_RELEASES = ("12", "13")
# Command -> Debian package that has it.
COMMANDS = {
    "bridge": "iproute2",
    "ip": "iproute2",
    "mke2fs": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "mount": "mount",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "unshare": "util-linux",
}


def release_problem(os_release: str) -> str | None:
    """Return what is wrong with the release that the text of /etc/os-release names, or None."""
    pairs = (line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    values = {name: value.strip('"') for name, value in pairs}
    if values.get("ID") == "debian" and values.get("VERSION_ID") in DEBIAN_RELEASES:
        return None
    found = values.get("PRETTY_NAME", "an unknown system")
    return f"Debian {' or '.join(DEBIAN_RELEASES)} on the machine (this is {found})"


def missing_packages(commands: dict[str, str]) -> dict[str, list[str]]:
    """Return package -> commands of it that are not on the PATH."""
    missing: dict[str, list[str]] = {}
    for command, package in commands.items():
        if shutil.which(command) is None:
            missing.setdefault(package, []).append(command)
    return missing


def problems() -> list[str]:
    """Return all that is missing, each as a phrase."""
    found = []
    if os.geteuid() != 0:
        found.append("root (run it with sudo)")
    release = release_problem(Path("/etc/os-release").read_text()) if Path("/etc/os-release").exists() else "Debian"
    if release:
        found.append(release)
    if platform.machine() != "x86_64":
        found.append(f"an x86_64 processor (this is {platform.machine()})")
    for package, commands in sorted(missing_packages(COMMANDS).items()):
        found.append(f"{', '.join(commands)} (apt install {package})")
    return found


def check() -> None:
    """Raise PreflightError with everything that is missing."""
    found = problems()
    if found:
        raise PreflightError("the lab needs:\n" + "\n".join(f"  - {problem}" for problem in found))


def check_root() -> None:
    """Raise PreflightError for anybody but root."""
    if os.geteuid() != 0:
        raise PreflightError("the lab needs root (run it with sudo)")
