# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a fleet, from declaration and facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Facts
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._host_plan import NO_CONSENT, Consent
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._plan import Plan, make_plan
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._slices import all_slices
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.plugins.fleets import SUBNET4, container, declared_lan, host_facts
from tests.unit.plugins.planning import (
    OFFICE4,
    REPLACING,
    SLICE4,
    applied,
    macvlan_office,
    office,
    old,
    plan_of,
    three,
    unfinished,
)
from tests.unit.plugins.worlds import LAN, World, worlds

MODES = {"ipvlan": "l2", "macvlan": "bridge"}


def test_an_empty_fleet_gets_networks_that_are_identical_but_for_the_slice() -> None:
    plan = plan_of(three())
    assert plan.problems == []
    assert plan.changed
    specs = [planned["networks"][0] for planned in plan.hosts.values()]
    assert specs[0] == {
        "name": "office",
        "driver": "ipvlan",
        "internal": False,
        "enable_ipv6": True,
        "options": {"parent": "eth0", "ipvlan_mode": "l2"},
        "labels": {"dockerlan.fleet.lan": "office"},
        "ipam": [
            {
                "subnet": "192.168.56.0/24",
                "ip_range": "192.168.56.128/28",
                "gateway": "192.168.56.1",
                "aux_addresses": {},
            },
            {
                "subnet": "fdb2:2c26:f4e4::/64",
                "ip_range": "fdb2:2c26:f4e4::1:0/112",
                "gateway": "fdb2:2c26:f4e4::1",
                "aux_addresses": {},
            },
        ],
    }
    slices = [pool.pop("ip_range") for spec in specs for pool in spec["ipam"]]
    assert specs[0] == specs[1] == specs[2]
    assert len(set(slices)) == 6


def test_the_summary_is_a_table() -> None:
    assert plan_of(three()).summary == [
        "host1  create  office  ipvlan l2 on eth0  192.168.56.128/28, fdb2:2c26:f4e4::1:0/112",
        "host2  create  office  ipvlan l2 on eth0  192.168.56.144/28, fdb2:2c26:f4e4::2:0/112",
        "host3  create  office  ipvlan l2 on eth0  192.168.56.160/28, fdb2:2c26:f4e4::3:0/112",
    ]


def test_the_diff_has_the_hosts_that_change() -> None:
    facts = three()
    live = applied(plan_of(facts), facts)
    del live["host2"]["networks"][:]
    (diff,) = plan_of(live).diff
    assert diff["after_header"] == "networks of host2"
    assert diff["before"] == ""
    assert '"ip_range": "192.168.56.144/28"' in diff["after"]


def test_a_fleet_that_is_as_planned_is_kept() -> None:
    facts = three()
    first = plan_of(facts)
    second = plan_of(applied(first, facts))
    assert second.problems == []
    assert not second.changed
    assert second.diff == []
    assert [planned["networks"] for planned in second.hosts.values()] == [
        planned["networks"] for planned in first.hosts.values()
    ]
    assert {action["action"] for planned in second.hosts.values() for action in planned["actions"]} == {"keep"}


def test_a_member_that_was_not_asked_is_not_planned() -> None:
    facts = three()
    live = applied(plan_of(facts), facts)
    del live["host3"]
    plan = plan_of(live, members=["host1", "host2", "host3"])
    assert plan.problems == []
    assert list(plan.hosts) == ["host1", "host2"]


def test_a_live_network_that_differs_is_refused_with_every_difference() -> None:
    facts = three()
    live = applied(plan_of(facts), facts)
    live["host2"]["networks"][0].update(driver="macvlan", internal=True)
    (problem,) = plan_of(live).problems
    assert (problem.host, problem.network) == ("host2", "office")
    assert "driver is 'macvlan', declared is 'ipvlan'; internal is True, declared is False" in problem.problem
    assert problem.cure


def test_a_parent_may_differ_per_host() -> None:
    facts = {"host1": host_facts(11), "host2": host_facts(12, name="enp3s0")}
    plan = plan_of(facts, host2={"dockerlan_parents": {"office": "enp3s0"}})
    assert plan.problems == []
    parents = [planned["networks"][0]["options"]["parent"] for planned in plan.hosts.values()]
    assert parents == ["eth0", "enp3s0"]


