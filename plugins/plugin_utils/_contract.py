# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reachability contract: which relation must be open or blocked, per driver and mode. PRIVATE to the collection.

To add a driver or a mode, add its rows here; everything else follows. The first mode of a driver is its default.
"""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

OPEN = "open"
BLOCKED = "blocked"

SAME_HOST = "same_host"
CROSS_HOST = "cross_host"
OWN_HOST = "own_host"
OTHER_HOST = "other_host"
HOST_TO_HOST = "host_to_host"
RELATIONS = (SAME_HOST, CROSS_HOST, OWN_HOST, OTHER_HOST, HOST_TO_HOST)


class Rule(NamedTuple):
    """What is expected of a relation, and why."""

    expected: str
    why: str


_LAYER_2 = Rule(OPEN, "both are on the same layer 2")
_HOSTS = Rule(OPEN, "the hosts themselves are on the LAN")
_PARENT = "the kernel passes no frame between a parent link and the {} links on it"

CONTRACT: dict[tuple[str, str], dict[str, Rule]] = {
    ("ipvlan", "l2"): {
        SAME_HOST: Rule(OPEN, "the parent link switches between its ipvlan links"),
        CROSS_HOST: _LAYER_2,
        OWN_HOST: Rule(BLOCKED, _PARENT.format("ipvlan")),
        OTHER_HOST: _LAYER_2,
        HOST_TO_HOST: _HOSTS,
    },
    ("macvlan", "bridge"): {
        SAME_HOST: Rule(OPEN, "the parent link switches between its macvlan links"),
        CROSS_HOST: _LAYER_2,
        OWN_HOST: Rule(BLOCKED, _PARENT.format("macvlan")),
        OTHER_HOST: _LAYER_2,
        HOST_TO_HOST: _HOSTS,
    },
}


def modes_of(driver: str = "") -> list[str]:
    """Return the modes of ``driver`` that the contract knows, the default first; without a driver, all drivers."""
    if not driver:
        return sorted({known for known, _mode in CONTRACT})
    return [mode for known, mode in CONTRACT if known == driver]


def rule(driver: str, mode: str, relation: str) -> Rule:
    """Return what is expected. KeyError for a driver and mode, or a relation, that the contract does not know."""
    return CONTRACT[driver, mode][relation]


def relation_of(source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return how two endpoints (docs/interfaces.md, mesh) stand to each other; the same in both directions."""
    same = source["host"] == target["host"]
    hosts = [source["kind"], target["kind"]].count("host")
    if hosts == 0:
        return SAME_HOST if same else CROSS_HOST
    if hosts == 1:
        return OWN_HOST if same else OTHER_HOST
    return HOST_TO_HOST
