# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML file: a summary, and a heat map that its own script draws. It asks nothing of any network."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Mapping

from .._words import counted
from ._embedded import embedded

PAGE = Path(__file__).with_name("_page")
# In this order: each uses what those before it define.
SCRIPTS = (
    "data.js",
    "words.js",
    "levels.js",
    "colours.js",
    "tiles.js",
    "keys.js",
    "map.js",
    "pair.js",
    "panel.js",
    "summary.js",
    "table.js",
    "main.js",
)
_NUMBERS = {
    "as_expected": "as expected",
    "unexpected_blocked": "blocked, must be open",
    "unexpected_open": "open, must be blocked",
    "no_data": "without data",
}


def render(report: Mapping[str, Any]) -> str:
    """Return the page. Where no script may run it says the verdict, the causes and the lost hosts."""
    parts = {
        "policy": policy(),
        "verdict": escape(report["verdict"]),
        "style": style(),
        "script": script(),
        "plain": _plain(report),
        "data": embedded(report),
    }
    return Template(_asset("page.html")).substitute(parts)


@lru_cache(maxsize=None)
def _asset(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def style() -> str:
    """Return the style sheet of the page."""
    return _asset("style.css")


def script() -> str:
    """Return the script of the page: all its parts in one scope of their own."""
    parts = "\n".join(_asset(name) for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def policy() -> str:
    """Return the content security policy: this one script, this one style sheet, and not a single request."""
    rules = {
        "default-src": "'none'",
        "script-src": _hash(script()),
        "style-src": _hash(style()),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _plain(report: Mapping[str, Any]) -> str:
    """Return the core of the report as plain HTML in ASCII, every text escaped."""
    totals = report["totals"]
    numbers = ", ".join(f"{totals[key]} {words}" for key, words in _NUMBERS.items())
    lines = [f"Of {counted(totals['pairs'], 'pair')}: {numbers}. {counted(totals['failed_checks'], 'failed check')}."]
    lines += [
        f"{cause['title']} ({', '.join(cause['hosts'])}). {cause['explanation']} {cause['cure']}."
        for cause in report["causes"]
    ]
    lines += [f"Lost: {host['name']} ({host['reason']}): {host['detail']}" for host in report["hosts"] if host["lost"]]
    text = "\n".join(f"<p>{escape(line)}</p>" for line in lines)
    return text.encode("ascii", "xmlcharrefreplace").decode()
