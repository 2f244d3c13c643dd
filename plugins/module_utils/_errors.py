# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker's error texts mean, and what to do about them. PRIVATE to the collection.

Pure. The texts are those of moby, tags 20.10 to 29; what is not in the table is passed on as it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Meaning(NamedTuple):
    """A pattern of an error text, and its cause and cure, which may name groups of the pattern."""

    pattern: str
    cause: str
    cure: str


MEANINGS: tuple[Meaning, ...] = (
    Meaning(
        r"requested (?P<driver>macvlan|ipvlan) mode '(?P<mode>[^']*)' is not valid",
        "the {driver} driver has no mode {mode!r}",
        "use bridge, private, vepa or passthru for macvlan, and l2, l3 or l3s for ipvlan",
    ),
    Meaning(
        r"invalid subinterface vlan name (?P<parent>[^\s,]+)",
        "the parent link {parent!r} does not exist on this host",
        "check the name with 'ip link'; Docker itself only makes VLAN links, named LINK.ID",
    ),
    Meaning(
        r"failed to create (?P<parent>\S+) vlan link: file exists",
        "this host has a link {parent!r} that came into being meanwhile, or has its VLAN id under another name",
        "find it with 'ip -details link show type vlan', and name that link as the parent",
    ),
    Meaning(
        r"vlan id must be between 1-4094",
        "the number after the dot in the parent's name is no VLAN id",
        "use a number from 1 to 4094",
    ),
    Meaning(
        r"the requested parent interface (?P<parent>\S+) was not found on the Docker host",
        "the parent link {parent!r} does not exist on this host",
        "check the name with 'ip link'; it may differ from host to host",
    ),
    Meaning(
        r"failed to create the (?P<driver>macvlan|ipvlan) port: device or resource busy",
        "the parent link already belongs to the other driver, to a bridge, to a bond or to Open vSwitch",
        "use one driver per parent, and put the network on the bridge or bond itself, not on its member",
    ),
    Meaning(
        r"operation not supported",
        "the kernel of this host cannot make links of this type",
        "load the kernel module ('modprobe ipvlan' or 'modprobe macvlan'), or install the package that has it",
    ),
    Meaning(
        r"network (?:d[im]-)?(?P<other>\S+) is already using parent interface (?P<parent>\S+)",
        "another Docker network (its id begins with {other}) already uses the parent {parent!r}",
        "use another parent, for example a VLAN link of it, or remove the other network; "
        "ipvlan networks never share a parent, macvlan networks do from Docker Engine 27 on",
    ),
    Meaning(
        r"Pool overlaps with other one on this address space",
        "the subnet overlaps with that of another Docker network on this host",
        "find it with 'docker network inspect', then remove it or use another subnet",
    ),
    Meaning(
        r"Address already in use",
        "an address that is to be reserved, like the gateway, is already given out on this host",
        "find the container or network that has it, or choose another address",
    ),
    Meaning(
        r"no available (?:IPv[46] )?addresses on this pool",
        "the slice of this host has no free address left",
        "remove containers, or give the host a larger slice",
    ),
    Meaning(
        r"requested address is out of range",
        "an address lies outside of its subnet",
        "choose gateway and reserved addresses from within the subnet",
    ),
    Meaning(
        r"invalid gateway (?P<gateway>\S+): parent subnet",
        "the gateway {gateway} is not within the subnet",
        "choose a gateway from within the subnet",
    ),
    Meaning(
        r"could not find a network matching network mode (?P<mode>[^\s:]+)",
        "the container was made with --network {mode}, and no network goes by that any more: the engine attaches such "
        "a container to none, and does not start it",
        "make the container anew with the name of a network that is there",
    ),
    Meaning(
        r"container (?P<container>\S+) is not connected to (?:the )?network (?P<name>\S+)",
        "the container {container:.12} has no endpoint on the network {name!r} any more: it has ended meanwhile, or is "
        "being restarted again and again",
        "stop it with 'docker stop', or mend it, then run again",
    ),
    Meaning(
        r"network (?:with name )?(?P<name>\S+) already exists",
        "a network with the name {name!r} came into being meanwhile",
        "run again: it will be compared with the declaration",
    ),
    Meaning(
        r"network (?P<name>\S+)(?: id \S+)? has active endpoints",
        "containers are attached to the network {name!r}",
        "remove or disconnect them first",
    ),
)


def explain(text: str) -> tuple[str, str] | None:
    """Find cause and cure for an error text of Docker; None when it is not known."""
    for meaning in MEANINGS:
        found = re.search(meaning.pattern, text, re.IGNORECASE)
        if found:
            return meaning.cause.format(**found.groupdict()), meaning.cure
    return None


def translate(text: str) -> str:
    """Say an error text of Docker as cause, cure and the text itself."""
    known = explain(text)
    return f"{known[0]}. Cure: {known[1]}. Docker says: {text}" if known else f"Docker says: {text}"
