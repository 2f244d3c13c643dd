# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Untrusted text in Markdown, as GitHub and GitLab read it, and tables. PRIVATE to the collection."""

from __future__ import annotations

import re
from typing import Iterable, Sequence

from ._text import safe

# A mention, a reference to an issue, or a formula is looked for in the text that Markdown has become: only an element
# of its own keeps the sign apart from what follows.
_SIGNS = {
    **{sign: f"\\{sign}" for sign in "\\`*_]~"},
    **{sign: f"<span>{sign}</span>" for sign in "@#$"},
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    "|": "&#124;",
}
_ESCAPES = str.maketrans(_SIGNS)
_LINKS = re.compile(r"(?i)(:)(?=//)|(?<=www)(\.)")
_LIST = re.compile(r"^([-+])|^(\d+)(?=[.)])")

TEXT_MAX = 500
NAME_MAX = 80


def text(words: object, longest: int = TEXT_MAX) -> str:
    """Return the words as text of one line that Markdown shows as it is, cut to ``longest`` characters before that."""
    line = _cut(safe(str(words)).strip(), longest)
    shown = _LINKS.sub(lambda found: f"&#{ord(found[0])};", line.translate(_ESCAPES))
    return _LIST.sub(lambda found: f"\\{found[1]}" if found[1] else f"<span>{found[2]}</span>", shown)


def name(words: object) -> str:
    """Return a name, set apart from the words around it. It is shown as it is, but for its length."""
    return f"<code>{text(words, NAME_MAX)}</code>"


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 2]}.."


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, left: int) -> list[str]:
    """Return the lines of a table whose first ``left`` columns are words, and the others numbers."""
    marks = [":--"] * left + ["--:"] * (len(heads) - left)
    return [f"| {' | '.join(cells)} |" for cells in (heads, marks, *rows)]
