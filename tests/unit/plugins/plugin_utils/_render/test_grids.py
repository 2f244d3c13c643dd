# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of endpoints."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import SIGNS, pairs_in
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._grids import (
    BY_SIGN,
    ITSELF,
    NOT_PROBED,
    endpoint_grid,
    signs_of,
    symbol_of,
)

from tests.unit.plugins.plugin_utils._render.reports import REPORTS


def end(index: int, host: str, container: str | None = None) -> dict[str, Any]:
    return {"index": index, "host": host, "kind": "container" if container else "host", "container": container}


def test_every_sign_of_the_matrix_has_a_symbol() -> None:
    assert set(BY_SIGN) == set(SIGNS)


def test_the_signs_are_those_of_the_report() -> None:
    report = REPORTS["one-way"]()
    places = {one["id"]: one["index"] for one in report["endpoints"]}
    signs = signs_of(report["matrix"][0]["rows"])
    pairs = list(pairs_in(report))
    assert len(signs) == len(pairs) == 72
    for pair in pairs:
        assert SIGNS[signs[places[pair["source"]], places[pair["target"]]]].status == pair["status"]


def test_what_has_no_pair_is_itself_or_was_not_probed() -> None:
    assert symbol_of(0, 0, {}) == ITSELF
    assert symbol_of(0, 1, {}) == NOT_PROBED


def test_the_cell_of_a_pair_is_in_the_row_of_its_source() -> None:
    lines = endpoint_grid([end(4, "a"), end(7, "b")], {(4, 7): "X", (7, 4): "-"}, colour=False)
    rows = [line.split() for line in lines if line[:3].strip()]
    assert rows == [["1", "a", ".", "X"], ["2", "b", "-", "."]]


def test_a_host_that_is_no_endpoint_itself_is_named_above_its_containers() -> None:
    ends = [end(0, "host1", "web"), end(1, "host2"), end(2, "host2", "web")]
    lines = [line.split() for line in endpoint_grid(ends, {}, colour=False)]
    assert lines[1:5] == [["host1"], ["1", "web", ".", "_", "_"], [], ["2", "host2", "_", ".", "_"]]


def test_names_that_differ_at_their_end_can_be_told_apart() -> None:
    ends = [end(number, "host1", f"dockerlan-ipvlan-l3s-routed-{number}") for number in range(9)]
    grid = "\n".join(endpoint_grid(ends, {}, colour=False))
    assert all(one["container"] in grid for one in ends)


def test_host_names_stand_above_their_columns_where_they_fit() -> None:
    ends = [end(0, "host1"), end(1, "host1", "web"), end(2, "host2"), end(3, "host2", "web")]
    heads, numbers = endpoint_grid(ends, {}, colour=False)[:2]
    assert heads.split() == ["host1", "host2"]
    assert [heads.index("host1"), heads.index("host2")] == [numbers.index("1"), numbers.index("3")]
    long = [{**one, "host": f"{one['host']}.example.com"} for one in ends]
    assert endpoint_grid(long, {}, colour=False)[0].split() == ["from", "\\", "to", "1", "2", "3", "4"]


def test_only_signs_that_occur_are_explained() -> None:
    (legend,) = endpoint_grid([end(0, "a"), end(1, "b")], {(0, 1): "!", (1, 0): "~"}, colour=False)[-1:]
    assert legend == "   ! REACHED, must be blocked   ? no data   . itself"
