# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab leaves on the machine while it runs, and what of that is still there afterwards."""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab import cgroups, paths
from lab.errors import LabError
from lab.processes import Process, identify, is_alive

_KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "uts")


def _namespaces(pid: int) -> set[str]:
    """Return the namespaces of a process, like ``net:[4026531840]``; none when it has ended."""
    with contextlib.suppress(OSError):
        return {str(Path(f"/proc/{pid}/ns/{kind}").readlink()) for kind in _KINDS}
    return set()


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _mounts_below(directory: Path) -> set[str]:
    """Return the mount points below a directory, in the mount namespace of any process."""
    found = set()
    for pid in _pids():
        with contextlib.suppress(OSError):
            points = [line.split()[4] for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
            found |= {point for point in points if point.startswith(f"{directory}/")}
    return found


def links() -> set[str]:
    """Return the names of the machine's own network interfaces."""
    shown = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    return {line.split(": ")[1] for line in shown.splitlines()}


@dataclass(frozen=True)
class Traces:
    """The processes of a running lab and the namespaces that are theirs alone."""

    lab: str
    processes: frozenset[Process]
    namespaces: frozenset[str]
    links: frozenset[str]

    def left(self) -> list[str]:
        """Return everything of the lab that is still there, each as a phrase."""
        living = [f"process {process.pid}" for process in self.processes if is_alive(process)]
        present = set().union(*(_namespaces(pid) for pid in _pids()))
        directories = [paths.state_directory(self.lab), *cgroups.tops(self.lab)]
        files = [str(path) for path in (*directories, paths.RUN / f"{self.lab}.lock") if path.exists()]
        mounts = sorted(_mounts_below(paths.state_directory(self.lab)))
        return [*living, *sorted(self.namespaces & present), *mounts, *files, *sorted(links() - self.links)]


def of(lab: str) -> Traces:
    """Take down what a running lab consists of; raises AssertionError when that is nothing."""
    processes, namespaces = set(), set()
    for pid in cgroups.processes(cgroups.tops(lab)):
        with contextlib.suppress(LabError):
            processes.add(identify(pid))
            namespaces |= _namespaces(pid)
    assert processes, f"nothing runs in lab {lab}"
    return Traces(lab, frozenset(processes), frozenset(namespaces - _namespaces(os.getpid())), frozenset(links()))
