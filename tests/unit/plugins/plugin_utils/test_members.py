# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What single hosts declare."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import read_fleet, read_whole

from tests.unit.plugins.fleets import SUBNET4, declared_lan

LANS = [declared_lan()]


def problems_of(declared: Any = None, **variables: Any) -> list[tuple[str, str]]:
    """Read a fleet of host1 without variables and host2 with these."""
    raw = {"host1": {}, "host2": {f"dockerlan_{name}": value for name, value in variables.items()}}
    return [(item.host, item.problem) for item in read_fleet(declared or LANS, raw).problems]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"parents": "eth1"}, "dockerlan_parents: is 'eth1', expected a mapping"),
        (
            {"parents": {"offcie": "eth1"}},
            "dockerlan_parents.offcie: there is no LAN of this name, expected one of office",
        ),
        ({"parents": {"office": "a b"}}, "dockerlan_parents.office: is 'a b', expected the name of a link"),
        ({"parents": {"office": 1}}, "dockerlan_parents.office: is 1, expected the name of a link"),
        ({"slices": ["192.168.56.144/28"]}, "dockerlan_slices: is ['192.168.56.144/28'], expected a mapping"),
        ({"slices": {"x": []}}, "dockerlan_slices.x: there is no LAN of this name"),
        (
            {"slices": {"office": "192.168.56.144/28"}},
            "dockerlan_slices.office: is '192.168.56.144/28', expected a list",
        ),
        ({"slices": {"office": ["x"]}}, "dockerlan_slices.office[0]: is 'x', expected a network"),
        (
            {"slices": {"office": ["192.168.56.0/28"]}},
            "office[0]: 192.168.56.0/28 is not in the range 192.168.56.128/25",
        ),
        (
            {"slices": {"office": [27]}},
            "office[0]: is 27, expected a network such as 192.168.56.0/24 or a size",
        ),
        ({"slices": {"office": ["/x"]}}, "dockerlan_slices.office[0]: is '/x', expected a network"),
        (
            {"slices": {"office": ["/24"]}},
            "office[0]: is '/24', expected /25 to /32: a slice is cut from the range 192.168.56.128/25",
        ),
        ({"slices": {"office": ["/64"]}}, "office[0]: is '/64', expected /96 to /128"),
        ({"slices": {"office": ["/27", "192.168.56.160/28"]}}, "dockerlan_slices.office[1]: is a second IPv4 slice"),
        ({"slices": {"office": ["/120", "/112"]}}, "dockerlan_slices.office[1]: is a second IPv6 slice"),
        (
            {"slices": {"office": ["192.168.56.144/28", "192.168.56.160/28"]}},
            "dockerlan_slices.office[1]: is a second IPv4 slice",
        ),
    ],
)
def test_a_wrong_variable_names_the_host(variables: dict[str, Any], words: str) -> None:
    ((host, problem),) = problems_of(**variables)
    assert host == "host2"
    assert words in problem


def test_a_slice_must_be_of_a_family_of_the_lan() -> None:
    ((host, problem),) = problems_of([declared_lan(subnets=[SUBNET4])], slices={"office": ["fd00::/112"]})
    assert (host, problem) == ("host2", "dockerlan_slices.office[0]: fd00::/112 is IPv6, of which office has no subnet")


def test_the_declaration_must_be_the_same_on_every_host() -> None:
    raw = {
        "host1": {"dockerlan_lans": LANS},
        "host2": {"dockerlan_lans": [declared_lan(parent="eth1")]},
        "host3": {},
    }
    found = {item.host: item.problem for item in read_fleet(LANS, raw).problems}
    assert list(found) == ["host3", "host2"]
    assert "is not defined, expected the same as on host1" in found["host3"]
    assert "differs from the declaration of the play" in found["host2"]


def test_a_declaration_of_the_play_is_no_variable_of_any_host() -> None:
    assert problems_of() == []


def test_a_wrong_lan_is_not_an_unknown_lan() -> None:
    ((host, problem),) = problems_of([declared_lan(driver="x")], parents={"office": "eth1"})
    assert (host, problem.split(":")[0]) == ("", "dockerlan_lans[0].driver")


