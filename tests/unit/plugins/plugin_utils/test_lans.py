# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong declarations: each names the variable, says what was expected, and knows a cure."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans

from tests.unit.plugins.fleets import SUBNET4, SUBNET6, declared_lan

SECOND = {"subnet": "192.168.57.0/24", "gateway": "192.168.57.1", "range": "192.168.57.128/25"}


def subnet4(**changes: Any) -> list[Any]:
    return [declared_lan(subnets=[{**SUBNET4, **changes}])]


WRONG: list[tuple[Any, str]] = [
    (None, "dockerlan_lans: is None, expected a list of LANs"),
    ([], "dockerlan_lans: is [], expected a list of LANs"),
    (["office"], "dockerlan_lans[0]: is 'office', expected a mapping"),
    ([declared_lan(name=None)], "dockerlan_lans[0].name: is missing, expected a string"),
    ([declared_lan(name="-x")], "dockerlan_lans[0].name: is '-x', expected letters, digits"),
    ([declared_lan(name="host")], "dockerlan_lans[0].name: host is a network of Docker's own"),
    ([declared_lan(), declared_lan(subnets=[SECOND])], "dockerlan_lans: the name office is used 2 times"),
    ([declared_lan(driver="bridge")], "dockerlan_lans[0].driver: is 'bridge', expected one of ipvlan, macvlan"),
    ([declared_lan(mode="bridge")], "dockerlan_lans[0].mode: is 'bridge', expected l2, l3 or l3s for ipvlan"),
    (
        [declared_lan(driver="macvlan", mode="l2")],
        "dockerlan_lans[0].mode: is 'l2', expected bridge, private, vepa or passthru for macvlan",
    ),
    ([declared_lan(flag="loud")], "dockerlan_lans[0].flag: is 'loud', expected bridge, private or vepa"),
    (
        [declared_lan(driver="macvlan", flag="private")],
        "dockerlan_lans[0].flag: is 'private', expected none for macvlan",
    ),
    ([declared_lan(parent="a/b")], "dockerlan_lans[0].parent: is 'a/b', expected the name of a link such as eth0"),
    ([declared_lan(parent="x" * 16)], "expected the name of a link of at most 15 characters; it has 16"),
    ([declared_lan(internal="perhaps")], "dockerlan_lans[0].internal: is 'perhaps', expected a boolean"),
    ([declared_lan(parnet="eth0")], "dockerlan_lans[0].parnet: there is no such option"),
    ([declared_lan(subnets=[])], "dockerlan_lans[0].subnets: is empty, expected one subnet per address family"),
    ([declared_lan(subnets="192.168.56.0/24")], "dockerlan_lans[0].subnets: is '192.168.56.0/24', expected a list"),
    ([declared_lan(subnets=["x"])], "dockerlan_lans[0].subnets[0]: is 'x', expected a mapping"),
    ([declared_lan(subnets=[SUBNET4, SECOND])], "dockerlan_lans[0].subnets: has more than one IPv4 subnet"),
    (subnet4(subnet="x"), "dockerlan_lans[0].subnets[0].subnet: is 'x', expected a network"),
    (subnet4(subnet="192.168.56.0"), "dockerlan_lans[0].subnets[0].subnet: is '192.168.56.0', expected a network"),
    (subnet4(subnet="192.168.56.7/24"), "which has host bits set, expected 192.168.56.0/24"),
    (subnet4(gateway=None), "dockerlan_lans[0].subnets[0].gateway: is missing"),
    (subnet4(gateway="x"), "dockerlan_lans[0].subnets[0].gateway: is 'x', expected an IPv4 or IPv6 address"),
    (subnet4(gateway="192.168.57.1"), "dockerlan_lans[0].subnets[0].gateway: 192.168.57.1 is not in 192.168.56.0/24"),
    (subnet4(gateway="fd00::1"), "gateway: fd00::1 is not in 192.168.56.0/24"),
    (subnet4(gateway="192.168.56.0"), "gateway: 192.168.56.0 is the network or broadcast address"),
    (subnet4(gateway="192.168.56.255"), "gateway: 192.168.56.255 is the network or broadcast address"),
    (subnet4(range="192.168.57.0/25"), "subnets[0].range: 192.168.57.0/25 is not part of 192.168.56.0/24"),
    (subnet4(range="192.168.0.0/16"), "subnets[0].range: 192.168.0.0/16 is not part of 192.168.56.0/24"),
    (subnet4(range="fd00::/64"), "subnets[0].range: fd00::/64 is not part of 192.168.56.0/24"),
    (subnet4(slice_prefix=24), "subnets[0].slice_prefix: is 24, expected 25 to 32"),
    (subnet4(slice_prefix=33), "subnets[0].slice_prefix: is 33, expected 25 to 32"),
    (subnet4(slice_prefix="many"), "subnets[0].slice_prefix: is 'many', expected an integer"),
    (subnet4(reserved="x"), "subnets[0].reserved: is 'x', expected a list"),
    (subnet4(reserved=["x"]), "subnets[0].reserved[0]: is 'x', expected an address, first-last, or a network"),
    (subnet4(reserved=["192.168.56.9-192.168.56.8"]), "subnets[0].reserved[0]: is '192.168.56.9-192.168.56.8'"),
    (subnet4(reserved=["192.168.56.9-fd00::1"]), "subnets[0].reserved[0]: is '192.168.56.9-fd00::1'"),
    (subnet4(reserved=["192.168.57.9"]), "subnets[0].reserved[0]: 192.168.57.9 is not in 192.168.56.0/24"),
    (subnet4(reserved=["192.168.56.8/28"]), "subnets[0].reserved[0]: is '192.168.56.8/28', which has host bits set"),
    (subnet4(reserved=["192.168.56.200", "192.168.57.0/28"]), "reserved[1]: 192.168.57.0/28 is not in 192.168.56.0/24"),
    (
        [declared_lan(), declared_lan(name="lab", subnets=[{**SUBNET4, "subnet": "192.168.0.0/16"}])],
        "the subnet 192.168.0.0/16 of lab overlaps 192.168.56.0/24 of office",
    ),
]


