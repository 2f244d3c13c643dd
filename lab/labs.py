# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a lab: up, down, and what is left of it in between."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from lab import base, boot, cgroups, inventory, lan, paths, processes, ssh, storage
from lab import state as states
from lab.errors import LabError
from lab.progress import say, step
from lab.state import State


@dataclass(frozen=True)
class Order:
    """What ``up`` was asked for; the kernel is decided already."""

    name: str
    count: int
    kernel: str
    engine: str
    inventory: Path


def up(order: Order) -> None:
    """Boot a lab, or complete a living one of the same shape; raises LabError when a living one has another shape."""
    with states.locked(order.name):
        state = states.load(order.name)
        if state is not None and state.is_alive():
            _refuse_other_shape(state, order)
            _complete(state, order)
        else:
            _remove_remains(order.name)
            _create(order)


def down(name: str) -> None:
    """End a lab and remove every trace of it, whatever state it is in; nothing happens when there is none."""
    with states.locked(name):
        if not _has_traces(name):
            say(f'there is no lab "{name}"')
            return
        with step(f'removing lab "{name}"'):
            _destroy(name)


def _refuse_other_shape(state: State, order: Order) -> None:
    asked = {"kernel": order.kernel, "engine": order.engine, "hosts": order.count, "checkout": str(paths.CHECKOUT)}
    found = {"kernel": state.kernel, "engine": state.engine, "hosts": state.count, "checkout": state.checkout}
    differences = [f"{key} is {found[key]}, not {asked[key]}" for key in asked if found[key] != asked[key]]
    if differences:
        raise LabError(
            f'lab "{state.name}" is running and has another shape: {"; ".join(differences)}.\n'
            f"End it (python3 -m lab down --name {state.name}) or boot this one beside it (--name OTHER)."
        )


def _complete(state: State, order: Order) -> None:
    """Boot what is dead in a living lab, and write the inventory where it is wanted now."""
    dead = [host for host in state.hosts if not state.host_is_alive(host)]
    base.ensure_endpoint_image(state.engine)
    boot.boot(state, dead)
    if state.inventory != str(order.inventory):
        inventory.remove(state)
        state.inventory = str(order.inventory)
    inventory.write(state)
    states.save(state)
    say(f'lab "{state.name}" is up: {state.count} hosts, inventory {state.inventory}')


def _has_traces(name: str) -> bool:
    return paths.state_directory(name).exists() or any(top.exists() for top in cgroups.tops(name))


def _remove_remains(name: str) -> None:
    if _has_traces(name):
        with step(f'removing the remains of lab "{name}"'):
            _destroy(name)


def _create(order: Order) -> None:
    base.ensure(order.engine)
    if order.kernel == "uml":
        base.ensure(base.UML_KERNEL)
    base.ensure_endpoint_image(order.engine)
    state = State(
        name=order.name,
        checkout=str(paths.CHECKOUT),
        kernel=order.kernel,
        engine=order.engine,
        count=order.count,
        inventory=str(order.inventory),
        cgroups=[str(path) for path in cgroups.tops(order.name)],
    )
    try:
        _start(state)
    except BaseException:  # also Ctrl-C: half a lab is none
        with step(f'removing what there is of lab "{order.name}"'):
            _destroy(order.name)
        raise


def _start(state: State) -> None:
    paths.state_directory(state.name).mkdir(mode=0o700)
    states.save(state)  # from here on "down" finds everything
    ssh.prepare(state)
    state.lan = lan.start(state)
    lan.configure(state)
    storage.prepare(state)
    boot.boot(state, state.hosts)
    inventory.write(state)
    state.complete = True
    states.save(state)
    say(f'lab "{state.name}" is up: {state.count} hosts, inventory {state.inventory}')


def _destroy(name: str) -> None:
    """Kill by recorded pid first, then whoever is in the lab's cgroups; files go last, so a failure can be repeated."""
    state = states.load(name)
    tops = set(cgroups.tops(name))
    if state is not None:
        tops.update(state.cgroup_tops)
        for process in (*state.inits.values(), state.lan):
            processes.kill(process)
        inventory.remove(state)
    cgroups.kill(sorted(tops))
    cgroups.remove(sorted(tops))
    _remove_directory(paths.state_directory(name))


def _remove_directory(directory: Path) -> None:
    """Remove the state directory; a mount point must be empty, or something of a base tree would go with it."""
    for tree in directory.glob("*/tree"):
        tree.rmdir()
    shutil.rmtree(directory, ignore_errors=not directory.exists())
