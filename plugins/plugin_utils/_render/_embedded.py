# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as the HTML page carries it: packed JSON that stays inside its script element. PRIVATE to the collection.

What the page can work out by itself is left out: the deviations, the ids of the endpoints, the states that the signs
imply. A round-trip time is two characters of ALPHABET, so that those of a million pairs need two megabytes; of what
repeats itself, each run is said once: ``oooooo`` is ``o(6)``.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, Dict, Iterable, Iterator, Mapping, Optional, Sequence

from .._contract import OWN_HOST, kind_of, rule_behind
from ._checks import failed, undecided
from ._kinds import direction_of, kind_words
from ._shown import shown_on

Report = Mapping[str, Any]

# Printable, and without what JSON or HTML would have to escape (" & < > and the backslash), and without the parentheses
# of runs. A blank stands for "none".
ALPHABET = "".join(chr(code) for code in range(ord("#"), ord("~") + 1) if chr(code) not in "&<>\\()")
STEPS = 230  # per doubling of 1 + µs: half a step is 0.15 %, and the alphabet's square reaches beyond an hour
IMPLIED = str.maketrans("o!-X?~", "0011..")  # the state that a sign has where nothing is said
EXACT_PAIRS = 100_000  # up to so many pairs the page has minimum and maximum of each time too, not only the average
_LAST = len(ALPHABET) - 1
_RUN = re.compile(r"(.)\1{4,}")
_UNSAFE = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


class _Times(Dict[Optional[int], str]):
    """The characters of each time in µs, made when it is met first: times repeat, pairs are many."""

    def __missing__(self, microseconds: int | None) -> str:
        self[microseconds] = text = "  " if microseconds is None else _time(microseconds)
        return text


def _time(microseconds: int) -> str:
    step = min(round(STEPS * math.log2(1 + microseconds)), len(ALPHABET) ** 2 - 1)
    return ALPHABET[step // len(ALPHABET)] + ALPHABET[step % len(ALPHABET)]


def embedded(report: Report) -> str:
    """Return the report as JSON in ASCII that neither ends a script element nor begins a comment in it.

    One line for each list item and for each row of the matrix.
    """
    members = [f"{_dumped(key)}:{_lines(value)}" for key, value in packed(report).items()]
    members.append(f'"blocks":[\n{_joined(_blocks(report))}\n]')
    # ensure_ascii has already escaped U+2028, U+2029 and lone surrogates.
    return ("{\n" + ",\n".join(members) + "\n}").translate(_UNSAFE)


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _joined(items: Iterable[str]) -> str:
    return ",\n".join(items)


def _lines(value: Any) -> str:
    return f"[\n{_joined(map(_dumped, value))}\n]" if isinstance(value, list) and value else _dumped(value)


def packed(report: Report) -> dict[str, Any]:
    """Return everything but the matrix, each key as in docs/interfaces.md but for what this module's text says."""
    hosts = {host["name"]: number for number, host in enumerate(report["hosts"])}
    networks = {network["name"]: network for network in report["networks"]}
    places = {name: number for number, name in enumerate(networks)}
    return {
        **{key: report[key] for key in ("generated_at", "verdict", "totals", "topology")},
        "alphabet": ALPHABET,
        "steps": STEPS,
        "hosts": [
            _picked(host, ("name", "lost", "reason", "detail", "method", "virtualization")) for host in report["hosts"]
        ],
        "networks": [_network(network) for network in report["networks"]],
        "endpoints": [_endpoint(end, places, hosts) for end in report["endpoints"]],
        "relations": [_relation(relation, networks) for relation in report["relations"]],
        "causes": list(report["causes"]),
        "checks": [*failed(report["checks"]), *undecided(report["checks"])],
        "shown": _shown(report),
        "checks_passed": dict(Counter(check["kind"] for check in report["checks"] if check["status"] == "pass")),
        "one_way": list(report["one_way"]),
        "changes": report["changes"],
    }


def _picked(item: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: item[key] for key in keys}


def _network(network: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": network["name"], "words": kind_words(network), **_picked(network, ("subnets", "mtu"))}


def _shown(report: Report) -> list[dict[str, Any]]:
    """Return what network modes show beside pairs, network by network: whether it passed, the hosts, and what it is."""
    found = [(network["name"], shown_on(network["name"], report["checks"])) for network in report["networks"]]
    return [{"network": name, "rows": [list(one) for one in seen]} for name, seen in found if seen]


def _endpoint(end: Mapping[str, Any], networks: Mapping[str, int], hosts: Mapping[str, int]) -> list[Any]:
    """Return the endpoint as a list: numbers of network and host, container, addresses, MACs, shims, its state."""
    state = "lost" if end["lost"] else "stranded" if end["stranded"] else ""
    place = [networks[end["network"]], hosts[end["host"]], end["container"]]
    return [*place, end["ipv4"], end["ipv6"], end["macs"], end["shim"], state]


def _relation(relation: Mapping[str, Any], networks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the relation with ``reason``, why that is expected where no expectation says it, and what it needs."""
    if relation["why"] is not None or relation["to_network"] is not None:
        return {**relation, "way": "", "reason": None, "needs": ""}
    network, name = networks[relation["network"]], relation["relation"]
    known = rule_behind(kind_of(network), name, relation["expected"], relation["shim"] and name == OWN_HOST)
    return {**relation, "way": direction_of(network, relation), "reason": known.why, "needs": known.needs}


def _blocks(report: Report) -> Iterator[str]:
    times = _Times()
    names = ("avg", "min", "max") if report["totals"]["pairs"] <= EXACT_PAIRS else ("avg",)
    for block in report["matrix"]:
        place = {key: block[key] for key in ("network", "to_network", "family")}
        rows = _joined(_dumped(_row(row, names, times)) for row in block["rows"])
        yield f'{_dumped(place)[:-1]},"rows":[\n{rows}\n]}}'


def _row(row: Mapping[str, Any], names: Sequence[str], times: _Times) -> dict[str, Any]:
    """Return the row with what it has: nothing empty, and no states that its signs imply."""
    rtt, signs, states = row["rtt_us"], row["signs"], row["states"]
    found = {
        "source": row["source"],
        "targets": row["targets"],
        "signs": _in_runs(signs),
        "states": _in_runs(states) if states != signs.translate(IMPLIED) else "",
        "rtt": ["".join(map(times.__getitem__, rtt[name])) for name in names] if rtt else None,
        "loss": _in_runs(_losses(row["loss"], len(signs))),
        "causes": row["causes"],
        "why": row["why"],
        **row["changes"],
    }
    return {key: value for key, value in found.items() if key == "source" or value}


def _in_runs(text: str) -> str:
    return _RUN.sub(lambda run: f"{run[1]}({len(run[0])})", text)


def _losses(losses: Sequence[Sequence[float]], pairs: int) -> str:
    """Return a character per pair, the share of lost probes in steps of the alphabet; "" when none was lost."""
    shares: list[str] = [" "] * pairs if losses else []
    for position, share in losses:
        shares[int(position)] = ALPHABET[max(round(share * _LAST), 1)]
    return "".join(shares)
