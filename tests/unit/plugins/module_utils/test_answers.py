# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of engines from 20.10 to 29, read into one shape."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers
from ansible_collections.dockerlan.fleet.plugins.module_utils._compare import compare

from tests.unit.plugins.recordings import RECORDINGS, Recording

LAN_ID = "a" * 64
LAN = {"id": LAN_ID, "name": "office", "driver": "macvlan"}
BRIDGE = {"id": "b" * 64, "name": "bridge", "driver": "bridge"}

SPEC = {
    "id": LAN_ID,
    "name": "office",
    "driver": "ipvlan",
    "internal": False,
    "enable_ipv6": True,
    "attachable": False,
    "other": {},
    "options": {"parent": "eth0", "ipvlan_mode": "l2"},
    "labels": {"dockerlan.fleet.lan": "office"},
    "ipam": [
        {
            "subnet": "192.168.56.0/24",
            "ip_range": "192.168.56.128/28",
            "gateway": "192.168.56.1",
            "aux_addresses": {"nas": "192.168.56.9"},
        },
        {
            "subnet": "fdb2:2c26:f4e4::/64",
            "ip_range": "fdb2:2c26:f4e4::1:0/112",
            "gateway": "fdb2:2c26:f4e4::1",
            "aux_addresses": {},
        },
    ],
}
POOL4 = {
    "Subnet": "192.168.56.0/24",
    "IPRange": "192.168.56.128/28",
    "Gateway": "192.168.56.1",
    "AuxiliaryAddresses": {"nas": "192.168.56.9"},
}
POOL6 = {"Subnet": "fdb2:2c26:f4e4::/64", "IPRange": "fdb2:2c26:f4e4::1:0/112", "Gateway": "fdb2:2c26:f4e4::1"}
ANSWER: dict[str, Any] = {
    "Name": "office",
    "Id": LAN_ID,
    "Created": "2026-01-31T12:00:00Z",
    "Scope": "local",
    "Driver": "ipvlan",
    "EnableIPv6": True,
    "IPAM": {"Driver": "default", "Options": {}, "Config": [POOL4, POOL6]},
    "Internal": False,
    "Attachable": False,
    "Ingress": False,
    "ConfigFrom": {"Network": ""},
    "ConfigOnly": False,
    "Containers": {},
    "Options": {"parent": "eth0", "ipvlan_mode": "l2"},
    "Labels": {"dockerlan.fleet.lan": "office"},
}
NEW_FLAGS = {"com.docker.network.enable_ipv4": "true", "com.docker.network.enable_ipv6": "true"}


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER,
        {**ANSWER, "IPAM": {**ANSWER["IPAM"], "Options": None, "Config": [POOL6, POOL4]}},
        {
            **ANSWER,
            "IPAM": {"Config": [POOL4, {**POOL6, "Gateway": "fdb2:2c26:f4e4::1/64", "AuxiliaryAddresses": None}]},
        },
        {**ANSWER, "EnableIPv4": True},
        {**ANSWER, "EnableIPv4": True, "Options": {**ANSWER["Options"], **NEW_FLAGS}, "Status": {"IPAM": {}}},
    ],
    ids=["26.1", "order", "20.10", "28.0", "28.5"],
)
def test_a_network_of_any_engine_is_the_same_spec(answer: dict[str, Any]) -> None:
    assert _answers.spec_of(answer) == SPEC
    assert compare(SPEC, _answers.spec_of(answer)) == []


@pytest.mark.parametrize("ipam", [None, {}, {"Config": None}, {"Config": []}, {"Config": [{}]}])
@pytest.mark.parametrize("nothing", [None, {}])
def test_what_is_missing_is_empty(ipam: Any, nothing: Any) -> None:
    answer = {"Id": "1", "Name": "none", "Driver": "null", "IPAM": ipam, "Options": nothing, "Labels": nothing}
    spec = _answers.spec_of(answer)
    assert spec == {
        "id": "1",
        "name": "none",
        "driver": "null",
        "internal": False,
        "enable_ipv6": False,
        "attachable": False,
        "other": {},
        "options": {},
        "labels": {},
        "ipam": [],
    }


