# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What single members of the fleet declare: their parents, their slices, the same LANs. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Dict, Mapping, Optional, Sequence

from ._expectations import VARIABLE as EXPECTATIONS
from ._expectations import parse_expectations
from ._intervals import Network, interval_of
from ._lans import VARIABLE, Lan, is_link_name, parse_lans, refuse_link_name
from ._problems import Problem
from ._reader import Reader, parse_size

PARENTS = "dockerlan_parents"
SLICES = "dockerlan_slices"
VARIABLES = (VARIABLE, PARENTS, SLICES, EXPECTATIONS)


# By name; None for a LAN that is declared so wrongly that nothing can be held against it.
Lans = Dict[str, Optional[Lan]]


@dataclass(frozen=True)
class Member:
    """One host of the fleet, by its inventory name. The mappings are by LAN name; slices and sizes then by IP version.

    ``slices`` are those that the host must have, ``sizes`` the prefix lengths where only the size is said.
    """

    name: str
    parents: Mapping[str, str] = field(default_factory=dict)
    slices: Mapping[str, Mapping[int, Network]] = field(default_factory=dict)
    sizes: Mapping[str, Mapping[int, int]] = field(default_factory=dict)

    def parent(self, lan: Lan) -> str:
        """Return the name of the link that the LAN sits on at this host."""
        return self.parents.get(lan.name, lan.parent)


@dataclass(frozen=True)
class Fleet:
    """What the inventory says: the LANs, the members in inventory order, and every problem with them.

    ``expectations`` are those of the mesh (docs/interfaces.md), where they were asked for.
    """

    lans: Sequence[Lan]
    members: Sequence[Member]
    problems: Sequence[Problem]
    expectations: Sequence[Mapping[str, Any]] = ()


def read_fleet(declared: Any, raw: Mapping[str, Mapping[str, Any]]) -> Fleet:
    """Read the value of ``dockerlan_lans``, and the variables of every member as in ``parse_members``."""
    lans, problems = parse_lans(declared)
    members, more = parse_members(lans, declared, raw)
    return Fleet(lans, members, [*problems, *more])


def read_whole(declared: Any, expected: Any, raw: Mapping[str, Mapping[str, Any]]) -> Fleet:
    """Read the fleet and the value of ``dockerlan_expectations``, None for an undefined one."""
    fleet = read_fleet(declared, raw)
    expectations, problems = parse_expectations(expected, _declared_names(declared))
    cure = "Say what is expected once, in the group's variables"
    problems += _different_declarations(EXPECTATIONS, expected, raw, cure)
    return replace(fleet, expectations=expectations, problems=[*fleet.problems, *problems])


def parse_members(
    lans: Sequence[Lan], declared: Any, raw: Mapping[str, Mapping[str, Any]]
) -> tuple[tuple[Member, ...], list[Problem]]:
    """Read the variables of every member, in the order of ``raw``: host -> variable -> value, undefined ones left out.

    ``declared`` is the value of ``dockerlan_lans`` that ``lans`` was read from.
    """
    cure = f"Declare the LANs once, in the group's variables; what differs per host goes to {PARENTS} and {SLICES}"
    problems = _different_declarations(VARIABLE, declared, raw, cure)
    by_name: Lans = dict.fromkeys(_declared_names(declared))
    by_name.update({lan.name: lan for lan in lans})
    members = [_member(host, variables, by_name, problems) for host, variables in raw.items()]
    return tuple(members), problems


def _member(host: str, variables: Mapping[str, Any], lans: Lans, problems: list[Problem]) -> Member:
    parents, declared = _parents(host, variables, lans, problems), _slices(host, variables, lans, problems)
    slices: dict[str, dict[int, Network]] = {}
    sizes: dict[str, dict[int, int]] = {}
    for name, by_version in declared.items():
        for version, given in by_version.items():
            if isinstance(given, int):
                sizes.setdefault(name, {})[version] = given
            else:
                slices.setdefault(name, {})[version] = given
    return Member(host, parents, slices, sizes)


def _different_declarations(
    variable: str, declared: Any, raw: Mapping[str, Mapping[str, Any]], cure: str
) -> list[Problem]:
    """Compare the hosts: a variable of a play or a role is no host's, but if one host has it, all must."""
    having = [host for host, variables in raw.items() if variable in variables]
    missing = [host for host in raw if having and variable not in raw[host]]
    return [
        Problem(f"{variable}: is not defined, expected the same as on {having[0]}", cure, host) for host in missing
    ] + [
        Problem(f"{variable}: differs from the declaration of the play, expected the same on every host", cure, host)
        for host in having
        if raw[host][variable] != declared
    ]


