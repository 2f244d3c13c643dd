# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real engines said about containers is kept in full, and asked for again as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers
from ansible_collections.dockerlan.fleet.plugins.module_utils import _attachments as attachments

from tests.unit.plugins.recordings import RECORDINGS, Recording

API = {"20.10": (1, 41), "26.1": (1, 45), "28.5": (1, 51)}
every_recording = pytest.mark.parametrize("recording", RECORDINGS, ids=str)
NO_MAC = {"fixed": {"ipv4": None, "ipv6": None, "mac": None}, "mac": None}


def office(recording: Recording) -> dict[str, Any]:
    """Return the recorded network with the containers, as a spec with id."""
    return _answers.spec_of(recording.networks[-1]["listed"])


def taken(recording: Recording, name: str) -> dict[str, Any]:
    """Record how a container of a recording hangs on the network."""
    found = attachments.attachment_of(recording.containers[name], office(recording))
    assert found is not None
    return found


def summary(attachment: dict[str, Any]) -> tuple[Any, ...]:
    """Show what matters but the MAC address."""
    fixed = {family: attachment["fixed"][family] for family in ("ipv4", "ipv6")}
    return attachment["running"], attachment["ipv4"], attachment["ipv6"], fixed, attachment["settings"]


def test_there_is_a_recording_of_every_engine_and_driver() -> None:
    assert {str(recording) for recording in RECORDINGS} == {
        f"{engine}-{driver}" for engine in API for driver in ("macvlan", "ipvlan")
    }


@every_recording
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dynamic", (True, "192.168.56.128", "fdb2:2c26:f4e4::1:0", {"ipv4": None, "ipv6": None}, {})),
        (
            "fixed",
            (True, "192.168.56.140", "fdb2:2c26:f4e4::1:1", {"ipv4": "192.168.56.140", "ipv6": None}, {}),
        ),
        (
            "full",
            (
                True,
                "192.168.56.141",
                "fdb2:2c26:f4e4::1:41",
                {"ipv4": "192.168.56.141", "ipv6": "fdb2:2c26:f4e4::1:41"},
                {"Aliases": ["www", "mail"], "Links": ["fixed:db"]},
            ),
        ),
        ("stopped", (False, None, None, {"ipv4": "192.168.56.142", "ipv6": None}, {"Aliases": ["old"]})),
        ("stopped-dynamic", (False, None, None, {"ipv4": None, "ipv6": None}, {})),
        ("new", (False, None, None, {"ipv4": "192.168.56.143", "ipv6": None}, {})),
    ],
)
def test_a_recorded_container(recording: Recording, name: str, expected: tuple[Any, ...]) -> None:
    found = taken(recording, name)
    assert summary(found) == expected
    assert (found["container"], found["network"]) == (name, "office")
    assert found["container_id"] == recording.containers[name]["Id"]
    assert found["restarts"] is (name == "full")
    assert json.loads(json.dumps(found)) == found


@every_recording
def test_macs_are_those_of_macvlan(recording: Recording) -> None:
    full, dynamic, stopped = (taken(recording, name) for name in ("full", "dynamic", "stopped"))
    if recording.driver == "ipvlan":
        assert [full["mac"], full["fixed"]["mac"], dynamic["mac"], stopped["mac"]] == [None] * 4
        return
    assert full["mac"] == full["fixed"]["mac"] == "02:00:00:00:aa:01"
    assert dynamic["mac"]
    assert (dynamic["fixed"]["mac"], stopped["mac"]) == (None, None)


@every_recording
def test_what_a_failed_connect_left_behind_is_no_attachment(recording: Recording) -> None:
    # It asks for the address of another container: to attach it with that could not succeed.
    assert attachments.attachment_of(recording.containers["left-over"], office(recording)) is None


@every_recording
def test_all_attachments_of_an_engine(recording: Recording) -> None:
    other = {**office(recording), "id": "f" * 64, "name": "other"}
    found = attachments.attachments_of(recording.containers.values(), [other, office(recording)])
    assert [(one["container"], one["network"]) for one in found] == [
        (name, "office") for name in recording.containers if name != "left-over"
    ]


@every_recording
@pytest.mark.parametrize("name", ["dynamic", "fixed", "full", "stopped", "stopped-dynamic", "new"])
def test_it_is_attached_as_it_was_recorded(recording: Recording, name: str) -> None:
    attachment, container = taken(recording, name), recording.containers[name]
    assert attachments.is_attached_as(attachment, container, office(recording))
    # Its network was made anew under the same name; one that was never started does not know the id.
    assert attachments.is_attached_as(attachment, container, {**office(recording), "id": "f" * 64}) is (name == "new")
    assert not attachments.is_attached_as(attachment, container, {**office(recording), "id": "f" * 64, "name": "x"})


@every_recording
@pytest.mark.parametrize(
    ("name", "other"), [("fixed", "ipv4"), ("full", "ipv4"), ("full", "ipv6"), ("stopped", "ipv4"), ("new", "ipv4")]
)
def test_it_is_not_attached_as_it_was_with_another_address(recording: Recording, name: str, other: str) -> None:
    attachment = taken(recording, name)
    fixed = {**attachment["fixed"], other: "192.0.2.1" if other == "ipv4" else "2001:db8::1"}
    changed = {**attachment, "fixed": fixed}
    assert not attachments.is_attached_as(changed, recording.containers[name], office(recording))


