# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences are found both ways, and Docker's own spelling is none."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._answers import spec_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._compare import compare, named, options_of
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.recordings import RECORDINGS, Recording


def spec(**changes: Any) -> dict[str, Any]:
    """Build a declared dual-stack ipvlan network, with changes."""
    pool4 = {"subnet": "192.168.56.0/24", "ip_range": "192.168.56.128/28", "gateway": "192.168.56.1"}
    pool6 = {"subnet": "fdb2:2c26:f4e4::/64", "ip_range": "fdb2:2c26:f4e4::80/121", "gateway": "fdb2:2c26:f4e4::1"}
    return {
        "name": "office",
        "driver": "ipvlan",
        "internal": False,
        "enable_ipv6": True,
        "options": {"parent": "eth0", "ipvlan_mode": "l2"},
        "labels": {"dockerlan.fleet.lan": "office"},
        "ipam": [{**pool4, "aux_addresses": {}}, {**pool6, "aux_addresses": {}}],
        **changes,
    }


def pool(**changes: Any) -> list[dict[str, Any]]:
    """Build the pools of the declared network with changes in the first one."""
    first, second = spec()["ipam"]
    return [{**first, **changes}, second]


recorded = pytest.mark.parametrize(
    ("recording", "number"),
    [pytest.param(one, number, id=f"{one}-{number}") for one in RECORDINGS for number in range(len(one.networks))],
)


