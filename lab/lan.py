# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The LAN: a bridge in a network namespace that has no way out, kept by one process.

The namespace has no name and no mount: it is gone with its process, and everything in it too. Names of links cannot
clash with those of the machine or of another lab.
"""

from __future__ import annotations

from lab import cgroups, hosts, paths, processes
from lab.hosts import Host
from lab.processes import Process
from lab.state import State

LEAF = "lan"
BRIDGE = "lan0"
# Whoever asks for an address elsewhere is told at once that there is no way.
_SETTINGS = {"net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1, "net.ipv6.conf.default.accept_dad": 0}
_SETUP = f"""
link set lo up
link add {BRIDGE} address {hosts.GATEWAY_MAC} type bridge stp_state 0 forward_delay 0 mcast_snooping 0
address add {hosts.GATEWAY4}/24 dev {BRIDGE}
address add {hosts.GATEWAY6}/64 dev {BRIDGE} nodad
link set {BRIDGE} up
route add unreachable default
route add unreachable ::/0
"""


def inside(namespace: str, *argv: str) -> list[str]:
    """Return the command that runs ``argv`` in a network namespace (``ip netns exec`` would hide the cgroups)."""
    return ["nsenter", f"--net={namespace}", "--", *argv]


def start(state: State) -> Process:
    """Start the process that keeps the LAN, and what hosts keep (see storage); return it. The LAN is empty then."""
    cgroups.create(state.cgroup_tops, LEAF)
    command = "unshare --net --mount --pid --fork --kill-child -- sleep infinity".split()
    log = paths.state_directory(state.name) / "lan.log"
    pid = processes.start(command, enter=lambda: cgroups.join(state.cgroup_tops, LEAF), log=log)
    return processes.first_child(pid, log)


def configure(state: State) -> None:
    """Set up the bridge with the addresses of the gateway."""
    settings = " && ".join(f"echo {value} > /proc/sys/{name.replace('.', '/')}" for name, value in _SETTINGS.items())
    processes.run(inside(state.lan_namespace(), "sh", "-c", settings))
    _ip_batch(state, _SETUP)


def add_veth(state: State, host: Host, init: Process) -> None:
    """Give a native host its eth0: the other end is its port on the bridge."""
    peer = f"peer name eth0 address {host.mac} netns {init.pid}"
    _ip_batch(state, f"link add name {host.name} type veth {peer}\nlink set {host.name} master {BRIDGE} up\n")


def add_tap(state: State, host: Host) -> None:
    """Make the port of a user-mode Linux host; a leftover of its former life goes."""
    remove_port(state, host)
    _ip_batch(state, f"tuntap add dev {host.name} mode tap\nlink set {host.name} master {BRIDGE} up\n")


def remove_port(state: State, host: Host) -> None:
    """Remove the port of a host, if there is one."""
    if processes.works(inside(state.lan_namespace(), "ip", "link", "show", "dev", host.name)):
        processes.run(inside(state.lan_namespace(), "ip", "link", "delete", "dev", host.name))


def ip(state: State, *arguments: str) -> str:
    """Change or show links of the LAN with ``ip`` and return what that prints."""
    return processes.run(inside(state.lan_namespace(), "ip", *arguments))


def bridge(state: State, *arguments: str) -> str:
    """Change or show ports of the LAN with ``bridge`` and return what that prints."""
    return processes.run(inside(state.lan_namespace(), "bridge", *arguments))


def _ip_batch(state: State, commands: str) -> None:
    processes.run(inside(state.lan_namespace(), "ip", "-batch", "-"), stdin=commands)