@pytest.mark.parametrize(
    "answer",
    [
        {**ANSWER, "EnableIPv4": False},
        {**ANSWER, "Options": {**ANSWER["Options"], "com.docker.network.enable_ipv4": "false"}},
    ],
)
def test_a_network_without_ipv4_differs_from_every_spec(answer: dict[str, Any]) -> None:
    [difference] = compare(SPEC, _answers.spec_of(answer))
    assert difference["field"] == "options.com.docker.network.enable_ipv4"
    assert difference["live"] == "false"


@pytest.mark.parametrize("recording", RECORDINGS, ids=str)
@pytest.mark.parametrize("number", range(4))
def test_a_recorded_network_is_the_spec_that_it_was_made_from(recording: Recording, number: int) -> None:
    made = recording.networks[number]
    expected = {**made["spec"], "id": made["listed"]["Id"], "attachable": False, "other": {}}
    assert _answers.spec_of(made["listed"]) == _answers.spec_of(made["inspected"]) == expected


@pytest.mark.parametrize(
    ("changes", "other"),
    [
        ({"Scope": "swarm"}, {"scope": "swarm"}),
        ({"ConfigOnly": True}, {"config_only": True}),
        ({"ConfigFrom": {"Network": "template"}}, {"config_from": "template"}),
        ({"IPAM": {**ANSWER["IPAM"], "Driver": "dhcp"}}, {"ipam_driver": "dhcp"}),
        ({"IPAM": {**ANSWER["IPAM"], "Options": {"a": "b"}}}, {"ipam_options": {"a": "b"}}),
    ],
)
def test_what_no_spec_can_ask_for_is_told(changes: dict[str, Any], other: dict[str, Any]) -> None:
    assert _answers.spec_of({**ANSWER, **changes}) == {**SPEC, "other": other}


def test_attachable_is_told() -> None:
    assert _answers.spec_of({**ANSWER, "Attachable": True}) == {**SPEC, "attachable": True}


@pytest.mark.parametrize("recording", RECORDINGS, ids=str)
def test_recorded_containers_are_endpoints(recording: Recording) -> None:
    office = _answers.spec_of(recording.networks[-1]["listed"])
    rows = {
        name: (row["running"], row["network_id"] == office["id"], row["ipv4"], row["ipv6"])
        for name, container in recording.containers.items()
        for row in _answers.endpoints_of(container, [office])
    }
    assert {name: row for name, row in rows.items() if name != "left-over"} == {
        "dynamic": (True, True, "192.168.56.128", "fdb2:2c26:f4e4::1:0"),
        "fixed": (True, True, "192.168.56.140", "fdb2:2c26:f4e4::1:1"),
        "full": (True, True, "192.168.56.141", "fdb2:2c26:f4e4::1:41"),
        "new": (False, True, "192.168.56.143", None),
        "stopped": (False, True, "192.168.56.142", None),
        "stopped-dynamic": (False, True, None, None),
    }


@pytest.mark.parametrize("recording", RECORDINGS, ids=str)
def test_a_listed_container_is_attached_to_the_recorded_network(recording: Recording) -> None:
    office = _answers.spec_of(recording.networks[-1]["listed"])
    names = {_answers.container_name(one) for one in recording.listed if _answers.is_attached(one, office)}
    assert names == set(recording.containers) - {"left-over"}  # engines do not list what failed
    assert not any(_answers.is_attached(one, {**office, "id": "f" * 64, "name": "x"}) for one in recording.listed)


def attached(**values: Any) -> dict[str, Any]:
    """Build a container's entry for a network, as an engine answers for a running container."""
    entry = {"NetworkID": LAN_ID, "IPAMConfig": None, "IPAddress": "192.168.56.130", "GlobalIPv6Address": ""}
    return {**entry, "MacAddress": "02:42:c0:a8:38:82", **values}


