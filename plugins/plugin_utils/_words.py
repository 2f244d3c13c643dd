# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small words for messages. PRIVATE to the collection."""

from __future__ import annotations

from typing import Sequence

_SHOWN = 10


def named(names: Sequence[str], shown: int = _SHOWN) -> str:
    """Return the names as an enumeration, cut short when they are many: ``a, b and c``, ``a, b, c and 97 more``."""
    rest = len(names) - shown
    if rest > 0:
        return f"{', '.join(names[:shown])} and {rest} more"
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return the number with its noun, in the plural where it must be: ``1 pair``, ``2 pairs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {nouns or f'{noun}s'}"


def few(lines: Sequence[str], shown: int) -> list[str]:
    """Return the different ones of the lines, at most ``shown``, and then how many there are more."""
    different = list(dict.fromkeys(lines))
    rest = len(different) - shown
    return [*different[:shown], f"and {rest} more"] if rest > 0 else different


def ip_version(family: str) -> str:
    """Return the name of an address family: ``IPv4``, ``IPv6``."""
    return f"IP{family[2:]}"


def lan(network: str, to_network: str | None) -> str:
    """Return the name of a network, or of both that a pair is between: ``office``, ``office to voice``."""
    return f"{network} to {to_network}" if to_network else network
