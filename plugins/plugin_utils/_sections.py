# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One report of several meshes, each a section of it (docs/interfaces.md, sections of a report). PRIVATE.

Endpoints are numbered through, the rest is put one after the other. What a host observed is read, judged and explained
section by section.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, chain
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ..module_utils._mesh import TOPOLOGIES
from ._matrix import Mesh, Outcome, Part, report_of
from ._refit import errors_moved, renumbered


class Section(NamedTuple):
    """A mesh, and what each host observed of it."""

    mesh: Mesh
    outcomes: Mapping[str, Outcome]


def report_of_sections(sections: Sequence[Section], generated_at: str) -> dict[str, Any]:
    """Return the report of one section at least; ``generated_at`` is a time in ISO 8601."""
    return report_of(joined([section.mesh for section in sections]), list(_parts(sections)), generated_at)


def joined(meshes: Sequence[Mesh]) -> dict[str, Any]:
    """Return the meshes as one. Of a host, what is said last of it counts, with all of its addresses and conflicts."""
    endpoints = chain.from_iterable(mesh["endpoints"] for mesh in meshes)
    return {
        "section": None,
        **{key: [item for mesh in meshes for item in mesh[key]] for key in ("networks", "across", "expectations")},
        "topology": _topology([mesh["topology"] for mesh in meshes]),
        "hosts": _hosts(meshes),
        "endpoints": [{**end, "index": index} for index, end in enumerate(endpoints)],
    }


def _topology(topologies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the topology of all pairs: where they differ, for a limit, that which leaves out the most."""
    least = max(topologies, key=lambda topology: TOPOLOGIES.index(topology["kind"]))
    return {**least, "pairs": sum(topology["pairs"] for topology in topologies)}


def _hosts(meshes: Sequence[Mesh]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for host in chain.from_iterable(mesh["hosts"] for mesh in meshes):
        known = found.get(host["name"], host)
        found[host["name"]] = {
            **host,
            "virtualization": host["virtualization"] or known["virtualization"],
            "addresses": {**known["addresses"], **host["addresses"]},
            "conflicts": [*known["conflicts"], *(row for row in host["conflicts"] if row not in known["conflicts"])],
        }
    return list(found.values())


def _parts(sections: Sequence[Section]) -> Iterator[Part]:
    sizes = [len(section.mesh["endpoints"]) for section in sections]
    for section, size, first in zip(sections, sizes, accumulate(sizes, initial=0)):
        moved = {index: index + first for index in range(size)}
        outcomes = {host: _moved(outcome, moved) for host, outcome in section.outcomes.items()}
        yield Part(section.mesh, outcomes if first else section.outcomes, first)


def _moved(outcome: Outcome, moved: Mapping[int, int]) -> Outcome:
    """Return the outcome with the indexes of the report; checks are read by those of their own mesh."""
    errors = list(errors_moved(outcome.errors, moved))
    return replace(outcome, errors=errors, evidence=renumbered(outcome.evidence, moved))
