# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader sees of Markdown, by GitHub's own parser."""

from __future__ import annotations

from html.parser import HTMLParser

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

OURS = set("h2 h3 p table thead tbody tr th td ul ol li strong em code br".split())


class Page(HTMLParser):
    """What a reader sees: the elements, the cells of the rows of tables, and the text."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.text = ""
        self._in_cell = False
        self.feed(github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element, and begin a row or a cell."""
        assert [name for name, _value in attrs if name not in ("align", "start")] == []
        self.tags |= {tag} - {"span"}
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        self._in_cell = self._in_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        """Remember text."""
        self.text += data
        if self._in_cell:
            self.rows[-1][-1] += data


def row_of(page: Page, first: str) -> list[str]:
    """Return the other cells of the one row that begins with this cell."""
    (row,) = [row[1:] for row in page.rows if row[:1] == [first]]
    return row
