# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a container that was attached anew the one that its neighbours know. PRIVATE to the collection.

Engines from 25 on ignore the MAC address in a connect (moby issue 48192; measured on 26.1.5 and 28.5.2), and engines up
to 27 tell no neighbour that an address has another MAC by now: routers can remember the old one for hours. Both are
mended in the container's own network namespace.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from contextlib import suppress
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _links, _netlink, _netns
from ansible_collections.dockerlan.fleet.plugins.module_utils._answers import entry_of, process_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._attachments import kept_mac
from ansible_collections.dockerlan.fleet.plugins.module_utils._compare import named
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbours import announcement
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Goal, Live

_FORGOTTEN = (
    "{container} has its MAC address {mac} again, but the engine has forgotten it: after its next restart the "
    "container gets another one. Make it anew when that is convenient"
)


class Presence(NamedTuple):
    """A running container on a network: its name, one of its processes, its addresses, and the MAC it is to have."""

    container: str
    pid: int
    addresses: Sequence[str]
    mac: str | None
    mac_is_fixed: bool = False


def presences(goal: Goal, live: Live) -> list[Presence]:
    """List the running containers that are on the networks of a goal that was reached; ``live`` is what is there."""
    found = []
    for attachment in goal.attachments:
        container = live.containers.get(attachment["container_id"])
        pid = process_of(container) if container else None
        for network in named(attachment["network"], live.networks) if container and pid else []:
            entry = entry_of(container or {}, network) or {}
            addresses = [entry[key] for key in ("IPAddress", "GlobalIPv6Address") if entry.get(key)]
            mac, fixed = kept_mac(attachment, network), attachment["fixed"]["mac"] is not None
            found.append(Presence(attachment["container"], pid or 0, addresses, mac, fixed))
    return found


def restore(presence: Presence) -> str:
    """Give the container its MAC address, and tell its neighbours who it is. Returns what the user should know, or "".

    OSError when its namespace may not be entered, when it has no link with its addresses, or the kernel refuses.
    """
    with _netns.inside(_netns.path_of(presence.pid)):
        link = _link_with(presence.addresses)
        differs = presence.mac is not None and presence.mac != link["mac"]
        if differs:
            _netlink.set_mac(link["index"], presence.mac or "")
        _announce(link["name"], presence.addresses, presence.mac or link["mac"])
    return _FORGOTTEN.format(**presence._asdict()) if differs and presence.mac_is_fixed else ""


def announce(endpoints: Iterable[Mapping[str, Any]]) -> None:
    """Tell the neighbours of running containers who has their addresses by now; ``endpoints`` are rows of the facts.

    A device that had one of them a moment ago may still be known by it. One that cannot be entered any more is left
    out: its neighbours then find out by themselves, in a minute.
    """
    for row in endpoints:
        addresses = [row[family] for family in ("ipv4", "ipv6") if row[family]]
        if row["running"] and addresses:
            with suppress(OSError):
                restore(Presence(row["container"], row["pid"], addresses, None))


def _link_with(addresses: Sequence[str]) -> Mapping[str, Any]:
    """Find the link that has all of the addresses; without one the pid is that of another machine's engine."""
    for link in _links.read_links():
        if addresses and set(addresses) <= {text.partition("/")[0] for text in link["addresses"]}:
            return link
    raise OSError(errno.ENODEV, f"no link with {', '.join(addresses) or 'an address'} in the container's namespace")


def _announce(link: str, addresses: Sequence[str], mac: str) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as sock:
        sock.bind((link, 0))
        for address in addresses:
            sock.send(announcement(ipaddress.ip_address(address), mac))
