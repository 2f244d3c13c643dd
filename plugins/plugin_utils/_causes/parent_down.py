# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parent link of a LAN is gone, set down, or without a carrier. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .._case import Case, Finding, Left
from .._evidence import Link
from .._observation import NO_DATA, UNEXPECTED_BLOCKED, Observation
from .._words import few, named

_SHOWN = 5


def parents_down(case: Case, left: Left) -> Iterator[Finding]:
    """Find the hosts whose parent link says itself that nothing can pass.

    Nothing passes between containers of one host either where the driver is macvlan: the kernel hands the operational
    state of a parent down to the links on it.
    """
    down = {key: link for key, link in case.evidence.links.items() if _fault(link) and not _passes(case, *key)}
    for network in case.networks:
        links = {host: link for (name, host), link in down.items() if name == network}
        hosts = case.in_order(links)
        if hosts:
            yield _finding(left, network, {host: links[host] for host in hosts})


def _finding(left: Left, network: str, links: Mapping[str, Link]) -> Finding:
    hosts = list(links)
    return Finding(
        "parent_down",
        hosts,
        "The parent link is down",
        f"The parent of the LAN on {named(hosts)} lets nothing through, so neither "
        f"{'this host nor its' if len(hosts) == 1 else 'these hosts nor their'} containers can be on the LAN.",
        "Bring the link up (ip link set dev PARENT up), and check its cable, its switch port or the network adapter "
        "that the hypervisor gives it; a link that is gone has to be made again, or dockerlan_parents name the right "
        "one",
        [item for item in left.pairs if _explains(item, network, links)],
        left.checks_at(hosts, network),
        few([f"{host}: {link.name} {_fault(link)}" for host, link in links.items()], _SHOWN),
    )


def _fault(link: Link) -> str:
    if not link.present:
        return "does not exist"
    if not link.up:
        return "is set down"
    return "" if link.carrier else "has no carrier"


def _passes(case: Case, network: str, host: str) -> bool:
    """Tell whether pairs were open all the same: some drivers do not know their carrier."""
    return any(
        where[0] == network and block.off_host and host in (block.source, block.target) for where, block in case.opened
    )


def _explains(item: Observation, network: str, hosts: Mapping[str, Any]) -> bool:
    return item.status in (UNEXPECTED_BLOCKED, NO_DATA) and any(
        end["network"] == network and end["host"] in hosts for end in item.ends
    )
