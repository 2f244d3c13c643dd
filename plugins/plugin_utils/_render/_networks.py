# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of a report: matrices of hosts and of endpoints, and the relations. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

from .._reading import Block, BlockKey, blocks_in, expanded
from .._words import counted, ip_version, lan
from ._grids import endpoint_grid, signs_of
from ._host_counts import by_hosts
from ._host_grids import host_grid
from ._kinds import kind_words
from ._relations import across, relations
from ._shown import shown_lines
from ._text import heading

Report = Mapping[str, Any]
Network = Mapping[str, Any]
Part = Mapping[str, Any]  # a block of the report's matrix
Blocks = Mapping[BlockKey, Block]

_ENDPOINTS_MAX = 16


def networks(report: Report, *, colour: bool) -> Iterator[str]:
    """Yield the networks, and after them the pairs of networks that were probed."""
    blocks = blocks_in(report)
    for network in report["networks"]:
        yield ""
        yield from _network(report, network, blocks, colour=colour)
        yield from shown_lines(network["name"], report["checks"], colour=colour)
    yield from _across(report, colour=colour)


def _network(report: Report, network: Network, blocks: Blocks, *, colour: bool) -> Iterator[str]:
    endpoints = [end for end in report["endpoints"] if end["network"] == network["name"]]
    parts = [part for part in report["matrix"] if _within(network, part) and part["rows"]]
    if not parts:
        yield f"{_title(network)}: no pairs"
    for number, alike in enumerate(_alike(report, parts)):
        yield from [""] if number else []
        families = " and ".join(ip_version(part["family"]) for part in alike)
        head = f"{_title(network)}, {counted(len(endpoints), 'endpoint')}, {families}"
        yield heading(head, colour=colour)
        yield from _matrices(endpoints, alike[0], blocks, colour=colour)
        yield ""
        yield from relations(network, [_groups(report, part) for part in alike], colour=colour)


def _within(network: Network, part: Part) -> bool:
    return part["network"] == network["name"] and part["to_network"] is None


def _title(network: Network) -> str:
    return f"{network['name']}: {kind_words(network)}"


def _groups(report: Report, part: Part) -> list[Mapping[str, Any]]:
    """Return the relations of a block of the matrix."""
    place = ("network", "to_network", "family")
    return [group for group in report["relations"] if all(group[key] == part[key] for key in place)]


def _alike(report: Report, parts: Sequence[Part]) -> list[list[Part]]:
    """Return the blocks by family; those of families that agree in every pair are together, to be shown once."""
    found: list[tuple[Any, list[Part]]] = []
    for part in parts:
        mine = _outcome(report, part)
        same = next((those for outcome, those in found if outcome == mine), None)
        if same is None:
            found.append((mine, [part]))
        else:
            same.append(part)
    return [those for _outcome_of_them, those in found]


def _outcome(report: Report, part: Part) -> Any:
    """Return all that is told of a block but its family and its times."""
    groups = [{**group, "family": None, "rtt_ms": None} for group in _groups(report, part)]
    return groups, [(row["source"], row["targets"], row["signs"]) for row in part["rows"]]


def _matrices(endpoints: Sequence[Mapping[str, Any]], part: Part, blocks: Blocks, *, colour: bool) -> Iterator[str]:
    """Yield the matrix of the hosts, and that of the endpoints where they are few; not both when they are the same."""
    shown = _taking_part(endpoints, part["rows"])
    counts = by_hosts((key, block) for key, block in blocks.items() if _is_of(key, part))
    probed = {host for ends in counts for host in ends}
    hosts = [host for host in dict.fromkeys(str(end["host"]) for end in endpoints) if host in probed]
    if not shown or 1 < len(hosts) < len(shown):
        yield from ("", *host_grid(hosts, counts, colour=colour))
    if shown:
        yield from ("", *endpoint_grid(shown, signs_of(part["rows"]), colour=colour))


def _is_of(key: BlockKey, part: Part) -> bool:
    return (key.network, key.to_network, key.family) == (part["network"], part["to_network"], part["family"])


def _taking_part(endpoints: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the endpoints that have pairs in a block, or none when they are too many for a matrix."""
    if len(rows) > _ENDPOINTS_MAX:
        return []
    indexes = {index for row in rows for index in (row["source"], *expanded(row["targets"]))}
    return [end for end in endpoints if end["index"] in indexes] if len(indexes) <= _ENDPOINTS_MAX else []


def _across(report: Report, *, colour: bool) -> Iterator[str]:
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for group in report["relations"]:
        if group["to_network"] is not None:
            found.setdefault((group["network"], group["to_network"]), []).append(group)
    for ends, groups in found.items():
        head = f"{lan(*ends)}, {counted(sum(group['pairs'] for group in groups), 'pair')}"
        wrong = [pair for pair in report["deviations"] if (pair["network"], pair["to_network"]) == ends]
        yield from ("", heading(head, colour=colour), "")
        yield from across(groups, wrong, colour=colour)
