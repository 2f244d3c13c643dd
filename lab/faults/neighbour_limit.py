# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host whose kernel remembers next to no neighbours."""

from __future__ import annotations

from collections.abc import Sequence

from lab import boot
from lab.faults.fault import Fault
from lab.hosts import Host
from lab.state import State

_HANDFUL, _USUAL = (
    (1, 2, 4),
    (128, 512, 1024),
)  # gc_thresh1 to 3; the usual ones: arp_tbl in the kernel's net/ipv4/arp.c


def inject(state: State, host: Host) -> None:
    """Lower the limits of the neighbour table to a handful, for all namespaces of the host's kernel."""
    _limit(state, host, _HANDFUL)


def heal(state: State, host: Host) -> None:
    """Give the table the kernel's usual limits."""
    _limit(state, host, _USUAL)


def _limit(state: State, host: Host, thresholds: Sequence[int]) -> None:
    settings = [
        f"net.{family}.neigh.default.gc_thresh{number}={value}"
        for family in ("ipv4", "ipv6")
        for number, value in enumerate(thresholds, 1)
    ]
    boot.run(state, host, ["sysctl", "-q", "-w", *settings])


FAULT = Fault(
    "neighbour-limit",
    f"its kernel remembers {_HANDFUL[-1]} neighbours",
    inject,
    heal,
    needs_living_host=True,
    needs_own_kernel="the limit of the neighbour table is the machine's, and would hit all of its labs",
)
