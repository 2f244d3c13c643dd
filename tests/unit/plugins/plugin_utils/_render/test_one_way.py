# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pairs of which only one way is broken."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._one_way import directions, one_way_pairs


def row(source: str, target: str, **changes: Any) -> dict[str, Any]:
    example = {"source": f"{source}/web", "target": f"{target}/web"}
    default = {"network": "office", "family": "ipv4", "source": source, "target": target, "pairs": 4}
    return {**default, "example": example, **changes}


def test_without_such_pairs_nothing_is_said() -> None:
    assert list(one_way_pairs([], colour=False)) == []


def test_both_ends_the_number_an_example_and_the_meaning_are_told() -> None:
    lines = list(one_way_pairs([row("host1", "host2")], colour=False))
    assert lines[1] == "One way only: 4 pairs blocked, while the way back is open"
    assert lines[3] == "   - host1 -> host2: 4 pairs in office, IPv4, such as host1/web -> host2/web"
    assert "A ping needs both ways" in lines[5]


def test_the_families_of_the_same_hosts_are_one_line() -> None:
    (line,) = directions([row("a", "b"), row("a", "b", family="ipv6", pairs=1)])
    assert line.startswith("a -> b: 5 pairs in office, IPv4 and IPv6, such as a/web")


def test_networks_are_told_apart() -> None:
    assert len(directions([row("a", "b"), row("a", "b", network="voice")])) == 2


def test_all_that_do_not_reach_the_same_host_are_one_line() -> None:
    (line,) = directions([row(source, "d") for source in "abc"])
    assert line.startswith("a, b and c -> d: 12 pairs")


def test_all_that_the_same_host_does_not_reach_are_one_line() -> None:
    (line,) = directions([row("a", target) for target in "bcdefgh"])
    assert line.startswith("a -> b, c, d, e, f and 2 more: 28 pairs")


def test_many_lines_are_cut_short() -> None:
    lines = list(one_way_pairs([row(f"a{n}", f"b{n}") for n in range(12)], colour=False))
    assert [line for line in lines if line.startswith("   - ")][-1] == "   - and 2 more"
    assert len([line for line in lines if line.startswith("   - ")]) == 11