def container(networks: dict[str, Any], state: Any, mode: str = "office", mac: str = "") -> dict[str, Any]:
    """Build an inspected container, made with a network and perhaps with a MAC address."""
    made = {"HostConfig": {"NetworkMode": mode}, "Config": {"MacAddress": mac}}
    return {"Id": "c1", "Name": "/web", "State": state, "NetworkSettings": {"Networks": networks}, **made}


RUNNING = {"Running": True, "Pid": 4711}
STOPPED = {"Running": False, "Pid": 0}
UNUSED = {"IPAddress": "", "MacAddress": ""}
MAC = "02:00:00:00:aa:01"


def test_a_running_endpoint() -> None:
    answer = container({"office": attached(GlobalIPv6Address="FDB2:2c26:f4e4:0::5")}, RUNNING)
    assert _answers.endpoints_of(answer, [BRIDGE, LAN]) == [
        {
            "container": "web",
            "container_id": "c1",
            "running": True,
            "pid": 4711,
            "network": "office",
            "network_id": LAN_ID,
            "ipv4": "192.168.56.130",
            "ipv6": "fdb2:2c26:f4e4::5",
            "mac": "02:42:c0:a8:38:82",
            "fixed": {"ipv4": None, "ipv6": None, "mac": None},
            "network_mode": "office",
            "ailing": None,
        }
    ]


@pytest.mark.parametrize("state", [STOPPED, {}, None])
def test_a_stopped_endpoint_has_the_address_that_it_will_ask_for_and_no_other(state: Any) -> None:
    stale = attached(IPAMConfig={"IPv4Address": "192.168.56.140"}, GlobalIPv6Address="2001:db8::1")
    [row] = _answers.endpoints_of(container({"office": stale}, state), [LAN])
    assert (row["running"], row["pid"], row["mac"]) == (False, None, None)
    assert (row["ipv4"], row["ipv6"]) == ("192.168.56.140", None)
    assert row["fixed"] == {"ipv4": "192.168.56.140", "ipv6": None, "mac": None}


def test_fixed_addresses_are_those_that_were_asked_for() -> None:
    asked = {"IPv4Address": "192.168.56.130", "IPv6Address": "FDB2::7"}
    [row] = _answers.endpoints_of(container({"office": attached(IPAMConfig=asked)}, RUNNING), [LAN])
    assert row["fixed"] == {"ipv4": "192.168.56.130", "ipv6": "fdb2::7", "mac": None}


@pytest.mark.parametrize("state", [RUNNING, STOPPED])
def test_an_address_that_a_replacement_asked_for_is_dockers_choice_and_asked_for_still(state: Any) -> None:
    asked = {"IPv4Address": "192.168.56.130", "IPv6Address": "fdb2::7"}
    entry = attached(IPAMConfig=asked, DriverOpts={_answers.KEPT_CHOICE: "192.168.56.130"})
    [row] = _answers.endpoints_of(container({"office": entry}, state), [LAN])
    assert (row["ipv4"], row["ipv6"]) == ("192.168.56.130", "fdb2::7")
    assert row["fixed"] == {"ipv4": None, "ipv6": "fdb2::7", "mac": None}


@pytest.mark.parametrize("mode", ["office", LAN_ID, LAN_ID[:12]])
@pytest.mark.parametrize("spelled", [MAC, "02-00-00-00-AA-01", "0200.0000.aa01"])
def test_a_fixed_mac_is_that_of_the_network_the_container_was_made_with(mode: str, spelled: str) -> None:
    networks = {"office": attached(MacAddress=MAC), "other": attached(NetworkID="d" * 64)}
    other = {**LAN, "id": "d" * 64, "name": "other"}
    rows = _answers.endpoints_of(container(networks, RUNNING, mode, spelled), [LAN, other])
    assert [(row["network"], row["fixed"]["mac"]) for row in rows] == [("office", MAC), ("other", None)]


@pytest.mark.parametrize("mode", ["bridge", "default", "a" * 11, ""])
def test_a_mac_that_was_asked_for_elsewhere_is_none_of_this_network(mode: str) -> None:
    [row] = _answers.endpoints_of(container({"office": attached(MacAddress=MAC)}, RUNNING, mode, MAC), [LAN])
    assert row["fixed"]["mac"] is None


