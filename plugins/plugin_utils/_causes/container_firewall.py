# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container, or a host, that drops pings though it is on the LAN. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple

from ...module_utils._packing import State
from .._case import Case, Finding, Left, at
from .._contract import ROUTED_MODES
from .._observation import NO_DATA, UNEXPECTED_BLOCKED, Observation
from .._words import few, named

Endpoint = Mapping[str, Any]

_SHOWN = 5
# ICMP errors that come from the target itself when a rule there rejects.
_REJECTED = ("prohibited", "port_unreachable", "protocol_unreachable", "host_unreachable", "net_unreachable")
# EPERM, which a packet that a rule drops on its way out gives to the program that sent it.
_REFUSED = "operation not permitted"


class _Wall(NamedTuple):
    """One endpoint that filters: what it explains, and how that is known."""

    end: Endpoint
    pairs: list[Observation]
    proof: str


def firewalled(case: Case, left: Left) -> Iterator[Finding]:
    """Find the endpoints that filter, the containers and then the hosts."""
    walls = [*_rejecting(case, left), *_refusing(case, left), *_silent(case, left)]
    for kind in ("container", "host"):
        mine = [wall for wall in walls if wall.end["kind"] == kind]
        hosts = case.in_order({wall.end["host"] for wall in mine})
        if hosts:
            yield _finding(hosts, kind, mine)


def _finding(hosts: list[str], kind: str, walls: list[_Wall]) -> Finding:
    names = named(list(dict.fromkeys(wall.end["id"] for wall in walls)))
    where = "in the container (nsenter --target PID --net nft list ruleset)" if kind == "container" else "on the host"
    return Finding(
        f"{kind}_firewall",
        hosts,
        f"A firewall in a {kind} drops pings" if kind == "container" else "A firewall on a host drops pings",
        f"{names} can be reached on the LAN, but pings are dropped or refused there.",
        f"Look at the rules of iptables or nftables {where}, and at net.ipv4.icmp_echo_ignore_all and "
        "net.ipv6.icmp.echo_ignore_all; or declare in dockerlan_expectations that these pairs are expected to be "
        "blocked",
        [item for wall in walls for item in wall.pairs],
        evidence=few([wall.proof for wall in walls], _SHOWN),
    )


def _rejecting(case: Case, left: Left) -> Iterator[_Wall]:
    """Yield targets that said themselves that they refuse, with an ICMP error."""
    found: dict[int, list[Observation]] = {}
    for item in left.pairs:
        error = case.evidence.icmp.get(item.key)
        if error and error.error in _REJECTED and error.sender == item.target[item.family]:
            found.setdefault(item.target["index"], []).append(item)
    for pairs in found.values():
        error = case.evidence.icmp[pairs[0].key]
        end = pairs[0].target
        yield _Wall(end, pairs, f"{at(end, pairs[0].family)} itself answers with the ICMP error {error.error}")


def _refusing(case: Case, left: Left) -> Iterator[_Wall]:
    """Yield sources that are not allowed to send by their own rules."""
    told = {
        (error.source, error.family): error.text
        for errors in case.errors.values()
        for error in errors
        if _REFUSED in error.text.lower()
    }
    found: dict[tuple[int, str], list[Observation]] = {}
    for item in left.pairs:
        key = (item.source["index"], item.family)
        if item.status == NO_DATA and item.state is State.SEND_ERROR and key in told:
            found.setdefault(key, []).append(item)
    for key, pairs in found.items():
        yield _Wall(pairs[0].source, pairs, f"{at(pairs[0].source, key[1])} may not send: {told[key]}")


def _silent(case: Case, left: Left) -> Iterator[_Wall]:
    """Yield targets that answer nobody's pings, though they answer when they are asked for their MAC address.

    One that drops whatever comes in does not get the answers to its own pings either.
    """
    blocked: dict[tuple[int, str], list[Observation]] = {}
    for item in left.pairs:
        if item.status == UNEXPECTED_BLOCKED and item.within_network:
            blocked.setdefault((item.target["index"], item.family), []).append(item)
    for (index, family), incoming in blocked.items():
        proof = _proof(case, incoming) if index not in case.reached.get(family, ()) else ""
        if proof:
            sent = [item for item in left.pairs if item.source["index"] == index and item.family == family]
            outgoing = [item for item in sent if item.status == UNEXPECTED_BLOCKED]
            yield _Wall(incoming[0].target, [*incoming, *outgoing], proof)


def _proof(case: Case, incoming: list[Observation]) -> str:
    """Say why a silent target must be there, or "" when it may as well be gone."""
    end, family = incoming[0].target, incoming[0].family
    name = at(end, family)
    macs = case.macs_on_wire(end["network"], end[family])
    right = [mac for mac in macs if mac in end["macs"] or not end["macs"]]
    if right:
        return f"{name} answers when asked for its MAC address ({right[0]}, seen from {named(macs[right[0]])})"
    # Between containers of one host nothing but themselves can be in the way; a cached entry is no proof elsewhere.
    near = [item for item in incoming if not item.off_host]
    if any(case.evidence.mac_seen(item.key) in end["macs"] for item in near):
        return f"{name} does not answer the containers of its own host, which know its MAC address"
    if near and incoming[0].network["mode"] in ROUTED_MODES:
        return f"{name} does not answer the containers of its own host either"
    other = "ipv6" if family == "ipv4" else "ipv4"
    if near and end["index"] in case.reached.get(other, ()):
        return f"{name} does not answer the containers of its own host, but it answers them on {end[other]}"
    return ""
