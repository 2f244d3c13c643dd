# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings: what an experiment shows beside pairs, as checks of the kind ``mode``. PRIVATE to the collection.

To add a finding, add its function to those of its mode below. What nothing is known of, such as a container that cannot
be looked into, gives no row.
"""

from __future__ import annotations

from typing import Any, Callable, Iterator, Mapping, Sequence

from ._checks import Check
from ._findings_docker import bridge_addresses, joined, known_names, only_lo, stack_of_host
from ._findings_lans import article, made_links, refused, removed_links
from ._findings_words import Experiment, Known, Report, last_look, row_of
from ._words import named

# One host at a time: (experiment, host, facts of all hosts).
OfHost = Callable[[Experiment, str, Known], Iterator[Check]]
OfFleet = Callable[[Experiment, Report], Iterator[Check]]

OF_HOST: Mapping[str, tuple[OfHost, ...]] = {
    "bridge": (bridge_addresses, known_names),
    "host": (stack_of_host,),
    "none": (only_lo,),
    "container": (joined,),
    "user-defined": (known_names,),
    "macvlan-passthru": (refused, made_links),
    "vlan": (made_links,),
    "no-parent": (made_links,),
}
OF_FLEET: Mapping[str, tuple[OfFleet, ...]] = {"ipvlan-l2": (article,)}


def findings_of(
    experiment: Experiment, report: Report, facts: Known, removed: Mapping[str, Sequence[str]] | None = None
) -> list[dict[str, Any]]:
    """Return the rows for the checks of a report.

    ``facts`` are those of the module ``experiment``, by host, without lost ones. ``removed`` are the names of the links
    that hosts still had once the experiment was removed, by host.
    """
    name = experiment["name"]
    found = [check for fleet in OF_FLEET.get(name, ()) for check in fleet(experiment, report)]
    for host in facts:
        found += not_running(experiment, host, facts)
        found += [check for one in OF_HOST.get(name, ()) for check in one(experiment, host, facts)]
        found += removed_links(experiment, host, facts, (removed or {}).get(host))
    return [check.row() for check in found]


def not_running(experiment: Experiment, host: str, facts: Known) -> Iterator[Check]:
    """Yield the containers that do not run in the end: their pairs are missing, and nobody would miss them."""
    look = last_look(facts[host])
    planned = (experiment["hosts"].get(host) or {"containers": []})["containers"]
    alive = {seen["name"] for seen in look or [] if seen["running"]}
    dead = [item["name"] for item in planned if item["starts"] and item["name"] not in alive]
    if look is not None and dead:
        yield row_of(experiment, host, False, f"{named(dead)} {'does' if len(dead) == 1 else 'do'} not run any more")
