# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Full neighbour tables."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import build_report, outcome_of

from tests.unit.plugins.simulation import Faults, Fleet, mesh_of, probe, report_of

FULL = Faults(full_table=frozenset({"host1"}))


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_the_limit_is_named_and_what_to_raise_it_to(family: str) -> None:
    (cause,) = report_of(Fleet(families=(family,)), FULL)["causes"]
    assert f"host1: net.{family}.neigh.default.gc_thresh3 is 8" in cause["evidence"][0]
    name = f"net.{family}.neigh.default.gc_thresh"
    assert f"sysctl -w {name}3=4096 {name}2=2048 {name}1=1024" in cause["cure"]


def test_the_new_limit_has_room_for_twice_the_pairs() -> None:
    fleet = Fleet(hosts=tuple(f"host{n}" for n in range(1, 13)), containers=20, families=("ipv4",), driver="ipvlan")
    (cause,) = report_of(fleet, FULL)["causes"]
    assert f"gc_thresh3={4096 * -(-2 * 21 * 251 // 4096)} " in cause["cure"]


def test_an_invalid_argument_alone_says_nothing_of_a_table() -> None:
    fleet = Fleet(families=("ipv6",))
    mesh = mesh_of(fleet, FULL)
    results = probe(fleet, FULL, mesh)
    results["host1"]["evidence"]["neighbour_table"] = {"ipv4": None, "ipv6": {"limit": 1024, "used": 0}}
    report = build_report(mesh, {host: outcome_of(result) for host, result in results.items()}, "")
    assert "neighbour_overflow" not in {cause["kind"] for cause in report["causes"]}


def test_where_the_limit_cannot_be_read_the_other_family_tells() -> None:
    fleet = Fleet()
    mesh = mesh_of(fleet, FULL)
    results = probe(fleet, FULL, mesh)
    results["host1"]["evidence"]["neighbour_table"] = {"ipv4": None, "ipv6": None}
    report = build_report(mesh, {host: outcome_of(result) for host, result in results.items()}, "")
    assert [(cause["kind"], cause["hosts"]) for cause in report["causes"]] == [("neighbour_overflow", ["host1"])]


def test_a_host_with_a_full_table_does_not_explain_others() -> None:
    faults = replace(FULL, silent=frozenset({("host2/web-1", "host3/web-1")}))
    kinds = [cause["kind"] for cause in report_of(Fleet(), faults)["causes"]]
    assert kinds == ["neighbour_overflow", "unexplained"]
