# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as Markdown: the summary of a CI job on GitHub or GitLab, never larger than they take."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Mapping, Sequence

from .._words import counted, few, ip_version, lan, named
from ._checks import failed, gathered, passed, told, undecided
from ._kinds import direction_of
from ._markdown_hosts import hosts_tables
from ._markup import name, table, text
from ._one_way import directions
from ._relations import in_order
from ._sentences import headline, lost_together, scope_of
from ._shown import shown_on

Report = Mapping[str, Any]

_SIGNS = {"pass": "✅", "fail": "❌", "incomplete": "❔"}
_SIZE_MAX = 500_000  # bytes; GitHub takes 1 MiB from one step
_CAUSES, _EVIDENCE, _RELATIONS, _SHOWN, _ROWS, _EXAMPLES = 20, 10, 200, 200, 20, 3
_CHANGES = {"newly_broken": "newly broken", "still_broken": "still broken", "healed": "healed"}


def render(report: Report) -> str:
    """Return the report as GitHub flavoured Markdown. What would make it too large is left out, and it says so."""
    parts: list[Callable[[Report], Iterator[str]]] = [_verdict, _changes, _causes, _one_way, _checks, _lost_hosts]
    found = ""
    for part in (*parts, _modes, hosts_tables, _relations, _end):
        lines = "\n".join(part(report))
        if len((found + lines).encode("utf-8")) > _SIZE_MAX:
            lines = "_There is more, which is too long for a summary: see reachability.json._"
        found += f"{lines}\n\n" if lines else ""
    return f"{found.rstrip()}\n"


def _verdict(report: Report) -> Iterator[str]:
    verdict, totals = report["verdict"], report["totals"]
    yield from (f"## {_SIGNS[verdict]} Reachability: {verdict}", "")
    words = headline(report)
    yield from (f"{text(words[:1].upper() + words[1:])}.", "")
    heads = ("hosts", "endpoints", "pairs", "as expected", "blocked, must be open", "open, must be blocked")
    keys = ("pairs", "as_expected", "unexpected_blocked", "unexpected_open", "no_data", "failed_checks")
    numbers = [len(report["hosts"]), len(report["endpoints"]), *(totals[key] for key in keys)]
    yield from table((*heads, "without data", "failed checks"), [[str(number) for number in numbers]], left=0)
    topology = report["topology"]
    if topology and topology["kind"] != "full":
        why = f"to keep to {topology['limit']} pairs" if topology["asked"] == "auto" else "as it was asked for"
        yield from ("", f"Not every pair was probed, {why}: the topology is {topology['kind']}.")


def _changes(report: Report) -> Iterator[str]:
    changes = report["changes"]
    if changes is None:
        return
    yield f"### Since {'the baseline' if changes['baseline'] else 'the last run'} ({text(changes['since'])})"
    yield ""
    examples = changes["examples"]
    rows = [
        [words, "<br>".join(map(_pair, examples[key][:_EXAMPLES])), str(changes[key])]
        for key, words in _CHANGES.items()
        if changes[key]
    ]
    ends = [("new endpoints", changes["endpoints_come"]), ("endpoints gone", changes["endpoints_gone"])]
    rows += [[words, _names(names), str(len(names))] for words, names in ends if names]
    yield from table(("change", "such as", "number"), rows, left=2) if rows else ["No pair broke or healed."]


def _pair(pair: Mapping[str, Any]) -> str:
    place = lan(pair["network"], pair["to_network"])
    return f"{name(pair['source'])} → {name(pair['target'])} ({text(place)}, {ip_version(pair['family'])})"


def _names(names: Sequence[str], shown: int = 5) -> str:
    """Return the names as an enumeration, each set apart."""
    return named([name(one) for one in names], shown)


def _causes(report: Report) -> Iterator[str]:
    causes = report["causes"]
    if not causes:
        return
    yield "### Causes"
    for number, cause in enumerate(causes[:_CAUSES], 1):
        yield from ("", f"{number}. **{text(cause['title'])}**: {text(scope_of(cause))}", "")
        yield from (f"   {text(cause['explanation'])}", "")
        yield from (
            [*(f"   - {text(line)}" for line in few(cause["evidence"], _EVIDENCE)), ""] if cause["evidence"] else []
        )
        yield f"   **Cure:** {text(cause['cure'])}."
    yield from ["", f"And {len(causes) - _CAUSES} more causes."] if len(causes) > _CAUSES else []


