# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main table is read and changed right, in real namespaces; and what fails half-way is undone."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _links, _netns, _route_table
from ansible_collections.dockerlan.fleet.plugins.module_utils._netlink import attribute
from ansible_collections.dockerlan.fleet.plugins.module_utils._route_changes import ADD, REMOVE, Route, Standing, Step
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.lan import Lan

FOUR = Route("192.168.56.144/28", "192.168.56.12", "eth0")
SIX = Route("2001:db8::2:0/112", "2001:db8::12", "eth0")
BOTH = pytest.mark.parametrize("route", [FOUR, SIX], ids=["ipv4", "ipv6"])
NAMES = {3: "eth0", 4: "eth1"}


def payload(destination: str, *more: bytes, table: int = 254, kind: int = 1, flags: int = 0, **head: int) -> bytes:
    """Build the payload of RTM_NEWROUTE, of our protocol unless it says another one."""
    network = ipaddress.ip_network(destination)
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    numbers = (head.get("source", 0), head.get("tos", 0), table, head.get("protocol", 111), 0, kind, flags)
    data = struct.pack("=BBBBBBBBI", family, network.prefixlen, *numbers)
    return data + (attribute(1, network.network_address.packed) if network.prefixlen else b"") + b"".join(more)


def via(gateway: str = "", index: int = 3, metric: int = 0) -> bytes:
    """Build the attributes of a route with one way."""
    parts = [attribute(4, struct.pack("=I", index))]
    parts += [attribute(5, ipaddress.ip_address(gateway).packed)] if gateway else []
    return b"".join(parts + ([attribute(6, struct.pack("=I", metric))] if metric else []))


def parsed(data: bytes, *wanted: str) -> Standing | None:
    """Read a payload, when these destinations are wanted."""
    near: dict[tuple[int, int], set[_route_table.Network]] = {}
    for network in map(ipaddress.ip_network, wanted):
        near.setdefault((network.version, network.prefixlen), set()).add(network)
    return _route_table.parse_route(data, near, NAMES)


def test_routes_of_ours_are_known_by_protocol_kind_and_metric() -> None:
    four = parsed(payload(FOUR.destination, via("192.168.56.12")))
    six = parsed(payload(SIX.destination, via("2001:db8::12", metric=1024)))
    assert four == Standing(FOUR.destination, (FOUR,), True, 0, f"{FOUR.line()} proto 111 metric 0")
    assert six == Standing(SIX.destination, (SIX,), True, 1024, f"{SIX.line()} proto 111 metric 1024")


def test_a_route_of_ours_may_have_no_gateway() -> None:
    found = parsed(payload(FOUR.destination, via()))
    assert found is not None
    assert (found.ours, found.hops) == (True, (Route(FOUR.destination, None, "eth0"),))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (payload(FOUR.destination, via("192.168.56.12"), protocol=186), f"{FOUR.line()} proto bgp metric 0"),
        (payload(FOUR.destination, via("192.168.56.12"), protocol=77), f"{FOUR.line()} proto 77 metric 0"),
        (payload(FOUR.destination, via("192.168.56.12", metric=5)), f"{FOUR.line()} proto 111 metric 5"),
        (
            payload(FOUR.destination, via("192.168.56.12", metric=4294967295)),
            f"{FOUR.line()} proto 111 metric 4294967295",
        ),
        (payload(FOUR.destination, kind=6), f"blackhole {FOUR.destination} proto 111 metric 0"),
        (
            payload(FOUR.destination, via("192.168.56.12", index=9)),
            f"{FOUR.destination} via 192.168.56.12 dev ? proto 111 metric 0",
        ),
        (
            payload(FOUR.destination, attribute(18, struct.pack("=H", 10) + ipaddress.ip_address("fe80::1").packed)),
            f"{FOUR.destination} via fe80::1 dev ? proto 111 metric 0",
        ),
        (
            payload(
                FOUR.destination,
                via(index=3),
                attribute(18, struct.pack("=H", 10) + ipaddress.ip_address("fe80::1").packed),
            ),
            f"{FOUR.destination} via fe80::1 dev eth0 proto 111 metric 0",
        ),
        (
            payload(
                FOUR.destination, attribute(9, struct.pack("=HBBi", 8, 0, 0, 3) + struct.pack("=HBBi", 8, 0, 0, 4))
            ),
            f"{FOUR.destination} dev eth0 and dev eth1 proto 111 metric 0",
        ),
        (payload(SIX.destination, via("2001:db8::12", metric=256)), f"{SIX.line()} proto 111 metric 256"),
    ],
)
def test_what_we_do_not_make_is_not_ours_and_is_listed_where_it_is_wanted(data: bytes, text: str) -> None:
    found = parsed(data, FOUR.destination, SIX.destination)
    assert found is not None
    assert (found.ours, found.text) == (False, text)
    assert parsed(data, "192.168.56.160/28", "2001:db8::3:0/112") is None


