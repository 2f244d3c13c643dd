# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that the lab can inject: one file each, and this table of those of hosts; a stranger is one of the LAN."""

from __future__ import annotations

from lab import boot
from lab import state as states
from lab.errors import LabError
from lab.faults import (
    engine_down,
    filter_mac,
    gateway_down,
    host_down,
    mtu,
    neighbour_limit,
    no_vlan,
    partition,
    stranger,
    unplug,
)
from lab.faults.fault import Fault
from lab.hosts import Host
from lab.progress import step
from lab.state import State

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        filter_mac.FAULT,
        partition.FAULT,
        unplug.FAULT,
        host_down.FAULT,
        engine_down.FAULT,
        mtu.FAULT,
        no_vlan.FAULT,
        gateway_down.FAULT,
        neighbour_limit.FAULT,
    )
}


def inject(state: State, name: str, hosts: list[Host]) -> None:
    """Inject a fault into hosts; each is noted before it is done, so that ``heal`` knows of a half-done one."""
    fault = FAULTS[name]
    _refuse_what_cannot_be(state, fault, hosts)
    for host in hosts:
        with step(f"{name} on {host.name}: {fault.summary}"):
            noted = state.faults.setdefault(host.name, [])
            if name not in noted:
                noted.append(name)
            states.save(state)
            fault.inject(state, host)


def _refuse_what_cannot_be(state: State, fault: Fault, hosts: list[Host]) -> None:
    if fault.needs_own_kernel and state.kernel == "native":
        raise LabError(
            f"{fault.name} needs hosts with a kernel of their own: {fault.needs_own_kernel}.\n"
            f"Boot such a lab: python3 -m lab up --name OTHER --kernel uml"
        )
    for host in hosts:
        if fault.needs_living_host and not state.host_is_alive(host):
            raise LabError(f"{host.name} is down; {fault.name} needs a living host")


def heal(state: State) -> None:
    """Boot the dead hosts side by side, which undoes all of their faults; then undo the others, the last one first."""
    stranger.heal(state)
    boot.boot(state, [host for host in state.hosts if not state.host_is_alive(host)])
    for host in state.hosts:
        for name in reversed(state.faults.get(host.name, [])):
            with step(f"healing {name} on {host.name}"):
                FAULTS[name].heal(state, host)
        state.faults.pop(host.name, None)
        states.save(state)
