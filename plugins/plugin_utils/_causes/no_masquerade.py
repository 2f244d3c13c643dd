# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers on a bridge that do not get out of their host. PRIVATE to the collection."""

from __future__ import annotations

from typing import Collection, Iterator, Sequence

from .._case import Block, Case, Finding, Left, NetworkFamily, Tallies, Tally, total
from .._contract import OTHER_HOST, differs_by_direction, kind_of
from .._observation import UNEXPECTED_BLOCKED, Observation
from .._words import few, named

_SHOWN = 5


def kept_in(case: Case, left: Left) -> Iterator[Finding]:
    """Find by network and family the hosts that reach others themselves, and whose containers do not."""
    pending = left.by_family()
    for where, tallies in case.tallies(left).items():
        if differs_by_direction(kind_of(case.networks[where[0]]), OTHER_HOST):
            hosts = [host for host in case.living if _is_kept_in(host, tallies)]
            if hosts:
                pairs = [item for item in pending.get(where, ()) if _claims(item, hosts)]
                yield _finding(left, where, hosts, pairs)


def _finding(left: Left, where: NetworkFamily, hosts: Sequence[str], pairs: Sequence[Observation]) -> Finding:
    lines = [
        f"{item.source['id']} reaches {item.source['host']}, but not {item.target['id']} ({item.family})"
        for item in pairs
    ]
    return Finding(
        "no_masquerade",
        hosts,
        "Containers on a bridge do not get out",
        f"Containers on {named(hosts)} reach their own host and no other one, while the host itself does. Nobody else "
        "knows the addresses of a bridge: the firewall rules that Docker makes put the host's own address into what "
        "leaves it, and let it through. They are missing, or the kernel does not route at all.",
        "On the host look for these rules (iptables -t nat -S POSTROUTING, sysctl net.ipv4.ip_forward). Where they are "
        'gone, restart Docker; where it makes none, take "iptables": false out of /etc/docker/daemon.json, or add '
        "rules of your own",
        pairs,
        left.checks_at(hosts, *where),
        few(lines, _SHOWN),
    )


def _is_kept_in(host: str, tallies: Tallies) -> bool:
    outwards = [tally for block, tally in tallies.items() if _is_from_container(block, host)]
    itself = [tally for block, tally in tallies.items() if block.between_hosts and block.source == host]
    own = tallies.get(Block(host, "container", host, "host"), Tally())
    return total(outwards).all_blocked and own.opened > 0 and not total(itself).all_blocked


def _is_from_container(block: Block, host: str) -> bool:
    return (block.source, block.source_kind, block.target_kind) == (host, "container", "host") and block.off_host


def _claims(item: Observation, hosts: Collection[str]) -> bool:
    return (
        item.status == UNEXPECTED_BLOCKED
        and item.relation == OTHER_HOST
        and item.source["kind"] == "container"
        and item.source["host"] in hosts
    )
