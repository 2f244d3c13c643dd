# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Booting hosts and talking to them, whichever kind they are."""

from __future__ import annotations

import contextlib
import os

from lab import cgroups, hosts, native, paths, processes, uml
from lab import state as states
from lab.errors import LabError
from lab.hosts import Host
from lab.progress import step
from lab.state import State

_BOOT_TIMEOUT = 120
_READY, _FAILED = "dockerlan-lab: ready", "dockerlan-lab: failed"
_KINDS = {"native": native, "uml": uml}


def parameters(state: State, host: Host) -> dict[str, str]:
    """Return what the init script of a host is told."""
    return {
        "LAB_KIND": state.kernel,
        "LAB_HOST": host.name,
        "LAB_IPV4": f"{host.ipv4}/24",
        "LAB_IPV6": f"{host.ipv6}/64",
        "LAB_GATEWAY4": hosts.GATEWAY4,
        "LAB_GATEWAY6": hosts.GATEWAY6,
    }


def boot(state: State, wanted: list[Host]) -> None:
    """Boot hosts side by side and wait until their engines answer; when one fails all of these are killed again."""
    if not wanted:
        return
    names = ", ".join(host.name for host in wanted)
    with step(f"booting {names} ({_KINDS[state.kernel].title()}, {state.engine})", "ready"):
        try:
            for host in wanted:
                _start(state, host)
            for host in wanted:
                _wait_ready(state, host)
        except BaseException:
            for host in wanted:
                kill(state, host)
            raise


def _start(state: State, host: Host) -> None:
    kill(state, host)  # what a host that died by itself left
    cgroups.create(state.cgroup_tops, host.name)
    (paths.host_directory(state.name, host.name) / "tree").mkdir(exist_ok=True)
    state.inits[host.name] = _KINDS[state.kernel].start(state, host, parameters(state, host))
    state.faults.pop(host.name, None)  # its port is new
    states.save(state)


def _wait_ready(state: State, host: Host) -> None:
    log = paths.log_file(state.name, host.name)

    def ended() -> bool:
        text = log.read_text(errors="replace")
        return _READY in text or _FAILED in text or not state.host_is_alive(host)

    with contextlib.suppress(LabError):  # too late or not at all: its log says more, and is only whole by then
        processes.wait_until(ended, _BOOT_TIMEOUT, f"{host.name} is late")
    text = log.read_text(errors="replace")
    if _READY not in text:
        raise LabError(f"{host.name} did not come up in {_BOOT_TIMEOUT} s at most; the end of its log:\n{_tail(text)}")


def _tail(text: str, count: int = 15) -> str:
    said = text.partition("Kernel panic")[0]  # what follows hides the cause
    return "\n".join(f"  {line}" for line in said.splitlines()[-count:])


def kill(state: State, host: Host) -> None:
    """Kill everything in a host and let go of its cgroups; its port stays when it is a tap."""
    processes.kill(state.inits.get(host.name))
    cgroups.kill(state.cgroup_tops, host.name)
    cgroups.remove(state.cgroup_tops, host.name)


def command(state: State, host: Host, argv: list[str]) -> list[str]:
    """Return the command that runs ``argv`` in a living host; raises LabError when it is down."""
    if not state.host_is_alive(host):
        raise LabError(f"{host.name} is down; boot it again: python3 -m lab heal --name {state.name}")
    program: list[str] = _KINDS[state.kernel].enter(state, host, argv)
    return program


def run(state: State, host: Host, argv: list[str], timeout: float = 60) -> str:
    """Run a command in a host and return its output; raises LabError when it fails."""
    return processes.run(command(state, host, argv), timeout=timeout)


def replace_by(state: State, host: Host, argv: list[str]) -> None:
    """Become a command in a host: its input, output and exit code are this process's."""
    program = command(state, host, argv)
    if state.kernel == "native":
        cgroups.join(state.cgroup_tops, host.name)
    os.execvp(program[0], program)  # noqa: S606 (no shell)
