# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large packets that do not pass where small ones do. PRIVATE to the collection."""

from __future__ import annotations

from typing import Collection, Iterator, Mapping, Sequence

from ...module_utils._packing import State
from .._case import Case, Finding, Left
from .._checks import PATH_MTU, Check
from .._evidence import Link
from .._observation import UNEXPECTED_BLOCKED, Observation
from .._words import few, named

_SHOWN = 5
_CURE = (
    "Give the parents of the LAN the same MTU on all hosts (ip link set dev PARENT mtu NUMBER), and then restart the "
    "containers on a host whose parent was changed: a macvlan link keeps the smaller MTU that it once got"
)
_CURE_BETWEEN = (
    "Check the MTU of the switches, bridges and tunnels between these hosts, or lower that of all parents of the LAN "
    "to what passes"
)


def mtu_mismatches(case: Case, left: Left) -> Iterator[Finding]:
    """Find by network the hosts that let less through than the others, or those between which something does."""
    for network in case.networks:
        failed = [check for check in left.checks if check.kind == PATH_MTU and check.network == network]
        pairs = [item for item in left.pairs if item.network["name"] == network and item.state is State.TOO_BIG]
        if failed or pairs:
            small = _smaller_parents(case, network)
            hosts = case.in_order({*small, *_own_word(case, failed, pairs)})
            yield _at_hosts(case, left, network, hosts, small) if hosts else _between(case, failed, pairs)


def _at_hosts(case: Case, left: Left, network: str, hosts: Sequence[str], small: Mapping[str, Link]) -> Finding:
    """Return the finding. A host with a small MTU also drops what is larger and comes in, without a word."""
    usual = case.networks[network]["mtu"]
    links = [f"{host}: {link.name} has the MTU {link.mtu}, most others have {usual}" for host, link in small.items()]
    checks = [check for check in left.checks_at(hosts, network) if check.kind == PATH_MTU]
    own = [_line(check) for check in checks if check.mtu and check.host in hosts and check.host not in small]
    refused = {item.source["host"] for item in left.pairs if item.state is State.TOO_BIG}.intersection(hosts)
    return Finding(
        "mtu_mismatch",
        hosts,
        "A smaller MTU than the rest of the LAN",
        f"Packets of the size that the LAN is made for do not pass to or from {named(hosts)}, though small ones do. "
        "Connections then open, and hang with the first large answer.",
        _CURE,
        [item for item in left.pairs if item.network["name"] == network and _explains(item, hosts, refused)],
        checks,
        [*few(links, _SHOWN), *few(own, _SHOWN)],
    )


def _between(case: Case, failed: Sequence[Check], pairs: Sequence[Observation]) -> Finding:
    touched = [check.hosts() for check in failed] + [[end["host"] for end in item.ends] for item in pairs]
    common = set(touched[0]).intersection(*touched[1:])
    hosts = case.in_order(common if len(common) == 1 else {host for hosts in touched for host in hosts})
    return Finding(
        "mtu_mismatch",
        hosts,
        "Something on the way has a smaller MTU",
        f"Large packets do not pass to or from {named(hosts)}, though small ones do and the parents there have the "
        "MTU of the LAN: a device in between lets less through.",
        _CURE_BETWEEN,
        pairs,
        failed,
        few([_line(check) for check in failed], _SHOWN),
    )


def _smaller_parents(case: Case, network: str) -> dict[str, Link]:
    usual = case.networks[network]["mtu"]
    links = {host: link for (name, host), link in case.evidence.links.items() if name == network and link.present}
    return {host: links[host] for host in case.in_order(links) if usual and (links[host].mtu or usual) < usual}


def _own_word(case: Case, failed: Sequence[Check], pairs: Sequence[Observation]) -> set[str]:
    """Return the hosts whose own kernel refused to send: it names an MTU, and no other device said it."""
    found = {check.host for check in failed if check.mtu and check.source and not _is_told_by_other(check)}
    keys = case.evidence.icmp
    return {host for host in found if host} | {item.source["host"] for item in pairs if item.key not in keys}


def _is_told_by_other(check: Check) -> bool:
    mine = (check.source or {}).get(check.family or "")
    return check.sender is not None and check.sender != mine


def _explains(item: Observation, hosts: Collection[str], refused: Collection[str]) -> bool:
    """Tell whether a pair was too big, or came from elsewhere to a host that refused to send packets of its size."""
    if item.state is State.TOO_BIG:
        return any(end["host"] in hosts for end in item.ends)
    return item.status == UNEXPECTED_BLOCKED and any(end["host"] in refused for end in item.ends)


def _line(check: Check) -> str:
    ends = [end["id"] for end in (check.source, check.target) if end]
    return f"{' -> '.join(ends)} ({check.family}): {check.detail}"