def test_all_problems_of_all_hosts_come_at_once() -> None:
    other = {"id": "1", "name": "old", "driver": "macvlan", "options": {"parent": "eth0"}, "ipam": []}
    facts = {
        "host1": host_facts(11, up=False),
        "host2": host_facts(12, name="eth9"),
        "host3": host_facts(13, networks=[other]),
    }
    assert [(item.host, item.problem) for item in plan_of(facts).problems] == [
        ("host1", "the parent eth0 is down or has no carrier"),
        ("host2", "the parent eth0 does not exist, the host has eth9"),
        ("host3", "the live network old (macvlan) is also on eth0: ipvlan and macvlan cannot share a parent"),
    ]


def test_problems_with_slices_and_with_hosts_come_at_once() -> None:
    lans = [declared_lan(subnets=[{**SUBNET4, "slice_prefix": 25}])]
    problems = plan_of({"host1": host_facts(11, up=False), "host2": host_facts(12)}, lans=lans).problems
    assert ["too small for slices of /25: 1 in all" in item.problem for item in problems] == [True, False]
    assert problems[1].problem == "the parent eth0 is down or has no carrier"


def test_a_network_that_is_there_is_kept_though_its_parent_lost_the_carrier() -> None:
    facts = three()
    kept = applied(plan_of(facts), facts)
    kept["host2"] = {**kept["host2"], "links": host_facts(12, up=False)["links"]}
    plan = plan_of(kept)
    assert plan.problems == []
    assert not plan.changed


def action_names(plan: Plan) -> dict[str, list[str]]:
    return {host: [action["action"] for action in planned["actions"]] for host, planned in plan.hosts.items()}


@pytest.mark.parametrize(
    ("facts", "consent", "action", "changed"),
    [
        (host_facts(11), NO_CONSENT, "create", True),
        (host_facts(11, networks=[office()]), NO_CONSENT, "keep", False),
        (host_facts(11, networks=[macvlan_office()]), REPLACING, "replace", True),
        (host_facts(11, networks=[office(), old()]), NO_CONSENT, "leave", False),
        (host_facts(11, networks=[office(), old()]), Consent(prune=True), "remove", True),
        ({**host_facts(11), "unfinished": unfinished(office())}, NO_CONSENT, "recover", True),
    ],
)
def test_what_counts_as_a_change(facts: Any, consent: Consent, action: str, changed: bool) -> None:
    plan = plan_of({"host1": facts}, lans=[OFFICE4], consent=consent)
    assert plan.problems == []
    assert (action_names(plan)["host1"][-1], plan.changed, bool(plan.diff)) == (action, changed, changed)


def test_a_consent_counts_for_the_whole_fleet() -> None:
    facts = three(networks=[old()])
    assert action_names(plan_of(facts, consent=Consent(prune=True))) == {host: ["create", "remove"] for host in facts}


def test_the_mtu_counts_for_the_whole_fleet_where_anything_is_made_anywhere() -> None:
    facts = {"host1": host_facts(11, networks=[office()]), "host2": host_facts(12, mtu=9000)}
    [problem] = plan_of(facts, lans=[OFFICE4]).problems
    assert (problem.host, problem.network) == ("", "office")
    assert problem.problem == "the MTU of the parents differs: 1500 on host1; 9000 on host2"
    live = applied(plan_of(facts, lans=[OFFICE4]), facts)
    assert plan_of(live, lans=[OFFICE4]).problems == []
    live["host1"]["networks"] = [macvlan_office()]
    assert len(plan_of(live, lans=[OFFICE4], consent=REPLACING).problems) == 1


def test_an_address_that_two_containers_have_is_refused() -> None:
    facts = {
        "host1": host_facts(11, endpoints=[container("web", "office", "192.168.56.77", None)]),
        "host2": host_facts(12, endpoints=[container("db", "office", "192.168.56.77", None)]),
    }
    [problem] = plan_of(facts).problems
    assert problem.problem == "192.168.56.77 belongs to host1/web and host2/db"


