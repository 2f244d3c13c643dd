# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The declared LANs: read them and check them, with all problems at once. PRIVATE to the collection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Mapping, Sequence

from ._contract import LAN_DRIVERS, flags_of, modes_of
from ._problems import Problem
from ._reader import Reader
from ._subnets import Subnet, parse_subnet

VARIABLE = "dockerlan_lans"
KEYS = ("name", "driver", "mode", "flag", "parent", "internal", "subnets")
# What Docker accepts as the name of a container; the names of the probe endpoints contain the name of their LAN.
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*\Z")
_DOCKERS_OWN = ("bridge", "host", "none", "default")
_LINK_NAME_MAX = 15


@dataclass(frozen=True)
class Lan:
    """One declared LAN; its subnets in the order IPv4, IPv6. ``flag`` is "" where the driver has none.

    ``parent`` is "" in an experiment without one; no declaration may leave it out.
    """

    name: str
    driver: str
    mode: str
    parent: str
    internal: bool
    subnets: tuple[Subnet, ...]
    flag: str = ""

    @property
    def families(self) -> list[str]:
        """Return the address families of the LAN, such as ``["ipv4", "ipv6"]``."""
        return [subnet.family for subnet in self.subnets]

    def subnet_of_version(self, version: int) -> Subnet | None:
        """Return the subnet of the IP version 4 or 6, if there is one."""
        return next((subnet for subnet in self.subnets if subnet.version == version), None)


def parse_lans(raw: Any) -> tuple[tuple[Lan, ...], list[Problem]]:
    """Read the value of ``dockerlan_lans``. Returns the LANs that could be understood, and every problem."""
    problems: list[Problem] = []
    if not isinstance(raw, (list, tuple)) or not raw:
        return (), [Problem(f"{VARIABLE}: is {raw!r}, expected a list of LANs", "Declare at least one LAN")]
    found = [parse_lan(f"{VARIABLE}[{i}]", item, problems) for i, item in enumerate(raw)]
    problems += _repeated_names(raw)
    lans = tuple(lan for lan in found if lan is not None)
    problems += _overlaps(lans)
    return lans, problems


def is_link_name(name: Any) -> bool:
    """Tell whether the Linux kernel accepts ``name`` as the name of a link."""
    if not isinstance(name, str) or not 0 < len(name) <= _LINK_NAME_MAX or name in (".", ".."):
        return False
    return not any(char in "/:" or char.isspace() for char in name)


def refuse_link_name(reader: Reader, key: str, value: Any) -> None:
    """Add the problem that ``value`` cannot be the name of a link."""
    is_long = isinstance(value, str) and len(value) > _LINK_NAME_MAX
    length = f" of at most {_LINK_NAME_MAX} characters; it has {len(value)}" if is_long else ""
    reader.refuse(
        key, f"is {value!r}, expected the name of a link{length or ' such as eth0'}", "See 'ip link' on the host"
    )


def parse_lan(path: str, raw: Any, problems: list[Problem]) -> Lan | None:
    """Read one LAN, found at the variable path ``path``; None when it cannot be understood."""
    if not isinstance(raw, Mapping):
        problems.append(Problem(f"{path}: is {raw!r}, expected a mapping", f"Use the keys {', '.join(KEYS)}"))
        return None
    before = len(problems)
    reader = Reader(path, raw, problems, network=str(raw.get("name") or ""))
    reader.only(KEYS)
    name, (driver, mode, flag) = _name(reader), _driver(reader)
    parent, internal = _parent(reader), reader.boolean("internal")
    subnets = parse_subnets(reader, "subnets", internal)
    if len(problems) > before and not (name and driver and mode and parent and subnets):
        return None
    return Lan(name or "", driver or "", mode or "", parent or "", internal, subnets, flag or "")


def _name(reader: Reader) -> str | None:
    name = reader.text("name")
    if name and not _NAME.match(name):
        reader.refuse(
            ".name", f"is {name!r}, expected letters, digits, '_', '.' and '-'", "Begin with a letter or a digit"
        )
    elif name in _DOCKERS_OWN:
        reader.refuse(".name", f"{name} is a network of Docker's own", "Choose another name")
    return name


