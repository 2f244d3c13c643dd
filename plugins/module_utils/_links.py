# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The links of this host as facts: kinds, parents, masters and addresses by name. PRIVATE to the collection."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any, Container, Iterable

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netlink

_SYSFS = Path("/sys/class/net")


def read_links() -> list[dict[str, Any]]:
    """Ask the kernel, and list the links in the order of their index. OSError when rtnetlink does not answer."""
    links = _netlink.dump(_netlink.RTM_GETLINK, _netlink.parse_link)
    addresses = _netlink.dump(_netlink.RTM_GETADDR, _netlink.parse_address)
    return link_facts(links, addresses, {link.name for link in links if is_wireless(link.name)})


def is_wireless(name: str, sysfs: Path = _SYSFS) -> bool:
    """Tell whether a link is a Wi-Fi one. rtnetlink does not say it, the folders of its driver in sysfs do."""
    return any((sysfs / name / sign).exists() for sign in ("phy80211", "wireless"))


def link_facts(
    links: Iterable[_netlink.Link], addresses: Iterable[_netlink.Address], wireless: Container[str] = ()
) -> list[dict[str, Any]]:
    """Join links and addresses, and name parents and masters; null where they are in another namespace.

    ``wireless`` has the names of the Wi-Fi links.
    """
    by_index = {link.index: link for link in links}
    names = {index: link.name for index, link in by_index.items()}
    of_link = defaultdict(list)
    for address in addresses:
        of_link[address.link].append(address.address)
    return [
        {
            **asdict(link),
            "wireless": link.name in wireless,
            "parent": names.get(link.parent) if link.parent else None,
            "master": names.get(link.master) if link.master else None,
            "addresses": of_link[index],
        }
        for index, link in sorted(by_index.items())
    ]