def _reader(host: str, variables: Mapping[str, Any], variable: str, problems: list[Problem]) -> Reader:
    value = variables.get(variable)
    if value is None or isinstance(value, Mapping):
        return Reader(variable, value or {}, problems, host)
    problems.append(
        Problem(f"{variable}: is {value!r}, expected a mapping by the name of the LAN", "Write {LAN: value}", host)
    )
    return Reader(variable, {}, problems, host)


def _declared_names(declared: Any) -> list[str]:
    items = declared if isinstance(declared, (list, tuple)) else []
    return [str(item["name"]) for item in items if isinstance(item, Mapping) and item.get("name")]


def _known(reader: Reader, name: str, lans: Lans) -> Lan | None:
    if name not in lans:
        reader.refuse(
            f".{name}",
            f"there is no LAN of this name, expected one of {', '.join(lans) or '(none)'}",
            "Correct the name or declare the LAN",
        )
    return lans.get(name)


def _parents(host: str, variables: Mapping[str, Any], lans: Lans, problems: list[Problem]) -> dict[str, str]:
    reader = _reader(host, variables, PARENTS, problems)
    parents: dict[str, str] = {}
    for name, value in reader.raw.items():
        if not _known(reader, name, lans):
            continue
        if is_link_name(value):
            parents[name] = value
        else:
            refuse_link_name(reader, f".{name}", value)
    return parents


def _slices(
    host: str, variables: Mapping[str, Any], lans: Lans, problems: list[Problem]
) -> dict[str, dict[int, Network | int]]:
    reader = _reader(host, variables, SLICES, problems)
    slices: dict[str, dict[int, Network | int]] = {}
    for name in reader.raw:
        lan = _known(reader, name, lans)
        if lan is not None:
            slices[name] = _slices_of(reader, lan)
    return slices


def _slices_of(reader: Reader, lan: Lan) -> dict[int, Network | int]:
    """Return the slice or the size that each entry says, by IP version."""
    found: dict[int, Network | int] = {}
    for i, value in enumerate(reader.sequence(lan.name)):
        key = f".{lan.name}[{i}]"
        size = parse_size(value)
        entry = _slice(reader, key, lan, value) if size is None else _size(reader, key, lan, size)
        if entry is None:
            continue
        version, given = entry
        if version in found:
            reader.refuse(key, f"is a second IPv{version} slice, expected at most one", "Remove one of them")
        found.setdefault(version, given)
    return found


def _slice(reader: Reader, key: str, lan: Lan, value: Any) -> tuple[int, Network] | None:
    network = reader.as_network(key, value, "a network such as 192.168.56.0/24 or a size such as /27")
    return (network.version, network) if network is not None and _fits(reader, key, lan, network) else None


def _size(reader: Reader, key: str, lan: Lan, size: int) -> tuple[int, int] | None:
    """Tell the family of a bare size: up to /32 it is IPv4's where the LAN has IPv4, everything else is IPv6's."""
    v4, v6 = lan.subnet_of_version(4), lan.subnet_of_version(6)
    subnet = v4 if v4 is not None and (size <= v4.subnet.max_prefixlen or v6 is None) else v6
    if subnet is None:
        return None  # what is wrong with the subnets of the LAN has been said
    space = subnet.range
    if space.prefixlen <= size <= space.max_prefixlen:
        return subnet.version, size
    expected = f"expected /{space.prefixlen} to /{space.max_prefixlen}: a slice is cut from the range {space}"
    cure = f"Set a size from /{space.prefixlen} to /{space.max_prefixlen}, or widen the range of {lan.name}"
    reader.refuse(key, f"is {f'/{size}'!r}, {expected}", cure)
    return None


def _fits(reader: Reader, key: str, lan: Lan, network: Network) -> bool:
    subnet = lan.subnet_of_version(network.version)
    if subnet is None:
        reader.refuse(key, f"{network} is IPv{network.version}, of which {lan.name} has no subnet", "Remove it")
    elif not interval_of(subnet.range).contains(interval_of(network)):
        reader.refuse(key, f"{network} is not in the range {subnet.range} of {lan.name}", "Use a part of the range")
    else:
        return True
    return False
