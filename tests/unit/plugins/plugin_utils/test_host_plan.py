# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done about the networks of one host, and what is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._host_plan import (
    NO_CONSENT,
    Action,
    Consent,
    HostPlan,
    plan_host,
)
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import read_fleet
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._slices import all_slices

from tests.unit.plugins.fleets import SUBNET4, SUBNET6, added_link, container, declared_lan, host_facts
from tests.unit.plugins.planning import (
    OFFICE4,
    PRUNING,
    REPLACING,
    SLICE4,
    macvlan_office,
    office,
    old,
    unfinished,
)

WEB = container("web", "office", "192.168.56.130", None, fixed={"ipv4": None, "ipv6": None, "mac": None})
DB = {**WEB, "container": "db", "running": False, "ipv4": None}
ENGINE_26 = {"version": "26.1.5", "api_version": "1.45"}
FIELDS = ("network", "action", "slices", "containers")


def host_plan(
    *networks: Any,
    lans: list[Any] | None = None,
    consent: Consent = NO_CONSENT,
    rows: Any = (),
    slices: Any = (),
    **facts: Any,
) -> HostPlan:
    """Plan a host with these live networks and containers; ``slices`` are those of the inventory."""
    known = {**host_facts(11, networks=networks, endpoints=rows), **facts}
    fleet = read_fleet(lans or [OFFICE4], {"host1": {"dockerlan_slices": {"office": list(slices)}}})
    assert not fleet.problems
    given, problems = all_slices(fleet.lans, fleet.members, {"host1": known})
    assert not problems
    return plan_host(fleet.lans, fleet.members[0], known, given["host1"], consent)


def actions_of(plan: HostPlan) -> list[tuple[Any, ...]]:
    return [tuple(getattr(action, name) for name in FIELDS) for action in plan.actions]


def problems_of(plan: HostPlan) -> list[str]:
    assert all(item.host == "host1" for item in plan.problems)
    return [str(item).partition(": ")[2] for item in plan.problems]


def test_a_network_that_is_not_there_is_created() -> None:
    plan = host_plan()
    assert actions_of(plan) == [("office", "create", [SLICE4], [])]
    assert plan.actions[0].live is None
    assert (plan.touched, plan.problems) == ({"office"}, [])


def test_a_network_that_is_as_declared_is_kept_and_interrupts_nobody() -> None:
    plan = host_plan(office(), rows=[WEB])
    assert actions_of(plan) == [("office", "keep", [SLICE4], [])]
    assert (plan.touched, plan.probe, plan.problems) == (set(), [], [])


def test_a_network_that_differs_is_replaced_and_interrupts_its_containers_but_no_others() -> None:
    other = {**WEB, "container": "elsewhere", "network": "lab"}
    plan = host_plan(office(internal=True), rows=[WEB, DB, other], consent=REPLACING)
    assert actions_of(plan) == [("office", "replace", [SLICE4], ["db", "web"])]
    assert plan.actions[0].differences == [{"field": "internal", "live": True, "wanted": False}]
    assert (plan.touched, plan.probe, plan.problems) == ({"office"}, [], [])


def test_replacing_without_consent_is_refused_with_differences_containers_and_the_variable() -> None:
    plan = host_plan(office(internal=True, labels={}), rows=[WEB, DB])
    assert actions_of(plan) == [("office", "replace", [SLICE4], ["db", "web"])]
    assert problems_of(plan) == [
        (
            "the live network differs from its declaration: internal is True, declared is False; "
            "labels.dockerlan.fleet.lan is not set, declared is 'office'. "
            "Replacing it would interrupt db (stopped), web (running). "
            "Declare it as it is, or have it replaced with network_allow_replace."
        )
    ]


def test_a_network_without_containers_is_not_replaced_without_consent_either() -> None:
    [problem] = problems_of(host_plan(macvlan_office()))
    assert "driver is 'macvlan', declared is 'ipvlan'" in problem
    assert "Replacing it would interrupt no container. " in problem


@pytest.mark.parametrize("consent", [NO_CONSENT, Consent(replace=True, detach=True)])
def test_what_is_not_declared_any_more_is_left(consent: Consent) -> None:
    plan = host_plan(office(), old(), rows=[{**WEB, "network": "old"}], consent=consent)
    assert actions_of(plan) == [("office", "keep", [SLICE4], []), ("old", "leave", [], [])]
    assert plan.as_dict()["absent"] == plan.problems == []


def test_what_is_not_declared_any_more_is_removed_when_the_user_wants_it() -> None:
    plan = host_plan(office(), old(), consent=PRUNING)
    assert actions_of(plan)[1:] == [("old", "remove", [], [])]
    assert plan.as_dict()["absent"] == ["old"]
    assert (plan.touched, plan.problems) == (set(), [])


