# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps lead from any table to what is asked, and back; and what may not be is found before, all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _route_changes
from ansible_collections.dockerlan.fleet.plugins.module_utils._route_changes import ADD, REMOVE, Route, Standing, Step
from hypothesis import given
from hypothesis import strategies as st

GATEWAYS = {
    "192.168.56.144/28": ("192.168.56.12", "192.168.56.13"),
    "192.168.56.160/28": ("192.168.56.12", "192.168.56.13"),
    "192.168.56.0/24": ("192.168.56.12", "192.168.56.13"),
    "2001:db8::2:0/112": ("2001:db8::12", "fe80::12"),
}
DESTINATIONS = sorted(GATEWAYS)
SLICE = "192.168.56.144/28"


def standing(*hops: Route, ours: bool = False, metric: int = 0) -> Standing:
    """Build a route that is there."""
    return Standing(hops[0].destination, hops, ours, metric, " and ".join(hop.line() for hop in hops))


def routes_to(destination: str) -> st.SearchStrategy[Route]:
    """Generate routes to a destination."""
    return st.builds(
        Route, st.just(destination), st.sampled_from(GATEWAYS[destination]), st.sampled_from(["eth0", "eth1"])
    )


def unique(routes: Iterable[Route]) -> list[Route]:
    """Keep one route per destination, as only that can be asked for."""
    return _route_changes.in_order({route.destination: route for route in routes}.values())


anything = st.sampled_from(DESTINATIONS).flatmap(routes_to)
asked = st.lists(anything, max_size=6).map(unique)
ours_made = anything.map(lambda route: standing(route, ours=True))
by_others = st.tuples(
    st.sampled_from(DESTINATIONS).flatmap(lambda name: st.lists(routes_to(name), min_size=1, max_size=2)),
    st.sampled_from([0, 20, 2000]),
).map(lambda drawn: standing(*drawn[0], metric=drawn[1]))
# The kernel holds one route per destination and metric.
tables = st.lists(st.one_of(ours_made, by_others), max_size=8, unique_by=lambda one: (one.destination, one.metric))


def applied(table: Sequence[Standing], steps: Iterable[Step]) -> list[Standing]:
    """Take steps as the kernel does: it adds nothing that is there, and removes nothing that is not."""
    now = list(table)
    for kind, route in steps:
        made = standing(route, ours=True)
        if kind == ADD:
            assert (route.destination, 0) not in {(one.destination, one.metric) for one in now}
            now.append(made)
        else:
            assert kind == REMOVE
            now.remove(made)
    return now


def of_ours(table: Iterable[Standing]) -> set[Route]:
    """Select our routes."""
    return {one.hops[0] for one in table if one.ours}


def leads_elsewhere(table: Iterable[Standing], route: Route) -> bool:
    """Tell, in other words than the planner, whether others' routes to its destination do not lead where it does."""
    theirs = [one for one in table if not one.ours and one.destination == route.destination]
    used = [one for one in theirs if not any(other.metric < one.metric for other in theirs)]
    return [one.hops for one in used] not in ([], [(route,)])


@given(asked, tables)
def test_the_steps_lead_to_exactly_the_wanted_routes_and_others_stay(
    wanted: list[Route], table: list[Standing]
) -> None:
    plan = _route_changes.plan(wanted, table, purge=True)
    after = applied(table, plan.steps)
    assert [one for one in after if not one.ours] == [one for one in table if not one.ours]
    if not plan.problems:
        assert of_ours(after) <= set(wanted)
        for route in wanted:
            assert any(one.hops == (route,) for one in after)
            assert not leads_elsewhere(after, route)


@given(asked, tables, st.booleans())
def test_a_second_run_has_no_steps(wanted: list[Route], table: list[Standing], purge: bool) -> None:
    first = _route_changes.plan(wanted, table, purge=purge)
    second = _route_changes.plan(wanted, applied(table, first.steps), purge=purge)
    assert second.steps == []
    if not first.problems:
        assert (second.added, second.removed) == ([], [])
        assert second.kept == _route_changes.in_order([*first.kept, *first.added])


@given(asked, tables, st.booleans(), st.integers(0, 20))
def test_undoing_any_part_of_the_steps_restores_the_table(
    wanted: list[Route], table: list[Standing], purge: bool, count: int
) -> None:
    taken = _route_changes.plan(wanted, table, purge=purge).steps[:count]
    assert Counter(applied(table, [*taken, *_route_changes.undo(taken)])) == Counter(table)


