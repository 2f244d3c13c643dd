# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and change the main routing table of this host. PRIVATE to the collection.

The parser is pure and never raises: what does not fit is left out. Formats: rtnetlink(7), linux/rtnetlink.h.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
from typing import Callable, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netlink, _routes
from ansible_collections.dockerlan.fleet.plugins.module_utils._route_changes import (
    ADD,
    REMOVE,
    Route,
    Standing,
    Step,
    undo,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._routes import Network

# Mark the routes that are ours: those of LANs, and those of an experiment, which are taken away again. iproute2's
# rt_protos, where routing daemons have theirs, does not assign them, and the kernel does not care:
# `ip route show proto 111`.
LANS, EXPERIMENT = 111, 112

_RTM_NEWROUTE, _RTM_DELROUTE = 24, 25
_RTA_PRIORITY = 6
_UNIVERSE, _LINK = 0, 253  # the scopes of routes with and without a gateway
_DEFAULT_METRICS = {4: 0, 6: 1024}
_IPV4 = 4
_DONE = {ADD: "added", REMOVE: "removed"}
_NOWHERE = {6: "blackhole", 7: "unreachable", 8: "prohibit", 9: "throw"}
_MAKERS = {2: "kernel", 3: "boot", 4: "static", 9: "ra", 11: "zebra", 12: "bird", 16: "dhcp"}
_DAEMONS = {18: "keepalived", 42: "babel", 99: "openr", 186: "bgp", 187: "isis", 188: "ospf", 189: "rip", 192: "eigrp"}
_NAMES = {**_MAKERS, **_DAEMONS}  # as iproute2 has them
_METRIC = struct.Struct("=I")

Near = Mapping["tuple[int, int]", "set[Network]"]  # destinations by version and prefix length


class Meaning(NamedTuple):
    """What a refusal of the kernel means, and its cure; both may name parts of the route."""

    cause: str
    cure: str


_NO_WAY = Meaning(
    "the host does not reach the gateway {gateway} directly on the link {link}",
    "check gateway and link; {link} has to be up, with an address in the subnet of the gateway "
    "('ip address show dev {link}')",
)
_MEANINGS: Mapping[int | None, Meaning] = {
    errno.ENETUNREACH: _NO_WAY,
    errno.EHOSTUNREACH: _NO_WAY,
    errno.EINVAL: _NO_WAY,
    errno.ENETDOWN: Meaning("the link {link} is down", "set it up ('ip link set {link} up')"),
    errno.ENODEV: Meaning("the link {link} is gone", "check the name with 'ip link'"),
    errno.EACCES: Meaning("IPv6 is disabled on the link {link}", "enable it, or leave IPv6 routes out"),
    errno.EEXIST: Meaning("somebody else has made a route to it meanwhile", "run again: it will be compared"),
    errno.ESRCH: Meaning("somebody else has removed it meanwhile", "run again"),
}
_UNKNOWN = Meaning("the kernel refuses", "see the kernel's words")


class ChangeError(Exception):
    """A change failed half-way; the message says why, and what has become of the steps before."""


def read_table(destinations: Iterable[str], links: Mapping[str, int], protocol: int = LANS) -> list[Standing]:
    """Ask the kernel for the routes of ours, and for those of others to exactly one of ``destinations``.

    Ours carry the number ``protocol``. ``links`` are the indexes of the links by name. OSError when rtnetlink does not
    answer.
    """
    near: dict[tuple[int, int], set[Network]] = {}
    for destination in map(ipaddress.ip_network, destinations):
        near.setdefault((destination.version, destination.prefixlen), set()).add(destination)
    names = {index: name for name, index in links.items()}
    return _netlink.dump(_routes.RTM_GETROUTE, lambda payload: parse_route(payload, near, names, protocol))


def parse_route(payload: bytes, near: Near, names: Mapping[int, str], ours: int = LANS) -> Standing | None:
    """Read the payload of RTM_NEWROUTE; None for a route that is neither ours nor to a destination in ``near``.

    ``ours`` is the protocol number that marks our own.

    What rules out most routes is looked at first: a router may have a million of them. Routes for packets with a
    certain type of service or source stand beside ours, and not in their way.
    """
    if len(payload) < _routes.HEAD.size:
        return None
    family, prefix, source, tos, table, protocol, _scope, kind, flags = _routes.HEAD.unpack_from(payload)
    version = _routes.VERSIONS.get(family, 0)
    alike = near.get((version, prefix), set())
    if not version or not (alike or protocol == ours) or source or tos:
        return None
    if table != _routes.MAIN_TABLE or flags & _routes.CLONED:
        return None
    found = _netlink.attributes(payload[_routes.HEAD.size :])
    destination = _routes.destination_of(found.get(_routes.RTA_DST), prefix, version)
    standing = _standing(destination, found, (protocol, kind, protocol == ours), names) if destination else None
    return standing if standing and (standing.ours or destination in alike) else None


def carry_out(steps: Sequence[Step], take: Callable[[Step], int]) -> None:
    """Take the steps; when one fails, undo those before. ``take`` takes one, and returns 0 or the errno of a refusal.

    ChangeError when a step fails, PermissionError when routes may not be changed at all.
    """
    for number, step in enumerate(steps):
        code = _answer(step, take)
        if code == errno.EPERM and not number:
            raise PermissionError(code, os.strerror(code))
        if code:
            raise ChangeError(f"{_refused(step, code)} {_undone(undo(steps[:number]), take)}")


def take_step(step: Step, links: Mapping[str, int], protocol: int = LANS) -> int:
    """Change the table, in the name of ``protocol``, and return the kernel's answer: 0, or the errno of its refusal.

    OSError when the kernel does not answer. It never replaces a route, so that one that somebody has made since the
    table was read stays; and what it removes has to be of our protocol.
    """
    index = links.get(step.route.link or "")
    if index is None:
        return errno.ENODEV
    payload = _payload(step.route, index, protocol)
    if step.kind == ADD:
        return _netlink.create(_RTM_NEWROUTE, payload)
    return _netlink.remove(_RTM_DELROUTE, payload)


def _answer(step: Step, take: Callable[[Step], int]) -> int:
    """Take a step; no answer counts as a refusal, for what was done before has to be undone then too."""
    try:
        return take(step)
    except OSError as error:
        return error.errno or errno.ETIMEDOUT


def _refused(step: Step, code: int) -> str:
    meaning = _MEANINGS.get(code, _UNKNOWN)
    cause, cure = (text.format(**step.route._asdict()) for text in meaning)
    what = f"The route {step.route.line()} could not be {_DONE[step.kind]}"
    return f"{what}: {cause} (the kernel says: {os.strerror(code)}). Cure: {cure}."


def _undone(back: Sequence[Step], take: Callable[[Step], int]) -> str:
    """Take all steps back, also when one of them fails, and say what is left then."""
    answers = [(step, _answer(step, take)) for step in back]
    left = [_left(step, code) for step, code in answers if code and (step.kind == ADD or code != errno.ESRCH)]
    if not back:
        return "Nothing had been changed before."
    if not left:
        return "What had been changed before was undone."
    return "\n".join(["Undoing what had been changed before failed too, and this is left:", *left])


def _left(step: Step, code: int) -> str:
    state = "was removed, and is not back" if step.kind == ADD else "was added, and is still there"
    return f"- {step.route.line()} {state} (the kernel says: {os.strerror(code)})"


def _payload(route: Route, index: int, protocol: int) -> bytes:
    """Build the payload of a request about a route of ours."""
    destination = ipaddress.ip_network(route.destination)
    family = socket.AF_INET if destination.version == _IPV4 else socket.AF_INET6
    scope = _UNIVERSE if route.gateway else _LINK
    head = _routes.HEAD.pack(
        family, destination.prefixlen, 0, 0, _routes.MAIN_TABLE, protocol, scope, _routes.UNICAST, 0
    )
    parts = [
        _netlink.attribute(_routes.RTA_DST, destination.network_address.packed),
        _netlink.attribute(_routes.RTA_OIF, struct.pack("=i", index)),
        _netlink.attribute(_RTA_PRIORITY, _METRIC.pack(_DEFAULT_METRICS[destination.version])),
    ]
    if route.gateway:
        parts.append(_netlink.attribute(_routes.RTA_GATEWAY, ipaddress.ip_address(route.gateway).packed))
    return head + b"".join(parts)


def _standing(
    destination: Network, found: Mapping[int, bytes], marks: tuple[int, int, bool], names: Mapping[int, str]
) -> Standing:
    """Build a row of the table; ``marks`` are protocol, kind, and whether that protocol marks ours.

    What is marked as ours, but is nothing that this module makes, is somebody else's.
    """
    protocol, kind, marked = marks
    ways = list(_routes.hops_of(found)) if kind == _routes.UNICAST else []
    hops = tuple(Route(str(destination), gateway, names.get(link or 0)) for link, gateway in ways)
    metric = _metric(found.get(_RTA_PRIORITY))
    ours = marked and metric == _DEFAULT_METRICS[destination.version] and _is_plain(destination, hops)
    way = " and ".join(hop.way() for hop in hops)
    words = [
        _NOWHERE.get(kind, ""),
        str(destination),
        way,
        f"proto {_NAMES.get(protocol, protocol)}",
        f"metric {metric}",
    ]
    return Standing(str(destination), hops, ours, metric, " ".join(filter(None, words)))


def _is_plain(destination: Network, hops: Sequence[Route]) -> bool:
    """Tell whether a route has one way, which can be asked for again."""
    if len(hops) != 1 or not hops[0].link:
        return False
    gateway = hops[0].gateway
    return gateway is None or ipaddress.ip_address(gateway).version == destination.version


def _metric(data: bytes | None) -> int:
    return int(_METRIC.unpack(data)[0]) if data and len(data) == _METRIC.size else 0