@pytest.mark.parametrize("labels", [{}, None, {"dockerlan.fleet.lan": "office"}])
def test_what_was_not_made_for_a_lan_of_its_name_is_nobodys_business(labels: Any) -> None:
    assert actions_of(host_plan(office(), old(labels=labels), consent=PRUNING))[1:] == []


def test_removing_what_has_containers_needs_a_consent_of_its_own() -> None:
    rows = [{**WEB, "network": "old"}, {**DB, "network": "old"}]
    refused = host_plan(office(), old(), rows=rows, consent=Consent(prune=True, replace=True))
    assert problems_of(refused) == [
        (
            "the network is not declared any more, but containers are attached: db (stopped), web (running). "
            "Remove them, or let them lose it with network_allow_detach."
        )
    ]
    assert refused.problems[0].network == "old"
    allowed = host_plan(office(), old(), rows=rows, consent=Consent(prune=True, detach=True))
    assert allowed.problems == []
    assert actions_of(allowed)[1:] == [("old", "remove", [], ["db", "web"])]


def test_a_container_that_its_engine_does_not_let_go_is_refused_by_the_plan_too() -> None:
    rows = [{**WEB, "network": name, "ailing": "restarting"} for name in ("old", "office")]
    everything = Consent(prune=True, detach=True, replace=True)
    plan = host_plan(macvlan_office(), old(), rows=rows, consent=everything)
    words = "web is being restarted again and again. Stop it (docker stop web) or mend it, then run again."
    assert problems_of(plan) == [words, words]
    assert {problem.network for problem in plan.problems} == {"old", "office"}


@pytest.mark.parametrize(("consent", "count"), [(REPLACING, 0), (Consent(replace=True, prune=True), 1)])
def test_a_container_that_was_made_with_a_network_that_goes_is_refused(consent: Consent, count: int) -> None:
    rows = [{**WEB, "network_mode": "old"}]
    problems = problems_of(host_plan(macvlan_office(), old(), rows=rows, consent=consent, engine=ENGINE_26))
    assert [problem.partition(",")[0] for problem in problems] == count * ["web was made with --network old"]


@pytest.mark.parametrize(("consent", "count"), [(NO_CONSENT, 1), (PRUNING, 0)])
def test_what_is_removed_is_not_in_the_way_of_others(consent: Consent, count: int) -> None:
    in_the_way = old(options={"parent": "eth0", "macvlan_mode": "bridge"})
    problems = problems_of(host_plan(in_the_way, consent=consent))
    assert len(problems) == count
    assert all("the live network old (macvlan) is also on eth0" in problem for problem in problems)


def test_a_change_that_was_broken_off_is_recovered_where_nothing_else_is_to_be_done() -> None:
    plan = host_plan(office(), unfinished=unfinished(office()))
    assert actions_of(plan) == [("office", "recover", [SLICE4], [])]
    assert (plan.touched, plan.probe, plan.problems) == (set(), [], [])
    assert actions_of(host_plan(office(), unfinished=unfinished(old())))[0][1] == "keep"
    assert actions_of(host_plan(office(internal=True), unfinished=unfinished(office())))[0][1] == "replace"


def probed(plan: HostPlan) -> list[str]:
    """Return the slices that are asked for on the wire."""
    assert all((item["network"], item["parent"]) == ("office", "eth0") for item in plan.probe)
    return [text for item in plan.probe for text in item["slices"]]


def test_the_wire_is_asked_for_a_new_slice_but_not_for_what_is_known_to_answer() -> None:
    assert probed(host_plan()) == [SLICE4]
    whole = [declared_lan(subnets=[{**SUBNET4, "range": "192.168.56.0/24", "reserved": ["192.168.56.4"]}])]
    parts = ["192.168.56.2/31", "192.168.56.5/32", "192.168.56.6/31"]
    assert probed(host_plan(lans=whole, slices=["192.168.56.0/29"])) == parts


def test_of_a_slice_that_grows_only_the_new_part_is_asked_for() -> None:
    plan = host_plan(office(), slices=["/27"], consent=REPLACING)
    assert actions_of(plan) == [("office", "replace", ["192.168.56.128/27"], [])]
    assert probed(plan) == ["192.168.56.144/28"]


def test_a_slice_that_shrinks_has_nothing_to_ask_for() -> None:
    plan = host_plan(office(), slices=["192.168.56.128/29"], consent=REPLACING)
    assert actions_of(plan) == [("office", "replace", ["192.168.56.128/29"], [])]
    assert plan.probe == []


def test_both_families_are_asked_for_from_the_parent_of_the_host() -> None:
    assert probed(host_plan(lans=[declared_lan()])) == [SLICE4, "fdb2:2c26:f4e4::1:0/112"]


