# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host whose cable was pulled: it is cut off from the LAN, and a native one sees that its link has no carrier."""

from __future__ import annotations

from lab import lan
from lab.faults.fault import Fault
from lab.hosts import Host
from lab.state import State


def inject(state: State, host: Host) -> None:
    """Take the host's port down."""
    lan.ip(state, "link", "set", "dev", host.name, "down")


def heal(state: State, host: Host) -> None:
    """Take the host's port up."""
    lan.ip(state, "link", "set", "dev", host.name, "up")


FAULT = Fault("unplug", "its port is down", inject, heal, needs_living_host=True)
