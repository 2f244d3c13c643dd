# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text on a terminal: what is safe to print, how wide it is, and where lines break. PRIVATE to the collection."""

from __future__ import annotations

import unicodedata

WIDTH = 80

_WIDE = ("W", "F")
_COLOURS = {"good": "32", "bad": "31", "unknown": "33", "quiet": "2", "bold": "1"}


def safe(text: str) -> str:
    """Return the text with everything that a terminal could obey, or that hides itself, spelled out as an escape.

    Names come from hosts that the report does not trust. Line breaks and tabs become blanks.
    """
    return "".join(_safe_character(character) for character in text)


def _safe_character(character: str) -> str:
    if character in "\n\r\t":
        return " "
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def width_of(text: str) -> int:
    """Return how many columns the text takes: wide East Asian characters take two, combining marks none."""
    return sum(_width_of_character(character) for character in text)


def _width_of_character(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def cut(text: str, width: int) -> str:
    """Return the text, safe, in at most ``width`` columns; ``..`` marks the cut."""
    text = safe(text)
    if width_of(text) <= width:
        return text
    while text and width_of(text) > width - 2:
        text = text[:-1]
    return f"{text}.."


def pad(text: str, width: int) -> str:
    """Return the text, safe and cut, filled with blanks to exactly ``width`` columns."""
    text = cut(text, width)
    return text + " " * (width - width_of(text))


def wrap(text: str, indent: int, first: str = "") -> list[str]:
    """Return the text, safe, in indented lines of at most WIDTH columns; ``first`` stands in the first indent."""
    room = WIDTH - indent
    lines = [""]
    for word in _words(safe(text), room):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    blank = " " * indent
    return [f"{pad(first, indent) if number == 0 else blank}{line}".rstrip() for number, line in enumerate(lines)]


def _words(text: str, room: int) -> list[str]:
    return [piece for word in text.split() for piece in _pieces(word, room)]


def _pieces(word: str, room: int) -> list[str]:
    """Split a word that is longer than a line."""
    pieces = [""]
    for character in word:
        if width_of(pieces[-1] + character) > room:
            pieces.append("")
        pieces[-1] += character
    return pieces


def coloured(text: str, meaning: str, *, colour: bool) -> str:
    """Return the text in the colour of its meaning (good, bad, unknown, quiet, bold), or plain."""
    return f"\x1b[{_COLOURS[meaning]}m{text}\x1b[0m" if colour and meaning else text


def heading(text: str, *, colour: bool) -> str:
    """Return the text, safe and cut to a line, in bold."""
    return coloured(cut(text, WIDTH), "bold", colour=colour)
