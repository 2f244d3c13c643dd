# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings as rows of a report: which modes have which, and containers that ended."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_modes import BY_NAME
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._findings import OF_FLEET, OF_HOST, findings_of

from tests.unit.plugins.experiments import observed, planned, seen

REPORT: dict[str, Any] = {"hosts": [], "endpoints": [], "matrix": []}


def alone(*looks: Any) -> list[dict[str, Any]]:
    return findings_of(planned("none"), REPORT, {"host1": observed(*looks)})


def test_a_finding_is_a_row_of_the_report_s_checks() -> None:
    row, _other = alone([seen("dockerlan-none-1"), seen("dockerlan-none-2")])
    assert row == {
        "kind": "mode",
        "status": "pass",
        "network": "none",
        "host": "host1",
        "family": None,
        "source": "host1/dockerlan-none-1",
        "target": None,
        "detail": "dockerlan-none-1 has only lo",
        "cause": None,
    }


def test_a_container_that_ended_is_a_finding_of_any_mode() -> None:
    rows = alone([seen("dockerlan-none-1"), seen("dockerlan-none-2", running=False)])
    assert [(row["status"], row["detail"]) for row in rows] == [
        ("fail", "dockerlan-none-2 does not run any more"),
        ("pass", "dockerlan-none-1 has only lo"),
    ]
    [row] = alone([])
    assert row["detail"] == "dockerlan-none-1 and dockerlan-none-2 do not run any more"


def test_a_container_that_must_not_start_is_not_missed() -> None:
    facts = observed([seen("dockerlan-macvlan-passthru-1")])
    rows = findings_of(planned("macvlan-passthru"), REPORT, {"host1": facts})
    assert all("run any more" not in row["detail"] for row in rows)


def test_where_nothing_was_seen_there_is_nothing_to_tell() -> None:
    for name in BY_NAME:
        if name not in OF_FLEET:
            assert findings_of(planned(name), REPORT, {"host1": observed()}) == []
            assert findings_of(planned(name), REPORT, {}) == []


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("bridge", 2),
        ("host", 2),
        ("none", 2),
        ("container", 1),
        ("user-defined", 4),
        ("macvlan-passthru", 2),
        ("vlan", 2),
        ("no-parent", 2),
    ],
)
def test_every_mode_that_shows_more_than_pairs_has_its_findings(name: str, count: int) -> None:
    entry = planned(name)
    look = [
        seen(item["name"], network=item["network"], ipv4="172.17.0.2") for item in entry["hosts"]["host1"]["containers"]
    ]
    assert len(findings_of(entry, REPORT, {"host1": observed(look)})) == count


def test_every_finding_belongs_to_a_mode() -> None:
    assert set(OF_HOST) | set(OF_FLEET) <= set(BY_NAME)
    assert len(findings_of(planned("ipvlan-l2"), {**REPORT, "hosts": [{"lost": False}] * 2}, {})) == 6


def test_links_that_were_left_are_told_of_hosts_that_said_so() -> None:
    facts = {"host1": observed(), "host2": observed(number=12)}
    rows = findings_of(planned("vlan"), REPORT, facts, {"host2": ["eth0", "eth0.22"]})
    assert [(row["network"], row["host"], row["status"]) for row in rows] == [
        ("vlan-macvlan", "host2", "pass"),
        ("vlan-ipvlan", "host2", "fail"),
    ]
