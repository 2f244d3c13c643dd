# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway of a LAN does not answer. PRIVATE to the collection."""

from __future__ import annotations

from typing import Iterator, Sequence

from .._case import Case, Finding, Left
from .._checks import GATEWAY, Check
from .._words import few, named

_SHOWN = 5


def gateways_out_of_reach(case: Case, left: Left) -> Iterator[Finding]:
    """Find by network whether nobody reaches the gateway, or which hosts do not."""
    failed = [check for check in left.checks if check.kind == GATEWAY]
    for network in dict.fromkeys(check.network for check in failed):
        yield _finding(case, [check for check in failed if check.network == network])


def _finding(case: Case, failed: Sequence[Check]) -> Finding:
    hosts = case.in_order({check.host for check in failed if check.host})
    wheres = {(check.network, check.family) for check in failed}
    asked = {check.host for check in case.checks if check.kind == GATEWAY and (check.network, check.family) in wheres}
    if asked == set(hosts):
        explanation = "No host of the fleet gets an answer from the gateway: it is down, or it has another address."
        cure = "Check the gateway, and `gateway` in the declaration of the LAN; a LAN without one is declared internal"
    else:
        explanation = (
            f"The gateway answers others, but not {named(hosts)}: it drops what comes from there, or has a wrong "
            "entry for it, or a filter is on the way."
        )
        cure = "Check filters and the neighbour table of the gateway for the addresses and MAC addresses of these hosts"
    return Finding(
        "gateway_unreachable",
        hosts,
        "The gateway does not answer",
        f"{explanation} Containers there reach nothing outside of the LAN.",
        cure,
        [],
        failed,
        few([f"{check.source['id']}: {check.detail}" for check in failed if check.source], _SHOWN),
    )
