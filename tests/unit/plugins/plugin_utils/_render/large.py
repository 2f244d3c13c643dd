# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report of a million pairs, made in a second, for tests of how long the renderers take.

The fleet has one LAN and one address family. Its first hosts are faulty, each in its own way: FILTERED, DEAF and LEAKY
have causes, LOST has no data. The percentiles of the round-trip times are made up, all else agrees with the matrix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._contract import relation_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import SIGNS, pairs_in, ranges_of

NOW = "2026-01-31T12:00:00Z"
FILTERED, LOST, DEAF, LEAKY = 1, 2, 3, 4  # numbers of hosts
STATES = {"o": "0", "-": "2", "X": "1", "!": "0", "?": "4"}
TIMES = [100 + (n * 7919) % 1900 for n in range(1021)]  # µs; a pool, so that the numbers take no room
EARLIEST = [time - 60 for time in TIMES]
LATEST = [time * 3 for time in TIMES]
_SHOWN = 30  # the rows of which the deviations are taken

End = Mapping[str, Any]


def large_report(hosts: int = 100, containers: int = 9) -> dict[str, Any]:
    """Return the report of so many hosts with so many containers each: 999,000 pairs by default.

    There have to be five hosts at least, so that each of the faulty ones is there and one is not faulty.
    """
    names = [f"node{number:03}" for number in range(hosts)]
    ends = [_end(number, host, place) for number, host in enumerate(names) for place in range(containers + 1)]
    ends = [{**end, "index": index} for index, end in enumerate(ends)]
    rows = [_row(end, ends, containers) for end in ends]
    matrix = [{"network": "office", "to_network": None, "family": "ipv4", "rows": rows}]
    signs = Counter(sign for row in rows for sign in row["signs"])
    kinds = [_kind(FILTERED, "mac_filter", rows), _kind(LOST, "host_down", rows), _kind(DEAF, "host_firewall", rows)]
    kinds.append(_kind(LEAKY, "not_isolated", rows))
    return {
        "schema_version": 1,
        "generated_at": NOW,
        "verdict": "fail",
        "totals": _totals(signs),
        "topology": {"kind": "full", "neighbours": None, "asked": "full", "pairs": signs.total(), "limit": 2000000},
        "hosts": [_host(number, name) for number, name in enumerate(names)],
        "networks": [_network(names)],
        "endpoints": ends,
        "relations": list(_relations(ends, rows)),
        "matrix": matrix,
        "deviations": _deviations(ends, rows),
        "one_way": list(_one_way(names, containers)),
        "changes": _changes(rows, ends),
        "checks": [_check(name) for number, name in enumerate(names) if number != LOST],
        "causes": kinds,
    }


def _end(number: int, host: str, place: int) -> dict[str, Any]:
    container = f"web-{place}" if place else None
    lost = number == LOST
    return {
        "index": 0,
        "id": f"{host}/{container}" if container else host,
        "network": "office",
        "host": host,
        "kind": "container" if container else "host",
        "container": container,
        "ipv4": None if lost else f"10.{1 if place else 0}.{number}.{place}",
        "ipv6": None,
        "macs": [] if lost else [f"02:42:00:00:{number % 256:02x}:{place:02x}"],
        "shim": [],
        "stranded": False,
        "joined": None,
        "lost": lost,
    }


def _host(number: int, name: str) -> dict[str, Any]:
    lost = number == LOST
    return {
        "name": name,
        "lost": lost,
        "reason": "host_down" if lost else None,
        "detail": "no route to host" if lost else None,
        "virtualization": None,
        "addresses": {} if lost else {"office": {"ipv4": f"10.0.{number}.0", "ipv6": None}},
        "conflicts": [],
        "method": None if lost else "netns",
    }


def _network(names: Sequence[str]) -> dict[str, Any]:
    return {
        "name": "office",
        "driver": "macvlan",
        "mode": "bridge",
        "flag": "",
        "internal": False,
        "families": ["ipv4"],
        "subnets": {"ipv4": "10.0.0.0/15", "ipv6": None},
        "gateways": {"ipv4": "10.0.255.254", "ipv6": None},
        "parents": dict.fromkeys(names, "eth0"),
        "slices": {name: [f"10.1.{number}.0/24"] for number, name in enumerate(names)},
        "mtu": 1500,
    }


def _number(end: End) -> int:
    return int(end["host"][4:])


def _sign(source: End, target: End) -> tuple[str, int | None]:
    """Return the sign of a pair, and the number of the host that is its cause."""
    one, other = _number(source), _number(target)
    if LOST in (one, other):
        return ("~" if one == other and source["kind"] != target["kind"] else "?"), LOST
    if one == other and source["kind"] != target["kind"]:
        return ("!", LEAKY) if one == LEAKY else ("-", None)
    if one != other and FILTERED in (one if source["container"] else None, other if target["container"] else None):
        return "X", FILTERED
    if one != other == DEAF:
        return "X", DEAF
    return "o", None


