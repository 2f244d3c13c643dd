# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrices of hosts, and the list of the worst ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._host_counts import Counts
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._host_grids import host_grid, worst_hosts

GOOD = Counts(9, 0, 9)


def hosts_of(number: int, name: str = "host{}") -> list[str]:
    return [name.format(place) for place in range(1, number + 1)]


def counts_of(hosts: Sequence[str], **others: Counts) -> dict[tuple[str, str], Counts]:
    """Return pairs that are all as expected but for some, by ``source_target``."""
    found = {(source, target): GOOD for source in hosts for target in hosts}
    return {**found, **{(key.split("_")[0], key.split("_")[1]): counts for key, counts in others.items()}}


def grid(hosts: Sequence[str], counts: Mapping[tuple[str, str], Counts]) -> list[str]:
    return host_grid(hosts, counts, colour=False)


@pytest.mark.parametrize(
    ("counts", "cell"),
    [
        (Counts(9, 0, 9), "o 9/9"),
        (Counts(3, 6, 9), "x 3/9"),
        (Counts(0, 1, 9), "X 0/9"),
        (Counts(3, 0, 9), "? 3/9"),
        (Counts(3, 1, 9), "x 3/9"),
    ],
)
def test_the_symbol_says_without_colour_what_the_numbers_say(counts: Counts, cell: str) -> None:
    assert grid(["host1", "host2"], counts_of(["host1", "host2"], host1_host2=counts))[1].endswith(f"  {cell}")


def test_the_worst_of_a_block_has_its_colour() -> None:
    rows = host_grid(["a", "b"], counts_of(["a", "b"], a_b=Counts(3, 6, 9), b_a=Counts(3, 0, 9)), colour=True)
    assert "\x1b[31mx 3/9\x1b[0m" in rows[1]
    assert "\x1b[33m? 3/9\x1b[0m" in rows[2]
    assert "\x1b[32mo 9/9\x1b[0m" in rows[2]


def test_a_block_without_pairs_was_not_probed() -> None:
    first, second, _empty, legend = grid(["a", "b"], {("a", "b"): GOOD})[1:]
    assert (first.split(), second.split()) == (["a", ".", "o", "9/9"], ["b", "_", "."])
    assert "_ not probed   . itself" in legend


def test_short_names_stand_above_the_columns_and_numbers_do_where_they_are_long() -> None:
    short, long = hosts_of(5), hosts_of(5, "node{}.example.com")
    assert grid(short, counts_of(short))[0].split() == ["from", "\\", "to", *short]
    lines = grid(long, counts_of(long))
    assert lines[0].split() == ["from", "\\", "to", "1", "2", "3", "4", "5"]
    assert lines[1].startswith("  1  node1.example.com ")


def test_every_cell_stands_below_its_head() -> None:
    hosts = hosts_of(3, "web-host-{}")
    lines = grid(hosts, counts_of(hosts, **{"web-host-2_web-host-3": Counts(0, 9, 9)}))
    end = lines[0].index("web-host-3") + len("web-host-3")
    assert lines[2][:end].endswith("  X 0/9")


@pytest.mark.parametrize(("number", "row"), [(8, "o 9/9  o 9/9"), (9, "  o  o  o"), (20, "  o  o  o")])
def test_numbers_give_way_to_symbols_and_the_list_of_the_worst(number: int, row: str) -> None:
    hosts = hosts_of(number)
    lines = grid(hosts, counts_of(hosts, host1_host2=Counts(0, 9, 9)))
    assert row in lines[-3 if number == 8 else number]
    assert all(len(line) <= 80 for line in lines)
    assert ("as source" in "".join(lines)) == (number > 8)


def test_of_too_many_hosts_only_the_worst_are_listed() -> None:
    hosts = hosts_of(21)
    lines = grid(hosts, counts_of(hosts, host1_host2=Counts(0, 9, 9)))
    assert [line.split() for line in lines] == [
        ["as", "source", "as", "target"],
        ["x", "180/189", "o", "189/189", "host1"],
        ["o", "189/189", "x", "180/189", "host2"],
        [],
        "n/m: n of m pairs are as expected; on 19 of 21 hosts all of them are".split(),
    ]


def test_hosts_with_the_same_numbers_are_listed_together_the_worst_first() -> None:
    hosts = hosts_of(30)
    cut = {f"{a}_{b}": Counts(0, 9, 9) for a in hosts for b in hosts if (a == "host30") != (b == "host30")}
    lines = worst_hosts(hosts, counts_of(hosts, **cut), colour=False)
    assert lines[1].split() == ["x", "9/270", "x", "9/270", "host30"]
    assert "29 hosts: host1, host2, host3," in lines[2]


def test_not_all_groups_are_listed() -> None:
    hosts = hosts_of(30)
    others = {f"{host}_{host}": Counts(9, number, 9 + number) for number, host in enumerate(hosts[:15], 1)}
    lines = worst_hosts(hosts, counts_of(hosts, **others), colour=False)
    assert [line.split()[-1] for line in lines[1:11]] == [f"host{number}" for number in range(15, 5, -1)]
    assert len(lines) == 14
    assert lines[-3] == "   and 5 more hosts with pairs not as expected"


def test_a_fleet_without_a_fault_has_no_list() -> None:
    hosts = hosts_of(30)
    assert worst_hosts(hosts, counts_of(hosts), colour=False) == [
        "",
        "   n/m: n of m pairs are as expected; on 30 of 30 hosts all of them are",
    ]


def test_numbers_of_any_size_keep_to_the_width() -> None:
    hosts = hosts_of(30, "node{}.example.com")
    huge = Counts(1, 10**15 - 1, 10**15)
    lines = worst_hosts(hosts, {(hosts[0], host): huge for host in hosts}, colour=False)
    assert all(len(line) <= 80 for line in lines)
