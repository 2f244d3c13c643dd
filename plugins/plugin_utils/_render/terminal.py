# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report on a terminal of 80 columns: verdict, matrices, checks, lost hosts, causes. Readable without colour."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

from .._words import counted, ip_version, named
from ._checks import failed, passed, told
from ._grids import endpoint_grid, host_grid, host_list
from ._relations import across, relations
from ._text import WIDTH, coloured, cut, safe, width_of, wrap

Pair = Mapping[str, Any]

_ENDPOINTS_MAX = 16
_MEANING = {"pass": "good", "fail": "bad", "incomplete": "unknown"}
_DETAIL_MAX = 300
_TOPOLOGY = {
    "hosts": "between two hosts only endpoints with the same number were probed, and each host with the first "
    "container of every other one",
    "ring": "each host was probed with the next {neighbours} on a ring of hosts only, and in a host each endpoint with "
    "the next one",
}


def render(report: Mapping[str, Any], *, colour: bool = False) -> str:
    """Return the report as text that ends with a line break."""
    lines = [*_verdict(report, colour=colour), *_topology(report["topology"])]
    for network in report["networks"]:
        lines += ["", *_network(report, network, colour=colour)]
    lines += [*_across(report, colour=colour), *_checks(report), *_lost_hosts(report), *_causes(report)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _verdict(report: Mapping[str, Any], *, colour: bool) -> list[str]:
    verdict = str(report["verdict"])
    head, *rest = wrap(headline(report), len(verdict) + 2)
    return [coloured(f"{verdict.upper()}:", _MEANING[verdict], colour=colour) + head[len(verdict) + 1 :], *rest]


def headline(report: Mapping[str, Any]) -> str:
    """Return the numbers behind the verdict as a sentence without its end."""
    totals = report["totals"]
    if totals["failed_checks"]:
        return f"{_pairs_in_short(report)}; {counted(totals['failed_checks'], 'check')} failed"
    return _pairs_in_short(report)


def _pairs_in_short(report: Mapping[str, Any]) -> str:
    totals = report["totals"]
    if not totals["pairs"]:
        return "no pair was probed"
    pairs = counted(totals["pairs"], "pair")
    if totals["as_expected"] == totals["pairs"]:
        scope = f"{counted(len(report['hosts']), 'host')}, {counted(len(report['endpoints']), 'endpoint')}"
        return f"all {pairs} are as expected ({scope})"
    found = [
        (totals["unexpected_blocked"], "blocked though they must be open"),
        (totals["unexpected_open"], "open though they must be blocked"),
        (totals["no_data"], "without data"),
    ]
    return f"of {pairs}, " + ", ".join(f"{number} are {what}" for number, what in found if number)


def _topology(topology: Mapping[str, Any] | None) -> list[str]:
    """Say what was left out, and why, where not every pair was probed."""
    text = _TOPOLOGY.get(topology["kind"]) if topology else None
    if not topology or text is None:
        return []
    asked = "as it was asked for"
    if topology["asked"] == "auto":
        asked = f"because all pairs would be more than the limit of {topology['limit']}"
    left_out = text.format(neighbours=topology["neighbours"])
    return ["", *wrap(f"Not every pair was probed (topology {topology['kind']}): {left_out}, {asked}.", 0)]


def _network(report: Mapping[str, Any], network: Mapping[str, Any], *, colour: bool) -> Iterator[str]:
    endpoints = [end for end in report["endpoints"] if end["network"] == network["name"]]
    hosts = {end["id"]: end["host"] for end in endpoints}
    pairs = [
        {**pair, "source_host": hosts[pair["source"]], "target_host": hosts[pair["target"]]}
        for pair in report["pairs"]
        if pair["network"] == network["name"] and "to_network" not in pair
    ]
    if not pairs:
        yield f"{_title(network)}: no pairs"
    for number, (families, shown) in enumerate(_by_family(pairs)):
        yield from [""] if number else []
        name = " and ".join(ip_version(family) for family in families)
        head = f"{_title(network)}, {counted(len(endpoints), 'endpoint')}, {name}"
        yield coloured(cut(head, WIDTH), "bold", colour=colour)
        yield ""
        yield from _matrix(endpoints, shown, colour=colour)
        yield ""
        yield from relations(network, shown, each=len(families) > 1)


def _title(network: Mapping[str, Any]) -> str:
    flag = f" {network['flag']}" if network["flag"] not in ("", "bridge") else ""
    internal = ", internal" if network["internal"] else ""
    return f"{safe(network['name'])}: {network['driver']} {network['mode']}{flag}{internal}"


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


def _outcomes(pairs: Sequence[Pair]) -> dict[tuple[str, str], tuple[str, str]]:
    return {(pair["source"], pair["target"]): (pair["expected"], pair["status"]) for pair in pairs}


def _matrix(endpoints: Sequence[Mapping[str, Any]], pairs: Sequence[Pair], *, colour: bool) -> list[str]:
    taking_part = {pair[end] for pair in pairs for end in ("source", "target")}
    shown = [end for end in endpoints if end["id"] in taking_part]
    if len(shown) <= _ENDPOINTS_MAX:
        return endpoint_grid(shown, {(pair["source"], pair["target"]): pair for pair in pairs}, colour=colour)
    hosts = list(dict.fromkeys(str(end["host"]) for end in shown))
    return host_grid(hosts, pairs, colour=colour) or host_list(hosts, pairs)


def _across(report: Mapping[str, Any], *, colour: bool) -> Iterator[str]:
    found: dict[tuple[str, str], list[Pair]] = {}
    for pair in report["pairs"]:
        if "to_network" in pair:
            found.setdefault((pair["network"], pair["to_network"]), []).append(pair)
    for (network, to_network), pairs in found.items():
        head = f"{network} to {to_network}, {counted(len(pairs), 'pair')}"
        yield from ("", coloured(cut(head, WIDTH), "bold", colour=colour), "")
        yield from across(network, to_network, pairs)


def _checks(report: Mapping[str, Any]) -> list[str]:
    good, bad = passed(report["checks"]), failed(report["checks"])
    lines = ["", f"Checks passed: {good}"] if good else []
    lines += ["", "Failed checks", ""] if bad else []
    for kind, story in told(bad):
        lines += wrap(story, 14, f"   {kind}")
    return lines


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
    """Return which hosts, how many pairs and checks, and which networks a cause is about."""
    numbers = [counted(cause[what], noun) for what, noun in (("pairs", "pair"), ("checks", "check")) if cause[what]]
    return f"{named(cause['hosts'])}; {named(numbers)} in {named(cause['networks'])}"


def _causes(report: Mapping[str, Any]) -> list[str]:
    lines = ["", "Causes"] if report["causes"] else []
    for number, cause in enumerate(report["causes"], 1):
        lines += ["", *wrap(f"{cause['title']}: {scope_of(cause)}", 5, f" {number:>2}")]
        lines += wrap(cause["explanation"], 5)
        for line in cause["evidence"]:
            lines += wrap(line, 7, "     -")
        lines += wrap(f"Cure: {cause['cure']}.", 5)
    return lines
