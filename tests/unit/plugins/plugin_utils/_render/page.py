# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML report taken apart as a browser does it: its elements, their text, and the data that it carries."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_RUN = re.compile(r"(.)\((\d+)\)")


@dataclass
class Page(HTMLParser):
    """What was parsed: the tags that begin, with their attributes, and the text in scripts, styles and elsewhere."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._inside = "text"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._inside = tag if not dict(attrs).get("id") else str(dict(attrs)["id"])

    def handle_endtag(self, tag: str) -> None:
        """Note that a script or style is over."""
        if tag in ("script", "style"):
            self._inside = "text"

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.setdefault(self._inside, []).append(data)

    def text(self, inside: str) -> str:
        """Return the text of the script, the style, the data, or of everything else (``text``)."""
        return "".join(self.texts[inside])


def parsed(page: str) -> Page:
    """Return the page taken apart."""
    found = Page()
    found.feed(page)
    found.close()
    return found


def data_of(page: str) -> dict[str, Any]:
    """Return the data that the page carries, its runs written out."""
    data: dict[str, Any] = json.loads(parsed(page).text("data"))
    for row in (row for block in data["blocks"] for row in block["rows"]):
        row.update({key: _RUN.sub(_repeated, row[key]) for key in ("signs", "states", "loss") if key in row})
    return data


def _repeated(run: re.Match[str]) -> str:
    return run[1] * int(run[2])


def times_of(data: dict[str, Any], text: str) -> list[float | None]:
    """Return the round-trip times in µs that two characters each stand for."""
    return [_time(data, text[start : start + 2]) for start in range(0, len(text), 2)]


def _time(data: dict[str, Any], two: str) -> float | None:
    if two == "  ":
        return None
    high, low = (data["alphabet"].index(character) for character in two)
    return float(2 ** ((high * len(data["alphabet"]) + low) / data["steps"]) - 1)
