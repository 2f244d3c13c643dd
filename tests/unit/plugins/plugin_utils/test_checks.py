# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks, read from the results of hosts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._checks import Check, checks_of

from tests.unit.plugins.simulation import Faults, Fleet, mesh_of

ENDS = mesh_of(Fleet())["endpoints"]
GATEWAY = {"network": "office", "family": "ipv4", "source": 4, "address": "192.168.56.1"}


def rows(**raw: Any) -> list[dict[str, Any]]:
    return [check.row() for check in checks_of(ENDS, "host2", raw)]


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        ({"mac": "aa", "replied": True}, "pass", "replies to pings"),
        ({"mac": None, "replied": True}, "pass", "replies to pings"),
        ({"mac": "aa", "replied": False}, "pass", "MAC address aa; it does not reply"),
        ({"mac": None, "replied": False}, "fail", "neither pings nor ARP"),
    ],
)
def test_a_gateway_is_there_when_it_replies_or_has_a_mac(seen: Any, status: str, words: str) -> None:
    (row,) = rows(gateway=[{**GATEWAY, **seen}])
    assert (row["kind"], row["status"], row["host"], row["source"]) == ("gateway", status, "host2", "host2/web-1")
    assert words in row["detail"]


def test_neighbours_are_discovered_in_ipv6() -> None:
    (row,) = rows(gateway=[{**GATEWAY, "family": "ipv6", "mac": None, "replied": False}])
    assert "neighbour discovery" in row["detail"]


def test_paths_that_all_pass_are_one_row() -> None:
    (row,) = rows(path_mtu={"probed": 2, "failures": []})
    assert row == {
        "kind": "path_mtu",
        "status": "pass",
        "network": "office",
        "host": "host2",
        "family": None,
        "source": None,
        "target": None,
        "detail": "all passed",
        "cause": None,
    }


@pytest.mark.parametrize(
    ("seen", "detail"),
    [
        ({"mtu": None, "from": None}, "small packets pass, but one of 1500 bytes does not"),
        ({"mtu": 1450, "from": None}, "small packets pass, but one of 1500 bytes does not: at most 1450 bytes do"),
        (
            {"mtu": 1400, "from": "192.0.2.1"},
            "small packets pass, but one of 1500 bytes does not: at most 1400 bytes do, says 192.0.2.1",
        ),
    ],
)
def test_a_path_that_does_not_pass_says_what_is_known(seen: Any, detail: str) -> None:
    failure = {"source": 4, "target": 7, "family": "ipv4", "size": 1500, **seen}
    (row,) = rows(path_mtu={"probed": 2, "failures": [failure]})
    assert (row["status"], row["source"], row["target"]) == ("fail", "host2/web-1", "host3/web-1")
    assert row["detail"] == detail


@pytest.mark.parametrize(
    ("answers", "reason", "words"),
    [
        (["10.0.0.9"], "", "web-2 is 10.0.0.9 for Docker's resolver, but 192.168.56.162 in truth"),
        ([], "NXDOMAIN", "does not know web-2, which is 192.168.56.162 (NXDOMAIN)"),
    ],
)
def test_a_name_that_is_wrong_or_unknown_fails(answers: list[str], reason: str, words: str) -> None:
    failure = {"source": 4, "target": 5, "family": "ipv4", "name": "web-2", "answers": answers, "reason": reason}
    (row,) = rows(names={"probed": 2, "failures": [failure], "unavailable": []})
    assert (row["kind"], row["status"]) == ("name", "fail")
    assert words in row["detail"]


def test_names_without_a_resolver_are_no_failure() -> None:
    assert rows(names={"probed": 0, "failures": [], "unavailable": [{"source": 4, "reason": "no resolver"}]}) == []


def test_a_network_on_which_the_host_is_lost_has_no_row() -> None:
    ends = mesh_of(Fleet(), Faults(lost={"host2": ("failed", "x")}))["endpoints"]
    assert checks_of(ends, "host2", {"path_mtu": {"probed": 2, "failures": []}}) == []


def test_a_host_without_checks_has_none() -> None:
    assert rows() == []


def test_the_hosts_of_a_check_are_those_of_both_ends() -> None:
    assert Check("path_mtu", "fail", source=ENDS[1], target=ENDS[4]).hosts() == ["host1", "host2"]
    assert Check("gateway", "fail", source=ENDS[1]).hosts() == ["host1"]
