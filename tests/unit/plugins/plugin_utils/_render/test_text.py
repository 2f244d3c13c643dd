# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Safe, cut, padded and wrapped text."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._text import cut, pad, safe, width_of, wrap
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("host1", "host1"),
        ("a\nb\tc", "a b c"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\u202eb", "a\\u202eb"),
        ("\ud800", "\\ud800"),
        ("\u4e3b\u673a", "\u4e3b\u673a"),
    ],
)
def test_safe(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_width_counts_columns() -> None:
    assert [width_of(text) for text in ("abc", "\u4e3b\u673a", "e\u0301")] == [3, 4, 1]


@given(st.text(), st.integers(2, 40))
def test_padded_text_has_exactly_its_width(text: str, width: int) -> None:
    assert width_of(pad(text, width)) == width


def test_a_cut_is_marked() -> None:
    assert cut("abcdef", 5) == "abc.."


@given(st.text(max_size=300), st.integers(0, 30))
def test_wrapped_text_keeps_its_words_within_the_width(text: str, indent: int) -> None:
    lines = wrap(text, indent)
    assert all(width_of(line) <= 80 for line in lines)
    assert "".join("".join(lines).split()) == "".join(safe(text).split())
