# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with a kernel of their own: user-mode Linux, which has every link type and needs no KVM."""

from __future__ import annotations

import shlex

from lab import base, cgroups, lan, paths, processes, ssh, storage
from lab.hosts import Host
from lab.processes import Process
from lab.state import State

_MEMORY = "1500M"  # of a sparse file: only what the host touches counts


def title() -> str:
    """Return what such hosts are called in messages."""
    return f"user-mode Linux {base.kernel_release()}"


def kernel_arguments(host: Host, parameters: dict[str, str]) -> list[str]:
    """Return the command line of the kernel; parameters that it does not know become the environment of init."""
    return [
        f"mem={_MEMORY}",
        "seccomp=auto",  # five times as fast as ptrace where the machine allows it
        f"vec0:transport=tap,ifname={host.name},depth=128,mac={host.mac}",
        "rootfstype=hostfs",
        "rootflags=/mnt",
        "ro",
        "ubd0=/tmp/storage/disk",
        "con=null",
        "con0=fd:0,fd:1",
        "init=/bin/sh",
        *(f"{name}={value}" for name, value in parameters.items()),
        "--",
        "/lab/guest/init.sh",
    ]


def start(state: State, host: Host, parameters: dict[str, str]) -> Process:
    """Start a host and return its first process, in a pid namespace that has nothing but this kernel."""
    lan.add_tap(state, host)
    directory = paths.host_directory(state.name, host.name)
    trees = [base.tree(base.UML_KERNEL), base.tree(state.engine)]
    places = [*trees, paths.GUEST, directory / "config", storage.directory(state, host), directory / "tree"]
    namespaces = "unshare --mount --uts --ipc --pid --fork --kill-child --".split()
    boot = ["sh", str(paths.GUEST / "uml.sh"), *map(str, places)]
    arguments = kernel_arguments(host, {**parameters, "LAB_CGROUP": "v2"})
    log = paths.log_file(state.name, host.name)
    pid = processes.start(
        lan.inside(state.lan_namespace(), *storage.inside(state, *namespaces, *boot, *arguments)),
        enter=lambda: cgroups.join(state.cgroup_tops, host.name),
        log=log,
    )
    return processes.first_child(pid, log)


def enter(state: State, host: Host, argv: list[str]) -> list[str]:
    """Return the command that runs ``argv`` in a host as root: ssh is the only door to another kernel."""
    return ["ssh", "-F", str(ssh.config(state.name)), host.name, "--", shlex.join(argv)]