def test_a_mac_that_the_engine_did_not_give_is_not_fixed() -> None:
    # Engine 20.10, for a network that was given by its id.
    [row] = _answers.endpoints_of(container({"office": attached()}, RUNNING, LAN_ID, MAC), [LAN])
    assert (row["mac"], row["fixed"]["mac"]) == ("02:42:c0:a8:38:82", None)


@pytest.mark.parametrize(
    ("config", "endpoint", "expected"),
    [
        (MAC, UNUSED, MAC),
        ("", {**UNUSED, "MacAddress": MAC}, MAC),
        ("", {"IPAddress": "192.168.56.130", "MacAddress": MAC}, None),
        ("", UNUSED, None),
    ],
    ids=["of the container", "of the endpoint", "left over from a crash", "none"],
)
def test_the_fixed_mac_of_a_stopped_container(config: str, endpoint: dict[str, str], expected: str | None) -> None:
    [row] = _answers.endpoints_of(container({"office": attached(**endpoint)}, STOPPED, mac=config), [LAN])
    assert (row["mac"], row["fixed"]["mac"]) == (None, expected)


@pytest.mark.parametrize("network_id", [LAN_ID, ""])
def test_a_network_that_an_engine_lists_twice_is_one_endpoint(network_id: str) -> None:
    entry = attached(NetworkID=network_id)
    rows = _answers.endpoints_of(container({LAN_ID[:12]: entry, "office": entry}, RUNNING), [LAN])
    assert [row["network"] for row in rows] == ["office"]


def test_a_name_that_looks_like_the_start_of_an_id_is_a_name() -> None:
    named = {**LAN, "id": "d" * 64, "name": LAN_ID[:12]}
    [row] = _answers.endpoints_of(container({LAN_ID[:12]: attached(NetworkID="")}, STOPPED), [LAN, named])
    assert row["network_id"] == "d" * 64


def test_the_id_decides_which_network_is_meant() -> None:
    other = {**LAN, "id": "d" * 64, "name": "other"}
    [row] = _answers.endpoints_of(container({"office": attached(NetworkID=other["id"])}, RUNNING), [LAN, other])
    assert row["network"] == "other"


@pytest.mark.parametrize(("network_id", "expected"), [("", LAN_ID), ("gone", "gone")])
def test_an_unknown_id_leaves_the_name(network_id: str, expected: str) -> None:
    [row] = _answers.endpoints_of(container({"office": attached(NetworkID=network_id)}, "created"), [LAN])
    assert (row["network"], row["network_id"]) == ("office", expected)


@pytest.mark.parametrize("key", [LAN_ID, LAN_ID[:12]])
def test_a_network_that_was_given_by_its_id_is_found(key: str) -> None:
    [row] = _answers.endpoints_of(container({key: attached(NetworkID="")}, "created"), [LAN])
    assert row["network"] == "office"


@pytest.mark.parametrize("networks", [{}, None, {"bridge": attached(NetworkID=BRIDGE["id"])}, {"host": None}])
def test_other_networks_have_no_endpoints(networks: Any) -> None:
    assert _answers.endpoints_of(container(networks, RUNNING), [LAN, BRIDGE]) == []


def test_attached_means_any_network_and_any_state() -> None:
    assert _answers.is_attached(container({"bridge": attached(NetworkID=BRIDGE["id"])}, "exited"), BRIDGE)
    assert not _answers.is_attached(container({"bridge": attached(NetworkID=BRIDGE["id"])}, "exited"), LAN)


@pytest.mark.parametrize(
    ("answer", "name"),
    [({"Name": "/web"}, "web"), ({"Names": ["/other/alias", "/web"]}, "web"), ({"Names": []}, ""), ({}, "")],
)
def test_the_name_is_the_one_without_aliases(answer: dict[str, Any], name: str) -> None:
    assert _answers.container_name(answer) == name
