# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of the lab: how they are run, started, recognised again and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

_DEAD = ("Z", "X")
_STAT_STATE, _STAT_START = 0, 19  # of /proc/PID/stat after the command's name, see proc(5)


@dataclass(frozen=True)
class Process:
    """A process that can be recognised later: a pid is used again, a pid with its start time is not."""

    pid: int
    start: int  # clock ticks since boot


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def identify(pid: int) -> Process:
    """Return the process that has this pid now; raises LabError when there is none."""
    stat = _stat(pid)
    if stat is None:
        raise LabError(f"process {pid} has ended already")
    return Process(pid, int(stat[_STAT_START]))


def is_alive(process: Process | None) -> bool:
    """Tell whether exactly this process still runs; one that only waits to be reaped does not."""
    stat = None if process is None else _stat(process.pid)
    return (
        stat is not None
        and process is not None
        and int(stat[_STAT_START]) == process.start
        and stat[_STAT_STATE] not in _DEAD
    )


def kill(process: Process | None, timeout: float = 10) -> None:
    """Kill exactly this process and wait until it is gone; raises LabError after ``timeout`` seconds."""
    if process is None or not is_alive(process):
        return
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(process), timeout, f"process {process.pid} survives SIGKILL")


def wait_until(condition: Callable[[], bool], timeout: float, message: str) -> None:
    """Poll ``condition`` every 20 ms; raises LabError with ``message`` after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(message)
        time.sleep(0.02)


def run(argv: Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> str:
    """Run a command to its end and return its standard output; raises LabError with its complaint when it fails."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise LabError(f"{' '.join(argv)}: no end after {timeout:.0f} s") from None
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def works(argv: Sequence[str], timeout: float = 30) -> bool:
    """Tell whether a command succeeds."""
    try:
        run(argv, timeout=timeout)
    except LabError:
        return False
    return True


def start(
    argv: Sequence[str], *, enter: Callable[[], None], log: Path, environment: Mapping[str, str] | None = None
) -> int:
    """Start a process that outlives this one and return its pid.

    ``enter`` runs in the child before the program (it joins the cgroups, so that no process is ever outside of them);
    output goes to ``log``, a session of its own keeps Ctrl-C away.
    """
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], **(environment or {})},
                cwd="/",
                start_new_session=True,
                preexec_fn=enter,  # noqa: PLW1509 (the lab has no threads)
            )
        except subprocess.SubprocessError:
            raise LabError(f"{argv[0]}: a new process cannot enter its cgroups or namespaces") from None
    process.returncode = 0  # this process does not wait for it, and Popen shall not complain
    return process.pid


def first_child(pid: int, log: Path, timeout: float = 5) -> Process:
    """Return the first child of a process that was started just now; raises LabError with its log when it has none."""
    parent, path = identify(pid), Path(f"/proc/{pid}/task/{pid}/children")
    children: list[str] = []

    def settled() -> bool:
        children[:] = path.read_text().split() if is_alive(parent) else []
        return bool(children) or not is_alive(parent)

    wait_until(settled, timeout, f"process {pid} started nothing in {timeout:.0f} s")
    if not children:
        raise LabError(f"a process ended at once: {log.read_text(errors='replace').strip()}")
    return identify(int(children[0]))
