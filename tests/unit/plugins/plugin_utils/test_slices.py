# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address plan of generated fleets, through years of their lives, and of some made by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import combinations
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._duplicates import duplicate_problems
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._held_back import MOST
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._host_plan import spec_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._intervals import interval_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member, read_fleet
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._problems import Problem
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._slices import Slice, Slices, all_slices, new_parts
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._subnets import Subnet
from hypothesis import given, settings

from tests.unit.plugins.fleets import SUBNET4, SUBNET6, container, declared_lan, host_facts, live_network
from tests.unit.plugins.worlds import LAN, World, worlds

ROUNDS = 4
# How many fleets each property is held against; each lives through the rounds above.
FLEETS = {"disjoint": 4000, "nobody moves": 2000, "whole": 2000, "refusals": 2000, "kept": 3000}


@dataclass(frozen=True)
class Moment:
    """A world as it is when a plan is made, ``live`` the slices of its hosts then, and the plan."""

    world: World
    lost: list[str]
    slices: Slices
    problems: list[Problem]

    def blocks(self) -> dict[str, Slice]:
        """Return the planned slices of the hosts that were asked."""
        return {name: by_lan[LAN][0] for name, by_lan in self.slices.items() if name not in self.lost}


def plan(world: World, lost: list[str]) -> Moment:
    facts = world.facts(lost)
    slices, problems = all_slices([world.lan], world.members, facts)
    return Moment(world, lost, slices, [*problems, *duplicate_problems([world.lan], world.members, facts, slices)])


def moments(world: World) -> Iterator[Moment]:
    """Let a fleet live on, and show every plan that was made before it is carried out or given up."""
    for _round in range(ROUNDS):
        moment = plan(world, world.lose())
        yield moment
        if moment.problems:
            world.give_in()
            moment = plan(world, [])
        if not moment.problems:
            world.apply(moment.slices, moment.lost)
            world.start_containers(moment.slices)
        world.change()


def fleets(name: str) -> Callable[[Callable[[World], None]], Callable[[], None]]:
    """Hold the property of this name against its share of generated fleets."""
    return lambda test: settings(max_examples=FLEETS[name])(given(worlds())(test))


def test_ten_thousand_fleets_are_generated() -> None:
    assert sum(FLEETS.values()) >= 10_000


@fleets("disjoint")
def test_no_address_belongs_to_two_hosts_or_to_anything_else(world: World) -> None:
    for moment in moments(world):
        if moment.problems:
            continue
        given_out = {name: world.gives_out(item) for name, item in moment.blocks().items()}
        assert all(given_out.values())
        assert not any(one & other for one, other in combinations(given_out.values(), 2))
        asked = {name: host for name, host in world.hosts.items() if name not in moment.lost}
        others = world.reserved().union(*(host.addresses for host in asked.values()))
        assert not any(others & mine for mine in given_out.values())
        for name, host in asked.items():
            theirs = set().union(*(mine for other, mine in given_out.items() if other != name))
            assert not theirs & set(host.containers.values())


@fleets("disjoint")
def test_nothing_is_given_that_a_host_has_that_cannot_be_asked(world: World) -> None:
    for moment in moments(world):
        for name in moment.lost:
            host = world.hosts[name]
            if moment.problems or host.live is None or host.explicit not in (None, host.slice):
                continue
            # Where a slice was chosen anew while its host was away, two may have met before: what is kept is not given.
            blocks = {other: item.block for other, item in moment.blocks().items()}
            given_now = [block for other, block in blocks.items() if block != world.hosts[other].slice]
            assert not any(interval_of(host.slice).overlaps(interval_of(block)) for block in given_now)


@fleets("nobody moves")
def test_nobody_moves(world: World) -> None:
    for moment in moments(world):
        for name, item in moment.blocks().items():
            host = world.hosts[name]
            if host.explicit is not None:
                assert item.block == host.explicit
            elif host.slice is not None:
                grown = host.size is not None and not moment.problems
                prefix = host.size if grown else item.block.prefixlen
                assert item.block == host.slice.supernet(new_prefix=prefix)
                assert grown or item.block == host.slice or host.size == item.block.prefixlen
            else:
                assert item.block.prefixlen == (host.size or world.subnet.slice_prefix)


