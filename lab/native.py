# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Native hosts: all namespaces of their own, on the kernel of the machine."""

from __future__ import annotations

from lab import base, cgroups, lan, paths, processes, storage
from lab.hosts import Host
from lab.processes import Process
from lab.state import State

_ENVIRONMENT = ("HOME=/root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8")


def title() -> str:
    """Return what such hosts are called in messages."""
    return "native"


def start(state: State, host: Host, parameters: dict[str, str]) -> Process:
    """Start a host and return its first process; it waits for its eth0, which it is given here."""
    directory = paths.host_directory(state.name, host.name)
    kept = storage.directory(state, host)
    places = [base.tree(state.engine), paths.GUEST, directory / "config", kept, directory / "tree"]
    namespaces = "unshare --mount --uts --ipc --net --pid --fork --kill-child --".split()
    log = paths.log_file(state.name, host.name)
    pid = processes.start(
        storage.inside(state, *namespaces, "sh", str(paths.GUEST / "native.sh"), *map(str, places)),
        enter=lambda: cgroups.join_as_root(state.cgroup_tops, host.name),
        log=log,
        environment={**parameters, "LAB_CGROUP": cgroups.version()},
    )
    init = processes.first_child(pid, log)
    lan.add_veth(state, host, init)
    return init


def enter(state: State, host: Host, argv: list[str]) -> list[str]:
    """Return the command that runs ``argv`` in a host as root."""
    pid = state.inits[host.name].pid
    namespaces = "--mount --uts --ipc --net --pid --cgroup --root --wd".split()
    return ["nsenter", f"--target={pid}", *namespaces, "--", "env", "-i", "-C", "/root", *_ENVIRONMENT, *argv]


def sshd(state: State, host: Host) -> list[str]:
    """Return the command that serves one ssh connection on its standard input and output: no network is needed."""
    return enter(state, host, ["/usr/sbin/sshd", "-i", "-f", "/lab/guest/sshd_config"])
