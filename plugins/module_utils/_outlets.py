# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where frames leave a host on behalf of a network: the outlet of its parent. PRIVATE to the collection.

Pure: facts of the links in, outlets out.
"""

from __future__ import annotations

import ipaddress
from itertools import islice
from typing import Any, Iterable, Mapping, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbours import Address

_VLAN_IDS = range(1, 4095)
_NO_MAC = "00:00:00:00:00:00"


class Outlet(NamedTuple):
    """A link by name, its MAC, and the VLAN whose tag the frames themselves have to carry (None: they carry none)."""

    link: str
    mac: str
    vlan: int | None = None


class NoOutletError(Exception):
    """There is nothing to ask from, and the message is the reason."""


def outlet_of(parent: str, links: Iterable[Mapping[str, Any]]) -> Outlet:
    """Find the outlet of a parent among the links of the host (as ``_links.read_links`` has them).

    A VLAN link ``LINK.ID`` that Docker is yet to make is asked through its base. NoOutletError when there is no way.
    """
    by_name = {link["name"]: link for link in links}
    if parent in by_name:
        return Outlet(parent, _mac_of(by_name[parent]))
    base, vlan = _vlan_of(parent)
    if base not in by_name or vlan is None:
        raise NoOutletError(f"the link {parent} does not exist on this host")
    return Outlet(base, _mac_of(by_name[base]), vlan)


def first_addresses(network: str, limit: int) -> list[Address]:
    """List the first addresses of a slice, at most ``limit``: engines give addresses out from its start.

    ValueError when it is no network, or has host bits set.
    """
    return list(islice(ipaddress.ip_network(network), limit))


def ranges(addresses: Iterable[Address]) -> list[tuple[Address, Address]]:
    """Join addresses that follow one another, in the order given: first and last of each range."""
    found: list[tuple[Address, Address]] = []
    for address in addresses:
        if found and found[-1][1].version == address.version and int(found[-1][1]) + 1 == int(address):
            found[-1] = (found[-1][0], address)
        else:
            found.append((address, address))
    return found


def _mac_of(link: Mapping[str, Any]) -> str:
    if not link["up"]:
        raise NoOutletError(f"the link {link['name']} is down, or has no carrier")
    if link["mac"] in (None, _NO_MAC):
        raise NoOutletError(f"the link {link['name']} has no MAC: addresses are not looked for on it")
    return str(link["mac"])


def _vlan_of(name: str) -> tuple[str, int | None]:
    """Split the name of a VLAN link as Docker does: one dot, then the id."""
    base, _dot, number = name.partition(".")
    valid = number.isascii() and number.isdecimal() and int(number) in _VLAN_IDS
    return base, int(number) if valid else None