@every_recording
def test_it_is_not_attached_as_it_was_without_an_alias_or_after_a_failed_connect(recording: Recording) -> None:
    attachment = taken(recording, "full")
    more = {**attachment, "settings": {"Aliases": ["www", "ftp"]}}
    assert not attachments.is_attached_as(more, recording.containers["full"], office(recording))
    left_over = recording.containers["left-over"]
    assert not attachments.is_attached_as(taken(recording, "fixed"), left_over, office(recording))


@every_recording
def test_settings_ask_for_what_it_had(recording: Recording) -> None:
    spec = office(recording)
    wanted = {
        "dynamic": {"IPv4Address": "192.168.56.128", "IPv6Address": "fdb2:2c26:f4e4::1:0"},
        "fixed": {"IPv4Address": "192.168.56.140", "IPv6Address": "fdb2:2c26:f4e4::1:1"},
        "full": {"IPv4Address": "192.168.56.141", "IPv6Address": "fdb2:2c26:f4e4::1:41"},
        "stopped": {"IPv4Address": "192.168.56.142"},
        "stopped-dynamic": {},
    }
    chosen = {"dynamic": "192.168.56.128,fdb2:2c26:f4e4::1:0", "fixed": "fdb2:2c26:f4e4::1:1"}
    for name, addresses in wanted.items():
        attachment = taken(recording, name)
        settings = attachments.settings_for(attachment, spec)
        mark = {"DriverOpts": {"dockerlan.fleet.kept": chosen[name]}} if name in chosen else {}
        assert settings == {**attachment["settings"], **mark, "IPAMConfig": addresses}


@every_recording
@pytest.mark.parametrize("name", ["dynamic", "fixed"])
def test_what_docker_chose_stays_its_choice_though_it_was_asked_for(recording: Recording, name: str) -> None:
    """Attached anew, stopped, and on the way to a network that does not give the address out: nobody is in the way."""
    attachment, container = taken(recording, name), recording.containers[name]
    had = _answers.entry_of(container, office(recording)) or {}
    entry = {**had, **attachments.settings_for(attachment, office(recording))}
    anew = {**container, "NetworkSettings": {"Networks": {"office": entry}}}
    again = attachments.attachment_of(anew, office(recording))
    assert again is not None
    assert (again["fixed"], again["settings"]) == (attachment["fixed"], attachment["settings"])
    assert attachments.settings_for(again, office(recording)) == attachments.settings_for(attachment, office(recording))
    stopped = attachments.attachment_of({**anew, "State": {"Pid": 0}}, office(recording))
    assert stopped is not None
    assert attachments.settings_for(stopped, office(recording))["IPAMConfig"] == {
        key: value for key, value in (("IPv4Address", attachment["fixed"]["ipv4"]),) if value
    }


@every_recording
def test_a_mark_for_another_address_says_nothing(recording: Recording) -> None:
    """The user has attached the container with an address, and with driver options that were read from it before."""
    container = recording.containers["fixed"]
    mark = {"dockerlan.fleet.kept": "192.168.56.128,fdb2:2c26:f4e4::1:0"}
    entry = {**(_answers.entry_of(container, office(recording)) or {}), "DriverOpts": mark}
    found = _answers.fixed_of(container, office(recording), entry)
    assert (found["ipv4"], found["ipv6"]) == ("192.168.56.140", None)


@every_recording
def test_docker_is_free_to_choose_what_it_chose_before(recording: Recording) -> None:
    free = attachments.without_choice(taken(recording, "fixed"))
    settings = attachments.settings_for(free, office(recording))
    assert settings["IPAMConfig"] == {"IPv4Address": "192.168.56.140"}


def attachment(**changes: Any) -> dict[str, Any]:
    """Build an attachment whose addresses Docker has chosen, with changes."""
    addresses = {"ipv4": "10.0.0.20", "ipv6": "fdb2::20"}
    return {"container": "web", "running": True, "settings": {}, **addresses, **NO_MAC, **changes}


def fixed(**addresses: str) -> dict[str, Any]:
    """Build what a user asked for."""
    return {**NO_MAC["fixed"], **addresses}  # type: ignore[dict-item]


def network(**changes: Any) -> dict[str, Any]:
    """Build a network with a pool, with changes in the pool."""
    pool = {"subnet": "10.0.0.0/24", "ip_range": "10.0.0.16/28", "gateway": "10.0.0.1", "aux_addresses": {}, **changes}
    return {"driver": "macvlan", "ipam": [pool, {"subnet": "fdb2::/64", "ip_range": None, "gateway": None}]}


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, "10.0.0.20"),
        ({"ip_range": "10.0.0.32/28"}, None),
        ({"ip_range": None}, "10.0.0.20"),
        ({"gateway": "10.0.0.20"}, None),
        ({"gateway": "10.0.0.20/24"}, None),
        ({"aux_addresses": {"nas": "10.0.0.20"}}, None),
        ({"aux_addresses": None}, "10.0.0.20"),
    ],
)
def test_an_address_that_docker_chose_is_kept_where_it_is_given_out(changes: dict[str, Any], kept: str | None) -> None:
    assert attachments.kept_address(attachment(), "ipv4", network(**changes)) == kept
    assert attachments.kept_address(attachment(), "ipv6", network(**changes)) == "fdb2::20"


