# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reachability contract: which relation must be open or blocked on a kind of network. PRIVATE to the collection.

To add a driver, a mode or a flag, add its row to CONTRACT; everything else follows. The first mode and the first flag
of a driver are its defaults. The rows of ipvlan and macvlan were measured over IPv4 and IPv6, on Linux 6.18 and 7.2
with Docker Engine 26.1; the reasons are in the kernel's drivers/net/ipvlan and drivers/net/macvlan.c.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple

from ..module_utils import _own_kinds

OPEN = "open"
BLOCKED = "blocked"

SAME_HOST = "same_host"
CROSS_HOST = "cross_host"
OWN_HOST = "own_host"
OTHER_HOST = "other_host"
HOST_TO_HOST = "host_to_host"
OTHER_NETWORK = "other_network"  # two LANs: what then holds is said by expectations only
RELATIONS = (SAME_HOST, CROSS_HOST, OWN_HOST, OTHER_HOST, HOST_TO_HOST)

LAN_DRIVERS = ("ipvlan", "macvlan")
ROUTED_MODES = ("l3", "l3s")  # the parent routes instead of switching: no ARP, no broadcast, no gateway
PASSTHRU = "passthru"


class Kind(NamedTuple):
    """What the contract depends on: a network is of a kind. ``mode`` and ``flag`` are "" where a driver has none.

    Docker's own kinds are the drivers ``bridge`` (mode ``default`` or ``user_defined``), ``host`` and ``null``, and
    ``container`` for a container that has joined the network namespace of another one; the mode says where that is.
    """

    driver: str
    mode: str = ""
    flag: str = ""
    internal: bool = False
    has_parent: bool = True


class Rule(NamedTuple):
    """What is expected of a relation, and why; ``needs`` is what must be there for it to be open, or ""."""

    expected: str
    why: str
    needs: str = ""


Row = Dict[str, Rule]

_BY_SHIM = "own_host by a shim"  # the same relation where the host has one
_OUTWARDS = "other_host from a container"  # the same relation where the way out is not the way in

_ROUTES = "static routes to the slices, on the hosts or on their router"
_HAIRPIN = "hairpin on the switch"
_ROUTER = "a router that routes the slice back to its host"
_MACS = "the switch accepts several MAC addresses per port"
_SHIM = "a shim, which is a link of the same driver and mode on the same parent with a route to the host's slice"

_HOSTS = Rule(OPEN, "the hosts themselves are on the LAN")
_APART = Rule(BLOCKED, "the kernel passes no frame between a parent link and the links on it", _HAIRPIN)
_PARENT = _APART._replace(needs=f"{_SHIM}, or {_HAIRPIN}")
_ROUTED_PARENT = _APART._replace(needs=_SHIM)
_ROUTED_APART = _APART._replace(needs="")
_SHIMMED = Rule(OPEN, "the host has a shim on the same parent, which is a link like those of its containers")
_LAYER_2 = Rule(OPEN, "both are on the same layer 2")
_LAYER_2_MACS = _LAYER_2._replace(needs=_MACS)
_ROUTED = Rule(OPEN, "each host routes to the slices of the others", _ROUTES)
_SWITCHED = Rule(OPEN, "the parent link switches between the links on it")
_LOCAL_ROUTED = Rule(OPEN, "the parent link routes between the links on it")
_PRIVATE = Rule(BLOCKED, "in mode private a parent link drops what its links send to each other")
_VEPA = Rule(
    BLOCKED, "in mode vepa all frames go to the switch, which sends none back to the port they came from", _HAIRPIN
)
_ROUTED_VEPA = _VEPA._replace(needs=_ROUTER)
_ALONE = Rule(BLOCKED, "in mode passthru a parent carries one link only")
_NO_PARENT = Rule(BLOCKED, "without a parent the network ends at its host")
_STACK = Rule(OPEN, "the container uses the network stack of its host")
_BRIDGED = Rule(OPEN, "the bridge switches between its ports and the host")
_NAT = Rule(BLOCKED, "the addresses of a bridge are known on its own host only")
_MASQUERADED = Rule(
    OPEN,
    "the host puts its own address into the packets that leave its bridges",
    "Docker's firewall rules, which masquerade the addresses of the bridge",
)
_JOINED = Rule(OPEN, "both containers have the same network stack, with lo between them")
_LOOPBACK = Rule(BLOCKED, "the container has no link but lo")


def _row(same_host: Rule, off_host: Rule, own_host: Rule, by_shim: Rule | None = None) -> Row:
    """Build a row: ``off_host`` is how containers stand to those of another host and to that host itself."""
    row = dict(zip(RELATIONS, (same_host, off_host, own_host, off_host, _HOSTS)))
    return {**row, _BY_SHIM: by_shim or own_host, _OUTWARDS: off_host}


def _bridged(same_host: Rule) -> Row:
    """Build the row of a bridge, whose containers get out, but are not reached from out there."""
    return {**_row(same_host, _NAT, _BRIDGED), _OUTWARDS: _MASQUERADED}