@fleets("whole")
def test_a_new_slice_has_nothing_that_anybody_has(world: World) -> None:
    for moment in moments(world):
        asked = {name: host for name, host in world.hosts.items() if name not in moment.lost}
        for name, item in moment.blocks().items():
            if world.hosts[name].explicit is None and world.hosts[name].slice is None:
                others = [
                    number for other, host in asked.items() if other != name for number in host.containers.values()
                ]
                others += [number for host in asked.values() for number in host.addresses]
                assert not {*others, *world.reserved()} & world.gives_out(item)
                assert item.held_back == {}


@fleets("refusals")
def test_every_refusal_says_where_and_knows_a_cure(world: World) -> None:
    for moment in moments(world):
        for problem in moment.problems:
            assert problem.host in {"", *world.hosts}
            assert problem.network == LAN
            assert problem.problem
            assert problem.cure
            assert not problem.problem.endswith(".")
            assert not problem.cure.endswith(".")


@fleets("refusals")
def test_what_is_held_back_can_be_asked_of_docker(world: World) -> None:
    for moment in moments(world):
        for item in moment.blocks().values():
            addresses = list(item.held_back.values())
            assert len(addresses) <= MOST
            assert addresses == sorted(set(addresses))
            assert all(address in item.block and address != world.subnet.gateway for address in addresses)
            assert not {interval_of(address) for address in addresses} & set(world.subnet.unusable)


@fleets("kept")
def test_a_fleet_that_is_as_planned_is_kept_whoever_cannot_be_asked(world: World) -> None:
    for moment in moments(world):
        if moment.problems:
            continue
        world.apply(moment.slices, moment.lost)
        again = plan(world, world.tape.some_of(world.hosts))
        # Who could not be asked then may bring problems now, but it changes nobody's network.
        assert again.problems == [] or moment.lost
        for name, item in again.blocks().items():
            if name not in moment.lost:
                assert spec_of(world.lan, "eth0", [item]) == world.hosts[name].live
                assert new_parts(item, world.hosts[name].slice, world.subnet) == []


def texts(slices: Slices) -> dict[str, list[str]]:
    return {host: [str(item) for item in by_lan[LAN]] for host, by_lan in slices.items()}


def slices_of(
    facts: dict[str, Any], variables: dict[str, Any] | None = None, **lan: Any
) -> tuple[Slices, list[Problem]]:
    """Plan the fleet of these facts; ``variables`` has the slices that the inventory gives to single hosts."""
    raw = {host: {"dockerlan_slices": {LAN: (variables or {}).get(host, [])}} for host in facts}
    fleet = read_fleet([declared_lan(**lan)], raw)
    assert not fleet.problems
    return all_slices(fleet.lans, fleet.members, facts)


def test_both_families_are_given_ipv4_first() -> None:
    facts = {"host1": host_facts(11), "host2": host_facts(12)}
    slices, problems = slices_of(facts, {"host2": ["/27", "/120"]}, subnets=[SUBNET6, SUBNET4])
    assert texts(slices) == {
        "host1": ["192.168.56.128/28", "fdb2:2c26:f4e4::1:0/112"],
        "host2": ["192.168.56.160/27", "fdb2:2c26:f4e4::100/120"],
    }
    assert problems == []


def test_an_explicit_slice_holds_back_what_is_reserved_and_what_hosts_have() -> None:
    lan = {"subnets": [{**SUBNET4, "range": "192.168.56.0/24", "reserved": ["192.168.56.13"]}]}
    slices, problems = slices_of({"host1": host_facts(11)}, {"host1": ["192.168.56.0/28"]}, **lan)
    assert problems == []
    assert {name: str(item) for name, item in slices["host1"][LAN][0].held_back.items()} == {
        "host-192.168.56.11": "192.168.56.11",
        "reserved-192.168.56.13": "192.168.56.13",
    }


