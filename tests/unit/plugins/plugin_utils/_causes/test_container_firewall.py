# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that drop pings though they are there."""

from __future__ import annotations

import pytest

from tests.unit.plugins.simulation import Faults, Fleet, report_of


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        ("echo", "answers when asked for its MAC address (02:42:00:00:02:01, seen from host1 and host3)"),
        ("drop", "answers when asked for its MAC address"),
        ("reject", "itself answers with the ICMP error prohibited"),
        ("out", "may not send: Operation not permitted"),
    ],
)
def test_it_is_said_how_it_is_known(wall: str, words: str) -> None:
    (cause,) = report_of(Fleet(families=("ipv4",)), Faults(walls={"host2/web-1": wall}))["causes"]
    assert cause["kind"] == "container_firewall"
    assert any(words in line for line in cause["evidence"])


def test_on_one_host_its_neighbours_tell() -> None:
    report = report_of(Fleet(hosts=("host1",)), Faults(walls={"host1/web-1": "echo"}, warm=True))
    (cause,) = report["causes"]
    assert "which know its MAC address" in cause["evidence"][0]


def test_one_that_lets_some_in_is_no_wall() -> None:
    silent = frozenset((source, "host2/web-1") for source in ("host1", "host1/web-1", "host3", "host3/web-1"))
    (cause,) = report_of(Fleet(), Faults(silent=silent))["causes"]
    assert cause["kind"] == "unexplained"
