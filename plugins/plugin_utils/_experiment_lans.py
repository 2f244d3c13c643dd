# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The LANs of an experiment: from its row and the settings, and back from what was handed on. PRIVATE."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping, Sequence

from ._experiment_modes import LanRow
from ._experiment_settings import Settings
from ._intervals import Interval
from ._lans import Lan, parse_lan
from ._members import Member
from ._problems import Problem
from ._subnets import Subnet

_STAND_IN = "none"  # the name of a parent, for a reader that demands one


def lan_of(row: LanRow, settings: Settings) -> Lan:
    """Return the LAN of a row. Call it only with the settings that the row needs."""
    subnets = settings.private if row.private else settings.lan.subnets
    if row.half is not None:
        subnets = tuple(_half(subnet, row.half) for subnet in subnets)
    # Without a gateway on the LAN there is no default route, whatever the mode.
    internal = row.internal or (settings.lan.internal and not row.private)
    return Lan(row.name, row.driver, row.mode, _parent(row, settings.lan.parent, settings), internal, subnets, row.flag)


def members_of(row: LanRow, settings: Settings) -> list[Member]:
    """Return the fleet as the LAN of a row sees it: each host with its parent and, on the LAN itself, its slices."""
    return [_member(row, member, settings) for member in settings.members]


def declared(lan: Lan) -> dict[str, Any]:
    """Return the LAN as it could be declared; ``parent`` is None where there is none."""
    return {
        "name": lan.name,
        "driver": lan.driver,
        "mode": lan.mode,
        "flag": lan.flag or None,
        "parent": lan.parent or None,
        "internal": lan.internal,
        "subnets": [_declared_subnet(subnet) for subnet in lan.subnets],
    }


def read_lans(experiment: Mapping[str, Any]) -> tuple[list[Lan], list[Problem]]:
    """Return the LANs that an entry of ``experiments`` was declared with, and what is wrong with them.

    Two of them may have the same subnets, on VLANs of their own.
    """
    problems: list[Problem] = []
    found: list[Lan] = []
    for i, raw in enumerate(experiment.get("lans") or []):
        lan = parse_lan(f"experiment.lans[{i}]", {**raw, "parent": raw.get("parent") or _STAND_IN}, problems)
        if lan is not None:
            found.append(lan if raw.get("parent") else replace(lan, parent=""))
    return found, problems


def read_members(experiment: Mapping[str, Any], hosts: Sequence[str]) -> list[Member]:
    """Return these hosts with the parents that an entry of ``experiments`` has for them."""
    parents = experiment.get("parents") or {}
    return [Member(host, parents=parents.get(host) or {}) for host in hosts]


def _half(subnet: Subnet, half: int) -> Subnet:
    """Return the subnet with half of its range. An engine gives an address out once, so each half has its gateway."""
    prefix = subnet.range.prefixlen + 1
    first = int(subnet.range.network_address) + half * 2 ** (subnet.range.max_prefixlen - prefix)
    gateway = subnet.address(first + 1) if half else subnet.gateway
    return replace(subnet, gateway=gateway, range=subnet.block(first, prefix))


def _parent(row: LanRow, base: str, settings: Settings) -> str:
    if not row.parent:
        return ""
    return base if row.vlan is None else f"{base}.{settings.vlans[row.vlan]}"


def _member(row: LanRow, member: Member, settings: Settings) -> Member:
    name, known = row.name, settings.lan.name
    parent = _parent(row, member.parent(settings.lan), settings)
    if row.private or known not in {**member.slices, **member.sizes}:
        return Member(member.name, {name: parent})
    slices, sizes = member.slices.get(known), member.sizes.get(known)
    return Member(member.name, {name: parent}, {name: slices} if slices else {}, {name: sizes} if sizes else {})


def _declared_subnet(subnet: Subnet) -> dict[str, Any]:
    return {
        "subnet": str(subnet.subnet),
        "gateway": str(subnet.gateway),
        "range": str(subnet.range),
        "slice_prefix": subnet.slice_prefix,
        "reserved": [_text(subnet, item) for item in subnet.reserved],
    }


def _text(subnet: Subnet, item: Interval) -> str:
    return f"{subnet.address(item.first)}-{subnet.address(item.last)}"
