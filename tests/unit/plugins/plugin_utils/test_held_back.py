# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a slice holds back: reserved addresses by declaration, those of hosts for good, and what is too much."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._held_back import hold_back
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._holdings import Holdings
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._intervals import Interval
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._subnets import Subnet

BLOCK = "10.0.0.0/27"


def held(
    *reserved: tuple[str, str], block: str = BLOCK, live: str | None = None, already: Any = (), **own: str
) -> tuple[list[str], list[str]]:
    """Return what the slice of host1 holds back, and the problems; ``own`` are the addresses of hosts."""
    subnet = Subnet(
        ip_network("10.0.0.0/24"),
        ip_address("10.0.0.1"),
        ip_network("10.0.0.0/24"),
        28,
        tuple(Interval(int(ip_address(first)), int(ip_address(last))) for first, last in reserved),
    )
    holdings = Holdings(
        ["host1", "host2"],
        live={"host1": ip_network(live)} if live else {},
        held_back={"host1": {name: ip_address(text) for name, text in dict(already).items()}},
        addresses={host: [ip_address(text)] for host, text in own.items()},
    )
    found, problems = hold_back("office", subnet, holdings, {"host1": ip_network(block)})
    assert all(item.cure and (item.host, item.network) == ("host1", "office") for item in problems)
    assert all(name.partition("-")[2] == str(address) for name, address in found["host1"].items())
    return list(found["host1"]), [item.problem for item in problems]


def test_reserved_addresses_and_those_of_hosts_are_held_back_in_order() -> None:
    reserved = [("10.0.0.9", "10.0.0.10"), ("10.0.0.10", "10.0.0.10"), ("10.0.0.31", "10.0.0.40")]
    names = ["reserved-10.0.0.9", "reserved-10.0.0.10", "host-10.0.0.12", "reserved-10.0.0.31"]
    assert held(*reserved, host2="10.0.0.12") == (names, [])


def test_what_no_engine_gives_out_is_not_asked_for_a_second_time() -> None:
    assert held(("10.0.0.0", "10.0.0.2"), host1="10.0.0.1") == (["reserved-10.0.0.2"], [])


def test_what_lies_elsewhere_is_not_held_back() -> None:
    assert held(("10.0.0.32", "10.0.0.40"), host2="10.0.0.50", host1="fe80::1") == ([], [])


def test_a_live_slice_holds_back_for_a_host_also_when_that_host_is_not_known() -> None:
    assert held(live=BLOCK, already={"host-10.0.0.12": "10.0.0.12"}) == (["host-10.0.0.12"], [])
    assert held(live=BLOCK, already={"host-10.0.0.12": "10.0.0.12"}, host2="10.0.0.12") == (["host-10.0.0.12"], [])


def test_a_live_slice_that_changes_keeps_what_still_lies_in_it() -> None:
    already = {"host-10.0.0.12": "10.0.0.12", "host-10.0.0.20": "10.0.0.20"}
    assert held(block="10.0.0.0/28", live=BLOCK, already=already) == (["host-10.0.0.12"], [])


def test_a_new_address_of_a_host_in_a_live_slice_is_a_problem() -> None:
    problem = "the slice 10.0.0.0/27 (live network) contains 10.0.0.12, an address of host2 itself"
    assert held(live=BLOCK, host2="10.0.0.12") == ([], [problem])
    assert held(("10.0.0.9", "10.0.0.9"), live=BLOCK, host2="10.0.0.12") == (["reserved-10.0.0.9"], [problem])


def test_a_host_that_is_the_gateway_is_none() -> None:
    assert held(live=BLOCK, host2="10.0.0.1") == ([], [])


def test_the_cure_for_it_is_to_reserve_the_address() -> None:
    assert held(("10.0.0.12", "10.0.0.12"), live=BLOCK, host2="10.0.0.12") == (["reserved-10.0.0.12"], [])


def test_a_slice_that_moves_there_holds_it_back() -> None:
    assert held(live="10.0.0.0/28", host2="10.0.0.12") == (["host-10.0.0.12"], [])


def test_reserved_addresses_follow_the_declaration() -> None:
    assert held(live=BLOCK, already={"reserved-10.0.0.9": "10.0.0.9"}) == ([], [])
    assert held(("10.0.0.9", "10.0.0.9"), live=BLOCK) == (["reserved-10.0.0.9"], [])


def test_an_address_that_is_held_back_for_a_host_keeps_its_name_when_it_is_reserved_too() -> None:
    already = {"host-10.0.0.12": "10.0.0.12"}
    assert held(("10.0.0.12", "10.0.0.12"), live=BLOCK, already=already) == (["host-10.0.0.12"], [])


def test_a_reserved_address_keeps_its_name_when_a_host_turns_out_to_have_it() -> None:
    already = {"reserved-10.0.0.12": "10.0.0.12"}
    assert held(("10.0.0.12", "10.0.0.12"), live=BLOCK, already=already, host2="10.0.0.12") == (list(already), [])


def test_a_network_made_by_hand_may_hold_it_back_by_another_name() -> None:
    assert held(live=BLOCK, already={"router": "10.0.0.12"}, host2="10.0.0.12") == (["host-10.0.0.12"], [])
    assert held(live=BLOCK, already={"host-10.0.0.12": "10.0.0.13"}) == ([], [])


def test_too_many_are_refused_with_the_arithmetic() -> None:
    problem = (
        "the slice 10.0.0.0/24 would have to hold back 65 of its 256 addresses (10.0.0.64-10.0.0.128 and 0 of "
        "hosts), at most 64 can be held back"
    )
    assert held(("10.0.0.64", "10.0.0.128"), block="10.0.0.0/24") == ([], [problem])
    assert len(held(("10.0.0.64", "10.0.0.127"), block="10.0.0.0/24")[0]) == 64
    assert len(held(("10.0.0.0", "10.0.0.65"), block="10.0.0.0/24")[0]) == 64


def test_a_slice_of_which_nothing_is_left_is_refused() -> None:
    problem = "the slice 10.0.0.0/30 has no address to give out: all 4 are reserved or in use"
    assert held(("10.0.0.2", "10.0.0.2"), block="10.0.0.0/30", host2="10.0.0.3") == ([], [problem])


def test_a_huge_reserved_range_is_not_enumerated() -> None:
    net = ip_network("fd00::/64")
    everything = (Interval(int(net[2]), int(net[-2])),)
    subnet = Subnet(net, ip_address("fd00::1"), net, 112, everything)
    found, (problem,) = hold_back("office", subnet, Holdings(["host1"]), {"host1": net})
    assert found == {"host1": {}}
    assert "fd00::2-fd00::ffff:ffff:ffff:fffe" in problem.problem