@pytest.mark.parametrize(("raw", "words"), WRONG, ids=[words for _raw, words in WRONG])
def test_a_wrong_declaration_is_refused(raw: Any, words: str) -> None:
    _lans, problems = parse_lans(raw)
    assert [problem for problem in problems if words in problem.problem], problems
    assert all(problem.cure for problem in problems)


def test_all_problems_come_at_once() -> None:
    lan = declared_lan(driver="x", parent="a b", subnets=[{**SUBNET4, "gateway": "x", "reserved": ["y"]}])
    found = [problem.problem.split(":")[0].removeprefix("dockerlan_lans[0]") for problem in parse_lans([lan])[1]]
    assert found == [".driver", ".parent", ".subnets[0].gateway", ".subnets[0].reserved[0]"]


def test_a_right_declaration_is_read_with_its_defaults() -> None:
    lans, problems = parse_lans([declared_lan(subnets=[SUBNET6, SUBNET4])])
    assert problems == []
    assert (lans[0].mode, lans[0].internal, lans[0].families) == ("l2", False, ["ipv4", "ipv6"])
    assert [subnet.slice_prefix for subnet in lans[0].subnets] == [28, 112]


def test_the_default_mode_of_macvlan_is_bridge() -> None:
    assert parse_lans([declared_lan(driver="macvlan")])[0][0].mode == "bridge"


VARIANTS = [("ipvlan", mode, flag) for mode in ("l2", "l3", "l3s") for flag in ("bridge", "private", "vepa")]
VARIANTS += [("macvlan", mode, "") for mode in ("bridge", "private", "vepa", "passthru")]


@pytest.mark.parametrize(("driver", "mode", "flag"), VARIANTS)
def test_every_mode_and_flag_of_the_drivers_may_be_declared(driver: str, mode: str, flag: str) -> None:
    said = {"flag": flag} if flag else {}
    (lan,), problems = parse_lans([declared_lan(driver=driver, mode=mode, **said)])
    assert problems == []
    assert (lan.driver, lan.mode, lan.flag) == (driver, mode, flag)


@pytest.mark.parametrize(("driver", "flag"), [("ipvlan", "bridge"), ("macvlan", "")])
def test_the_default_flag_is_that_of_the_driver(driver: str, flag: str) -> None:
    assert parse_lans([declared_lan(driver=driver)])[0][0].flag == flag


def test_values_from_the_command_line_are_strings() -> None:
    lans, problems = parse_lans(
        [declared_lan(internal="true", subnets=[{**SUBNET4, "slice_prefix": "27", "reserved": ["192.168.56.200"]}])]
    )
    assert problems == []
    assert (lans[0].internal, lans[0].subnets[0].slice_prefix) == (True, 27)


def test_every_form_of_a_reserved_entry_is_read() -> None:
    reserved = ["192.168.56.200", "192.168.56.210 - 192.168.56.220", "192.168.56.240/28"]
    lans, problems = parse_lans([declared_lan(subnets=[{**SUBNET4, "reserved": reserved}])])
    assert problems == []
    ends = [(item.first & 0xFF, item.last & 0xFF) for item in lans[0].subnets[0].reserved]
    assert ends == [(200, 200), (210, 220), (240, 255)]


def test_only_an_internal_lan_may_be_without_a_gateway() -> None:
    without = [{key: value for key, value in subnet.items() if key != "gateway"} for subnet in (SUBNET4, SUBNET6)]
    _lans, problems = parse_lans([declared_lan(subnets=without)])
    assert [item.problem for item in problems] == [
        f"dockerlan_lans[0].subnets[{number}].gateway: is missing" for number in (0, 1)
    ]
    assert "internal: true" in problems[0].cure
    (lan,), problems = parse_lans([declared_lan(subnets=without, internal=True)])
    assert problems == []
    assert [str(subnet.gateway) for subnet in lan.subnets] == ["192.168.56.1", "fdb2:2c26:f4e4::1"]


def test_an_internal_lan_may_have_a_gateway() -> None:
    subnets = [{**SUBNET4, "gateway": "192.168.56.254"}]
    lans, problems = parse_lans([declared_lan(subnets=subnets, internal=True)])
    assert problems == []
    assert str(lans[0].subnets[0].gateway) == "192.168.56.254"


@pytest.mark.parametrize(
    ("subnet", "gateway"), [("10.0.0.0/31", "10.0.0.0"), ("fd00::/127", "fd00::1"), ("10.0.0.0/30", "10.0.0.1")]
)
def test_the_first_address_that_an_endpoint_may_have_is_held_back(subnet: str, gateway: str) -> None:
    entry = {"subnet": subnet, "range": subnet, "slice_prefix": 128 if ":" in subnet else 32}
    lans, problems = parse_lans([declared_lan(subnets=[entry], internal=True)])
    assert problems == []
    assert str(lans[0].subnets[0].gateway) == gateway


def test_a_point_to_point_subnet_has_no_unusable_address() -> None:
    subnet = {"subnet": "10.0.0.0/31", "gateway": "10.0.0.0", "range": "10.0.0.0/31", "slice_prefix": 32}
    lans, problems = parse_lans([declared_lan(subnets=[subnet])])
    assert problems == []
    assert lans[0].subnets[0].unusable == ()