def test_what_a_live_network_holds_back_is_that_of_its_family() -> None:
    lans = read_fleet([declared_lan()], {}).lans
    given = [
        Slice(ip_network("192.168.56.128/28"), {"host-192.168.56.130": ip_address("192.168.56.130")}),
        Slice(ip_network("fdb2:2c26:f4e4::1:0/112"), {"host-fdb2:2c26:f4e4::1:5": ip_address("fdb2:2c26:f4e4::1:5")}),
    ]
    facts = {"host1": host_facts(11, networks=[live_network(spec_of(lans[0], "eth0", given))])}
    assert slices_of(facts) == ({"host1": {LAN: given}}, [])


def test_a_stopped_container_keeps_new_slices_away_from_the_address_that_it_asks_for() -> None:
    fixed = {"fixed": {"ipv4": "192.168.56.130", "ipv6": None, "mac": None}, "running": False}
    elsewhere = container("web", "other", "192.168.56.146", None)
    facts = {
        "host1": host_facts(11),
        "host2": host_facts(12, endpoints=[container("db", LAN, None, None, **fixed), elsewhere]),
    }
    slices, _problems = slices_of(facts, subnets=[SUBNET4])
    assert texts(slices) == {"host1": ["192.168.56.144/28"], "host2": ["192.168.56.128/28"]}


def parts(block: str, live: str | None = None, *held_back: str) -> list[str]:
    """Return the new parts of a slice of 10.0.0.0/24."""
    subnet = Subnet(ip_network("10.0.0.0/24"), ip_address("10.0.0.1"), ip_network("10.0.0.0/24"), 28)
    slice_ = Slice(ip_network(block), {f"host-{text}": ip_address(text) for text in held_back})
    return [str(part) for part in new_parts(slice_, ip_network(live) if live else None, subnet)]


def test_a_new_slice_is_new_as_a_whole() -> None:
    assert parts("10.0.0.16/28") == parts("10.0.0.16/28", "10.0.0.32/28") == ["10.0.0.16/28"]


def test_of_a_grown_slice_the_rest_is_new() -> None:
    assert parts("10.0.0.64/26", "10.0.0.80/28") == ["10.0.0.64/28", "10.0.0.96/27"]


def test_a_kept_slice_and_a_part_of_it_have_nothing_new() -> None:
    assert parts("10.0.0.16/28", "10.0.0.16/28") == parts("10.0.0.16/29", "10.0.0.16/28") == []


def test_who_has_an_address_that_no_engine_gives_out_is_no_question() -> None:
    assert parts("10.0.0.0/29", None, "10.0.0.4") == ["10.0.0.2/31", "10.0.0.5/32", "10.0.0.6/31"]


def _rows(host: int) -> list[Any]:
    return [container(f"c{i}", LAN, f"10.{65 + i}.{host // 4}.{host % 4 * 64}", None) for i in range(5)]


def test_a_thousand_hosts_with_containers_are_fast() -> None:
    subnet = {"subnet": "10.0.0.0/8", "gateway": "10.0.0.1", "range": "10.64.0.0/10", "reserved": ["10.64.0.0/28"]}
    lans = read_fleet([declared_lan(subnets=[subnet])], {}).lans
    hosts = [f"host{number}" for number in range(1000)]
    members = [Member(host, sizes={LAN: {4: 26 + number % 3}}) for number, host in enumerate(hosts)]
    facts = {host: host_facts(1, endpoints=_rows(number)) for number, host in enumerate(hosts)}
    started = time.process_time()
    slices, problems = all_slices(lans, members, facts)
    networks = {host: [{"id": "1", **spec_of(lans[0], "eth0", slices[host][LAN])}] for host in hosts}
    known = {host: {**facts[host], "networks": networks[host]} for host in hosts}
    again, more = all_slices(lans, [Member(host, sizes={LAN: {4: 25}}) for host in hosts], known)
    duplicate_problems(lans, members, known, again)
    assert time.process_time() - started < 2
    assert (problems, len(slices)) == ([], 1000)
    assert {problem.problem.partition(" cannot grow")[1] for problem in more} <= {" cannot grow"}
