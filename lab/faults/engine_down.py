# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Docker Engine that crashed: its containers run on without it, as after a real crash."""

from __future__ import annotations

from lab import boot
from lab.faults.fault import Fault
from lab.hosts import Host
from lab.state import State

_SCRIPT = "/lab/guest/engine.sh"


def inject(state: State, host: Host) -> None:
    """Kill dockerd and containerd with SIGKILL."""
    boot.run(state, host, ["sh", _SCRIPT, "crash"])


def heal(state: State, host: Host) -> None:
    """Start the engine and wait until it answers."""
    boot.run(state, host, ["sh", _SCRIPT, "start"], timeout=90)


FAULT = Fault("engine-down", "its Docker Engine killed", inject, heal, needs_living_host=True)
