# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host whose link takes smaller packets than those of the others."""

from __future__ import annotations

from lab import boot
from lab.faults.fault import Fault
from lab.hosts import Host
from lab.state import State

_SMALL, _USUAL = 1450, 1500
# The links of containers go down with their parent's MTU, and those of macvlan do not go up with it again.
_HEAL = f"""
ip link set eth0 mtu {_USUAL}
for namespace in /run/docker/netns/*; do
    nsenter --net="$namespace" ip link set eth0 mtu {_USUAL} 2>/dev/null
done
true
"""


def inject(state: State, host: Host) -> None:
    """Lower the MTU of eth0, and with it that of the containers' links."""
    boot.run(state, host, ["ip", "link", "set", "eth0", "mtu", str(_SMALL)])


def heal(state: State, host: Host) -> None:
    """Give eth0 and the links of the containers the usual MTU."""
    boot.run(state, host, ["sh", "-c", _HEAL])


FAULT = Fault("mtu", f"its eth0 has the MTU {_SMALL}", inject, heal, needs_living_host=True)