def _driver(reader: Reader) -> tuple[str | None, str | None, str | None]:
    """Return the driver, its mode and its flag."""
    driver = reader.text("driver")
    if driver is None:
        return None, None, None
    if driver not in LAN_DRIVERS:
        reader.refuse(
            ".driver",
            f"is {driver!r}, expected one of {', '.join(LAN_DRIVERS)}",
            "Prefer ipvlan where MAC addresses are filtered",
        )
        return None, None, None
    return (
        driver,
        _variant(reader, "mode", driver, modes_of(driver)),
        _variant(reader, "flag", driver, flags_of(driver)),
    )


def _variant(reader: Reader, key: str, driver: str, choices: Sequence[str]) -> str | None:
    """Return the mode or the flag; the first choice is the default, and without choices there must be none."""
    if not choices:
        if reader.raw.get(key) is not None:
            reader.refuse(f".{key}", f"is {reader.raw[key]!r}, expected none for {driver}", "Remove it")
        return ""
    word = reader.text(key, default=choices[0])
    if word is not None and word not in choices:
        expected = " or ".join((", ".join(choices[:-1]), choices[-1]))
        reader.refuse(f".{key}", f"is {word!r}, expected {expected} for {driver}", f"Leave it out for {choices[0]}")
    return word


def _parent(reader: Reader) -> str | None:
    parent = reader.text("parent")
    if parent is not None and not is_link_name(parent):
        refuse_link_name(reader, ".parent", parent)
    return parent


def parse_subnets(reader: Reader, key: str, internal: bool) -> tuple[Subnet, ...]:
    """Read the list of subnets at ``key``, one per address family, and sort it: IPv4 first."""
    raw = reader.sequence(key)
    if not raw:
        reader.refuse(
            f".{key}",
            "is empty, expected one subnet per address family",
            "Declare an IPv4 subnet, an IPv6 subnet (alone only from Docker Engine 28 on), or both",
        )
    found = [_subnet(reader, f"{reader.path}.{key}[{i}]", item, internal) for i, item in enumerate(raw)]
    subnets = [subnet for subnet in found if subnet is not None]
    for version in (4, 6):
        if sum(subnet.version == version for subnet in subnets) > 1:
            reader.refuse(
                f".{key}",
                f"has more than one IPv{version} subnet, expected at most one",
                "Declare a second LAN for it",
            )
    return tuple(sorted(subnets, key=lambda subnet: subnet.version))


def _subnet(reader: Reader, path: str, raw: Any, internal: bool) -> Subnet | None:
    if isinstance(raw, Mapping):
        return parse_subnet(Reader(path, raw, reader.problems, network=reader.network), internal)
    reader.problems.append(Problem(f"{path}: is {raw!r}, expected a mapping", "Give subnet, gateway and range"))
    return None


def _repeated_names(raw: Sequence[Any]) -> list[Problem]:
    names = [item.get("name") for item in raw if isinstance(item, Mapping)]
    repeated = sorted({str(name) for name in names if name is not None and names.count(name) > 1})
    return [
        Problem(
            f"{VARIABLE}: the name {name} is used {names.count(name)} times, expected once",
            "Rename one of the LANs",
            "",
            name,
        )
        for name in repeated
    ]


def _overlaps(lans: Sequence[Lan]) -> list[Problem]:
    """Two LANs with common addresses could give one of them twice."""
    return [
        Problem(
            f"{VARIABLE}: the subnet {theirs.subnet} of {second.name} overlaps {ours.subnet} of {first.name}",
            "Give each LAN addresses of its own",
            network=second.name,
        )
        for first, second in combinations(lans, 2)
        for ours in first.subnets
        for theirs in second.subnets
        if ours.version == theirs.version and ours.subnet.overlaps(theirs.subnet)
    ]
