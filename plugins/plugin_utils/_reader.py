# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read untrusted values out of a mapping, and collect a problem for each that is wrong. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, Iterable, Mapping

from ._intervals import Address, Network
from ._problems import Problem

_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def parse_address(text: str) -> Address | None:
    """Return the address that ``text`` spells, or None."""
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def parse_network(text: str) -> Network | None:
    """Return the network that ``text`` spells in CIDR notation, host bits cleared, or None."""
    if "/" not in text:
        return None
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def parse_size(value: Any) -> int | None:
    """Return the prefix length that a text such as ``/27`` spells, or None."""
    text = value.strip() if isinstance(value, str) else ""
    return int(text[1:]) if text[:1] == "/" and text[1:].isdecimal() else None


@dataclass(frozen=True)
class Reader:
    """The mapping ``raw``, found at the variable path ``path``; each wrong value adds one to ``problems``."""

    path: str
    raw: Mapping[str, Any]
    problems: list[Problem]
    host: str = ""
    network: str = ""

    def refuse(self, key: str, problem: str, cure: str) -> None:
        """Add a problem with the value of ``key``."""
        self.problems.append(Problem(f"{self.path}{key}: {problem}", cure, self.host, self.network))

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse every key that is not ``allowed``."""
        known = list(allowed)
        for key in self.raw:
            if key not in known:
                self.refuse(f".{key}", "there is no such option", f"Use one of {', '.join(known)}")

    def text(self, key: str, default: str = "") -> str | None:
        """Return the non-empty string at ``key``; ``default`` makes it optional."""
        value = self.raw.get(key)
        if value is None and default:
            return default
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.refuse(f".{key}", f"is {_shown(value)}, expected a string", f"Set {key}")
        return None

    def boolean(self, key: str) -> bool:
        """Return the boolean at ``key``, False when there is none."""
        value = self.raw.get(key, False)
        if isinstance(value, bool):
            return value
        if str(value).lower() not in _BOOLEANS:
            self.refuse(f".{key}", f"is {_shown(value)}, expected a boolean", "Write true or false")
        return _BOOLEANS.get(str(value).lower(), False)

    def integer(self, key: str, default: int) -> int | None:
        """Return the integer at ``key``, ``default`` when there is none."""
        value = self.raw.get(key)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().isdecimal():
            return int(value)
        self.refuse(f".{key}", f"is {_shown(value)}, expected an integer", f"Leave it out for {default}")
        return None

    def sequence(self, key: str) -> list[Any]:
        """Return the list at ``key``, empty when there is none."""
        value = self.raw.get(key)
        if isinstance(value, (list, tuple)):
            return list(value)
        if value is not None:
            self.refuse(f".{key}", f"is {_shown(value)}, expected a list", "Write a list")
        return []

    def address(self, key: str) -> Address | None:
        """Return the address at ``key``."""
        text = self.text(key)
        found = parse_address(text) if text else None
        if text and found is None:
            self.refuse(f".{key}", f"is {text!r}, expected an IPv4 or IPv6 address", "Write the bare address")
        return found

    def strict_network(self, key: str) -> Network | None:
        """Return the network at ``key``, which must be a network address with its prefix length."""
        text = self.text(key)
        return self.as_network(f".{key}", text) if text else None

    def as_network(self, key: str, value: Any, expected: str = "a network such as 192.168.56.0/24") -> Network | None:
        """Return ``value`` as a network; a problem names ``key``, which may be an item such as ``.reserved[0]``."""
        found = parse_network(value) if isinstance(value, str) else None
        if found is None:
            self.refuse(key, f"is {_shown(value)}, expected {expected}", "Use CIDR notation")
            return None
        if int(found.network_address) != int(ip_address(str(value).split("/", 1)[0].strip())):
            self.refuse(key, f"is {value!r}, which has host bits set, expected {found}", f"Write {found}")
            return None
        return found


def _shown(value: Any) -> str:
    return "missing" if value is None else repr(value)
