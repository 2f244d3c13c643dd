# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a lab: the hosts and how they are reached, nothing about networks."""

from __future__ import annotations

import json
from pathlib import Path

from lab import paths, ssh
from lab.hosts import Host
from lab.state import State

_HEAD = '# Written by "python3 -m lab up", removed by "python3 -m lab down".\n'


def connection_variables(lab: str) -> dict[str, str]:
    """Return the variables of all hosts. Each lab has its own sockets, because all labs have the same addresses."""
    return {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(ssh.key(lab)),
        "ansible_ssh_common_args": f"-F {ssh.config(lab)}",
        "ansible_control_path_dir": str(paths.state_directory(lab) / "cp"),
        "ansible_python_interpreter": "/usr/bin/python3",
        "lab_endpoint_image_archive": str(paths.ENDPOINT_ARCHIVE),
    }


def render(lab: str, hosts: list[Host]) -> str:
    """Return the inventory as YAML (scalars are written as JSON, which YAML includes)."""
    lines = ["all:", "  children:", "    docker_fleet:", "      hosts:"]
    for host in hosts:
        lines += [f"        {host.name}:", f"          ansible_host: {json.dumps(host.ipv4)}"]
    lines += ["      vars:"]
    lines += [f"        {name}: {json.dumps(value)}" for name, value in connection_variables(lab).items()]
    return _HEAD + "\n".join(lines) + "\n"


def write(state: State) -> None:
    """Write the inventory of a lab in one step."""
    paths.write_atomically(_path(state), render(state.name, state.hosts).encode())


def remove(state: State) -> None:
    """Remove the inventory of a lab, unless another lab has written over it since."""
    path = _path(state)
    if path.exists() and path.read_text() == render(state.name, state.hosts):
        path.unlink()


def _path(state: State) -> Path:
    return Path(state.inventory)