@pytest.mark.parametrize("other", [{"table": 255}, {"table": 7}, {"flags": 0x200}, {"tos": 4}, {"source": 24}], ids=str)
def test_other_tables_and_routes_for_certain_packets_are_left_out(other: dict[str, int]) -> None:
    assert parsed(payload(FOUR.destination, via("192.168.56.12"), **other), FOUR.destination) is None


@given(st.binary(max_size=60), st.integers(0, 255), st.sampled_from([2, 10, 28]), st.sampled_from([4, 111]))
def test_no_bytes_raise(data: bytes, prefix: int, family: int, protocol: int) -> None:
    head = struct.pack("=BBBBBBBBI", family, prefix, 0, 0, 254, protocol, 0, 1, 0)
    for some in (data, head + data):
        parsed(some, "192.168.56.0/24", "::/0", "0.0.0.0/0")


@given(st.integers(0, 60))
def test_no_truncated_route_raises(length: int) -> None:
    parsed(payload(FOUR.destination, via("192.168.56.12", metric=7))[:length], FOUR.destination)


def table(*destinations: str) -> list[tuple[Route, bool]]:
    """Read the table of the namespace that this is in: each route with one way, and whether it is ours."""
    found = _route_table.read_table(destinations, indexes())
    return sorted((hop, one.ours) for one in found for hop in one.hops)


def indexes() -> dict[str, int]:
    """Read the links of the namespace that this is in."""
    return {link["name"]: link["index"] for link in _links.read_links()}


def take(kind: str, route: Route) -> int:
    """Take one step in the namespace that this is in."""
    return _route_table.take_step(Step(kind, route), indexes())


def station(lan: Lan) -> str:
    """Make a station with both families."""
    return lan.add_station("a", "192.168.56.11/24", "2001:db8::11/64")


@BOTH
def test_a_route_is_added_and_removed(lan: Lan, route: Route) -> None:
    with _netns.inside(station(lan)):
        assert table() == []
        assert take(ADD, route) == 0
        assert table() == [(route, True)]
        assert take(REMOVE, route) == 0
        assert table() == []


@BOTH
def test_a_route_without_a_gateway_is_put_back_too(lan: Lan, route: Route) -> None:
    path = station(lan)
    lan.within("a", "ip", "route", "add", route.destination, "dev", "eth0", "proto", "111")
    with _netns.inside(path):
        bare = route._replace(gateway=None)
        assert table() == [(bare, True)]
        assert [take(REMOVE, bare), take(ADD, bare)] == [0, 0]
        assert table() == [(bare, True)]


def test_a_default_route_is_a_route_like_others(lan: Lan) -> None:
    with _netns.inside(station(lan)):
        for destination, gateway in (("0.0.0.0/0", "192.168.56.1"), ("::/0", "2001:db8::1")):
            route = Route(destination, gateway, "eth0")
            assert take(ADD, route) == 0
            assert table() == [(route, True)]
            assert take(REMOVE, route) == 0


@BOTH
def test_others_routes_to_the_destination_are_listed_and_no_more(lan: Lan, route: Route) -> None:
    path = station(lan)
    lan.within("a", "ip", "route", "add", route.destination, "via", str(route.gateway), "proto", "bgp", "metric", "20")
    with _netns.inside(path):
        assert table() == []
        assert table(route.destination) == [(route, False)]
        found = _route_table.read_table([route.destination], indexes())
    assert [(one.metric, one.text) for one in found] == [(20, f"{route.line()} proto bgp metric 20")]