@given(asked, tables)
def test_what_leads_elsewhere_is_refused_all_at_once_and_nothing_is_done(
    wanted: list[Route], table: list[Standing]
) -> None:
    plan = _route_changes.plan(wanted, table, purge=True)
    expected = [route.destination for route in wanted if leads_elsewhere(table, route)]
    assert [problem.destination for problem in plan.problems] == expected
    assert not (plan.problems and plan.steps)


@given(asked, tables)
def test_nothing_is_added_that_others_have(wanted: list[Route], table: list[Standing]) -> None:
    plan = _route_changes.plan(wanted, table, purge=True)
    assert not {step.route for step in plan.steps if step.kind == ADD} & {hop for one in table for hop in one.hops}


@given(asked, tables, st.booleans())
def test_the_lists_say_what_the_steps_do(wanted: list[Route], table: list[Standing], purge: bool) -> None:
    plan = _route_changes.plan(wanted, table, purge=purge)
    assert set(wanted) == {*plan.added, *plan.kept} & set(wanted)
    assert not set(plan.added) & {*plan.kept, *plan.removed}
    if not plan.problems:
        by_kind = {kind: {step.route for step in plan.steps if step.kind == kind} for kind in (ADD, REMOVE)}
        assert by_kind == {ADD: set(plan.added), REMOVE: set(plan.removed)}
        assert of_ours(table) == set(plan.removed) | (of_ours(table) & set(plan.kept))


@given(asked, tables)
def test_without_purge_only_what_is_asked_for_is_touched(wanted: list[Route], table: list[Standing]) -> None:
    plan = _route_changes.plan(wanted, table, purge=False)
    destinations = {route.destination for route in wanted}
    assert {step.route.destination for step in plan.steps} <= destinations
    left = {route for route in of_ours(table) if route.destination not in destinations}
    assert left <= set(plan.kept)


@given(asked, tables)
def test_what_is_replaced_is_put_back_at_once_and_what_is_removed_goes_last(
    wanted: list[Route], table: list[Standing]
) -> None:
    steps = _route_changes.plan(wanted, table, purge=True).steps
    adds = [index for index, step in enumerate(steps) if step.kind == ADD]
    for index, step in enumerate(steps):
        if step.kind == REMOVE and index < max(adds, default=0):
            assert steps[index + 1].route.destination == step.route.destination
            assert steps[index + 1].kind == ADD


def test_two_of_ours_to_one_destination_make_way_for_one() -> None:
    old = [Route(SLICE, "192.168.56.13", "eth0"), Route(SLICE, "192.168.56.14", "eth0")]
    new = Route(SLICE, "192.168.56.12", "eth0")
    plan = _route_changes.plan([new], [standing(route, ours=True) for route in old], purge=True)
    assert plan.steps == [Step(REMOVE, old[0]), Step(REMOVE, old[1]), Step(ADD, new)]


def test_a_refusal_says_what_is_there_and_the_cure() -> None:
    theirs = standing(Route(SLICE, "192.168.56.99", "eth1"))._replace(text="what is there")
    plan = _route_changes.plan([Route(SLICE, "192.168.56.12", "eth0")], [theirs], purge=True)
    assert plan.problems == [
        _route_changes.Problem(
            SLICE,
            "somebody else's route leads there, which is not via 192.168.56.12 dev eth0: what is there",
            "remove it where it is made ('proto' tells who has made it), ask for the same way, or leave this route out",
        )
    ]


def test_a_route_that_leads_nowhere_is_in_the_way() -> None:
    blackhole = Standing(SLICE, (), ours=False, metric=0, text=f"blackhole {SLICE}")
    plan = _route_changes.plan([Route(SLICE, "192.168.56.12", "eth0")], [blackhole], purge=True)
    assert [problem.destination for problem in plan.problems] == [SLICE]


def test_of_two_others_with_the_same_metric_both_have_to_lead_where_ours_would() -> None:
    route = Route(SLICE, "192.168.56.12", "eth0")
    both = [standing(route), standing(route._replace(gateway="192.168.56.13"))]
    for table in (both, both[::-1]):
        assert [problem.destination for problem in _route_changes.plan([route], table, purge=True).problems] == [SLICE]


def read(*rows: tuple[str, str, str], own: Sequence[str] = ()) -> tuple[list[Route], list[tuple[str, str]]]:
    """Read what is asked for on a host with eth0; return the routes, and the problems without their cures."""
    named = [dict(zip(("destination", "gateway", "link"), row, strict=True)) for row in rows]
    routes, problems = _route_changes.read_wanted(named, ["eth0"], own)
    assert all(problem.cure for problem in problems)
    return routes, [(problem.destination, problem.problem) for problem in problems]


