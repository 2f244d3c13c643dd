# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the facts of a host (docs/interfaces.md, host_info). PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_interface
from typing import Any, Collection, Mapping, Sequence

from ._intervals import Address, Network
from ._lans import Lan
from ._reader import parse_network
from ._subnets import Subnet

HOST_DOWN = "host_down"
ENGINE_DOWN = "engine_down"
FAILED = "failed"

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Loss:
    """Why a host has no facts or no records: ``reason`` is one of the constants above, ``detail`` the message.

    ``facts`` are those that it gave before it was lost, if any.
    """

    reason: str
    detail: str
    facts: Facts | None = field(default=None, compare=False)


def loss_of(result: Any, what: str) -> Loss | None:
    """Return why a registered result of a module brings nothing, or None when it brings something.

    ``result`` is None or skipped when the task never ran on the host; ``what`` names that task.
    """
    if not isinstance(result, Mapping) or result.get("skipped"):
        return Loss(FAILED, f"the host was lost before {what}")
    if result.get("unreachable"):
        return Loss(HOST_DOWN, message_of(result))
    if result.get("failed"):
        reason = result.get("reason")
        return Loss(reason if reason == ENGINE_DOWN else FAILED, message_of(result))
    return None


def message_of(result: Mapping[str, Any]) -> str:
    """Return what a failed result says; of a task with a loop what its items say, for itself it has no reason."""
    results = result.get("results")
    # Some modules call something else that, a number for example.
    items = [item for item in results if isinstance(item, Mapping)] if isinstance(results, list) else []
    failed = [item for item in items if item.get("failed") or item.get("unreachable")]
    said = dict.fromkeys(str(item.get("msg") or "").strip() for item in failed)
    return "; ".join(filter(None, said)) or str(result.get("msg") or "no message").strip()


def live_network(facts: Facts, name: str) -> Mapping[str, Any] | None:
    """Return the live Docker network of this name."""
    return next((network for network in facts.get("networks") or [] if network["name"] == name), None)


def other_networks(facts: Facts, lans: Sequence[Lan]) -> list[Mapping[str, Any]]:
    """Return the live Docker networks that have no declared LAN's name."""
    declared = {lan.name for lan in lans}
    return [network for network in facts.get("networks") or [] if network["name"] not in declared]


def settled(facts: Facts) -> Facts:
    """Return the facts as they will be once a change that was broken off on the host is finished or undone."""
    unfinished = facts.get("unfinished")
    if not unfinished:
        return facts
    names = {*unfinished["absent"], *(network["name"] for network in unfinished["networks"])}
    others = without_networks(facts, names)["networks"]
    attached = {(row["container"], row["network"]) for row in facts.get("endpoints") or []}
    detached = [one for one in unfinished["attachments"] if (one["container"], one["network"]) not in attached]
    return {
        **facts,
        "networks": [*others, *({"id": "", **network} for network in unfinished["networks"])],
        "endpoints": [*(facts.get("endpoints") or []), *detached],
    }


def without_networks(facts: Facts, names: Collection[str]) -> Facts:
    """Return the facts as they would be without some Docker networks."""
    return {**facts, "networks": [item for item in facts.get("networks") or [] if item["name"] not in names]}


def live_slice(facts: Facts, lan: Lan, subnet: Subnet) -> Network | None:
    """Return what the engine of this host hands out for the subnet: the ip_range of the live network of that name."""
    network = live_network(facts, lan.name)
    if network is None:
        return None
    for pool in network.get("ipam") or []:
        block = parse_network(pool.get("ip_range") or "")
        if block is not None and parse_network(pool["subnet"]) == subnet.subnet:
            return block
    return None


def link(facts: Facts, name: str) -> Mapping[str, Any] | None:
    """Return the link of this name."""
    return next((item for item in facts.get("links") or [] if item["name"] == name), None)


def addresses_of(item: Mapping[str, Any]) -> list[Address]:
    """Return the addresses of a link, without their prefix lengths."""
    return [ip_interface(text).ip for text in item.get("addresses") or []]


def host_addresses(facts: Facts) -> list[Address]:
    """Return all addresses of the host itself."""
    return [address for item in facts.get("links") or [] for address in addresses_of(item)]


def parent_addresses(facts: Facts, parent: str) -> dict[str, str | None]:
    """Return the parent's own address per family, or None; also one outside of the LAN, but none of the link only."""
    mine = [address for address in addresses_of(link(facts, parent) or {}) if not address.is_link_local]
    return {f"ipv{version}": next((str(a) for a in mine if a.version == version), None) for version in (4, 6)}


def own_addresses(facts: Facts, lan: Lan, parent: str) -> dict[str, str | None]:
    """Return the host's own address on a LAN per family, or None; the parent's before any other link's."""
    links = sorted(facts.get("links") or [], key=lambda item: bool(item["name"] != parent))
    mine = [address for item in links for address in addresses_of(item)]
    found: dict[str, str | None] = {"ipv4": None, "ipv6": None}
    for subnet in lan.subnets:
        found[subnet.family] = next((str(a) for a in mine if a.version == subnet.version and a in subnet.subnet), None)
    return found
