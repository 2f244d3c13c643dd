# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wire_check as a process, in a real network namespace."""

from __future__ import annotations

import ipaddress
import shutil
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._outlets import Outlet
from ansible_collections.dockerlan.fleet.plugins.module_utils._wire import Findings
from ansible_collections.dockerlan.fleet.plugins.modules import wire_check as wire_check_module

from tests.unit.plugins import frames
from tests.unit.plugins.lan import Lan, run
from tests.unit.plugins.module_runner import run_module
from tests.unit.plugins.talker import talking

NONE = {"strangers": [], "unprobed": []}


def target(*slices: str, network: str = "office", parent: str = "eth0") -> dict[str, Any]:
    """Build one target."""
    return {"network": network, "parent": parent, "slices": list(slices)}


def wire_check(
    lan: Lan, *targets: dict[str, Any], check: bool = False, within: Sequence[str] = (), **params: Any
) -> dict[str, Any]:
    """Run the module in station a, by the command ``within``."""
    arguments = {"targets": list(targets), "timeout": 0.3, **params}
    return run_module("wire_check", arguments, check=check, within=["nsenter", f"--net={lan.path('a')}", *within])


def test_nothing_answers(lan: Lan) -> None:
    lan.add_station("a", "192.0.2.1/24")
    result = wire_check(lan, target("192.0.2.128/28", "2001:db8::1:0/112"))
    assert (result["failed"], result["changed"], result["probed"]) == (False, False, 16 + 256)
    assert {key: result[key] for key in NONE} == NONE
    assert result["msg"] == (
        "Asked for 272 addresses, and nothing answers. Only the first 256 of 2001:db8::1:0/112 were asked for."
    )


@pytest.mark.parametrize("check", [False, True])
def test_strangers_are_refused_by_name(lan: Lan, check: bool) -> None:
    lan.add_station("a")
    lan.add_station("b", "192.0.2.130/24", "192.0.2.99/24", "2001:db8::1:2/64")
    run(*f"ip -n {lan.prefix}-b link set eth0 address 02:00:00:00:00:05".split())
    run(*f"ip -n {lan.prefix}-b address replace 2001:db8::1:2/64 dev eth0 nodad".split())
    result = wire_check(lan, target("192.0.2.128/28"), target("2001:db8::1:0/124", network="new"), check=check)
    row = {"parent": "eth0", "mac": "02:00:00:00:00:05"}
    assert result["strangers"] == [
        {**row, "network": "office", "address": "192.0.2.130"},
        {**row, "network": "new", "address": "2001:db8::1:2"},
    ]
    assert (result["failed"], result["reason"], result["probed"]) == (True, "refused", 32)
    assert result["msg"].splitlines()[1:3] == [
        "office on eth0: 192.0.2.130 answers from 02:00:00:00:00:05",
        "new on eth0: 2001:db8::1:2 answers from 02:00:00:00:00:05",
    ]
    for word in ("Nothing was changed", "Cure: find the device with this MAC", "reserved", "dockerlan_slices"):
        assert word in result["msg"]


def test_a_device_that_answers_for_everything_takes_a_line(lan: Lan) -> None:
    lan.add_station("a")
    lan.add_station("b", *(f"192.0.2.{number}/24" for number in (128, 129, 130, 132)))
    run(*f"ip -n {lan.prefix}-b link set eth0 address 02:00:00:00:00:05".split())
    result = wire_check(lan, target("192.0.2.128/28"))
    assert len(result["strangers"]) == 4
    assert result["msg"].splitlines()[1:3] == [
        "office on eth0: 192.0.2.128 to 192.0.2.130 answer from 02:00:00:00:00:05",
        "office on eth0: 192.0.2.132 answers from 02:00:00:00:00:05",
    ]


def test_only_the_first_addresses_are_asked_for(lan: Lan) -> None:
    lan.add_station("a")
    lan.add_station("b", "192.0.2.132/24")
    assert wire_check(lan, target("192.0.2.128/28"), limit=4)["probed"] == 4
    assert wire_check(lan, target("192.0.2.128/28"), limit=5)["strangers"] != []


