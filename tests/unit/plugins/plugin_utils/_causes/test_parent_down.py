# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A parent link that lets nothing through."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import build_report, outcome_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in

from tests.unit.plugins.simulation import Faults, Fleet, mesh_of, probe, report_of

HOST2 = frozenset({"host2"})


@pytest.mark.parametrize(
    ("faults", "line"),
    [(Faults(unplugged=HOST2), "host2: eth0 has no carrier"), (Faults(gone=HOST2), "host2: eth0 does not exist")],
)
def test_it_is_said_what_is_wrong_with_the_link(faults: Faults, line: str) -> None:
    (cause,) = report_of(Fleet(), faults)["causes"]
    assert cause["evidence"] == [line]


def test_the_silence_among_macvlan_containers_belongs_to_it() -> None:
    report = report_of(Fleet(), Faults(unplugged=HOST2))
    same_host = [pair for pair in pairs_in(report) if pair["relation"] == "same_host" and pair["cause"]]
    assert {pair["source"].partition("/")[0] for pair in same_host} == {"host2"}


def test_a_link_that_does_not_know_its_carrier_but_works_is_no_cause() -> None:
    """Some drivers never report one; another fault then is what it is."""
    fleet, faults = Fleet(), Faults(walls={"host2/web-1": "echo"})
    mesh = mesh_of(fleet, faults)
    results = probe(fleet, faults, mesh)
    for result in results.values():
        result["evidence"]["links"][0]["carrier"] = False
    report = build_report(mesh, {host: outcome_of(result) for host, result in results.items()}, "")
    assert [cause["kind"] for cause in report["causes"]] == ["container_firewall"]
