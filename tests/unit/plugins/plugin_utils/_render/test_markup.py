# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Untrusted text in Markdown."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._markup import name, table, text
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._render.markdown_page import Page

ANYTHING = st.text(
    alphabet=st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")), max_size=40
)
SIGNS = st.text(alphabet=" \\`*_[]()<>{}#+-.!|&~^$@:/=w1a", max_size=40)


@settings(max_examples=500, deadline=None)
@given(SIGNS | ANYTHING)
@example("[x](y)")
@example("![x](y)")
def test_every_text_is_shown_as_it_is_and_stays_in_its_paragraph(words: str) -> None:
    page = Page(f"before\n\n{text(words)}\n\nafter")
    assert page.tags <= {"p"}
    assert " ".join(page.text.split()) == " ".join(["before", *words.split(), "after"])


@settings(max_examples=500, deadline=None)
@given(SIGNS | ANYTHING)
@example("[x](y)")
@example("![x](y)")
def test_every_name_stays_in_its_cell(words: str) -> None:
    page = Page("\n".join(table(("a", "b"), [[name(words), "1"]], left=1)))
    assert page.tags == {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert [" ".join(cell.split()) for cell in page.rows[1]] == [" ".join(words.split()), "1"]


@pytest.mark.parametrize(
    ("words", "shown"), [("a\nb\tc", "a b c"), ("\x1b2J", "\\\\x1b2J"), ("a\u202eb", "a\\\\u202eb")]
)
def test_what_a_reader_cannot_see_is_spelled_out(words: str, shown: str) -> None:
    assert text(words) == shown


def test_a_mention_a_reference_and_a_formula_are_broken_up() -> None:
    assert text("@all #1 $x$") == "<span>@</span>all <span>#</span>1 <span>$</span>x<span>$</span>"


def test_long_text_is_cut_before_it_is_escaped() -> None:
    assert text("&" * 600) == "&amp;" * 498 + ".."
    assert name("a" * 90) == f"<code>{'a' * 78}..</code>"


def test_numbers_stand_to_the_right() -> None:
    assert table(("a", "b"), [["x", "1"]], left=1) == ["| a | b |", "| :-- | --: |", "| x | 1 |"]