def test_a_host_whose_change_was_broken_off_keeps_its_slice_and_nobody_else_is_given_it() -> None:
    facts = {host: host_facts(number) for host, number in (("host1", 11), ("host2", 12), ("host3", 13))}
    live = applied(plan_of(facts, lans=[OFFICE4]), facts)
    taken_away = live["host1"]["networks"].pop()
    live["host1"]["unfinished"] = unfinished(taken_away)
    live["host3"]["networks"] = []
    plan = plan_of({"host3": live["host3"], "host1": live["host1"], "host2": live["host2"]}, lans=[OFFICE4])
    assert plan.problems == []
    assert action_names(plan) == {"host3": ["create"], "host1": ["recover"], "host2": ["keep"]}
    slices = {host: planned["actions"][0]["slices"] for host, planned in plan.hosts.items()}
    assert slices == {"host3": ["192.168.56.160/28"], "host1": [SLICE4], "host2": ["192.168.56.144/28"]}
    assert plan.hosts["host1"]["probe"] == []


@pytest.mark.parametrize("goal", ["old", "new"])
def test_what_is_there_halfway_is_judged_by_what_the_recovery_makes_of_it(goal: str) -> None:
    halfway = host_facts(11, networks=[macvlan_office() if goal == "new" else office()])
    ends = {"old": unfinished(macvlan_office()), "new": unfinished(office(), goal="new")}
    plan = plan_of({"host1": {**halfway, "unfinished": ends[goal]}}, lans=[OFFICE4], consent=REPLACING)
    assert plan.problems == []
    assert action_names(plan) == {"host1": ["replace" if goal == "old" else "recover"]}


def test_a_network_that_the_recovery_takes_away_is_made_anew() -> None:
    facts = {**host_facts(11, networks=[office()]), "unfinished": unfinished(absent=["office"])}
    plan = plan_of({"host1": facts}, lans=[OFFICE4])
    assert action_names(plan) == {"host1": ["create"]}
    assert plan.hosts["host1"]["probe"] == [{"network": "office", "parent": "eth0", "slices": [SLICE4]}]


def whole_facts(world: World, lost: Any = ()) -> dict[str, Facts]:
    """Return the facts of generated hosts with all that a plan looks at."""
    plain = host_facts(1)
    found = {}
    for host, known in world.facts(lost).items():
        eth0 = {**plain["links"][1], **known["links"][0]}
        found[host] = {**plain, "routes": [], **known, "links": [eth0]}
    return found


@settings(max_examples=400)
@given(worlds(), st.lists(st.sampled_from(sorted(MODES)), min_size=1, max_size=6))
def test_replacing_back_and_forth_between_drivers_never_moves_a_slice(world: World, drivers: list[str]) -> None:
    slices, problems = all_slices([world.lan], world.members, world.facts())
    assume(not problems)
    world.apply(slices, [])
    world.start_containers(slices)
    first = {host: [str(item) for item in given[LAN]] for host, given in slices.items()}
    for driver in drivers:
        lan = replace(world.lan, driver=driver, mode=MODES[driver])
        plan = make_plan([lan], world.members, whole_facts(world), REPLACING)
        assert plan.problems == []
        for host, planned in plan.hosts.items():
            [action] = planned["actions"]
            assert action["action"] == ("keep" if world.hosts[host].live["driver"] == driver else "replace")
            assert (action["slices"], planned["probe"]) == (first[host], [])
            world.hosts[host].live = planned["networks"][0]


def test_a_container_that_is_detached_halfway_keeps_its_address() -> None:
    """Its network is gone at this moment, so that only the journal knows it."""
    web = container("web", "office", None, None, fixed={"ipv4": "192.168.56.150", "ipv6": None, "mac": None})
    halfway = {**host_facts(11), "unfinished": unfinished(office(), attachments=[web])}
    plan = plan_of({"host1": halfway, "host2": host_facts(12)}, lans=[OFFICE4])
    assert plan.problems == []
    assert plan.hosts["host2"]["actions"][0]["slices"] == ["192.168.56.160/28"]
