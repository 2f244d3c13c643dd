# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway that one host cannot reach, while all else on the LAN is as before."""

from __future__ import annotations

from lab import switch
from lab.faults.fault import Fault
from lab.hosts import Host
from lab.state import State

# The gateway is the bridge itself: what it says and hears passes the two hooks below, what hosts say to each other does
# not. Link-local traffic goes on, with its neighbour discovery: by it the lab's ssh comes in, see lab/connect.py.
_RULES = (
    "-p IPv6 --ip6-dst fe80::/10 -j ACCEPT",
    "-p IPv6 --ip6-dst ff02::1:ffa8:0/112 -j ACCEPT",
    "-j DROP",
)


def _chain(host: Host) -> tuple[str, tuple[str, str]]:
    return f"{host.name}-gateway-down", (f"INPUT -i {host.name}", f"OUTPUT -o {host.name}")


def inject(state: State, host: Host) -> None:
    """Drop all between the port and the gateway."""
    switch.put(state, *_chain(host), _RULES)


def heal(state: State, host: Host) -> None:
    """Let the gateway be heard again."""
    switch.remove(state, *_chain(host))


FAULT = Fault("gateway-down", "the gateway does not answer it", inject, heal)
