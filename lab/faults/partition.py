# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is cut off from the LAN while it runs on: its link has a carrier, and the switch forwards nothing."""

from __future__ import annotations

from lab import lan
from lab.faults.fault import Fault
from lab.hosts import Host
from lab.state import State


def inject(state: State, host: Host) -> None:
    """Disable the host's port."""
    lan.bridge(state, "link", "set", "dev", host.name, "state", "disabled")


def heal(state: State, host: Host) -> None:
    """Let the port forward again."""
    lan.bridge(state, "link", "set", "dev", host.name, "state", "forwarding")


FAULT = Fault("partition", "its port forwards nothing", inject, heal, needs_living_host=True)