def test_a_fixed_address_is_kept_outside_of_the_range_too() -> None:
    one = attachment(fixed=fixed(ipv4="10.0.0.99"), ipv4="10.0.0.99")
    assert attachments.kept_address(one, "ipv4", network()) == "10.0.0.99"
    assert attachments.kept_address(attachment(ipv4=None), "ipv4", network()) is None


def test_link_local_addresses_and_driver_options_are_kept() -> None:
    entry = {
        "NetworkID": "1",
        "EndpointID": "2",
        "IPAMConfig": {"LinkLocalIPs": ["169.254.34.68"]},
        "DriverOpts": {"a": "b"},
        "GwPriority": 7,
    }
    container = {"Id": "c" * 64, "Name": "/web", "State": {"Pid": 1}, "NetworkSettings": {"Networks": {"lan": entry}}}
    lan = {"id": "1", "name": "lan", **network()}
    found = attachments.attachment_of(container, lan)
    assert found is not None
    assert attachments.settings_for(found, lan) == {
        "DriverOpts": {"a": "b"},
        "GwPriority": 7,
        "IPAMConfig": {"LinkLocalIPs": ["169.254.34.68"]},
    }


def test_what_a_crash_left_listed_at_a_stopped_container_is_not_kept() -> None:
    entry = {"NetworkID": "1", "EndpointID": "2", "IPAddress": "10.0.0.20", "GlobalIPv6Address": "fdb2::20"}
    container = {"Id": "c", "State": {"Pid": 0}, "NetworkSettings": {"Networks": {"lan": entry}}}
    found = attachments.attachment_of(container, {"id": "1", "name": "lan"})
    assert found is not None
    assert (found["running"], found["ipv4"], found["ipv6"], found["mac"]) == (False, None, None, None)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(None, False), ({}, False), ({"Name": ""}, False), ({"Name": "no"}, False), ({"Name": "on-failure"}, True)],
)
def test_who_is_started_again(policy: Any, expected: bool) -> None:
    entry = {"lan": {"NetworkID": "1", "EndpointID": "2"}}
    container = {"Id": "c", "HostConfig": {"RestartPolicy": policy}, "NetworkSettings": {"Networks": entry}}
    found = attachments.attachment_of(container, {"id": "1", "name": "lan"})
    assert found is not None
    assert found["restarts"] is expected


@pytest.mark.parametrize(
    ("asked", "changes", "words"),
    [
        ({"ipv4": "10.0.0.99"}, {}, ""),
        ({"ipv4": "10.1.0.99"}, {}, "web has the fixed address 10.1.0.99, which is not in 10.0.0.0/24, fdb2::/64"),
        ({"ipv6": "fdb3::1"}, {}, "web has the fixed address fdb3::1, which is not in 10.0.0.0/24, fdb2::/64"),
        ({"ipv4": "10.0.0.1"}, {}, "web has the fixed address 10.0.0.1, which is the gateway's or held back"),
        ({"ipv4": "10.0.0.9"}, {"aux_addresses": {"nas": "10.0.0.9"}}, "which is the gateway's or held back"),
        ({"mac": "02:00:00:00:aa:01"}, {}, ""),
    ],
)
def test_what_a_network_cannot_give(asked: dict[str, str], changes: dict[str, Any], words: str) -> None:
    found = attachments.obstacles(attachment(fixed=fixed(**asked)), network(**changes), (1, 45))
    assert len(found) == bool(words)
    assert words in "".join(obstacle.problem for obstacle in found)
    assert all(obstacle.cure.startswith("Make the container anew") for obstacle in found)


@pytest.mark.parametrize(
    ("driver", "running", "api", "words"),
    [
        ("macvlan", True, (1, 45), ""),
        ("macvlan", False, (1, 45), "and is stopped: engines from 25 on forget it when they connect a container anew"),
        ("macvlan", False, (1, 43), ""),
        ("ipvlan", False, (1, 45), ""),
        ("ipvlan", False, (1, 43), "ipvlan refuses that, and engines before 25 never let a container forget it"),
        ("ipvlan", True, (1, 43), "ipvlan refuses that, and engines before 25 never let a container forget it"),
    ],
)
def test_when_a_mac_address_would_be_lost(driver: str, running: bool, api: tuple[int, int], words: str) -> None:
    asked = attachment(fixed=fixed(mac="02:00:00:00:aa:01"), running=running)
    found = attachments.obstacles(asked, {**network(), "driver": driver}, api)
    assert len(found) == bool(words)
    assert "".join(obstacle.problem for obstacle in found).endswith(words)