CONTRACT: Mapping[tuple[str, str, str], Row] = {
    ("ipvlan", "l2", "bridge"): _row(_SWITCHED, _LAYER_2, _PARENT, _SHIMMED),
    ("ipvlan", "l2", "private"): _row(_PRIVATE, _LAYER_2, _APART),
    ("ipvlan", "l2", "vepa"): _row(_VEPA, _LAYER_2, _APART),
    ("ipvlan", "l3", "bridge"): _row(_LOCAL_ROUTED, _ROUTED, _ROUTED_PARENT, _SHIMMED),
    ("ipvlan", "l3", "private"): _row(_PRIVATE, _ROUTED, _ROUTED_APART),
    ("ipvlan", "l3", "vepa"): _row(_ROUTED_VEPA, _ROUTED, _ROUTED_APART),
    ("ipvlan", "l3s", "bridge"): _row(_LOCAL_ROUTED, _ROUTED, _ROUTED_PARENT, _SHIMMED),
    ("ipvlan", "l3s", "private"): _row(_PRIVATE, _ROUTED, _ROUTED_APART),
    ("ipvlan", "l3s", "vepa"): _row(_ROUTED_VEPA, _ROUTED, _ROUTED_APART),
    ("macvlan", "bridge", ""): _row(_SWITCHED, _LAYER_2_MACS, _PARENT, _SHIMMED),
    ("macvlan", "private", ""): _row(_PRIVATE, _LAYER_2_MACS, _APART),
    ("macvlan", "vepa", ""): _row(_VEPA, _LAYER_2_MACS, _APART),
    ("macvlan", PASSTHRU, ""): _row(_ALONE, _LAYER_2_MACS, _APART),
    ("bridge", "default", ""): _bridged(_BRIDGED),
    ("bridge", "user_defined", ""): _bridged(_BRIDGED),
    ("host", "", ""): _row(_STACK, _STACK, _STACK),
    ("null", "", ""): _row(_LOOPBACK, _LOOPBACK, _LOOPBACK),
    # Everything else is as for the container that was joined, which is on the default bridge.
    ("container", "bridge", ""): _bridged(_JOINED),
}


def modes_of(driver: str) -> list[str]:
    """Return the modes that a LAN with this driver may have, the default first; empty when a LAN may not have it."""
    return list(dict.fromkeys(mode for mode, _flag in _variants(driver)))


def flags_of(driver: str) -> list[str]:
    """Return the flags that a LAN with this driver may have, the default first; empty when there are none."""
    return list(dict.fromkeys(flag for _mode, flag in _variants(driver) if flag))


def kind_of(network: Mapping[str, Any]) -> Kind:
    """Return the kind of a network of the mesh (docs/interfaces.md)."""
    return Kind(
        network["driver"], network["mode"], network["flag"], bool(network["internal"]), bool(network["parents"])
    )


def rule(kind: Kind, relation: str, shim: bool = False, *, outwards: bool = False) -> Rule:
    """Return what is expected. With ``shim`` the host of the pair has a way to its own containers.

    ``outwards`` is a pair from a container to another host; the way back is the same relation. Whether a LAN is
    ``internal`` makes no difference: only the default route of its containers is missing. KeyError for a kind or a
    relation that the contract does not know, such as ``other_network``.
    """
    row = CONTRACT[kind.driver, kind.mode, kind.flag]
    if relation in (CROSS_HOST, OWN_HOST, OTHER_HOST) and kind.driver in LAN_DRIVERS and not kind.has_parent:
        return _NO_PARENT
    if relation == OTHER_HOST and outwards:
        return row[_OUTWARDS]
    return row[_BY_SHIM if relation == OWN_HOST and shim else relation]


def rule_behind(kind: Kind, relation: str, expected: str, shim: bool = False) -> Rule:
    """Return the rule that expects this, of a row of the report's relations for which the contract decided."""
    both = [rule(kind, relation, shim, outwards=outwards) for outwards in (False, True)]
    return next((one for one in both if one.expected == expected), both[0])


def differs_by_direction(kind: Kind, relation: str) -> bool:
    """Tell whether of this relation the way from a container is open, and the way to it is not."""
    return rule(kind, relation).expected != rule(kind, relation, outwards=True).expected


def is_shared(kind: Kind) -> bool:
    """Tell whether a network of this kind is one LAN for all hosts, on which an address may be in use once only."""
    return kind.driver in LAN_DRIVERS and kind.has_parent


def resolves_names(kind: Kind) -> bool:
    """Tell whether a container of this kind is told the addresses of the others by their names."""
    return _own_kinds.resolves_names(kind.driver, kind.mode)


def relation_of(source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return how two endpoints (docs/interfaces.md, mesh) stand to each other; the same in both directions."""
    if source["network"] != target["network"]:
        return OTHER_NETWORK
    same = source["host"] == target["host"]
    hosts = [source["kind"], target["kind"]].count("host")
    if hosts == 0:
        return SAME_HOST if same else CROSS_HOST
    if hosts == 1:
        return OWN_HOST if same else OTHER_HOST
    return HOST_TO_HOST


def _variants(driver: str) -> list[tuple[str, str]]:
    return [(mode, flag) for known, mode, flag in CONTRACT if driver in LAN_DRIVERS and known == driver]
