# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JUnit XML, for the test views of CI systems.

A test case per network, address family, source host and relation, one per check, one per host, and the verdict: their
number does not grow with the containers. What is unexpected is a failure, what has no data an error.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, Iterable, Iterator, Mapping, NamedTuple, Sequence
from xml.etree import ElementTree as ET

from .._checks import FAILED, MODE
from .._observation import NO_DATA
from .._reading import Block, BlockKey, blocks_in
from .._words import counted, few, ip_version, lan, named
from ._checks import told
from ._sentences import headline
from ._text import safe

Report = Mapping[str, Any]
Grouped = Dict[BlockKey, Dict[str, Block]]  # by case, which is a key with "" for the target's host, and by that host

_SHOWN = 10
_EXAMPLES = 5
_LENGTH_MAX = 2000
_FAILURE, _ERROR = "failure", "error"
_TAGS = {FAILED: _FAILURE, NO_DATA: _ERROR}  # of checks


class _Bad(NamedTuple):
    """Why a case is not passed: the element, its type, a line, and more lines."""

    tag: str
    type: str
    message: str
    lines: Sequence[str] = ()


class _Case(NamedTuple):
    """One test case, with why it is not passed; ``said`` is what was found where it is."""

    name: str
    bad: _Bad | None = None
    said: str = ""


class _Suite(NamedTuple):
    """A suite of test cases."""

    name: str
    cases: list[_Case]


def render(report: Report) -> str:
    """Return the report as an XML document. Names and messages have a line each, which is cut when it is very long."""
    suites = [*_networks(report), _checks(report), _hosts(report), _verdict(report)]
    root = ET.Element("testsuites", {"name": "dockerlan.fleet reachability", **_counts(suites), "time": "0"})
    for suite in suites:
        if suite.cases:
            root.append(_suite_element(suite, report["generated_at"][: len("2026-01-31T12:00:00")]))
    root.text = root.tail = "\n"
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _suite_element(suite: _Suite, timestamp: str) -> ET.Element:
    counts = {**_counts([suite]), "skipped": "0", "time": "0", "timestamp": timestamp}
    found = ET.Element("testsuite", {"name": _line(suite.name), **counts})
    for case in suite.cases:
        names = {"classname": _line(f"reachability.{suite.name}"), "name": _line(case.name), "time": "0"}
        element = ET.SubElement(found, "testcase", names)
        element.tail = "\n"
        if case.bad is not None:
            bad = ET.SubElement(element, case.bad.tag, {"type": case.bad.type, "message": _line(case.bad.message)})
            bad.text = "\n".join(_line(line) for line in (case.bad.message, *case.bad.lines))
        elif case.said:
            ET.SubElement(element, "system-out").text = _line(case.said)
    found.text = found.tail = "\n"
    return found


def _counts(suites: Iterable[_Suite]) -> dict[str, str]:
    tags = [case.bad.tag if case.bad else "" for suite in suites for case in suite.cases]
    return {"tests": str(len(tags)), "failures": str(tags.count(_FAILURE)), "errors": str(tags.count(_ERROR))}


def _line(text: str) -> str:
    """Return the text in one line, without characters that XML does not know, and not endless."""
    shown = safe(text)
    return shown if len(shown) <= _LENGTH_MAX else f"{shown[:_LENGTH_MAX]}.."


def _networks(report: Report) -> Iterator[_Suite]:
    """Yield a suite for each network (or two networks) and address family."""
    grouped: Grouped = {}
    for key, block in blocks_in(report).items():
        grouped.setdefault(key._replace(target_host=""), {})[key.target_host] = block
    titles = {cause["id"]: cause for cause in report["causes"]}
    deviations = _deviations(report)
    suites: dict[str, _Suite] = {}
    for key, blocks in grouped.items():
        name = f"{lan(key.network, key.to_network)} {ip_version(key.family)}"
        lines = [*_targets(blocks), *_causes(blocks, titles), *map(_example, deviations.get(key, [])[:_EXAMPLES])]
        case = _Case(f"{key.source_host}: {key.relation}", _judged(blocks.values(), lines))
        suites.setdefault(name, _Suite(name, [])).cases.append(case)
    yield from suites.values()


