# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is gone: power loss."""

from __future__ import annotations

from lab import boot
from lab.faults.fault import Fault
from lab.hosts import Host
from lab.state import State


def heal(state: State, host: Host) -> None:
    """Boot the host, if it is still down."""
    if not state.host_is_alive(host):
        boot.boot(state, [host])


FAULT = Fault("down", "killed", boot.kill, heal)
