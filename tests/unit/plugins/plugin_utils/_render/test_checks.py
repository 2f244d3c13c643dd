# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks in words."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._checks import gathered, told


def check(host: str, **changes: Any) -> dict[str, Any]:
    place = {"network": "office", "host": host, "family": "ipv4", "source": f"{host}/web", "target": None}
    return {"kind": "gateway", "status": "fail", **place, "detail": "it is silent", "cause": None, **changes}


def test_checks_that_differ_in_their_source_only_are_one() -> None:
    both = gathered([check("host1"), check("host2", cause="gateway"), check("host1")])
    assert told(both) == [("gateway", "host1/web and host2/web (office, IPv4): it is silent")]


def test_checks_of_a_whole_host_are_told_with_their_hosts() -> None:
    both = gathered([check("host1", source=None), check("host2", source=None)])
    assert told(both) == [("gateway", "host1 and host2 (office, IPv4): it is silent")]


def test_of_many_sources_some_are_named() -> None:
    ((_kind, story),) = told(gathered([check(f"host{number}") for number in range(8)]))
    assert story.startswith("host0/web, host1/web, host2/web, host3/web, host4/web and 3 more (office")


def test_checks_that_say_different_things_are_told_apart() -> None:
    others = {"kind": "name", "family": "ipv6", "network": "voice", "target": "host3", "detail": "it is slow"}
    for key, value in others.items():
        assert len(gathered([check("host1"), check("host2", **{key: value})])) == 2


def test_checks_of_no_host_stay_as_they_are() -> None:
    nowhere = dict.fromkeys(("host", "source", "network", "family"))
    demand = {**check("host1", kind="assertion", detail="too few"), **nowhere}
    assert told(gathered([demand, demand])) == [("assertion", "too few")]
