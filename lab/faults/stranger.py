# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device on the LAN that nobody has planned: it answers ARP and neighbour discovery, and pings only when told to.

It is a fault of the LAN and of no host: a network namespace with a leg on the bridge, kept by one process in a cgroup
of its own.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from lab import cgroups, hosts, lan, paths, processes
from lab import state as states
from lab.errors import LabError
from lab.processes import Process
from lab.progress import step
from lab.state import State

_MUTE = ("net.ipv4.icmp_echo_ignore_all", "net.ipv6.icmp.echo_ignore_all")


def name(number: int) -> str:
    """Return what stranger number ``number``, from 1, is called: its port on the bridge, and its cgroup."""
    return f"stranger{number}"


def mac(number: int) -> str:
    """Return the MAC of a stranger; no host has one like it."""
    return f"02:00:00:00:00:{number:02x}"


def add(state: State, addresses: Sequence[str], *, answers_pings: bool = False) -> None:
    """Add a device with these addresses of the LAN; LabError, and nothing happens, when one is none.

    It is noted before it is made, so that ``heal`` knows of a half-made one.
    """
    lines = [_address_line(address) for address in addresses]
    state.strangers.append(list(addresses))
    number = len(state.strangers)
    manner = "answers" if answers_pings else "ignores"
    with step(f"{name(number)}, {mac(number)}, answers for {', '.join(addresses)} and {manner} pings"):
        states.save(state)
        process = _start(state, name(number))
        peer = f"peer name eth0 address {mac(number)} netns {process.pid}"
        lan.ip(state, *f"link add name {name(number)} type veth {peer}".split())
        lan.ip(state, *f"link set {name(number)} master {lan.BRIDGE} up".split())
        if not answers_pings:
            _mute(process)
        _configure(process, lines)


def heal(state: State) -> None:
    """Remove all strangers."""
    for number in range(1, len(state.strangers) + 1):
        with step(f"removing {name(number)}"):
            _remove_port(state, name(number))
            cgroups.kill(state.cgroup_tops, name(number))
            cgroups.remove(state.cgroup_tops, name(number))
    state.strangers.clear()
    states.save(state)


def _address_line(text: str) -> str:
    """Return the line for ``ip -batch`` that adds an address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise LabError(f"{text!r} is no address") from None
    for lan_network, options in ((hosts.LAN_NETWORK4, ""), (hosts.LAN_NETWORK6, " nodad")):
        network = ipaddress.ip_network(lan_network)
        if address in network:
            return f"address add {address}/{network.prefixlen} dev eth0{options}"
    raise LabError(f"{address} is not on the LAN: {hosts.LAN_NETWORK4}, {hosts.LAN_NETWORK6}")


def _start(state: State, leaf: str) -> Process:
    cgroups.create(state.cgroup_tops, leaf)
    command = "unshare --net --pid --fork --kill-child -- sleep infinity".split()
    log = paths.state_directory(state.name) / f"{leaf}.log"
    pid = processes.start(command, enter=lambda: cgroups.join(state.cgroup_tops, leaf), log=log)
    return processes.first_child(pid, log)


def _mute(process: Process) -> None:
    settings = " && ".join(f"echo 1 > /proc/sys/{setting.replace('.', '/')}" for setting in _MUTE)
    processes.run(lan.inside(_namespace(process), "sh", "-c", settings))


def _configure(process: Process, lines: Sequence[str]) -> None:
    batch = "\n".join([*lines, "link set eth0 up", ""])
    processes.run(lan.inside(_namespace(process), "ip", "-batch", "-"), stdin=batch)


def _namespace(process: Process) -> str:
    return f"/proc/{process.pid}/ns/net"


def _remove_port(state: State, port: str) -> None:
    """Remove the port at once: the kernel takes its time to do so after the end of the namespace."""
    if processes.works(lan.inside(state.lan_namespace(), "ip", "link", "show", "dev", port)):
        lan.ip(state, "link", "delete", "dev", port)
