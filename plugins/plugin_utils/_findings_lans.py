# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about macvlan and ipvlan: links that Docker makes, what the kernel refuses, the article. PRIVATE."""

from __future__ import annotations

from collections import Counter
from typing import Counter as CounterOf
from typing import Iterator, NamedTuple, Sequence

from ._checks import Check
from ._contract import BLOCKED, CROSS_HOST, HOST_TO_HOST, OPEN, OTHER_HOST, OWN_HOST, SAME_HOST, relation_of
from ._experiment_modes import BY_NAME
from ._facts import Facts, link, live_network
from ._findings_words import Experiment, Known, Report, between, first_network, last_look, row_of
from ._observation import NO_DATA
from ._reading import SIGNS, expanded

_DUMMY = {"macvlan": "dm-", "ipvlan": "di-"}  # how Docker names the link of a network without a parent
_ID = 12


class _Statement(NamedTuple):
    """One of the article's findings. ``kind`` is that of the source, None for either."""

    text: str
    relation: str
    kind: str | None
    expected: str


ARTICLE: Sequence[_Statement] = (
    _Statement("1. A host and its own containers do not reach each other", OWN_HOST, None, BLOCKED),
    _Statement("2. The containers of a host reach each other", SAME_HOST, None, OPEN),
    _Statement("3. Hosts reach each other", HOST_TO_HOST, None, OPEN),
    _Statement("4. A container reaches other hosts", OTHER_HOST, "container", OPEN),
    _Statement("5. A container reaches the containers of other hosts", CROSS_HOST, None, OPEN),
    _Statement("6. A host reaches the containers of other hosts", OTHER_HOST, "host", OPEN),
)
_ACROSS = (HOST_TO_HOST, OTHER_HOST, CROSS_HOST)


def article(experiment: Experiment, report: Report) -> Iterator[Check]:
    """Show the six findings of the article on ipvlan, each for the whole fleet."""
    counts = _counts(report, first_network(experiment))
    whole = not any(host["lost"] for host in report["hosts"])
    for statement in ARTICLE:
        seen = sum(
            (counts[key] for key in counts if key[0] == statement.relation and _fits(key[1], statement)), Counter()
        )
        pairs = sum(seen.values())
        proven = pairs - seen[NO_DATA]
        if proven:
            missing = f", {seen[NO_DATA]} without data" if seen[NO_DATA] else ""
            detail = f"{statement.text}: {seen[statement.expected]} of {pairs} pairs{missing}"
            yield row_of(experiment, None, seen[statement.expected] == proven, detail)
        elif whole and (len(report["hosts"]) > 1 or statement.relation not in _ACROSS):
            yield row_of(experiment, None, False, f"{statement.text}: no pair proves it")


def refused(experiment: Experiment, host: str, facts: Known) -> Iterator[Check]:
    """Show that the kernel refuses a second container where a parent carries one link only."""
    look = last_look(facts[host])
    if look is None:
        return
    errors = {item["container"]: item["error"] for item in facts[host]["experiment"]["refused"]}
    for item in experiment["hosts"][host]["containers"]:
        if not item["starts"]:
            name = item["name"]
            passed = name in errors
            detail = f"{name} is refused: {errors[name]}" if passed else f"{name} started, expected that it is refused"
            yield between(row_of(experiment, host, passed, detail), name)


def made_links(experiment: Experiment, host: str, facts: Known) -> Iterator[Check]:
    """Show the links that Docker made for the networks, while these are used."""
    if last_look(facts[host]) is None:
        return
    kinds = BY_NAME[experiment["name"]].links
    for network, name in _made(experiment, host, facts[host]):
        found = link(facts[host], name)
        passed = found is not None and found["kind"] in kinds
        if passed:
            detail = f"Docker made the {kinds[0]} link {name}"
        else:
            detail = f"{name} is {'not there' if found is None else 'no such link'}, expected a {kinds[0]} link"
        yield row_of(experiment, host, passed, detail)._replace(network=network)


def removed_links(experiment: Experiment, host: str, facts: Known, left: Sequence[str] | None) -> Iterator[Check]:
    """Show that the links are gone with their networks; ``left`` are those of the host afterwards, None if unknown."""
    mode = BY_NAME.get(experiment["name"])
    if left is None or mode is None or not mode.links:
        return
    for network, name in _made(experiment, host, facts[host]):
        passed = name not in left
        detail = f"Docker removed {name} with its network" if passed else f"{name} is still there without its network"
        yield row_of(experiment, host, passed, detail)._replace(network=network)


def _made(experiment: Experiment, host: str, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield each network of the experiment with the name of the link that is made for it."""
    for lan in experiment["lans"]:
        if lan["parent"] is not None:
            yield lan["name"], experiment["parents"][host][lan["name"]]
        else:
            network = live_network(facts, lan["name"])
            yield lan["name"], f"{_DUMMY[lan['driver']]}{network['id'][:_ID] if network else '?'}"


def _fits(kind: str, statement: _Statement) -> bool:
    return statement.kind in (None, kind)


def _counts(report: Report, network: str) -> dict[tuple[str, str], CounterOf[str]]:
    """Count what was observed of the pairs within a network, by relation and by the kind of the source."""
    ends = report["endpoints"]
    found: dict[tuple[str, str], CounterOf[str]] = {}
    for block in report["matrix"]:
        if (block["network"], block["to_network"]) != (network, None):
            continue
        for row in block["rows"]:
            source = ends[row["source"]]
            for target, sign in zip(expanded(row["targets"]), row["signs"]):
                key = (relation_of(source, ends[target]), source["kind"])
                found.setdefault(key, Counter())[SIGNS[sign].observed] += 1
    return found