def differing_pool(wanted: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Change the first pool of a spec."""
    first, *rest = wanted["ipam"]
    return {**wanted, "ipam": [{**first, **changes}, *rest]}


@recorded
def test_a_recorded_network_is_as_it_was_declared(recording: Recording, number: int) -> None:
    made = recording.networks[number]
    assert compare(made["spec"], spec_of(made["listed"])) == []
    assert compare(made["spec"], spec_of(made["inspected"])) == []


@recorded
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", "elsewhere"),
        ("parent", "eth1"),
        ("mtu", "1400"),
        ("internal", None),
        ("enable_ipv6", None),
        ("label", "x"),
        ("subnet", "192.168.0.0/16"),
        ("ip_range", "192.168.56.64/28"),
        ("gateway", "192.168.56.2"),
        ("aux_addresses", {"nas": "192.168.56.9"}),
    ],
)
def test_a_single_change_of_a_recorded_network_is_the_only_difference(
    recording: Recording, number: int, field: str, value: Any
) -> None:
    made = recording.networks[number]
    declared, live, driver = made["spec"], spec_of(made["listed"]), recording.driver
    pool = "ipam[192.168.56.0/24]"
    if field in ("internal", "enable_ipv6"):
        wanted, path, value = {**declared, field: not declared[field]}, field, not declared[field]
    elif field == "label":
        wanted, path = {**declared, "labels": {**declared["labels"], "owner": value}}, "labels.owner"
    elif field in ("mode", "parent", "mtu"):
        key = f"{driver}_mode" if field == "mode" else field
        wanted, path = {**declared, "options": {**declared["options"], key: value}}, f"options.{key}"
    else:
        wanted, path = differing_pool(declared, **{field: value}), f"{pool}.{field}"
    found = compare(wanted, live)
    if field == "subnet":
        assert [one["field"] for one in found] == ["ipam[192.168.0.0/16]", pool]
    else:
        assert [(one["field"], one["wanted"]) for one in found] == [(path, value)]
        assert compare(declared, {**wanted, "id": "1"}) == [{**found[0], "live": value, "wanted": found[0]["live"]}]


@recorded
def test_another_driver_of_a_recorded_network_brings_its_options(recording: Recording, number: int) -> None:
    made = recording.networks[number]
    fields = [one["field"] for one in compare({**made["spec"], "driver": "bridge"}, spec_of(made["listed"]))]
    assert "driver" in fields
    assert set(fields) <= {"driver", "options.ipvlan_flag"}  # a default of ipvlan that a bridge does not have


def test_equal() -> None:
    assert compare(spec(), spec()) == []


@pytest.mark.parametrize(
    "live",
    [
        spec(options={"parent": "eth0"}),
        spec(options={"parent": "eth0", "ipvlan_mode": "l2", "ipvlan_flag": "bridge"}),
        spec(id="4711"),
        spec(ipam=list(reversed(spec()["ipam"]))),
        spec(ipam=pool(aux_addresses=None)),
        spec(ipam=[spec()["ipam"][0], {**spec()["ipam"][1], "gateway": "FDB2:2C26:F4E4:0::0001/64"}]),
        spec(ipam=[spec()["ipam"][0], {**spec()["ipam"][1], "subnet": "fdb2:2c26:f4e4:0:0::/64"}]),
    ],
)
def test_another_spelling_is_no_difference(live: dict[str, Any]) -> None:
    assert compare(spec(), live) == []


def test_the_mode_of_macvlan_defaults_to_bridge() -> None:
    wanted = spec(driver="macvlan", options={"parent": "eth0", "macvlan_mode": "bridge"})
    assert compare(wanted, {**wanted, "options": {"parent": "eth0"}}) == []


@pytest.mark.parametrize(
    ("live", "field", "live_value", "wanted"),
    [
        (spec(name="Office"), "name", "Office", "office"),
        (spec(internal=True), "internal", True, False),
        (spec(enable_ipv6=False), "enable_ipv6", False, True),
        (spec(options={"parent": "eth1"}), "options.parent", "eth1", "eth0"),
        (spec(options={"parent": "eth0", "ipvlan_mode": "l3"}), "options.ipvlan_mode", "l3", "l2"),
        (spec(options={"parent": "eth0", "mtu": "1400"}), "options.mtu", "1400", None),
        (spec(options={}), "options.parent", None, "eth0"),
        (spec(labels=None), "labels.dockerlan.fleet.lan", None, "office"),
        (spec(labels={**spec()["labels"], "owner": "x"}), "labels.owner", "x", None),
        (spec(ipam=pool(gateway=None)), "ipam[192.168.56.0/24].gateway", None, "192.168.56.1"),
        (spec(ipam=pool(ip_range="")), "ipam[192.168.56.0/24].ip_range", None, "192.168.56.128/28"),
        (
            spec(ipam=pool(aux_addresses={"nas": "192.168.56.9"})),
            "ipam[192.168.56.0/24].aux_addresses",
            {"nas": "192.168.56.9"},
            {},
        ),
        (
            spec(ipam=spec()["ipam"][:1]),
            "ipam[fdb2:2c26:f4e4::/64]",
            None,
            {"ip_range": "fdb2:2c26:f4e4::80/121", "gateway": "fdb2:2c26:f4e4::1", "aux_addresses": {}},
        ),
    ],
)
def test_each_difference_is_named_once_and_both_ways(
    live: dict[str, Any], field: str, live_value: Any, wanted: Any
) -> None:
    assert compare(spec(), live) == [{"field": field, "live": live_value, "wanted": wanted}]
    assert compare(live, spec()) == [{"field": field, "live": wanted, "wanted": live_value}]


def test_another_driver_also_shows_the_modes() -> None:
    fields = [found["field"] for found in compare(spec(), spec(driver="macvlan", options={"parent": "eth0"}))]
    assert fields == ["driver", "options.ipvlan_flag", "options.ipvlan_mode", "options.macvlan_mode"]


@given(st.integers(min_value=0, max_value=2**128 - 1))
def test_no_spelling_of_an_address_is_a_difference(number: int) -> None:
    address = ipaddress.IPv6Address(number)
    wanted = spec(ipam=[{"subnet": f"{address}/128", "gateway": address.compressed}])
    live = spec(ipam=[{"subnet": f"{address.exploded}/128", "gateway": address.exploded.upper(), "ip_range": None}])
    assert compare(wanted, live) == []


words = st.text("ab.", min_size=1, max_size=3)
specs = st.builds(
    spec,
    options=st.none() | st.dictionaries(words, words, max_size=3),
    labels=st.none() | st.dictionaries(words, words, max_size=3),
    internal=st.booleans(),
    driver=st.sampled_from(["ipvlan", "macvlan"]),
)


@given(specs, specs)
def test_comparing_the_other_way_round_swaps_the_sides(one: dict[str, Any], other: dict[str, Any]) -> None:
    there = {(found["field"], str(found["live"]), str(found["wanted"])) for found in compare(one, other)}
    back = {(found["field"], str(found["wanted"]), str(found["live"])) for found in compare(other, one)}
    assert there == back


@given(specs)
def test_nothing_differs_from_itself(one: dict[str, Any]) -> None:
    assert compare(one, one) == []


def test_a_name_is_matched_exactly_and_never_as_an_id() -> None:
    live = [{"name": "abc", "id": "1"}, {"name": "x", "id": "abcdef"}, {"name": "abcd", "id": "2"}]
    assert named("abc", live) == [{"name": "abc", "id": "1"}]
    assert named("abcde", live) == []


OFF = {"com.docker.network.enable_ipv4": "false"}
FIELD = "options.com.docker.network.enable_ipv4"


def test_ipv4_is_switched_off_where_only_ipv6_is_declared() -> None:
    both = spec()
    only = {**both, "ipam": both["ipam"][1:]}
    assert options_of(only) == {**both["options"], **OFF}
    assert options_of(both) == options_of({**both, "ipam": []}) == both["options"]
    live = {**only, "options": {**only["options"], **OFF}}
    assert compare(only, live) == compare(live, only) == []
    assert {"field": FIELD, "live": None, "wanted": "false"} in compare(only, both)
    assert {"field": FIELD, "live": "false", "wanted": None} in compare(both, live)
