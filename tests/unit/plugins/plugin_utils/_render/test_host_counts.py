# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs counted by hosts."""

from __future__ import annotations

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import blocks_in
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._host_counts import (
    Counts,
    by_hosts,
    not_as_expected,
    sides_of,
)

from tests.unit.plugins.plugin_utils._render.reports import REPORTS


def test_the_pairs_of_two_hosts_are_counted_over_all_relations() -> None:
    blocks = ((key, block) for key, block in blocks_in(REPORTS["mac-filter"]()).items() if key.family == "ipv4")
    counts = by_hosts(blocks)
    assert counts["host1", "host2"] == Counts(good=3, unexpected=6, pairs=9)
    assert counts["host1", "host1"] == Counts(good=6, unexpected=0, pairs=6)


def test_the_sides_of_a_host_are_what_it_asks_and_what_it_is_asked() -> None:
    counts = {("a", "a"): Counts(6, 0, 6), ("a", "b"): Counts(3, 6, 9), ("b", "a"): Counts(4, 0, 9)}
    sides = sides_of(["a", "b", "c"], counts)
    assert sides == {
        "a": (Counts(9, 6, 15), Counts(10, 0, 15)),
        "b": (Counts(4, 0, 9), Counts(3, 6, 9)),
        "c": (Counts(), Counts()),
    }
    assert {host: not_as_expected(both) for host, both in sides.items()} == {"a": 11, "b": 11, "c": 0}
