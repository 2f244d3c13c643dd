# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts keep when they reboot: a tmpfs of the lab with a directory for each host.

It is mounted in the mount namespace of the process that keeps the LAN, and hosts start from there. Nobody else sees it,
and it is gone with the lab's last process, whatever ended that one.
"""

from __future__ import annotations

from pathlib import Path

from lab import paths, processes
from lab.hosts import Host
from lab.state import State

_OPTIONS = "mode=0700,size=100%"  # of the machine's memory, as much as all hosts together could ever use


def _top(state: State) -> Path:
    return paths.state_directory(state.name) / "storage"


def directory(state: State, host: Host) -> Path:
    """Return the directory of one host; it is only there for commands that run ``inside``."""
    return _top(state) / host.name


def inside(state: State, *argv: str) -> list[str]:
    """Return the command that runs ``argv`` where the storage of this lab is seen."""
    return ["nsenter", f"--mount={state.lan_namespace('mnt')}", "--", *argv]


def prepare(state: State) -> None:
    """Mount the storage of a new lab, with an empty directory for each host."""
    _top(state).mkdir()
    processes.run(inside(state, "mount", "-t", "tmpfs", "-o", _OPTIONS, "storage", str(_top(state))))
    processes.run(inside(state, "mkdir", *(str(directory(state, host)) for host in state.hosts)))
