# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What findings are made of: rows, looks, links. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, List, Mapping

from ._checks import FAILED, MODE, PASSED, Check
from ._facts import Facts

Experiment = Mapping[str, Any]  # an entry of ``experiments`` (docs/interfaces.md)
Known = Mapping[str, Facts]  # by host
Report = Mapping[str, Any]
Look = List[Mapping[str, Any]]  # the containers that were seen
Links = Mapping[str, "tuple[str | None, frozenset[str]]"]  # name -> MAC address and addresses

LO = "lo"


def row_of(experiment: Experiment, host: str | None, passed: bool, detail: str) -> Check:
    """Return a finding about the first network of the experiment; ``host`` is None for one about all hosts."""
    return Check(MODE, PASSED if passed else FAILED, first_network(experiment), host, detail=detail)


def between(check: Check, source: str, target: str | None = None) -> Check:
    """Return a finding as one about a container, or two, of its host."""
    ends = [{"id": f"{check.host}/{name}"} if name else None for name in (source, target)]
    return check._replace(source=ends[0], target=ends[1])


def first_network(experiment: Experiment) -> str:
    """Return the name of the first network of an experiment."""
    return str([*experiment["lans"], *experiment["own"]][0]["name"])


def looks_of(facts: Facts) -> list[Look]:
    """Return what was seen in the containers: after the start, and after each step."""
    looks = (facts.get("experiment") or {}).get("looks") or []
    return [look["containers"] for look in looks]


def last_look(facts: Facts) -> Look | None:
    """Return what was seen at last, None where nothing was, as in check mode."""
    looks = looks_of(facts)
    return looks[-1] if looks else None


def links_of(links: Any) -> Links:
    """Return links by name, each with its MAC address and its addresses; what is only of the link does not count."""
    return {
        item["name"]: (item["mac"], frozenset(text for text in item["addresses"] if not text.startswith("fe80:")))
        for item in links
    }


def told(links: Links) -> str:
    """Say which links there are, but for lo, and their addresses."""
    found = [
        f"{name} ({', '.join(sorted(addresses))})" if addresses else name
        for name, (_mac, addresses) in links.items()
        if name != LO
    ]
    return ", ".join(found) or f"only {LO}"
