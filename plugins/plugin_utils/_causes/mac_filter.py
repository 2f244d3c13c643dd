# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in front of a host lets only the host itself through. PRIVATE to the collection."""

from __future__ import annotations

from typing import Collection, Iterator, Mapping, Sequence

from .._case import Block, Case, Finding, Left, NetworkFamily, Tally, off_host, total
from .._checks import Check
from .._contract import ROUTED_MODES, is_shared, kind_of
from .._observation import UNEXPECTED_BLOCKED, Observation
from .._words import few, named

_SHOWN = 5
_IPVLAN = "Or declare the LAN with driver ipvlan and mode l2: its containers share the MAC address of their host"
_BY_HYPERVISOR = {
    "vmware": "On VMware accept promiscuous mode and forged transmits on the port group",
    "hyper-v": "On Hyper-V turn on MAC address spoofing for the network adapter",
    "kvm": "On KVM let the guest's port have other MAC addresses: trustGuestRxFilters for a macvtap port, no "
    "clean-traffic or no-mac-spoofing filter",
    "xen": "On Xen unlock the virtual interface (locking-mode unlocked) and allow other MAC addresses",
    "virtualbox": "On VirtualBox set the promiscuous mode of the network adapter to Allow All",
    "amazon": "Amazon delivers no frames for other MAC addresses, and no setting changes that",
    "google": "Google delivers no frames for other MAC addresses, and no setting changes that",
}
_NAMES = {
    "vmware": "VMware",
    "hyper-v": "Hyper-V",
    "kvm": "KVM",
    "xen": "Xen",
    "virtualbox": "VirtualBox",
    "amazon": "Amazon",
    "google": "Google",
}
_ANYWHERE = (
    "On VMware accept promiscuous mode and forged transmits on the port group; on Hyper-V turn on MAC address "
    "spoofing; on a switch raise the limit of port security"
)
_ADDRESSES = (
    "Tell the network of the hypervisor or cloud about the addresses of the slices (allowed address pairs, alias "
    "addresses, no check of source and destination), and check filters against address spoofing on the switch"
)


def filtered(case: Case, left: Left) -> Iterator[Finding]:
    """Find by network and family the hosts whose containers reach nothing outside, and are not reached from there."""
    pending = left.by_family()
    for where, tallies in case.tallies(left).items():
        network = case.networks[where[0]]
        if network["mode"] in ROUTED_MODES or not is_shared(kind_of(network)):
            continue
        blocks = off_host(tallies)
        found = [host for host in case.living if _is_filtered(host, blocks.get(host, {}))]
        hosts = _without_proven(case, where, found)
        if hosts:
            pairs = [item for item in pending.get(where, ()) if _claims(item, hosts)]
            make = _mac_filter if network["driver"] == "macvlan" else _address_filter
            yield make(case, left, where, hosts, pairs)


def _mac_filter(
    case: Case, left: Left, where: NetworkFamily, hosts: Sequence[str], pairs: Sequence[Observation]
) -> Finding:
    known = {host["name"]: host["virtualization"] for host in case.hosts if host["name"] in hosts}
    settings = [_BY_HYPERVISOR[kind] for kind in dict.fromkeys(known.values()) if kind in _BY_HYPERVISOR]
    return Finding(
        "mac_filter",
        hosts,
        "Unknown MAC addresses are dropped",
        f"Containers on {named(hosts)} reach nothing outside their host and are not reached from there, while the "
        "hosts themselves reach each other. With macvlan every container has a MAC address of its own, and the "
        f"hypervisor or switch port in front of {_it(hosts)} drops frames for MAC addresses that it does not know.",
        f"{'; '.join(settings) or _ANYWHERE}. {_IPVLAN}",
        pairs,
        _checks_of_containers(left, hosts, where),
        few([f"{host} runs on {_NAMES.get(kind, kind)}" for host, kind in known.items() if kind], _SHOWN),
    )


def _address_filter(
    _case: Case, left: Left, where: NetworkFamily, hosts: Sequence[str], pairs: Sequence[Observation]
) -> Finding:
    return Finding(
        "address_filter",
        hosts,
        "Unknown addresses are dropped",
        f"Containers on {named(hosts)} reach nothing outside their host and are not reached from there, while the "
        "hosts themselves reach each other. With ipvlan containers have the MAC address of their host, so what is in "
        f"front of {_it(hosts)} drops packets by their IP address.",
        _ADDRESSES,
        pairs,
        _checks_of_containers(left, hosts, where),
    )


def _it(hosts: Sequence[str]) -> str:
    return "it" if len(hosts) == 1 else "them"


def _is_filtered(host: str, blocks: Mapping[Block, Tally]) -> bool:
    """Tell by the pairs of its containers and other hosts, whose own MAC addresses always pass any filter.

    Where no host has an address on the LAN, the containers of two hosts must do.
    """
    if total(tally for block, tally in blocks.items() if block.between_hosts).all_blocked:
        return False
    mine = {block: tally for block, tally in blocks.items() if block.has_container_on(host)}
    with_hosts = [tally for block, tally in mine.items() if not block.between_containers]
    return total(with_hosts or mine.values()).all_blocked


def _without_proven(case: Case, where: NetworkFamily, hosts: Sequence[str]) -> list[str]:
    """Leave out a host on which a container got an answer from the gateway: the filter is before the other end."""
    proven = {host for place, host, kind in case.gateway_replies if place == where and kind == "container"}
    return [host for host in hosts if host not in proven]


def _checks_of_containers(left: Left, hosts: Collection[str], where: NetworkFamily) -> list[Check]:
    return [check for check in left.checks_at(hosts, *where) if check.source and check.source["kind"] == "container"]


def _claims(item: Observation, hosts: Collection[str]) -> bool:
    return (
        item.status == UNEXPECTED_BLOCKED
        and item.off_host
        and any(end["kind"] == "container" and end["host"] in hosts for end in item.ends)
    )
