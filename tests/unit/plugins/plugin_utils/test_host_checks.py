# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks of a host together: what counts when, and that a cause is told once."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._host_checks import host_problems
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member

from tests.unit.plugins.fleets import added_link, declared_lan, host_facts

OTHER4 = {"subnet": "192.168.57.0/24", "gateway": "192.168.57.1", "range": "192.168.57.128/25"}


def problems_of(facts: Any, *lans: Any, touched: Any = ("office", "lab")) -> list[str]:
    """Check LANs against facts, and return the problems as a user sees them."""
    parsed, wrong = parse_lans(list(lans or [declared_lan()]))
    assert not wrong
    return [str(problem) for problem in host_problems(parsed, Member("host1"), facts, touched)]


def test_a_healthy_host_has_no_problem() -> None:
    assert problems_of(host_facts(11)) == []


def test_kernel_and_parent_count_for_what_is_touched_only() -> None:
    facts = host_facts(11, up=False)
    facts["kernel"]["links"]["ipvlan"] = False
    assert len(problems_of(facts)) == 2
    assert problems_of(facts, touched=()) == []


def test_who_else_is_there_counts_for_what_is_kept_too() -> None:
    old = {"subnet": "192.168.56.0/24", "ip_range": None, "gateway": None}
    network = {"id": "1", "name": "old", "driver": "macvlan", "options": {"parent": "eth0"}, "ipam": [old]}
    found = problems_of(host_facts(11, networks=[network]), touched=())
    assert [problem.split(".")[0] for problem in found] == [
        "host1, office: the live network old hands out 192",
        "host1, office: the live network old (macvlan) is also on eth0: ipvlan and macvlan cannot share a parent",
    ]


def test_the_same_cause_is_told_once_for_the_first_lan() -> None:
    facts = host_facts(11, up=False)
    facts["kernel"]["links"]["macvlan"] = False
    lans = [declared_lan(driver="macvlan"), declared_lan(name="lab", driver="macvlan", subnets=[OTHER4])]
    found = problems_of(facts, *lans)
    assert len(found) == 2
    assert all(problem.startswith("host1, office: the ") for problem in found)


def test_all_problems_are_told_at_once() -> None:
    facts = host_facts(11, up=False, master="br0", wireless=True)
    facts["kernel"] = {"release": "6.12.30", "links": {"macvlan": False, "ipvlan": True}}
    facts["links"] += [added_link("br0", kind="bridge"), added_link("iv0", kind="ipvlan", mode="l2", parent="eth0")]
    facts["routes"].append({"destination": "192.168.56.9/32", "link": "tun0", "gateway": None})
    words = ("cannot make", "is down", "is a port of", "is wireless", "route to 192.168.56.9/32", "is also on eth0")
    found = problems_of(facts, declared_lan(driver="macvlan"))
    assert len(found) == len(words)
    assert all(word in problem for word, problem in zip(words, found, strict=True))
