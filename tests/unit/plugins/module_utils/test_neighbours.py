# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes are what the standards say, claims are read right, and no bytes raise."""

from __future__ import annotations

import ipaddress
import random

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _neighbours
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbours import Claim, announcement, claim, probe
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins import frames

MAC = "02:00:00:00:00:05"
V4, V6 = ipaddress.IPv4Address("192.0.2.130"), ipaddress.IPv6Address("2001:db8::1:2")
NOBODY4 = "0.0.0.0"  # noqa: S104 (an ARP field)
macs = st.binary(min_size=6, max_size=6).map(lambda data: ":".join(f"{byte:02x}" for byte in data))
device_macs = macs.filter(lambda mac: not int(mac[:2], 16) & 1)
ipv4 = st.ip_addresses(v=4).filter(int)
ipv6 = st.ip_addresses(v=6)


def test_an_arp_probe_byte_by_byte() -> None:
    assert probe(V4, MAC).hex(" ", 2) == (
        "ffff ffff ffff 0200 0000 0005 0806 0001 0800 0604 0001 0200 0000 0005 0000 0000 0000 0000 0000 c000 0282"
    )


def test_a_solicitation_byte_by_byte() -> None:
    assert probe(V6, MAC).hex(" ", 2) == (
        "3333 ff01 0002 0200 0000 0005 86dd 6000 0000 0018 3aff"
        " 0000 0000 0000 0000 0000 0000 0000 0000 ff02 0000 0000 0000 0000 0001 ff01 0002"
        " 8700 4ce9 0000 0000 2001 0db8 0000 0000 0000 0000 0001 0002"
    )


@given(st.one_of(ipv4, ipv6), device_macs, st.integers(min_value=1, max_value=4094))
def test_a_tag_is_all_that_a_vlan_changes(address: _neighbours.Address, mac: str, vlan: int) -> None:
    plain, tagged = probe(address, mac), probe(address, mac, vlan)
    assert tagged == plain[:12] + b"\x81\x00" + vlan.to_bytes(2, "big") + plain[12:]


@given(st.one_of(ipv4, ipv6), device_macs)
def test_the_probe_of_somebody_else_is_a_claim(address: _neighbours.Address, mac: str) -> None:
    assert claim(probe(address, mac)) == Claim(address, mac)


@given(ipv6, device_macs)
def test_the_checksum_of_a_solicitation_is_right(address: ipaddress.IPv6Address, mac: str) -> None:
    frame = probe(address, mac)
    assert frames.ones_complement(frame[22:54] + (24).to_bytes(4, "big") + (58).to_bytes(4, "big") + frame[54:]) == 0


def test_an_arp_announcement_byte_by_byte() -> None:
    assert announcement(V4, MAC).hex(" ", 2) == (
        "ffff ffff ffff 0200 0000 0005 0806 0001 0800 0604 0001 0200 0000 0005 c000 0282 0000 0000 0000 c000 0282"
    )


@given(ipv4, device_macs)
def test_an_arp_announcement_has_the_address_as_sender_and_as_target(address: ipaddress.IPv4Address, mac: str) -> None:
    packet = frames.arp(1, mac, str(address), str(address))  # RFC 5227, 2.3
    assert announcement(address, mac) == frames.ethernet(mac, 0x0806, packet, frames.BROADCAST)


@given(ipv6, device_macs)
def test_an_unsolicited_advertisement_goes_to_all_nodes_and_overrides(address: ipaddress.IPv6Address, mac: str) -> None:
    frame = announcement(address, mac)
    assert frame[:14] == frames.ALL_NODES + frames.mac_bytes(mac) + b"\x86\xdd"
    header, message = frame[14:54], frame[54:]
    assert header[:8] == bytes.fromhex("60000000 0020 3a ff")  # 32 bytes of ICMPv6, never forwarded
    assert header[8:] == address.packed + ipaddress.IPv6Address("ff02::1").packed
    assert message[:2] + message[4:8] == bytes.fromhex("8800 20000000")  # neither a router's nor solicited: override
    assert message[8:] == address.packed + b"\x02\x01" + frames.mac_bytes(mac)  # RFC 4861, 4.4 and 4.6.1
    assert frames.ones_complement(header[8:] + (32).to_bytes(4, "big") + (58).to_bytes(4, "big") + message) == 0


@given(st.one_of(ipv4, ipv6), device_macs)
def test_the_announcement_of_somebody_else_is_a_claim(address: _neighbours.Address, mac: str) -> None:
    assert claim(announcement(address, mac)) == Claim(address, mac)


