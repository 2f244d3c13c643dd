# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about a lab: one JSON file, written in one step, changed only under the lab's lock."""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from lab import hosts, paths, processes
from lab.errors import LabError
from lab.hosts import Host
from lab.processes import Process
from lab.progress import say


@dataclass
class State:
    """A lab. ``inits`` are the first processes of its hosts, ``complete`` is set when ``up`` came to its end."""

    name: str
    checkout: str
    kernel: str
    engine: str
    count: int
    inventory: str
    cgroups: list[str]
    complete: bool = False
    lan: Process | None = None
    inits: dict[str, Process] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    strangers: list[list[str]] = field(default_factory=list)  # the addresses of each, see lab/faults/stranger.py

    @property
    def hosts(self) -> list[Host]:
        """All hosts of this lab, dead or alive."""
        return hosts.all_hosts(self.count)

    @property
    def cgroup_tops(self) -> list[Path]:
        """The directories of this lab's cgroups."""
        return [Path(path) for path in self.cgroups]

    def host(self, name: str) -> Host:
        """Return a host by name; raises LabError when this lab has none of that name."""
        found = hosts.by_name(self.count, name)
        if found is None:
            raise LabError(f'lab "{self.name}" has no host "{name}"; it has host1 to host{self.count}')
        return found

    def is_alive(self) -> bool:
        """Tell whether the lab is whole: ``up`` was done with it and its LAN is there (a host may be dead)."""
        return self.complete and processes.is_alive(self.lan)

    def host_is_alive(self, host: Host) -> bool:
        """Tell whether the first process of a host runs."""
        return processes.is_alive(self.inits.get(host.name))

    def lan_namespace(self, kind: str = "net") -> str:
        """Return the path of a namespace of the process that keeps the LAN; raises LabError when it is gone."""
        if self.lan is None or not processes.is_alive(self.lan):
            raise LabError(f'lab "{self.name}" is dead; boot it again: python3 -m lab up --name {self.name}')
        return f"/proc/{self.lan.pid}/ns/{kind}"


def to_json(state: State) -> str:
    """Return the text of the state file."""
    return json.dumps(asdict(state), indent=1) + "\n"


def from_json(text: str) -> State:
    """Return the state in the text of a state file; raises ValueError, KeyError or TypeError when it is none."""
    data: dict[str, Any] = json.loads(text)
    lan = data.pop("lan")
    inits = data.pop("inits")
    return State(
        **data,
        lan=None if lan is None else Process(**lan),
        inits={name: Process(**process) for name, process in inits.items()},
    )


def _file(lab: str) -> Path:
    return paths.state_directory(lab) / "state.json"


def save(state: State) -> None:
    """Write the state file."""
    paths.write_atomically(_file(state.name), to_json(state).encode())


def load(lab: str) -> State | None:
    """Return the state of a lab, or None when there is none that could be read (``down`` cleans up in either case)."""
    try:
        return from_json(_file(lab).read_text())
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def load_alive(lab: str) -> State:
    """Return the state of a living lab; raises LabError when it is not one."""
    state = load(lab)
    if state is None or not state.is_alive():
        raise LabError(f'there is no lab "{lab}"; boot it: python3 -m lab up --name {lab}')
    return state


def names() -> list[str]:
    """Return the names of all labs of this machine of which anything is left, sorted."""
    return sorted(path.name for path in paths.RUN.glob("*/"))


def _lock_file(lab: str) -> Path:
    return paths.RUN / f"{lab}.lock"


@contextlib.contextmanager
def locked(lab: str) -> Iterator[None]:
    """Keep other commands that change this lab out; waits for the one that is in."""
    file = _try_lock(lab)
    while file is None:
        file = _try_lock(lab)
    with file:
        try:
            yield
        finally:
            _tidy(lab)


def _try_lock(lab: str) -> IO[str] | None:
    """Return the locked file, or None when it was removed meanwhile: that is done when the lab is gone, see _tidy."""
    path = _lock_file(lab)
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        file = path.open("w")
    except (FileNotFoundError, FileExistsError):
        return None
    _wait_for(file.fileno(), lab)
    with contextlib.suppress(FileNotFoundError):
        if path.samefile(f"/proc/self/fd/{file.fileno()}"):
            return file
    file.close()
    return None


def _wait_for(descriptor: int, lab: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f'another command is at work on lab "{lab}", waiting for it')
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _tidy(lab: str) -> None:
    if not paths.state_directory(lab).exists():
        _lock_file(lab).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # other labs are there
            paths.RUN.rmdir()
