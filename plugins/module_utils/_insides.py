# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the containers of this host really have in their network namespaces. PRIVATE to the collection.

The engine's word is not always true: it may have forgotten a MAC address that was set otherwise, and it lists no links
of a container that has joined the namespace of another one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _links, _netlink
from ansible_collections.dockerlan.fleet.plugins.module_utils._entry import namespace_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._netns import OWN
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import FALLBACK_TUNNELS, within

Containers = Mapping[str, Mapping[str, Any]]  # inspected ones, by id
Row = Mapping[str, Any]


class Inside(NamedTuple):
    """A network namespace: its number in the kernel, and the facts of its links: lo too, but no fallback tunnel."""

    number: int
    links: Sequence[Row]

    def is_empty(self) -> bool:
        """Tell whether there is no link but lo."""
        return all(link["loopback"] for link in self.links)

    def macs(self) -> dict[str, str | None]:
        """Tell the MAC address of the link that has an address, by address."""
        return {_answers.plain_address(text) or "": link["mac"] for link in self.links for text in link["addresses"]}


def look_into(containers: Containers) -> dict[str, Inside]:
    """Look into the running containers that can be entered, by id; the others are left out."""
    found = {}
    for key, answer in containers.items():
        namespace = namespace_of(answer)
        if namespace.path is None:
            continue
        try:
            with within(namespace):
                found[key] = _inside()
        except OSError:  # it may not be entered, or it has just ended
            continue
    return found


def with_true_macs(rows: Iterable[Row], insides: Mapping[str, Inside]) -> list[dict[str, Any]]:
    """Return rows of endpoints with the MAC address that the container really has, where that is known."""
    return [{**row, "mac": _true_mac(row, insides.get(row["container_id"]))} for row in rows]


def stranded(containers: Containers, networks: Iterable[Row], insides: Mapping[str, Inside]) -> list[dict[str, Any]]:
    """List the running containers that have joined the network namespace of another one and lost it with that one.

    It has died, or was started again since and has a new one; they have only lo since then. ``networks`` are specs with
    id: ``networks`` of a row are those that the other one is attached to.
    """
    known = list(networks)
    rows = [
        {
            "container": _answers.container_name(answer),
            "container_id": answer["Id"],
            "pid": _answers.process_of(answer),
            "joined": _answers.container_name(joined),
            "networks": [row["network"] for row in _answers.endpoints_of(joined, known)],
        }
        for key, answer in containers.items()
        for joined in [containers.get(_answers.joined_by(answer) or "")]
        if joined is not None and key in insides and _is_left_behind(insides[key], insides.get(joined["Id"]))
    ]
    return sorted(rows, key=lambda row: str(row["container"]))


def _is_left_behind(inside: Inside, joined: Inside | None) -> bool:
    return inside.is_empty() and (joined is None or joined.number != inside.number)


def _inside() -> Inside:
    links = _links.link_facts(
        _netlink.dump(_netlink.RTM_GETLINK, _netlink.parse_link),
        _netlink.dump(_netlink.RTM_GETADDR, _netlink.parse_address),
    )
    return Inside(Path(OWN).stat().st_ino, [link for link in links if link["name"] not in FALLBACK_TUNNELS])


def _true_mac(row: Row, inside: Inside | None) -> str | None:
    macs = inside.macs() if inside else {}
    found = [macs[row[family]] for family in ("ipv4", "ipv6") if row[family] in macs]
    mac: str | None = (found or [row["mac"]])[0]
    return mac