def test_routes_are_read_in_any_spelling_and_put_in_order() -> None:
    six, four = ("2001:DB8:0::2:0/112", "2001:db8::0012", "eth0"), ("192.168.56.144/28", "192.168.56.12", "eth0")
    assert read(six, four) == ([Route(*four), Route("2001:db8::2:0/112", "2001:db8::12", "eth0")], [])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("slice", "192.168.56.12", "eth0"), "the destination is no network"),
        (("192.168.56.144", "192.168.56.12", "eth0"), "the destination is no network"),
        (("192.168.56.144/33", "192.168.56.12", "eth0"), "the destination is no network"),
        (("fe80::%eth0/64", "fe80::12", "eth0"), "the destination is no network"),
        (("192.168.56.145/28", "192.168.56.12", "eth0"), "the destination has host bits set"),
        (("2001:db8::2:1/112", "2001:db8::12", "eth0"), "the destination has host bits set"),
        ((SLICE, "host2", "eth0"), "the gateway host2 is no address"),
        ((SLICE, "192.168.56.12/24", "eth0"), "the gateway 192.168.56.12/24 is no address"),
        (("2001:db8::2:0/112", "fe80::12%eth0", "eth0"), "the gateway fe80::12%eth0 is no address"),
        ((SLICE, "2001:db8::12", "eth0"), "the gateway 2001:db8::12 is of the other address family"),
        (("2001:db8::2:0/112", "192.168.56.12", "eth0"), "the gateway 192.168.56.12 is of the other address family"),
        ((SLICE, "0.0.0.0", "eth0"), "the gateway 0.0.0.0 is no address of a host"),  # noqa: S104 - nothing binds
        (("2001:db8::2:0/112", "::", "eth0"), "the gateway :: is no address of a host"),
        ((SLICE, "127.0.0.2", "eth0"), "the gateway 127.0.0.2 is no address of a host"),
        ((SLICE, "224.0.0.1", "eth0"), "the gateway 224.0.0.1 is no address of a host"),
        ((SLICE, "192.168.56.11", "eth0"), "the gateway 192.168.56.11 is this host's own address"),
        ((SLICE, "192.168.56.12", "eth7"), "the link eth7 does not exist on this host"),
    ],
)
def test_what_cannot_be_a_route_is_a_problem(row: tuple[str, str, str], problem: str) -> None:
    routes, problems = read(row, own=["192.168.56.11"])
    assert (routes, problems) == ([], [(row[0], problem)])


def test_all_problems_are_found_at_once() -> None:
    rows = [("192.168.56.145/28", "fe80::12", "eth7"), ("192.168.56.144/28", "192.168.56.12", "eth0"), ("x", "y", "z")]
    assert read(*rows)[1] == [
        ("192.168.56.145/28", "the destination has host bits set"),
        ("192.168.56.145/28", "the gateway fe80::12 is of the other address family"),
        ("192.168.56.145/28", "the link eth7 does not exist on this host"),
        ("x", "the destination is no network"),
        ("x", "the gateway y is no address"),
        ("x", "the link z does not exist on this host"),
        ("192.168.56.144/28", "the destination is there more than once"),
    ]


def test_a_destination_that_is_asked_for_twice_is_a_problem_also_with_the_same_gateway() -> None:
    twice = [(name, "2001:db8::12", "eth0") for name in ("2001:db8::2:0/112", "2001:DB8::2:0/112")]
    assert read(*twice)[1] == [("2001:db8::2:0/112", "the destination is there more than once")]


def test_the_cure_of_host_bits_is_the_network() -> None:
    row = {"destination": "192.168.56.145/28", "gateway": "192.168.56.12", "link": "eth0"}
    (problem,) = _route_changes.read_wanted([row], ["eth0"], [])[1]
    assert problem.cure == "write 192.168.56.144/28, or the network that is meant"


@pytest.mark.parametrize(
    ("route", "line"),
    [
        (Route(SLICE, "192.168.56.12", "eth0"), "192.168.56.144/28 via 192.168.56.12 dev eth0"),
        (Route(SLICE, None, "eth0"), "192.168.56.144/28 dev eth0"),
        (Route(SLICE, "192.168.56.12", None), "192.168.56.144/28 via 192.168.56.12 dev ?"),
    ],
)
def test_a_route_is_said_as_ip_route_does(route: Route, line: str) -> None:
    assert route.line() == line
