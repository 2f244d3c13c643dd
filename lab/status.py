# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``status`` shows. Pure but for asking whether processes live."""

from __future__ import annotations

from collections.abc import Iterable

from lab import processes
from lab.faults import stranger
from lab.hosts import Host
from lab.state import State


def render(labs: Iterable[tuple[str, State | None]]) -> str:
    """Return a block of lines for each lab, or one line when there is none."""
    blocks = [_render_lab(name, state) for name, state in labs]
    return "\n".join(blocks) if blocks else "no labs"


def _render_lab(name: str, state: State | None) -> str:
    if state is not None and not state.complete and processes.is_alive(state.lan):
        return f"{name}: not finished: up is at work on it, or was interrupted"
    if state is None or not state.is_alive():
        return f'{name}: dead, remains are left (python3 -m lab down --name {name}, or "up" again)'
    head = f"{name}: {state.kernel} kernel, engine {state.engine}, from {state.checkout}"
    strangers = [f"  {stranger.name(n)}  {'  '.join(addresses)}" for n, addresses in enumerate(state.strangers, 1)]
    return "\n".join([head, *(_render_host(state, host) for host in state.hosts), *strangers])


def _render_host(state: State, host: Host) -> str:
    life = "up" if state.host_is_alive(host) else "down"
    return "  ".join(["", host.name, host.ipv4, host.ipv6, life, *state.faults.get(host.name, [])])
