# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small words."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._words import counted, few, ip_version, lan, named


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcd"), "a, b, c and 1 more"),
    ],
)
def test_names_are_enumerated(names: list[str], text: str) -> None:
    assert named(names, shown=3) == text


def test_numbers_have_their_nouns() -> None:
    assert [counted(number, "pair") for number in (0, 1, 2)] == ["0 pairs", "1 pair", "2 pairs"]


def test_few_lines_are_different_and_say_how_many_there_are_more() -> None:
    assert few(["a", "b", "a"], 2) == ["a", "b"]
    assert few(["a", "b", "c", "d"], 2) == ["a", "b", "and 2 more"]


def test_a_plural_may_be_irregular() -> None:
    assert [counted(number, "reply", "replies") for number in (1, 2)] == ["1 reply", "2 replies"]


def test_address_families_are_named_as_people_do() -> None:
    assert [ip_version(family) for family in ("ipv4", "ipv6")] == ["IPv4", "IPv6"]


def test_a_pair_of_networks_has_both_names() -> None:
    assert [lan("office", None), lan("office", "voice")] == ["office", "office to voice"]
