# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report on a terminal of 80 columns: verdict, matrices, relations, lost hosts, causes. Readable without colour."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

from .._contract import BLOCKED, OPEN, RELATIONS, rule
from .._words import counted, named
from ._grids import endpoint_grid, host_grid, host_list
from ._text import WIDTH, coloured, cut, pad, safe, width_of, wrap

Pair = Mapping[str, Any]

_ENDPOINTS_MAX = 16
_FAMILY = {"ipv4": "IPv4", "ipv6": "IPv6"}
_RELATION = {
    "same_host": "containers of one host",
    "cross_host": "containers of two hosts",
    "own_host": "host and its own containers",
    "other_host": "host and others' containers",
    "host_to_host": "the hosts themselves",
}
_MEANING = {"pass": "good", "fail": "bad", "incomplete": "unknown"}
_DETAIL_MAX = 300


def render(report: Mapping[str, Any], *, colour: bool = False) -> str:
    """Return the report as text that ends with a line break."""
    lines = [*_verdict(report, colour=colour)]
    for network in report["networks"]:
        lines += ["", *_network(report, network, colour=colour)]
    lines += [*_lost_hosts(report), *_causes(report)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _verdict(report: Mapping[str, Any], *, colour: bool) -> list[str]:
    verdict = str(report["verdict"])
    head, *rest = wrap(headline(report), len(verdict) + 2)
    return [coloured(f"{verdict.upper()}:", _MEANING[verdict], colour=colour) + head[len(verdict) + 1 :], *rest]


def headline(report: Mapping[str, Any]) -> str:
    """Return the numbers behind the verdict as a sentence without its end."""
    totals = report["totals"]
    if not totals["pairs"]:
        return "no pair was probed"
    pairs = counted(totals["pairs"], "pair")
    if report["verdict"] == "pass":
        scope = f"{counted(len(report['hosts']), 'host')}, {counted(len(report['endpoints']), 'endpoint')}"
        return f"all {pairs} are as expected ({scope})"
    found = [
        (totals["unexpected_blocked"], "blocked though they must be open"),
        (totals["unexpected_open"], "open though they must be blocked"),
        (totals["no_data"], "without data"),
    ]
    return f"of {pairs}, " + ", ".join(f"{number} are {what}" for number, what in found if number)


def _network(report: Mapping[str, Any], network: Mapping[str, Any], *, colour: bool) -> Iterator[str]:
    endpoints = [end for end in report["endpoints"] if end["network"] == network["name"]]
    hosts = {end["id"]: end["host"] for end in endpoints}
    pairs = [
        {**pair, "source_host": hosts[pair["source"]], "target_host": hosts[pair["target"]]}
        for pair in report["pairs"]
        if pair["network"] == network["name"]
    ]
    if not pairs:
        yield f"{_title(network)}: no pairs"
    for number, (families, shown) in enumerate(_by_family(pairs)):
        yield from [""] if number else []
        name = " and ".join(_FAMILY[family] for family in families)
        head = f"{_title(network)}, {counted(len(endpoints), 'endpoint')}, {name}"
        yield coloured(cut(head, WIDTH), "bold", colour=colour)
        yield ""
        yield from _matrix(endpoints, shown, colour=colour)
        yield ""
        yield from _relations(network, shown, each=len(families) > 1)


def _title(network: Mapping[str, Any]) -> str:
    internal = ", internal" if network["internal"] else ""
    return f"{safe(network['name'])}: {network['driver']} {network['mode']}{internal}"


def _by_family(pairs: Sequence[Pair]) -> list[tuple[list[str], list[Pair]]]:
    """Return the pairs of each address family; families that agree in every pair are shown once."""
    found: list[tuple[list[str], list[Pair]]] = []
    for family in dict.fromkeys(pair["family"] for pair in pairs):
        mine = [pair for pair in pairs if pair["family"] == family]
        same = next((families for families, shown in found if _outcomes(shown) == _outcomes(mine)), None)
        if same is None:
            found.append(([family], mine))
        else:
            same.append(family)
    return found


def _outcomes(pairs: Sequence[Pair]) -> dict[tuple[str, str], str]:
    return {(pair["source"], pair["target"]): pair["status"] for pair in pairs}


def _matrix(endpoints: Sequence[Mapping[str, Any]], pairs: Sequence[Pair], *, colour: bool) -> list[str]:
    taking_part = {pair[end] for pair in pairs for end in ("source", "target")}
    shown = [end for end in endpoints if end["id"] in taking_part]
    if len(shown) <= _ENDPOINTS_MAX:
        return endpoint_grid(shown, {(pair["source"], pair["target"]): pair for pair in pairs}, colour=colour)
    hosts = list(dict.fromkeys(str(end["host"]) for end in shown))
    return host_grid(hosts, pairs, colour=colour) or host_list(hosts, pairs)


def _relations(network: Mapping[str, Any], pairs: Sequence[Pair], *, each: bool) -> Iterator[str]:
    """Yield the hosts' table: what was expected of each relation, and how many pairs kept to it."""
    digits = len(str(len(pairs)))
    for relation in RELATIONS:
        mine = [pair for pair in pairs if pair["relation"] == relation]
        if not mine:
            continue
        expected = rule(network["driver"], network["mode"], relation).expected
        good = sum(pair["status"] == "as_expected" for pair in mine)
        first = f"{good:>{digits}} of {len(mine):>{digits}} {expected}, as expected"
        yield "   " + pad(relation, 14) + pad(_RELATION[relation], 29) + first
        for text in _deviations(mine, expected):
            yield " " * (46 + digits - len(text.split(" ", 1)[0])) + text
    if each:
        yield "   (numbers for each address family)"
    for relation in RELATIONS:
        expected, why = rule(network["driver"], network["mode"], relation)
        if expected == BLOCKED and any(pair["relation"] == relation for pair in pairs):
            yield from wrap(f"{relation} is blocked because {why}.", 3)


def _deviations(pairs: Sequence[Pair], expected: str) -> list[str]:
    wrong = "BLOCKED, must be open" if expected == OPEN else "OPEN, must be blocked"
    unexpected = sum(pair["status"] in ("unexpected_blocked", "unexpected_open") for pair in pairs)
    missing = sum(pair["status"] == "no_data" for pair in pairs)
    return [f"{number} {text}" for number, text in ((unexpected, wrong), (missing, "no data")) if number]


def _lost_hosts(report: Mapping[str, Any]) -> list[str]:
    lost = [host for host in report["hosts"] if host["lost"]]
    if not lost:
        return []
    lines = ["", "Lost hosts", ""]
    indent = min(max(width_of(safe(host["name"])) for host in lost), 24) + 5
    for host in lost:
        detail = str(host["detail"] or "")
        lines += wrap(
            f"{host['reason']}: {detail[:_DETAIL_MAX]}" if detail else host["reason"], indent, f"   {host['name']}"
        )
    return lines


def scope_of(cause: Mapping[str, Any]) -> str:
    """Return which hosts, how many pairs, and which networks a cause is about."""
    return f"{named(cause['hosts'])}; {counted(cause['pairs'], 'pair')} in {named(cause['networks'])}"


def _causes(report: Mapping[str, Any]) -> list[str]:
    lines = ["", "Causes"] if report["causes"] else []
    for number, cause in enumerate(report["causes"], 1):
        lines += ["", *wrap(f"{cause['title']}: {scope_of(cause)}", 5, f" {number:>2}")]
        lines += wrap(cause["explanation"], 5)
        lines += wrap(f"Cure: {cause['cure']}.", 5)
    return lines