def _deviations(report: Report) -> dict[BlockKey, list[Mapping[str, Any]]]:
    hosts = {(end["network"], end["id"]): end["host"] for end in report["endpoints"]}
    found: dict[BlockKey, list[Mapping[str, Any]]] = {}
    for pair in report["deviations"]:
        place = (pair["network"], pair["to_network"], pair["family"], pair["relation"])
        found.setdefault(BlockKey(*place, hosts[pair["network"], pair["source"]], ""), []).append(pair)
    return found


def _judged(blocks: Iterable[Block], lines: Sequence[str]) -> _Bad | None:
    """Return why the case of these blocks is not passed, with the lines, or None when it is."""
    columns = zip(*((block.pairs, block.unexpected, block.no_data) for block in blocks))
    pairs, unexpected, no_data = map(sum, columns)
    if unexpected:
        missing = f", {no_data} without data" if no_data else ""
        message = f"{unexpected} of {counted(pairs, 'pair')} not as expected{missing}"
        return _Bad(_FAILURE, "unexpected", message, lines)
    return _Bad(_ERROR, "no_data", f"{no_data} of {counted(pairs, 'pair')} without data", lines) if no_data else None


def _causes(blocks: Mapping[str, Block], known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    numbers: Counter[str] = Counter()
    for block in blocks.values():
        numbers.update(block.causes)
    return few([_cause(known[name], number) for name, number in numbers.items()], _SHOWN)


def _example(pair: Mapping[str, Any]) -> str:
    why = f", because {pair['why']}" if pair["why"] else ""
    observed = pair["observed"].replace("_", " ")
    way_back = "; the way back is open" if pair["one_way"] else ""
    found = f"{observed} ({pair['state'] or 'no record'}){way_back}"
    return f"Pair: {pair['source']} -> {pair['target']}: expected {pair['expected']}{why}; observed {found}"


def _targets(blocks: Mapping[str, Block]) -> list[str]:
    """Return a line for each host of targets that are not as expected, or without data."""
    bad = {host: (block.pairs - block.as_expected, block.pairs) for host, block in blocks.items()}
    return few([f"To {host}: {number} of {pairs}" for host, (number, pairs) in bad.items() if number], _SHOWN)


def _cause(cause: Mapping[str, Any], pairs: int) -> str:
    return f"Cause: {cause['title']} ({named(cause['hosts'])}), {counted(pairs, 'pair')}. Cure: {cause['cure']}."


def _checks(report: Report) -> _Suite:
    known = {cause["id"]: cause for cause in report["causes"]}
    numbers: Counter[tuple[str, ...]] = Counter()
    cases = []
    for check in report["checks"]:
        ((kind, story),) = told([check])
        series = (kind, str(check["network"]), str(check["host"])) if kind == MODE else (kind,)
        numbers[series] += 1
        cause = known.get(check["cause"])
        lines = [f"Cause: {cause['title']} ({named(cause['hosts'])}). Cure: {cause['cure']}."] if cause else []
        tag = _TAGS.get(check["status"])
        bad = _Bad(tag, kind, story, lines) if tag else None
        cases.append(_Case(_check_name(check, numbers[series]), bad, story if kind == MODE else ""))
    return _Suite("checks", cases)


def _check_name(check: Mapping[str, Any], number: int) -> str:
    """Return what a check is about: of an assertion its number, for its words depend on how it came out.

    So do those of what a network mode shows: there it is the number on its network and host.
    """
    ends = " -> ".join(end for end in (check["source"] or check["host"], check["target"]) if end)
    family = ip_version(check["family"]) if check["family"] else None
    last = f"{check['host'] or ''} {number}".lstrip() if check["kind"] == MODE else ends or str(number)
    return " ".join(part for part in (f"{check['kind']}:", check["network"], family, last) if part)


def _hosts(report: Report) -> _Suite:
    """Return a case per host, an error for a lost one."""
    cases = []
    for host in report["hosts"]:
        bad = _Bad(_ERROR, host["reason"] or "", host["detail"] or "no message")
        cases.append(_Case(host["name"], bad if host["lost"] else None))
    return _Suite("hosts", cases)


def _verdict(report: Report) -> _Suite:
    tags = {"fail": _FAILURE, "incomplete": _ERROR}
    verdict = report["verdict"]
    bad = _Bad(tags[verdict], verdict, headline(report)) if verdict in tags else None
    return _Suite("verdict", [_Case("verdict", bad)])
