# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch or hypervisor that knows one MAC per port and drops frames for every other one."""

from __future__ import annotations

from lab import lan
from lab.faults.fault import Fault
from lab.hosts import Host
from lab.state import State


def inject(state: State, host: Host) -> None:
    """Let the port know the host's own MAC only: it learns no others and gets no frames for unknown ones."""
    lan.bridge(state, "link", "set", "dev", host.name, "learning", "off", "flood", "off")
    # "replace", because "add" fails on an entry that was learned.
    lan.bridge(state, "fdb", "replace", host.mac, "dev", host.name, "master", "static")
    lan.ip(state, "link", "set", "dev", host.name, "type", "bridge_slave", "fdb_flush")


def heal(state: State, host: Host) -> None:
    """Let the port learn again."""
    lan.bridge(state, "link", "set", "dev", host.name, "learning", "on", "flood", "on")
    if host.mac in lan.bridge(state, "fdb", "show", "dev", host.name, "static"):
        lan.bridge(state, "fdb", "delete", host.mac, "dev", host.name, "master")


FAULT = Fault("filter-mac", "its port drops frames for every MAC but the host's own", inject, heal)