def _row(source: End, ends: Sequence[End], containers: int) -> dict[str, Any]:
    """Return the row of a source. The containers of a host are alike, so only the first one of each is looked at."""
    size = containers + 1
    found = [_sign(source, end) for start in range(0, len(ends), size) for end in ends[start : start + 2]]
    each = [one for place, one in enumerate(found) for _copy in range(containers if place % 2 else 1)]
    del each[source["index"]]
    signs = "".join(sign for sign, _cause in each)
    causes: dict[int, list[int]] = {}
    for position, (_sign_of_it, cause) in enumerate(each):
        if cause is not None:
            causes.setdefault(cause, []).append(position)
    broken = [position for position, sign in enumerate(signs) if sign == "X"]
    last = len(ends) - 1
    targets = [[0, source["index"] - 1], [source["index"] + 1, last]]
    return {
        "source": source["index"],
        "targets": [part for part in targets if part[0] <= part[1]],
        "signs": signs,
        "states": "." * len(signs) if source["lost"] else "".join(STATES.get(sign, "4") for sign in signs),
        "rtt_us": _times(source["index"], signs),
        "loss": [[signs.index("o"), 0.333]] if "o" in signs else [],
        "causes": {_cause_id(number): ranges_of(those) for number, those in causes.items()},
        "why": {},
        "changes": {"newly_broken": ranges_of(broken[:5]), "healed": []},
    }


def _times(row: int, signs: str) -> dict[str, list[int | None]] | None:
    if "o" not in signs:
        return None
    places = [(row * 31 + n * 17) % len(TIMES) if sign in "o!" else None for n, sign in enumerate(signs)]
    pools = {"min": EARLIEST, "avg": TIMES, "max": LATEST}
    return {name: [None if place is None else pool[place] for place in places] for name, pool in pools.items()}


def _cause_id(number: int) -> str:
    kinds = {FILTERED: "mac-filter", LOST: "host-down", DEAF: "host-firewall", LEAKY: "not-isolated"}
    return f"{kinds[number]}:node{number:03}"


def _kind(number: int, kind: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ranges = [part for row in rows for part in row["causes"].get(_cause_id(number), [])]
    return {
        "id": _cause_id(number),
        "kind": kind,
        "title": f"One of the faults of a large fleet: {kind}",
        "hosts": [f"node{number:03}"],
        "networks": ["office"],
        "pairs": sum(last - first + 1 for first, last in ranges),
        "checks": 0,
        "explanation": f"node{number:03} is faulty.",
        "evidence": [f"node{number:03} was seen to be faulty"],
        "cure": "Mend it",
    }


def _totals(signs: Counter[str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for sign, number in signs.items():
        found[SIGNS[sign].status] += number
    names = ("as_expected", "unexpected_blocked", "unexpected_open", "no_data")
    return {"pairs": signs.total(), **{name: found[name] for name in names}, "failed_checks": 0}


def _relations(ends: Sequence[End], rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    found: dict[str, Counter[str]] = {}
    size = sum(end["host"] == ends[0]["host"] for end in ends)
    for row in rows:
        source = ends[row["source"]]
        others = [relation_of(source, end) for start in range(0, len(ends), size) for end in ends[start : start + 2]]
        each = [one for place, one in enumerate(others) for _copy in range(size - 1 if place % 2 else 1)]
        del each[row["source"]]
        for (relation, sign), number in Counter(zip(each, row["signs"], strict=True)).items():
            found.setdefault(relation, Counter())[sign] += number
    for relation, signs in found.items():
        totals = _totals(signs)
        yield {
            "network": "office",
            "to_network": None,
            "family": "ipv4",
            "relation": relation,
            "expected": "blocked" if relation == "own_host" else "open",
            "why": None,
            "shim": False,
            "pairs": totals["pairs"],
            "as_expected": totals["as_expected"],
            "unexpected": totals["unexpected_blocked"] + totals["unexpected_open"],
            "no_data": totals["no_data"],
            "rtt_ms": {"p50": 1.05, "p95": 1.905, "max": 5.997},
        }


def _deviations(ends: Sequence[End], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    block = {"network": "office", "to_network": None, "family": "ipv4", "rows": rows[:_SHOWN]}
    seen: Counter[str] = Counter()
    found = []
    for pair in pairs_in({"endpoints": ends, "matrix": [block]}):
        if pair["cause"] is not None:
            seen[pair["cause"]] += 1
            if seen[pair["cause"]] <= 100:
                found.append({**pair, "one_way": pair["cause"] == _cause_id(DEAF)})
    return found


def _one_way(names: Sequence[str], containers: int) -> Iterator[dict[str, Any]]:
    """Yield what DEAF does not hear, though it is heard; the containers of FILTERED are not."""
    for number, name in enumerate(names):
        if number not in (DEAF, LOST):
            pairs = 1 if number == FILTERED else containers + 1
            ends = {"source": name, "target": names[DEAF]}
            yield {"network": "office", "family": "ipv4", **ends, "pairs": pairs * (containers + 1), "example": ends}


def _changes(rows: Sequence[Mapping[str, Any]], ends: Sequence[End]) -> dict[str, Any]:
    newly = [(row["source"], part) for row in rows for part in row["changes"]["newly_broken"]]
    number = sum(last - first + 1 for _source, (first, last) in newly)
    place = {"network": "office", "to_network": None, "family": "ipv4"}
    named = {"source": ends[0]["id"], "target": f"node{FILTERED:03}/web-1"}
    return {
        "since": "2026-01-30T12:00:00Z",
        "baseline": False,
        "newly_broken": number,
        "healed": 0,
        "still_broken": sum(row["signs"].count("X") for row in rows) - number,
        "examples": {"newly_broken": [{**place, **named}], "healed": [], "still_broken": []},
        "endpoints_come": [end["id"] for end in islice(ends, 3)],
        "endpoints_gone": ["node999"],
    }


def _check(host: str) -> dict[str, Any]:
    return {
        "kind": "gateway",
        "status": "pass",
        "network": "office",
        "host": host,
        "family": "ipv4",
        "source": f"{host}/web-1",
        "target": None,
        "detail": "10.0.255.254 replies to pings",
        "cause": None,
    }