@given(st.sampled_from([1, 2]), ipv4, ipv4, device_macs, st.binary(max_size=18))
def test_any_arp_packet_claims_its_senders_address(
    operation: int, sender: ipaddress.IPv4Address, target: ipaddress.IPv4Address, mac: str, padding: bytes
) -> None:
    packet = frames.arp(operation, mac, str(sender), str(target)) + padding
    for destination in (frames.BROADCAST, frames.mac_bytes(MAC)):
        assert claim(frames.ethernet(mac, 0x0806, packet, destination)) == Claim(sender, mac)


@given(ipv6, device_macs, st.binary(max_size=18))
def test_an_advertisement_claims_its_target(address: ipaddress.IPv6Address, mac: str, padding: bytes) -> None:
    assert claim(frames.advertisement(mac, str(address)) + padding) == Claim(address, mac)


def test_a_probe_that_a_switch_sends_to_one_device_is_no_claim() -> None:
    packet = frames.arp(1, MAC, NOBODY4, str(V4))
    assert claim(frames.ethernet(MAC, 0x0806, packet, frames.mac_bytes("02:00:00:00:00:09"))) is None


@pytest.mark.parametrize(
    "frame",
    [
        frames.ethernet(MAC, 0x0806, frames.arp(2, MAC, NOBODY4, str(V4))),
        frames.ethernet(MAC, 0x0806, frames.arp(3, MAC, str(V4), str(V4))),
        frames.ethernet("03:00:00:00:00:05", 0x0806, frames.arp(2, MAC, str(V4), str(V4))),
        frames.ethernet(MAC, 0x0800, frames.arp(2, MAC, str(V4), str(V4))),
        frames.ethernet(MAC, 0x0806, b"\0\6" + frames.arp(2, MAC, str(V4), str(V4))[2:]),
        frames.ethernet(MAC, 0x0806, frames.arp(2, MAC, str(V4), str(V4)), vlan=7),
        frames.ethernet(MAC, 0x86DD, frames.neighbour(135, str(V6), "2001:db8::9")),
        frames.ethernet(MAC, 0x86DD, frames.neighbour(137, str(V6), "::")),
        frames.ethernet(MAC, 0x86DD, frames.neighbour(136, str(V6), str(V6), hops=64)),
    ],
    ids=["nobody", "operation", "group", "type", "hardware", "tag", "asks for a neighbour", "redirect", "forwarded"],
)
def test_what_is_no_claim(frame: bytes) -> None:
    assert claim(frame) is None


@given(ipv6, device_macs, st.data())
def test_a_flipped_bit_makes_an_advertisement_worthless(
    address: ipaddress.IPv6Address, mac: str, data: st.DataObject
) -> None:
    frame = bytearray(frames.advertisement(mac, str(address)))
    bit = data.draw(st.integers(min_value=8 * 22, max_value=8 * len(frame) - 1))  # the checksum covers the addresses on
    frame[bit // 8] ^= 1 << bit % 8
    assert claim(bytes(frame)) is None


@pytest.mark.parametrize("length", range(4, 24, 2))
def test_a_message_that_is_too_short_says_nothing_though_its_checksum_is_right(length: int) -> None:
    packet = frames.icmpv6(bytes([136]) + bytes(length - 1), str(V6), "ff02::1")
    assert claim(frames.ethernet(MAC, 0x86DD, packet)) is None


@given(st.binary(max_size=120))
def test_no_bytes_raise(frame: bytes) -> None:
    claim(frame)


@pytest.mark.parametrize("whole", [frames.arp_reply(MAC, str(V4)), frames.advertisement(MAC, str(V6))], ids=["4", "6"])
def test_a_frame_cut_short_says_nothing(whole: bytes) -> None:
    assert all(claim(whole[:length]) is None for length in range(len(whole)))


def test_ten_thousand_damaged_frames_do_no_harm() -> None:
    dice = random.Random(5227)  # noqa: S311 (the same damage in every run)
    sound = [probe(V4, MAC), probe(V6, MAC), frames.arp_reply(MAC, str(V4)), frames.advertisement(MAC, str(V6))]
    for _turn in range(10_000):
        frame = bytearray(dice.choice(sound))
        for _damage in range(dice.randint(1, 8)):
            frame[dice.randrange(len(frame))] = dice.randrange(256)
        found = claim(bytes(frame[: dice.randint(0, len(frame))]))
        assert found is None or found.address.version in (4, 6)
