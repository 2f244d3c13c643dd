# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch port on which no VLAN was allowed: frames without a tag pass, tagged ones do not."""

from __future__ import annotations

from lab import switch
from lab.faults.fault import Fault
from lab.hosts import Host
from lab.state import State


def _chain(host: Host) -> tuple[str, tuple[str, str]]:
    return f"{host.name}-no-vlan", (f"FORWARD -i {host.name}", f"FORWARD -o {host.name}")


def inject(state: State, host: Host) -> None:
    """Let the switch drop tagged frames from and to the port."""
    switch.put(state, *_chain(host), ["-p 802_1Q -j DROP"])


def heal(state: State, host: Host) -> None:
    """Let the port carry all VLANs again."""
    switch.remove(state, *_chain(host))


FAULT = Fault("no-vlan", "its port carries no VLAN", inject, heal)