def _one_way(report: Report) -> Iterator[str]:
    rows = report["one_way"]
    if rows:
        total = counted(sum(row["pairs"] for row in rows), "pair")
        yield from (f"### One way only: {total} blocked, while the way back is open", "")
        yield from (f"- {text(line)}" for line in few(directions(rows), _ROWS))


def _checks(report: Report) -> Iterator[str]:
    good = passed(report["checks"])
    blocks = [*_checks_of("Failed checks", failed(report["checks"]))]
    blocks += _checks_of("Checks without data", undecided(report["checks"]))
    blocks += [[f"Checks passed: {text(good)}"]] if good else []
    for number, block in enumerate(blocks):
        yield from ([""] if number else [])
        yield from block


def _checks_of(title: str, checks: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    if checks:
        rows = ([kind, text(story)] for kind, story in told(gathered(checks)))
        yield [f"### {title}", "", *table(("check", "what was found"), rows, left=2)]


def _lost_hosts(report: Report) -> Iterator[str]:
    """Yield the hosts that brought no data, those with the same message together."""
    groups = lost_together(report["hosts"])
    if not groups:
        return
    yield from ("### Hosts without data", "")
    rows = [[_names(names, 10), reason, text(detail or "no message")] for (reason, detail), names in groups.items()]
    yield from table(("hosts", "reason", "message"), rows[:_ROWS], left=3)
    rest = sum(len(names) for names in list(groups.values())[_ROWS:])
    yield from ["", f"And {counted(rest, 'more host', 'more hosts')}."] if rest else []


def _modes(report: Report) -> Iterator[str]:
    """Yield what network modes show beside pairs."""
    found = [
        (network["name"], one) for network in report["networks"] for one in shown_on(network["name"], report["checks"])
    ]
    if not found:
        return
    yield from ("### What each network mode shows", "")
    rows = [
        [text(network), _SIGNS["pass" if one.passed else "fail"], text(one.hosts), text(one.detail)]
        for network, one in found[:_SHOWN]
    ]
    yield from table(("network", "", "hosts", "what was found"), rows, left=4)
    yield from ["", f"And {len(found) - _SHOWN} more rows."] if len(found) > _SHOWN else []


def _relations(report: Report) -> Iterator[str]:
    networks = {network["name"]: network for network in report["networks"]}
    places = list(dict.fromkeys((group["network"], group["to_network"]) for group in report["relations"]))
    groups = sorted(
        in_order(report["relations"]), key=lambda group: places.index((group["network"], group["to_network"]))
    )
    if not groups:
        return
    yield from ("### Relations", "")
    heads = ("network", "relation", "expected", "as expected", "unexpected", "no data", "RTT p50", "p95", "max")
    yield from table(heads, (_relation(networks, group) for group in groups[:_RELATIONS]), left=3)
    yield from ("", "RTT in ms: percentiles of the averages of pairs, and the largest of all.")
    yield from ["", f"And {len(groups) - _RELATIONS} more rows."] if len(groups) > _RELATIONS else []


def _relation(networks: Mapping[str, Mapping[str, Any]], group: Mapping[str, Any]) -> list[str]:
    place = lan(group["network"], group["to_network"])
    because = f": {text(group['why'])}" if group["why"] is not None else " through a shim" if group["shim"] else ""
    times = group["rtt_ms"] or {}
    return [
        f"{text(place)} {ip_version(group['family'])}",
        f"{group['relation'].replace('_', ' ')} {direction_of(networks[group['network']], group)}".rstrip(),
        f"{group['expected']}{because}",
        f"{_sign(group)} {group['as_expected']}/{group['pairs']}",
        str(group["unexpected"]),
        str(group["no_data"]),
        *(_milliseconds(times[stat]) if times else "" for stat in ("p50", "p95", "max")),
    ]


def _sign(group: Mapping[str, Any]) -> str:
    return _SIGNS["fail" if group["unexpected"] else "incomplete" if group["no_data"] else "pass"]


def _milliseconds(time: float) -> str:
    """Return the time with three decimals at most, and fewer when it is long."""
    return f"{time:.{max(3 - len(str(int(time))) + (time < 1), 0)}f}"


def _end(report: Report) -> Iterator[str]:
    yield f"Generated at {text(report['generated_at'])} by dockerlan.fleet."