def test_parents_and_slices_are_read() -> None:
    raw = {"host1": {"dockerlan_parents": {"office": "enp3s0"}, "dockerlan_slices": {"office": ["192.168.56.144/28"]}}}
    fleet = read_fleet(LANS, raw)
    assert fleet.problems == []
    assert fleet.members[0].parent(fleet.lans[0]) == "enp3s0"
    assert str(fleet.members[0].slices["office"][4]) == "192.168.56.144/28"


def test_a_size_belongs_to_the_family_that_can_have_it() -> None:
    fleet = read_fleet(LANS, {"host1": {"dockerlan_slices": {"office": ["/120", "/27"]}}})
    assert fleet.problems == []
    assert (fleet.members[0].sizes, fleet.members[0].slices) == ({"office": {6: 120, 4: 27}}, {})


def test_a_size_and_a_slice_may_stand_side_by_side() -> None:
    fleet = read_fleet(LANS, {"host1": {"dockerlan_slices": {"office": ["192.168.56.144/28", " /113 "]}}})
    assert fleet.problems == []
    assert fleet.members[0].sizes == {"office": {6: 113}}
    assert str(fleet.members[0].slices["office"][4]) == "192.168.56.144/28"


def test_a_small_size_is_that_of_ipv6_where_there_is_no_ipv4() -> None:
    subnet = {"subnet": "fd00::/16", "gateway": "fd00::1", "range": "fd00::/16", "slice_prefix": 32}
    lans = [declared_lan(subnets=[subnet])]
    fleet = read_fleet(lans, {"host1": {"dockerlan_slices": {"office": ["/24"]}}})
    assert fleet.problems == []
    assert fleet.members[0].sizes == {"office": {6: 24}}
    only4 = read_fleet([declared_lan(subnets=[SUBNET4])], {"host1": {"dockerlan_slices": {"office": ["/112"]}}})
    assert "is '/112', expected /25 to /32" in only4.problems[0].problem


EXPECTED = [{"network": "office", "expected": "blocked"}]


def expectation_problems(declared: Any, raw: Any, lans: Any = LANS) -> list[tuple[str, str]]:
    return [(item.host, item.problem) for item in read_whole(lans, declared, raw).problems]


def test_expectations_are_read_with_the_lans_that_they_name() -> None:
    fleet = read_whole(LANS, EXPECTED, {"host1": {"dockerlan_expectations": EXPECTED}})
    assert fleet.problems == []
    assert [(item["network"], item["to"], item["expected"]) for item in fleet.expectations] == [
        ("office", "*", "blocked")
    ]
    assert [member.name for member in fleet.members] == ["host1"]


@pytest.mark.parametrize("raw", [{"host1": {}, "host2": {}}, {"host1": {"dockerlan_expectations": EXPECTED}}])
def test_expectations_may_be_those_of_the_play_or_of_every_host(raw: Any) -> None:
    assert expectation_problems(EXPECTED, raw) == []


def test_without_expectations_nothing_is_wrong() -> None:
    fleet = read_whole(LANS, None, {"host1": {}})
    assert (fleet.problems, fleet.expectations) == ([], [])


def test_expectations_must_be_the_same_on_every_host() -> None:
    other = [{"network": "office", "expected": "open"}]
    raw = {"host1": {"dockerlan_expectations": EXPECTED}, "host2": {"dockerlan_expectations": other}, "host3": {}}
    found = dict(expectation_problems(EXPECTED, raw))
    assert list(found) == ["host3", "host2"]
    assert found["host3"].startswith("dockerlan_expectations: is not defined, expected the same as on host1")
    assert found["host2"].startswith("dockerlan_expectations: differs from the declaration of the play")


def test_an_expectation_of_a_lan_that_is_declared_wrongly_is_not_one_of_an_unknown_lan() -> None:
    ((_host, problem),) = expectation_problems(EXPECTED, {"host1": {}}, [declared_lan(driver="x")])
    assert problem.startswith("dockerlan_lans[0].driver")


def test_problems_of_lans_members_and_expectations_come_at_once() -> None:
    raw = {"host1": {"dockerlan_parents": {"office": "a b"}}}
    wrong = [{"network": "lab", "expected": "open"}]
    found = expectation_problems(wrong, raw, [declared_lan(flag="loud")])
    words = ("dockerlan_lans[0].flag", "dockerlan_parents.office", "dockerlan_expectations[0].network")
    assert [problem.split(":")[0] for _host, problem in found] == list(words)