def test_what_cannot_be_asked_is_told_and_is_no_failure(lan: Lan) -> None:
    lan.add_station("a")
    run(*f"ip -n {lan.prefix}-a link add down0 type bridge".split())
    targets = [target("192.0.2.0/28", parent=name) for name in ("eth9", "down0", "eth0.20", "eth9.20")]
    result = wire_check(lan, *targets)
    assert (result["failed"], result["probed"], result["strangers"]) == (False, 16, [])
    reasons = {row["parent"]: row["reason"] for row in result["unprobed"]}
    assert reasons == {
        "eth9": "the link eth9 does not exist on this host",
        "down0": "the link down0 is down, or has no carrier",
        "eth9.20": "the link eth9.20 does not exist on this host",
    }
    assert "Nothing was asked for office on eth9: the link eth9 does not exist on this host." in result["msg"]


def test_an_address_of_this_host_does_not_answer(lan: Lan) -> None:
    lan.add_station("a", "192.0.2.1/24", "2001:db8::1/64")
    result = wire_check(lan, target("192.0.2.0/29", "2001:db8::/125"))
    assert (result["failed"], result["probed"]) == (False, 16)


def test_what_comes_from_a_mac_of_this_host_is_no_stranger(lan: Lan) -> None:
    lan.add_station("a")
    lan.add_station("b")
    own = "02:00:00:00:00:77"
    run(*f"ip -n {lan.prefix}-a link add other0 address {own} type bridge".split())
    echo = frames.arp_reply(own, "192.0.2.130")  # as a switch with a loop sends it back, or its second link on the LAN
    with talking(lan, "b", echo):
        assert wire_check(lan, target("192.0.2.128/28"))["strangers"] == []


def test_an_outlet_that_fails_meanwhile_was_not_asked() -> None:
    good, bad = Outlet("eth0", "02:00:00:00:00:01"), Outlet("eth1", "02:00:00:00:00:02")
    one, two = (ipaddress.ip_address(f"192.0.2.{number}") for number in (1, 2))
    wanted = {good: {one: target()}, bad: {one: target(parent="eth1"), two: target(parent="eth1")}}
    findings = Findings({good: set(), bad: set()}, failed={bad: "it is gone"})
    assert wire_check_module.result_of(wanted, findings, []) == {
        "probed": 1,
        "strangers": [],
        "unprobed": [{"network": "office", "parent": "eth1", "reason": "it is gone"}],
    }


def test_without_permission_it_says_what_it_needs(lan: Lan) -> None:
    if not shutil.which("setpriv"):
        pytest.skip("taking a capability away needs setpriv")
    lan.add_station("a")
    result = wire_check(lan, target("192.0.2.0/28"), within=["setpriv", "--bounding-set=-net_raw"])
    assert (result["failed"], result["reason"]) == (True, "failed")
    assert result["msg"] == (
        "Asking the wire needs root (CAP_NET_RAW) on this host. Cure: run the task with become: true"
    )


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"count": 0}, "count is 0, expected 1 to 10"),
        ({"timeout": 0}, "timeout is 0.0, expected 0.1 to 60"),
        ({"limit": 0}, "limit is 0, expected 1 to 65536"),
        ({"rate": 0}, "rate is 0.0, expected 1 to 100000"),
        ({"targets": [target("192.0.2.1/28")]}, "192.0.2.1/28 has host bits set"),
    ],
)
def test_wrong_parameters_are_refused(params: dict[str, Any], words: str) -> None:
    result = run_module("wire_check", {"targets": [], **params})
    assert (result["failed"], result["reason"]) == (True, "failed")
    assert words in result["msg"]


def test_no_targets_are_no_work() -> None:
    result = run_module("wire_check", {"targets": []})
    assert (result["failed"], result["probed"]) == (False, 0)
