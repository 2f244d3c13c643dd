# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of a report: which matrices are shown, and which families are shown once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._networks import networks

from tests.unit.plugins.plugin_utils._render.reports import IPVLAN, REPORTS
from tests.unit.plugins.simulation import report_of

HOSTS = "n/m: n of m pairs are as expected"
ENDPOINTS = ". itself"


def text_of(report: dict[str, Any]) -> str:
    return "\n".join(networks(report, colour=False))


@pytest.mark.parametrize(
    ("hosts", "containers", "shown"),
    [
        (3, 2, (True, True)),
        (4, 3, (True, True)),  # 16 endpoints
        (4, 4, (True, False)),  # 20
        (1, 2, (False, True)),  # the host alone says nothing more
        (3, 0, (False, True)),  # every host is an endpoint
        (1, 20, (True, False)),
    ],
)
def test_small_fleets_see_the_endpoints_and_all_see_what_is_between_hosts(
    hosts: int, containers: int, shown: tuple[bool, bool]
) -> None:
    names = tuple(f"host{number}" for number in range(1, hosts + 1))
    text = text_of(report_of(replace(IPVLAN, hosts=names, containers=containers)))
    assert (HOSTS in text, ENDPOINTS in text) == shown


def test_families_that_agree_are_shown_once() -> None:
    assert text_of(REPORTS["healthy"]()).count("9 endpoints, IPv4 and IPv6") == 1


def test_families_that_differ_in_one_pair_are_shown_each() -> None:
    report = REPORTS["healthy"]()
    row = report["matrix"][1]["rows"][0]
    row["signs"] = "!" + row["signs"][1:]
    text = text_of(report)
    assert ("9 endpoints, IPv4\n" in text, "9 endpoints, IPv6\n" in text) == (True, True)


def test_families_that_differ_in_their_times_only_agree() -> None:
    report = REPORTS["healthy"]()
    for group in report["relations"]:
        if group["family"] == "ipv6" and group["rtt_ms"]:
            group["rtt_ms"] = {"p50": 7.0, "p95": 8.0, "max": 9.0}
    text = text_of(report)
    assert "IPv4 and IPv6" in text
    assert "7.000 8.000 9.000" in text


def test_a_network_without_pairs_is_named() -> None:
    assert text_of(REPORTS["empty"]()) == "\noffice: ipvlan l2: no pairs"


def test_what_is_between_two_networks_stands_apart() -> None:
    text = text_of(REPORTS["two-networks"]())
    assert "office to voice, 2 pairs" in text
    assert text.index("other_network") > text.index("office to voice")
    assert "host2/web-1 -> host2/phone (IPv4): open" in text