def test_what_the_parent_cannot_do_counts_where_something_is_made_on_it() -> None:
    links = host_facts(11, up=False)["links"]
    [problem] = problems_of(host_plan(macvlan_office(), links=links, consent=REPLACING))
    assert problem.startswith("the parent eth0 is down or has no carrier")
    assert host_plan(office(), links=links, consent=REPLACING).problems == []


FIXED = {**WEB, "ipv4": "192.168.56.77", "fixed": {"ipv4": "192.168.56.77", "ipv6": None, "mac": None}}
WITH_MAC = {**WEB, "fixed": {"ipv4": None, "ipv6": None, "mac": "02:42:00:00:00:05"}}


@pytest.mark.parametrize("consent", [NO_CONSENT, REPLACING])
def test_a_fixed_address_that_would_be_lost_is_refused_whatever_is_allowed(consent: Consent) -> None:
    moved = [declared_lan(subnets=[{"subnet": "10.0.0.0/24", "gateway": "10.0.0.1", "range": "10.0.0.0/24"}])]
    plan = host_plan(office(), lans=moved, rows=[FIXED], consent=consent)
    assert len(plan.problems) == 2 - consent.replace
    assert problems_of(plan)[-1] == (
        "web has the fixed address 192.168.56.77, which is not in 10.0.0.0/24. "
        "Make the container anew with another address."
    )
    assert plan.problems[-1].network == "office"


def test_a_fixed_address_in_the_subnet_is_no_obstacle() -> None:
    assert host_plan(macvlan_office(), rows=[FIXED], consent=REPLACING).problems == []


@pytest.mark.parametrize(("version", "count"), [("1.43", 1), ("1.44", 0), ("1.51", 0), (None, 1)])
def test_a_mac_address_of_its_own_goes_to_ipvlan_on_engines_that_can_forget_it(version: Any, count: int) -> None:
    engine = {"version": "24.0.9", "api_version": version}
    problems = problems_of(host_plan(macvlan_office(), rows=[WITH_MAC], consent=REPLACING, engine=engine))
    refusal = (
        "web was made with the MAC address 02:42:00:00:00:05: ipvlan refuses that, and engines before 25 never let a "
        "container forget it. Make the container anew without it, or update the engine."
    )
    assert problems == count * [refusal]


def test_a_mac_address_of_its_own_stays_on_macvlan() -> None:
    lans = [declared_lan(subnets=[SUBNET4], driver="macvlan")]
    assert host_plan(office(), lans=lans, rows=[WITH_MAC], consent=REPLACING, engine={}).problems == []


def test_a_network_that_could_not_be_put_back_is_not_replaced() -> None:
    plan = host_plan(office(other={"ipam_driver": "infoblox", "scope": "swarm"}), consent=REPLACING)
    assert problems_of(plan) == [
        (
            "the network could not be put back as it is: ipam_driver is 'infoblox', scope is 'swarm'. "
            "Remove it by hand and run again."
        )
    ]


def test_a_container_on_another_network_is_no_obstacle() -> None:
    plan = host_plan(macvlan_office(), rows=[{**WITH_MAC, "network": "lab"}], consent=REPLACING, engine={})
    assert plan.problems == []


def test_a_lan_without_a_slice_has_no_action_but_its_problems_are_told() -> None:
    fleet = read_fleet([declared_lan()], {"host1": {}})
    slices, _problems = all_slices(fleet.lans, fleet.members, {"host1": host_facts(11)})
    half = {"office": slices["host1"]["office"][:1]}
    plan = plan_host(fleet.lans, fleet.members[0], host_facts(11, up=False), half, NO_CONSENT)
    assert (plan.actions, plan.probe) == ([], [])
    assert problems_of(plan) == [
        "the parent eth0 is down or has no carrier. Check what it is plugged into, or bring it up: ip link set eth0 up."
    ]


def test_the_parent_is_that_of_the_host() -> None:
    fleet = read_fleet([OFFICE4], {"host1": {"dockerlan_parents": {"office": "enp3s0"}}})
    facts = {**host_facts(11), "links": [*host_facts(11)["links"], added_link("enp3s0")]}
    slices, _problems = all_slices(fleet.lans, fleet.members, {"host1": facts})
    plan = plan_host(fleet.lans, fleet.members[0], facts, slices["host1"], NO_CONSENT)
    assert plan.probe == [{"network": "office", "parent": "enp3s0", "slices": [SLICE4]}]
    assert plan.as_dict()["networks"][0]["options"]["parent"] == "enp3s0"