@BOTH
def test_an_addition_never_replaces_a_route(lan: Lan, route: Route) -> None:
    path = station(lan)
    lan.within("a", "ip", "route", "add", route.destination, "dev", "lo", "proto", "static")
    with _netns.inside(path):
        assert take(ADD, route) == errno.EEXIST
        assert table(route.destination) == [(route._replace(gateway=None, link="lo"), False)]


@BOTH
def test_a_removal_never_removes_a_route_of_another_protocol(lan: Lan, route: Route) -> None:
    path = station(lan)
    lan.within("a", "ip", "route", "add", *route.line().split(), "proto", "static")
    with _netns.inside(path):
        assert take(REMOVE, route) == errno.ESRCH
        assert table(route.destination) == [(route, False)]


@BOTH
def test_a_removal_takes_the_route_with_the_default_metric(lan: Lan, route: Route) -> None:
    path = station(lan)
    for metric in ("7", "2000"):
        lan.within("a", "ip", "route", "add", *route.line().split(), "proto", "111", "metric", metric)
    with _netns.inside(path):
        assert take(ADD, route) == 0
        assert table(route.destination) == [(route, False), (route, False), (route, True)]
        assert take(REMOVE, route) == 0
        assert table(route.destination) == [(route, False), (route, False)]


@BOTH
def test_a_removal_means_the_gateway_and_the_link(lan: Lan, route: Route) -> None:
    path = station(lan)
    lan.within("a", *"ip link add eth1 type veth peer name eth2".split())
    lan.within("a", "ip", "link", "set", "eth1", "up")
    with _netns.inside(path):
        assert take(ADD, route) == 0
        neighbour = str(ipaddress.ip_address(str(route.gateway)) + 1)
        assert take(REMOVE, route._replace(gateway=neighbour)) == errno.ESRCH
        assert take(REMOVE, route._replace(link="eth1")) == errno.ESRCH
        assert table() == [(route, True)]


def test_a_link_that_is_not_there_is_refused_without_asking() -> None:
    assert _route_table.take_step(Step(ADD, FOUR), {}) == errno.ENODEV


def scripted(*answers: int | OSError) -> tuple[Callable[[Step], int], list[Step]]:
    """Take steps with these answers, then without a failure; and keep the steps."""
    taken: list[Step] = []

    def take_one(step: Step) -> int:
        taken.append(step)
        answer = answers[len(taken) - 1] if len(taken) <= len(answers) else 0
        if isinstance(answer, OSError):
            raise answer
        return answer

    return take_one, taken


STEPS = [Step(REMOVE, FOUR), Step(ADD, SIX), Step(ADD, FOUR._replace(gateway="192.168.56.13"))]


def failure(steps: Sequence[Step], take_one: Callable[[Step], int]) -> str:
    """Return the message of a change that fails."""
    with pytest.raises(_route_table.ChangeError) as failed:
        _route_table.carry_out(steps, take_one)
    return str(failed.value)


def test_all_steps_are_taken_in_their_order() -> None:
    take_one, taken = scripted()
    _route_table.carry_out(STEPS, take_one)
    assert taken == STEPS


@pytest.mark.parametrize("answer", [errno.ENETUNREACH, OSError(errno.ENETUNREACH, "no"), TimeoutError("timed out")])
def test_what_was_done_before_a_failure_is_undone_backwards(answer: int | OSError) -> None:
    take_one, taken = scripted(0, 0, answer)
    message = failure(STEPS, take_one)
    assert taken == [*STEPS, Step(REMOVE, SIX), Step(ADD, FOUR)]
    assert message.endswith("What had been changed before was undone.")


def test_what_is_gone_by_itself_needs_no_undoing() -> None:
    take_one, _taken = scripted(0, 0, errno.ENETUNREACH, errno.ESRCH)
    assert failure(STEPS, take_one).endswith("What had been changed before was undone.")


