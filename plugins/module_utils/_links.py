# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The links of this host as facts: kinds, parents, masters and addresses by name. PRIVATE to the collection."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any, Iterable

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netlink


def read_links() -> list[dict[str, Any]]:
    """Ask the kernel, and list the links in the order of their index. OSError when rtnetlink does not answer."""
    links = [_netlink.parse_link(found.payload) for found in _netlink.dump(_netlink.RTM_GETLINK)]
    addresses = [_netlink.parse_address(found.payload) for found in _netlink.dump(_netlink.RTM_GETADDR)]
    return link_facts((link for link in links if link), (address for address in addresses if address))


def link_facts(links: Iterable[_netlink.Link], addresses: Iterable[_netlink.Address]) -> list[dict[str, Any]]:
    """Join links and addresses, and name parents and masters; null where they are in another namespace."""
    by_index = {link.index: link for link in links}
    names = {index: link.name for index, link in by_index.items()}
    of_link = defaultdict(list)
    for address in addresses:
        of_link[address.link].append(address.address)
    return [
        {
            **asdict(link),
            "parent": names.get(link.parent) if link.parent else None,
            "master": names.get(link.master) if link.master else None,
            "addresses": of_link[index],
        }
        for index, link in sorted(by_index.items())
    ]
