# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of hosts in Markdown: which host reaches which, or the worst hosts of a large fleet. PRIVATE."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence, Tuple

from .._reading import Block, BlockKey, blocks_in
from .._words import ip_version, lan, named
from ._host_counts import ByHosts, Counts, by_hosts, not_as_expected, sides_of
from ._kinds import kind_words
from ._markup import name, table, text

_HOSTS_MAX = 12
_WORST = 10
_TABLES = 24
_LEGEND = {"✅": "as expected", "❌": "some are not as expected", "❔": "some are without data", "·": "not probed"}
_NOT_PROBED = "·"

Part = Tuple[str, str, str]  # network, the other network or "", family


def hosts_tables(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table for each network (or two), address families that agree together."""
    parts = _counted(report)
    titles = _titles(parts, {network["name"]: kind_words(network) for network in report["networks"]})
    hosts = [host["name"] for host in report["hosts"]]
    for number, (title, part) in enumerate(list(titles.items())[:_TABLES]):
        taking_part = {end for ends in parts[part] for end in ends}
        yield from [""] if number else []
        yield from (f"### {text(title)}", "")
        yield from _table([host for host in hosts if host in taking_part], parts[part])
    rest = len(titles) - _TABLES
    yield from ["", f"And {rest} more of these tables."] if rest > 0 else []


def _counted(report: Mapping[str, Any]) -> dict[Part, ByHosts]:
    parts: dict[Part, list[tuple[BlockKey, Block]]] = {}
    for key, block in blocks_in(report).items():
        parts.setdefault((key.network, key.to_network or "", key.family), []).append((key, block))
    return {part: by_hosts(blocks) for part, blocks in parts.items()}


def _titles(parts: Mapping[Part, ByHosts], kinds: Mapping[str, str]) -> dict[str, Part]:
    """Return the parts by their titles; of address families that agree in every number there is one part.

    ``kinds`` says of each network in words what it is.
    """
    groups: list[tuple[Part, list[str]]] = []
    for part, counts in parts.items():
        same = next((families for one, families in groups if one[:2] == part[:2] and parts[one] == counts), None)
        if same is None:
            groups.append((part, [ip_version(part[2])]))
        else:
            same.append(ip_version(part[2]))
    return {_title(part, families, kinds): part for part, families in groups}


def _title(part: Part, families: Sequence[str], kinds: Mapping[str, str]) -> str:
    network, to_network, _family = part
    kind = "" if to_network else f": {kinds[network]}"
    return f"{lan(network, to_network)}{kind}, {named(families)}"


def _table(hosts: Sequence[str], counts: ByHosts) -> Iterator[str]:
    if len(hosts) > _HOSTS_MAX:
        yield from _worst(hosts, counts)
        return
    rows = [[name(one), *(_cell(counts.get((one, other))) for other in hosts)] for one in hosts]
    yield from table(("from \\ to", *map(name, hosts)), rows, left=1)
    used = {cell[0] for row in rows for cell in row[1:]}
    yield from ("", ", ".join(f"{sign} {words}" for sign, words in _LEGEND.items() if sign in used))


def _cell(counts: Counts | None) -> str:
    """Return the numbers with the sign of the worst of the pairs."""
    if counts is None:
        return _NOT_PROBED
    sign = "❌" if counts.unexpected else "✅" if counts.good == counts.pairs else "❔"
    return f"{sign} {counts.text}"


def _worst(hosts: Sequence[str], counts: ByHosts) -> Iterator[str]:
    """Yield the hosts with the most pairs that are not as expected, and how many hosts have none."""
    sides = sides_of(hosts, counts)
    bad = {host: not_as_expected(both) for host, both in sides.items()}
    worst = sorted((host for host in hosts if bad[host]), key=lambda host: -bad[host])
    if worst:
        rows = [[name(host), *map(_cell, sides[host])] for host in worst[:_WORST]]
        yield from (*table(("host", "as source", "as target"), rows, left=1), "")
    more = f", {len(worst) - _WORST} more have pairs that are not" if len(worst) > _WORST else ""
    yield f"{len(hosts) - len(worst)} of {len(hosts)} hosts have all their pairs as expected{more}."