def test_the_module_is_handed_specs_and_names_but_no_live_network() -> None:
    plan = host_plan(macvlan_office(), old(), rows=[WEB], consent=Consent(replace=True, prune=True)).as_dict()
    assert list(plan) == ["networks", "absent", "probe", "actions"]
    assert [spec["name"] for spec in plan["networks"]] == ["office"]
    assert plan["networks"][0]["driver"] == "ipvlan"
    assert plan["absent"] == ["old"]
    assert [set(row) for row in plan["actions"]] == 2 * [{*FIELDS, "differences"}]


def test_an_action_that_is_only_named_concerns_nothing() -> None:
    assert HostPlan([Action("lab", "leave")], [], []).as_dict() == {
        "networks": [],
        "absent": [],
        "probe": [],
        "actions": [{"network": "lab", "action": "leave", "slices": [], "differences": [], "containers": []}],
    }


def test_a_recovery_is_told_also_where_something_else_is_done_and_for_what_is_not_declared() -> None:
    replaced = host_plan(office(internal=True), unfinished=unfinished(office(internal=True)), consent=REPLACING)
    assert [action.recovers for action in replaced.actions] == [True]
    undeclared = host_plan(office(), old(), unfinished=unfinished(old(), absent=["gone"]))
    assert [(action.network, action.action) for action in undeclared.actions] == [
        ("office", "keep"),
        ("old", "recover"),
        ("gone", "recover"),
    ]


def test_two_networks_of_one_name_are_refused() -> None:
    [problem] = host_plan(office(), office(id="e" * 64)).problems
    assert (problem.problem, problem.network) == ("2 Docker networks have this name", "office")


def declared_options(**lan: Any) -> Any:
    [spec] = host_plan(lans=[declared_lan(**{"subnets": [SUBNET4], **lan})]).as_dict()["networks"]
    return spec["options"]


@pytest.mark.parametrize(
    ("lan", "options"),
    [
        ({}, {"ipvlan_mode": "l2"}),
        ({"flag": "bridge"}, {"ipvlan_mode": "l2"}),
        ({"flag": "private"}, {"ipvlan_mode": "l2", "ipvlan_flag": "private"}),
        ({"mode": "l3s", "flag": "vepa"}, {"ipvlan_mode": "l3s", "ipvlan_flag": "vepa"}),
        ({"driver": "macvlan", "mode": "private"}, {"macvlan_mode": "private"}),
    ],
)
def test_the_flag_is_said_only_where_it_is_not_the_default(lan: Any, options: dict[str, str]) -> None:
    assert declared_options(**lan) == {"parent": "eth0", **options}


@pytest.mark.parametrize(
    ("flag", "live", "action"),
    [
        ("bridge", {}, "keep"),
        ("private", {}, "replace"),
        ("private", {"ipvlan_flag": "private"}, "keep"),
        ("vepa", {"ipvlan_flag": "private"}, "replace"),
        ("bridge", {"ipvlan_flag": "private"}, "replace"),
    ],
)
def test_a_live_network_is_held_against_the_declared_flag(flag: str, live: dict[str, str], action: str) -> None:
    network = office(options={"parent": "eth0", "ipvlan_mode": "l2", **live})
    plan = host_plan(network, lans=[{**OFFICE4, "flag": flag}], consent=REPLACING)
    assert [(one.action, plan.problems) for one in plan.actions] == [(action, [])]


ONLY6 = declared_lan(subnets=[SUBNET6])
ENGINE_27 = {"version": "27.5.1", "api_version": "1.47"}


@pytest.mark.parametrize("engine", [{}, {"version": "28.0.0", "api_version": "1.48"}, {"version": "28.0.0"}])
def test_a_lan_of_ipv6_alone_is_for_engines_that_can(engine: dict[str, str]) -> None:
    assert host_plan(lans=[ONLY6], **({"engine": engine} if engine else {})).problems == []


def test_a_lan_of_ipv6_alone_is_refused_where_the_engine_would_add_ipv4() -> None:
    [problem] = host_plan(lans=[ONLY6], engine=ENGINE_27).problems
    assert (problem.host, problem.network) == ("host1", "office")
    assert problem.problem == "the LAN has no IPv4 subnet, and Docker Engine 27.5.1 would add one of its own"
    assert problem.cure == "Add an IPv4 subnet, or upgrade to Docker Engine 28"


@pytest.mark.parametrize("lan", [OFFICE4, declared_lan()])
def test_an_old_engine_makes_lans_with_ipv4(lan: Any) -> None:
    assert host_plan(lans=[lan], engine=ENGINE_27).problems == []


def test_a_replacement_by_ipv6_alone_is_refused_by_an_old_engine() -> None:
    plan = host_plan(office(), lans=[ONLY6], consent=REPLACING, engine=ENGINE_27)
    [problem] = problems_of(plan)
    assert problem.startswith("the LAN has no IPv4 subnet, and Docker Engine 27.5.1 would add one of its own. ")
