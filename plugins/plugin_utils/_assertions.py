# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own assertions over the report, as JMESPath expressions. PRIVATE to the collection."""

from __future__ import annotations

import json
from typing import Any, Mapping, Sequence

from ._checks import ASSERTION, FAILED, PASSED, Check
from ._problems import Problem
from ._reader import Reader

try:
    import jmespath
except ImportError:  # it is only needed where there are assertions; problems_of says so
    HAS_JMESPATH = False
else:
    HAS_JMESPATH = True

_SHOWN = 60


def problems_of(raw: Any, name: str = "reachability_assertions") -> list[Problem]:
    """Return what is wrong with a list of ``{that, msg}``; ``name`` is that of the variable or argument."""
    if not isinstance(raw, (list, tuple)):
        return [Problem(f"{name} is {raw!r}, expected a list", f"Write a list, such as {name}: [{{that: ..}}]")]
    if raw and not HAS_JMESPATH:
        return [Problem(f"{name} need the Python library jmespath on the controller", "Install it, or drop them")]
    return [problem for number, item in enumerate(raw) for problem in _problems_of_one(f"{name}[{number}]", item)]


def _problems_of_one(path: str, item: Any) -> list[Problem]:
    if not isinstance(item, Mapping):
        return [Problem(f"{path} is {item!r}, expected a mapping", "Write {that: .., msg: ..}")]
    problems: list[Problem] = []
    reader = Reader(path, item, problems)
    reader.only(("that", "msg"))
    that = reader.text("that")
    if item.get("msg") is not None:
        reader.text("msg")
    wrong = _syntax_error(that) if that else ""
    if wrong:
        reader.refuse(".that", f"is {that!r}, which is no JMESPath expression: {wrong}", "See jmespath.org")
    return problems


def _syntax_error(expression: str) -> str:
    try:
        jmespath.compile(expression)
    except ValueError as error:  # JMESPathError is one
        return str(error).splitlines()[0]
    return ""


def evaluate(assertions: Sequence[Mapping[str, Any]], report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row of the report's checks for each assertion, which ``problems_of`` has found nothing wrong with.

    It passes when the expression is ``true``, and fails with any other value, also one that would count as true.
    """
    return [_judged(item, report).row() for item in assertions]


def _judged(item: Mapping[str, Any], report: Mapping[str, Any]) -> Check:
    that = str(item["that"]).strip()
    try:
        value = jmespath.search(that, report)
    except ValueError as error:
        return Check(ASSERTION, FAILED, detail=f"{item.get('msg') or that}: {str(error).splitlines()[0]}")
    if value is True:
        return Check(ASSERTION, PASSED, detail=that)
    shown = json.dumps(value)
    cut = f"{shown[:_SHOWN]}.." if len(shown) > _SHOWN else shown
    said = f"{item['msg']} ({that} is {cut})" if item.get("msg") else f"{that} is {cut}, not true"
    return Check(ASSERTION, FAILED, detail=said)
