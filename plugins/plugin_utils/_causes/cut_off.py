# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that reach nothing on a LAN: a VLAN that does not get there, or a partition. PRIVATE to the collection."""

from __future__ import annotations

from typing import Collection, Iterator, Sequence

from .._case import Block, Case, Finding, Left, NetworkFamily, Tallies, Tally, off_host, total
from .._contract import ROUTED_MODES
from .._evidence import Link
from .._observation import UNEXPECTED_BLOCKED, Observation
from .._words import few, named

_SHOWN = 5


def cut_off(case: Case, left: Left) -> Iterator[Finding]:
    """Find by network and family the hosts of which nothing leaves, not even the host itself."""
    pending = left.by_family()
    all_tallies = case.tallies(left)
    cut = {where: hosts for where, tallies in all_tallies.items() if (hosts := _cut_off_in(case, where, tallies))}
    for where, hosts in cut.items():
        untagged = {host for host in hosts if _lacks_vlan(case, where[0], host, cut)}
        found = ((_vlan_not_trunked, untagged), (_partition, {*hosts} - untagged))
        for make, mine in found:
            if mine:
                silent = [host for host in case.in_order(mine) if _is_silent(all_tallies[where], host)]
                claimed = [item for item in pending.get(where, ()) if _claims(item, mine, silent)]
                yield make(case, left, where, case.in_order(mine), claimed)


def _cut_off_in(case: Case, where: NetworkFamily, tallies: Tallies) -> list[str]:
    """Return the hosts. Where all would be cut off, those whose gateway replies are not: the other end is."""
    blocks = off_host(tallies)
    found = [host for host in case.living if _is_cut_off(case, where, host, blocks.get(host, {}))]
    in_touch = {host for place, host, _kind in case.gateway_replies if place == where}
    return [host for host in found if host not in in_touch]


def _is_cut_off(case: Case, where: NetworkFamily, host: str, blocks: dict[Block, Tally]) -> bool:
    """Tell by the hosts' own pairs; where hosts have no address on the LAN, by what they heard on the wire."""
    if not total(blocks.values()).all_blocked:
        return False
    if any(block.between_hosts for block in blocks):
        return True
    if case.networks[where[0]]["mode"] in ROUTED_MODES:
        return False
    return case.hears_wire(host, where[0]) is False and not case.is_heard(host, where[0])


def _lacks_vlan(case: Case, network: str, host: str, cut: dict[NetworkFamily, list[str]]) -> bool:
    """Tell whether the parent is a VLAN of a link that is not known to be cut off itself."""
    link = case.evidence.links.get((network, host))
    if link is None or link.vlan is None:
        return False
    return not any(host in hosts and _is_parent(case, link.base, where[0], host) for where, hosts in cut.items())


def _is_parent(case: Case, name: str | None, network: str, host: str) -> bool:
    link = case.evidence.links.get((network, host))
    return link is not None and link.name == name


def _vlan_not_trunked(
    case: Case, left: Left, where: NetworkFamily, hosts: Sequence[str], claimed: Sequence[Observation]
) -> Finding:
    links = _links(case, where, hosts)
    tags = named(list(dict.fromkeys(str(link.vlan) for link in links.values())))
    return Finding(
        "vlan_not_trunked",
        hosts,
        "A VLAN does not reach the host",
        f"The parent of the LAN on {named(hosts)} is VLAN {tags}, up and with a carrier, but no frame of that VLAN "
        "passes: the switch port does not carry it.",
        f"Allow VLAN {tags}, tagged, on the switch port of each of these hosts, and on the trunks between the "
        "switches; in a virtual machine also on its port group",
        claimed,
        left.checks_at(hosts, *where),
        few([f"{host}: {link.name} is VLAN {link.vlan} on {link.base}" for host, link in links.items()], _SHOWN),
    )


def _partition(
    case: Case, left: Left, where: NetworkFamily, hosts: Sequence[str], claimed: Sequence[Observation]
) -> Finding:
    silent = list(dict.fromkeys(item.source["host"] for item in claimed if not item.off_host))
    beside = f" The containers on {named(silent)} do not even reach each other." if silent else ""
    links = _links(case, where, hosts)
    return Finding(
        "partition",
        hosts,
        "Cut off from the LAN",
        f"Nothing on {named(hosts)} reaches any other host on this LAN, nor is reached by one; not even the hosts "
        f"themselves see each other.{beside}",
        "Check the link of the parent, its switch port and its VLAN; when only ping is blocked, the firewalls",
        claimed,
        left.checks_at(hosts, *where),
        few([f"{host}: {link.name} is up and has a carrier" for host, link in links.items() if link.carrier], _SHOWN),
    )


def _links(case: Case, where: NetworkFamily, hosts: Sequence[str]) -> dict[str, Link]:
    known = {host: case.evidence.links.get((where[0], host)) for host in hosts}
    return {host: link for host, link in known.items() if link is not None}


def _is_silent(tallies: Tallies, host: str) -> bool:
    """Tell whether the containers of a host do not even reach each other."""
    return tallies.get(Block(host, "container", host, "container"), Tally()).all_blocked


def _claims(item: Observation, hosts: Collection[str], silent: Collection[str]) -> bool:
    affected = hosts if item.off_host else silent
    return item.status == UNEXPECTED_BLOCKED and any(end["host"] in affected for end in item.ends)