def test_when_undoing_fails_the_rest_is_undone_and_what_is_left_is_told() -> None:
    take_one, taken = scripted(0, 0, errno.ENETUNREACH, errno.EBUSY, errno.ESRCH)
    message = failure(STEPS, take_one)
    assert len(taken) == 5
    assert message.splitlines()[0].endswith("Undoing what had been changed before failed too, and this is left:")
    assert message.splitlines()[1:] == [
        f"- {SIX.line()} was added, and is still there (the kernel says: {os.strerror(errno.EBUSY)})",
        f"- {FOUR.line()} was removed, and is not back (the kernel says: {os.strerror(errno.ESRCH)})",
    ]


def test_who_may_change_nothing_gets_no_half_way_message() -> None:
    take_one, taken = scripted(errno.EPERM)
    with pytest.raises(PermissionError):
        _route_table.carry_out(STEPS, take_one)
    assert taken == STEPS[:1]


def test_a_permission_that_is_lost_half_way_is_a_failure_half_way() -> None:
    take_one, taken = scripted(0, errno.EPERM)
    assert "Operation not permitted" in failure(STEPS, take_one)
    assert taken[-1] == Step(ADD, FOUR)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENETUNREACH, "does not reach the gateway 192.168.56.12 directly on the link eth0"),
        (errno.EHOSTUNREACH, "does not reach the gateway 192.168.56.12 directly on the link eth0"),
        (errno.EINVAL, "does not reach the gateway 192.168.56.12 directly on the link eth0"),
        (errno.ENETDOWN, "the link eth0 is down"),
        (errno.ENODEV, "the link eth0 is gone"),
        (errno.EACCES, "IPv6 is disabled on the link eth0"),
        (errno.EEXIST, "somebody else has made a route to it meanwhile"),
        (errno.ENOMEM, "the kernel refuses"),
    ],
    ids=lambda value: errno.errorcode.get(value, ""),
)
def test_a_refusal_names_route_cause_and_cure(code: int, words: str) -> None:
    message = failure([Step(ADD, FOUR)], scripted(code)[0])
    assert message.startswith(f"The route {FOUR.line()} could not be added: ")
    assert words in message
    assert f"(the kernel says: {os.strerror(code)}). Cure: " in message
    assert message.endswith("Nothing had been changed before.")


def test_a_removal_that_fails_says_so() -> None:
    message = failure([Step(REMOVE, FOUR)], scripted(errno.ESRCH)[0])
    assert message.startswith(f"The route {FOUR.line()} could not be removed: somebody else has removed it meanwhile")


@pytest.mark.parametrize(
    ("family", "command", "route", "code"),
    [
        ("ipv4", "", FOUR._replace(gateway="203.0.113.1"), errno.ENETUNREACH),
        ("ipv6", "", SIX._replace(gateway="2001:db8:9::1"), errno.EHOSTUNREACH),
        ("ipv6", "", SIX._replace(gateway="2001:db8::11"), errno.EINVAL),
        ("ipv4", "ip link set eth0 down", FOUR, errno.ENETUNREACH),
        ("ipv6", "ip link set eth0 down", SIX, errno.EHOSTUNREACH),
        ("ipv6", "ip link set eth0 down", SIX._replace(gateway="fe80::12"), errno.ENETDOWN),
        ("ipv6", "sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1", SIX._replace(gateway="fe80::12"), errno.EACCES),
    ],
)
def test_the_kernel_refuses_with_the_codes_that_are_explained(
    lan: Lan, family: str, command: str, route: Route, code: int
) -> None:
    path = station(lan)
    if command:
        lan.within("a", "sh", "-c", command)
    with _netns.inside(path):
        assert (family, take(ADD, route)) == (family, code)


def test_a_real_refusal_half_way_leaves_the_table_as_it_was(lan: Lan) -> None:
    with _netns.inside(station(lan)):
        for route in (FOUR, SIX):
            assert take(ADD, route) == 0
        before = table()
        steps = [
            Step(REMOVE, FOUR),
            Step(ADD, FOUR._replace(gateway="192.168.56.13")),
            Step(REMOVE, SIX),
            Step(ADD, SIX._replace(gateway="2001:db8:9::1")),
        ]
        message = failure(steps, partial(_route_table.take_step, links=indexes()))
        assert "2001:db8::2:0/112 via 2001:db8:9::1 dev eth0 could not be added" in message
        assert message.endswith("What had been changed before was undone.")
        assert table() == before
