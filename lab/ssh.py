# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ordinary ssh to the hosts of a lab: its own key pair, its own known hosts, one configuration file for all."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from lab import paths, processes
from lab.hosts import Host
from lab.state import State

_HOST_KEY = "ssh_host_ed25519_key"


def key(lab: str) -> Path:
    """Return the private key that opens every host of a lab."""
    return paths.state_directory(lab) / "key"


def config(lab: str) -> Path:
    """Return the configuration file for ``ssh -F``."""
    return paths.state_directory(lab) / "ssh_config"


def _generate(path: Path, comment: str) -> None:
    if not path.exists():
        processes.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)])


def prepare(state: State) -> None:
    """Make the keys of a lab and its hosts, the known hosts and the configuration file."""
    _generate(key(state.name), f"dockerlan-lab {state.name}")
    known = []
    for host in state.hosts:
        directory = paths.host_directory(state.name, host.name) / "config"
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(key(state.name).with_suffix(".pub"), directory / "authorized_keys")
        _generate(directory / _HOST_KEY, host.name)
        known.append(f"{host.name} {(directory / _HOST_KEY).with_suffix('.pub').read_text()}")
    (paths.state_directory(state.name) / "known_hosts").write_text("".join(known))
    config(state.name).write_text(render_config(state.name, state.hosts))


def render_config(lab: str, hosts: list[Host]) -> str:
    """Return the text of the configuration file. The address of a host leads to it, too: Ansible goes by that."""
    blocks = [_render_host(lab, host) for host in hosts]
    directory = paths.state_directory(lab)
    common = (
        "Host *\n"
        "  User root\n"
        f"  IdentityFile {key(lab)}\n"
        "  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {directory}/known_hosts\n"
        "  GlobalKnownHostsFile none\n"
        "  StrictHostKeyChecking yes\n"
        "  LogLevel ERROR\n"
        "  ConnectTimeout 20\n"
        "  ServerAliveInterval 10\n"
        "  ServerAliveCountMax 3\n"
    )
    return "".join([*blocks, common])


def _render_host(lab: str, host: Host) -> str:
    command = ["env", f"PYTHONPATH={paths.CHECKOUT}", sys.executable, "-m", "lab", "connect", "--name", lab, host.name]
    return (
        f"Host {host.name} {host.ipv4}\n"
        f"  HostKeyAlias {host.name}\n"
        f"  ProxyCommand {shlex.join(command).replace('%', '%%')}\n"
    )
