# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cgroups of a lab: a subtree for each lab with a leaf for its LAN and one for each host.

Everything that a lab starts is in them from its first instruction on, so that nothing can be lost when the lab's own
processes are killed. With version 1 (also hybrid) the subtree lies under the caller's own cgroup in every hierarchy;
with version 2 at the root, because there a cgroup with processes may not hand controllers down.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from lab import namespaces
from lab.errors import LabError

TOP = "dockerlan-lab"
_INNER = "init"
_CPUSET_FILES = ("cpuset.cpus", "cpuset.mems")


def _own_cgroups() -> dict[str, str]:
    """Return controllers -> path of this process, for example ``{"cpu,cpuacct": "/", "": "/user.slice"}``."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return {controllers: path for _, controllers, path in (line.split(":", 2) for line in lines)}


def version() -> str:
    """Return ``v1`` when any controller is in a version 1 hierarchy, else ``v2``."""
    return "v1" if any(_own_cgroups()) else "v2"


def _mounts(kind: str) -> list[tuple[str, str, set[str]]]:
    """Return (root, mount point, options of the file system) of every mount of this type, see proc_pid_mountinfo(5)."""
    rows = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, filesystem = line.partition(" - ")
        name, _, options = filesystem.split(" ", 2)  # the source between may be empty
        if name == kind:
            root, point = fields.split()[3:5]
            rows.append((root, point, set(options.split(","))))
    return rows


def tops(lab: str) -> list[Path]:
    """Return the directories of this lab's cgroups, one for each hierarchy of the machine; they need not exist."""
    if version() == "v2":
        return [Path(point) / TOP / lab for _, point, _ in _mounts("cgroup2")[:1]]
    found = []
    for controllers, path in _own_cgroups().items():
        for root, point, options in _mounts("cgroup"):
            if controllers and set(controllers.split(",")) <= options:
                found.append(Path(point) / os.path.relpath(path, root) / TOP / lab)
                break
    return found


def _inherit(directory: Path) -> None:
    """Make a new cgroup usable: version 1 gives no processors to it, version 2 no controllers."""
    if (directory.parent / "cgroup.subtree_control").exists():
        for controller in (directory.parent / "cgroup.controllers").read_text().split():
            with contextlib.suppress(OSError):  # a controller may be busy elsewhere; hosts do without it
                (directory.parent / "cgroup.subtree_control").write_text(f"+{controller}")
        return
    for name in _CPUSET_FILES:
        if (directory / name).exists() and not (directory / name).read_text().strip():
            (directory / name).write_text((directory.parent / name).read_text())


def create(lab_tops: list[Path], leaf: str) -> None:
    """Make a leaf, and what is above it, in every hierarchy."""
    for top in lab_tops:
        for directory in (top.parent, top, top / leaf):
            directory.mkdir(exist_ok=True)
            _inherit(directory)


def join(lab_tops: list[Path], leaf: str) -> None:
    """Move this process into a leaf in every hierarchy, and there to where its other processes are."""
    for top in lab_tops:
        inner = top / leaf / _INNER
        (inner if inner.exists() else top / leaf).joinpath("cgroup.procs").write_text("0")


def join_as_root(lab_tops: list[Path], leaf: str) -> None:
    """Move this process into a leaf that is all it sees of the cgroups from then on.

    With version 2 it goes one level deeper: only a cgroup without processes hands controllers down, to containers.
    """
    join(lab_tops, leaf)
    namespaces.leave(namespaces.CGROUP)
    if version() == "v2":
        for top in lab_tops:
            (top / leaf / _INNER).mkdir()
        join(lab_tops, leaf)


def processes(lab_tops: list[Path], leaf: str = ".") -> set[int]:
    """Return the pids of every process in a leaf, or in the whole lab."""
    pids: set[int] = set()
    for top in lab_tops:
        for path in (top / leaf).rglob("cgroup.procs"):
            try:
                pids.update(int(pid) for pid in path.read_text().split())
            except OSError:  # the cgroup went away between the listing and the reading
                continue
    return pids - {0}


def kill(lab_tops: list[Path], leaf: str = ".", timeout: float = 15) -> None:
    """Kill every process in a leaf, or in the whole lab; raises LabError when one survives ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while pids := processes(lab_tops, leaf):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            raise LabError(f"processes {sorted(pids)} survive SIGKILL")
        time.sleep(0.02)


def remove(lab_tops: list[Path], leaf: str = ".", timeout: float = 5) -> None:
    """Remove the cgroups of a leaf, or of the whole lab and the common top when it was the last one."""
    for top in lab_tops:
        directories = sorted((top / leaf).rglob("*/"), key=lambda path: len(path.parts), reverse=True)
        for directory in [*directories, top / leaf]:
            _remove_one(directory, timeout)
        if leaf == "." and top.parent.exists() and not any(top.parent.glob("*/")):
            _remove_one(top.parent, timeout)


def _remove_one(directory: Path, timeout: float) -> None:
    """Remove a cgroup; the kernel calls it busy for a moment after its last process ended."""
    deadline = time.monotonic() + timeout
    while directory.is_dir():
        try:
            directory.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise LabError(f"{directory}: {error.strerror}") from None
            time.sleep(0.02)
