# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where experiments are built: the settings of the role ``modes``, read and checked. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, NamedTuple, Sequence

from ._lans import Lan, parse_lan, parse_subnets
from ._members import PARENTS, SLICES, Member, parse_members
from ._problems import Problem
from ._reader import Reader
from ._subnets import Subnet

LAN, PRIVATE, VLANS, CONTAINERS = "modes_lan", "modes_private_subnets", "modes_vlans", "modes_containers"
_VLAN_MAX = 4094
_LEAST = 2  # with fewer there is nothing to be shown between the containers of a host


class Raw(NamedTuple):
    """The settings as they were given; None for those that were not."""

    lan: Any
    private_subnets: Any
    vlans: Any
    containers: int


@dataclass(frozen=True)
class Settings:
    """The settings, of which ``private`` and ``vlans`` are empty where they were not given.

    ``lan`` has the parent and the subnets of all modes that are on the LAN of the hosts; its name is that under which
    ``members``, the whole fleet in inventory order, have parents and slices of their own.
    """

    lan: Lan
    private: tuple[Subnet, ...]
    vlans: tuple[int, ...]
    containers: int
    members: Sequence[Member]


def read_settings(raw: Raw, variables: Mapping[str, Mapping[str, Any]]) -> tuple[Settings | None, list[Problem]]:
    """Read the settings and the variables of every member, in the order of ``variables``; all problems at once."""
    problems: list[Problem] = []
    lan = _lan(raw.lan, problems)
    private = _private(raw.private_subnets, problems)
    vlans = _vlans(raw.vlans, problems)
    if raw.containers < _LEAST:
        problem = f"{CONTAINERS}: is {raw.containers}, expected {_LEAST} or more"
        problems.append(Problem(problem, "With two of them there is something to be shown between them"))
    if lan is None:
        return None, problems
    members, more = _members(lan, variables)
    problems += [*more, *_overlaps(lan, private)]
    return Settings(lan, private, vlans, raw.containers, members), problems


def _lan(raw: Any, problems: list[Problem]) -> Lan | None:
    """Read the LAN; its driver, mode and flag are those of each experiment."""
    if isinstance(raw, Mapping):
        kept = {key: value for key, value in raw.items() if key not in ("mode", "flag")}
        raw = {"name": "modes", **kept, "driver": "ipvlan"}
    return parse_lan(LAN, raw, problems)


def _private(raw: Any, problems: list[Problem]) -> tuple[Subnet, ...]:
    """Read the private subnets. They have no router, so each is read like that of an internal LAN."""
    if not raw and (raw is None or isinstance(raw, (list, tuple))):
        return ()
    prefix, _dot, key = PRIVATE.partition("_")
    found: list[Problem] = []
    whole = [_with_range(item) for item in raw] if isinstance(raw, (list, tuple)) else raw
    subnets = parse_subnets(Reader(prefix, {key: whole}, found), key, internal=True)
    # A path such as "modes.private_subnets[0]" is the variable's name but for the dot.
    problems += [Problem(item.problem.replace(f"{prefix}.{key}", PRIVATE, 1), item.cure) for item in found]
    return subnets


def _with_range(raw: Any) -> Any:
    """Return a private subnet with its range: the whole of it, since it is nobody else's."""
    return {"range": raw.get("subnet"), **raw} if isinstance(raw, Mapping) else raw


def _vlans(raw: Any, problems: list[Problem]) -> tuple[int, ...]:
    if raw is None or raw == []:
        return ()
    items = list(raw) if isinstance(raw, (list, tuple)) else []
    numbers = [int(str(item)) if str(item).isascii() and str(item).isdecimal() else 0 for item in items]
    if len(numbers) == 2 and len(set(numbers)) == 2 and all(1 <= number <= _VLAN_MAX for number in numbers):  # noqa: PLR2004 - a pair
        return tuple(numbers)
    problem = f"{VLANS}: is {raw!r}, expected two different VLAN ids from 1 to {_VLAN_MAX}"
    problems.append(Problem(problem, "Name two VLANs that the switch carries between the hosts, such as [20, 21]"))
    return ()


def _members(lan: Lan, variables: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[Member, ...], list[Problem]]:
    """Read what single hosts say of this LAN; what they say of others is no concern of the experiments."""
    mine = {
        host: {name: _narrowed(found[name], lan.name) for name in (PARENTS, SLICES) if name in found}
        for host, found in variables.items()
    }
    return parse_members([lan], None, mine)


def _narrowed(value: Any, name: str) -> Any:
    return {key: item for key, item in value.items() if key == name} if isinstance(value, Mapping) else value


def _overlaps(lan: Lan, private: Sequence[Subnet]) -> list[Problem]:
    return [
        Problem(
            f"{PRIVATE}: the subnet {theirs.subnet} overlaps {ours.subnet} of {LAN}",
            "Choose a subnet that nobody has, and no route leads to",
        )
        for ours in lan.subnets
        for theirs in private
        if ours.version == theirs.version and ours.subnet.overlaps(theirs.subnet)
    ]
