# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ssh transport of a lab, used as ProxyCommand: one ssh connection over standard input and output."""

from __future__ import annotations

import os
import selectors
import socket

from lab import cgroups, lan, namespaces, native
from lab import state as states
from lab.errors import LabError
from lab.hosts import Host
from lab.state import State

_SSH_PORT = 22
_CHUNK = 65536


def connect(lab: str, name: str) -> None:
    """Carry one ssh connection until either side ends it; raises LabError when there is no such living host."""
    state = states.load_alive(lab)
    host = state.host(name)
    if not state.host_is_alive(host):
        raise LabError(f"{name} is down")
    if state.kernel == "native":
        cgroups.join(state.cgroup_tops, host.name)
        command = native.sshd(state, host)
        os.execvp(command[0], command)  # noqa: S606 (no shell)
    cgroups.join(state.cgroup_tops, lan.LEAF)
    _relay(_dial(state, host))


def _dial(state: State, host: Host) -> socket.socket:
    """Return a connection to a host's sshd, made in the namespace of the LAN.

    By link-local addresses: the others of that namespace are the gateway's, which a host may be cut off from.
    """
    namespaces.enter(state.lan_namespace(), namespaces.NETWORK)
    try:
        return socket.create_connection((f"{host.link_local}%{lan.BRIDGE}", _SSH_PORT), timeout=10)
    except OSError as error:
        raise LabError(f"{host.name} does not answer: {error}") from None


def _relay(connection: socket.socket) -> None:
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ, data=connection.fileno())
    selector.register(connection, selectors.EVENT_READ, data=1)
    while all(_carry(key.fd, key.data) for key, _ in selector.select()):
        pass


def _carry(source: int, target: int) -> bool:
    """Move what is there from one descriptor to the other; False at the end of either."""
    try:
        data = os.read(source, _CHUNK)
        view = memoryview(data)
        while view:
            view = view[os.write(target, view) :]
    except (ConnectionError, BrokenPipeError):
        return False
    return bool(data)
