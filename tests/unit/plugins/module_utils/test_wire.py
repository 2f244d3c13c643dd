# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real probes between real network namespaces."""

from __future__ import annotations

import errno
import ipaddress
import json
import os
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _neighbours, _netns, _wire
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbours import Address, Claim
from ansible_collections.dockerlan.fleet.plugins.module_utils._outlets import Outlet
from ansible_collections.dockerlan.fleet.plugins.module_utils._wire import Findings, Pace, ask

from lab import kernels
from tests.unit.plugins import frames
from tests.unit.plugins.lan import Lan, run
from tests.unit.plugins.talker import in_background, talking

QUICK = Pace(probes=2, timeout=0.3, rate=5000)
OTHER = "02:00:00:00:00:99"
SILENT_PING = {"ipv4": "ipv4/icmp_echo_ignore_all", "ipv6": "ipv6/icmp/echo_ignore_all"}
V4 = [ipaddress.ip_address(f"192.0.2.{number}") for number in range(130, 140)]
V6 = [ipaddress.ip_address(f"2001:db8::{number:x}") for number in range(0x130, 0x140)]


def mac_of(lan: Lan, name: str, link: str = "eth0") -> str:
    """Ask what MAC a link of a station has."""
    return str(facts_of(lan, name, link)["address"])


def facts_of(lan: Lan, name: str, link: str = "eth0") -> dict[str, object]:
    """Ask what the kernel says about a link of a station."""
    shown = subprocess.run(
        ["ip", "-n", f"{lan.prefix}-{name}", "-d", "-j", "link", "show", "dev", link],
        capture_output=True,
        check=True,
        timeout=10,
    )
    found: dict[str, object] = json.loads(shown.stdout)[0]
    return found


def add_silent_station(lan: Lan, name: str) -> None:
    """Add a station that says nothing by itself: no IPv6, so no duplicate detection for an address of its link."""
    lan.add_station(name)
    lan.set_sysctl(name, "ipv6/conf/eth0/disable_ipv6", "1")


def ask_from(lan: Lan, addresses: Sequence[Address], pace: Pace = QUICK, **values: object) -> tuple[Outlet, Findings]:
    """Ask from station a; ``values`` are those of the outlet, and ``own``."""
    link = str(values.pop("link", "eth0"))
    own = values.pop("own", ())
    vlan = values.pop("vlan", None)
    assert not values
    outlet = Outlet(link, mac_of(lan, "a", link), vlan)  # type: ignore[arg-type]
    with _netns.inside(lan.path("a")):
        return outlet, ask({outlet: addresses}, pace, own)  # type: ignore[arg-type]


def claims_from(lan: Lan, addresses: Sequence[Address], **values: object) -> set[Claim]:
    """Ask from station a, and return the claims; the outlet must not fail."""
    outlet, findings = ask_from(lan, addresses, **values)  # type: ignore[arg-type]
    assert findings.failed == {}
    return findings.claims[outlet]


@contextmanager
def hearing(lan: Lan, name: str, vlan: int | None = None) -> Iterator[list[bytes]]:
    """Let a station write down the frames that it hears."""
    heard: list[bytes] = []
    with _netns.inside(lan.path(name)):
        sock = _wire.open_socket(Outlet("eth0", OTHER, vlan))

    def listen(stop: threading.Event) -> None:
        while not stop.wait(0.005):
            heard.extend(_wire.frames_in(sock, vlan))

    with sock, in_background(listen):
        yield heard
        time.sleep(0.05)


def test_a_device_that_ignores_pings_is_found_by_both_families(lan: Lan) -> None:
    lan.add_station("a", "192.0.2.1/24", "2001:db8::1/64")
    lan.add_station("b", f"{V4[3]}/24", f"{V6[3]}/64")
    for key in SILENT_PING.values():
        lan.set_sysctl("b", key, "1")
    mac = mac_of(lan, "b")
    assert claims_from(lan, [*V4, *V6]) == {Claim(V4[3], mac), Claim(V6[3], mac)}


def test_two_devices_with_one_address_are_two_claims(lan: Lan) -> None:
    lan.add_station("a")
    for name in ("b", "c"):
        lan.add_station(name, f"{V4[0]}/24")
    assert claims_from(lan, V4) == {Claim(V4[0], mac_of(lan, name)) for name in ("b", "c")}


def test_a_link_without_any_address_and_without_ipv6_gets_the_answers(lan: Lan) -> None:
    if not kernels.creates("macvlan"):
        pytest.skip("the running kernel has no macvlan: no link of a test would drop a group that it has not joined")
    lan.add_station("a")
    run(*f"ip -n {lan.prefix}-a link add mv0 link eth0 type macvlan mode bridge".split())
    run(*f"ip -n {lan.prefix}-a link set mv0 mtu 1200 up".split())  # too little for IPv6: it joins no group
    lan.add_station("b", f"{V4[0]}/24", f"{V6[0]}/64")
    mac = mac_of(lan, "b")
    assert claims_from(lan, [V4[0], V6[0]], link="mv0") == {Claim(V4[0], mac), Claim(V6[0], mac)}


@pytest.mark.parametrize(("vlan", "kinds"), [(None, (1, 0)), (20, (1, 1))])
def test_the_link_hears_groups_and_other_vlans_only_meanwhile(
    lan: Lan, vlan: int | None, kinds: tuple[int, int]
) -> None:
    lan.add_station("a")
    with _netns.inside(lan.path("a")), _wire.open_socket(Outlet("eth0", OTHER, vlan)):
        during = facts_of(lan, "a")
    after = facts_of(lan, "a")
    assert (during["allmulti"], during["promiscuity"]) == kinds
    assert (after["allmulti"], after["promiscuity"]) == (0, 0)


def test_every_address_is_asked_for_the_given_times_and_nothing_else_is_sent(lan: Lan) -> None:
    add_silent_station(lan, "a")
    add_silent_station(lan, "b")
    addresses = [*V4, *V6]
    with hearing(lan, "b") as heard:
        _outlet, findings = ask_from(lan, addresses, QUICK._replace(probes=3))
    mac = mac_of(lan, "a")
    from_a = Counter(frame for frame in heard if frame[6:12] == frames.mac_bytes(mac))
    assert from_a == {_neighbours.probe(address, mac): 3 for address in addresses}
    assert findings.frames == 3 * len(addresses)


def test_asking_for_256_addresses_three_times_takes_a_second(lan: Lan) -> None:
    lan.add_station("a")
    network = ipaddress.ip_network("192.0.2.0/24")
    started = time.monotonic()
    _outlet, findings = ask_from(lan, list(network), Pace())
    assert findings.frames == 768
    assert 0.99 < time.monotonic() - started < 2


def test_the_rate_is_kept(lan: Lan) -> None:
    lan.add_station("a")
    started = time.monotonic()
    ask_from(lan, V4, Pace(probes=2, timeout=0.1, rate=40))
    assert 0.45 < time.monotonic() - started < 2


@pytest.mark.parametrize(
    "frame",
    [
        frames.ethernet(OTHER, 0x0806, frames.arp(1, OTHER, str(V4[0]), str(V4[0]))),
        frames.ethernet(OTHER, 0x0806, frames.arp(1, OTHER, str(V4[0]), "192.0.2.250")),
        _neighbours.probe(V4[0], OTHER),
    ],
    ids=["announces", "asks for a neighbour", "wants it too"],
)
def test_a_device_that_only_talks_is_found(lan: Lan, frame: bytes) -> None:
    lan.add_station("a")
    lan.add_station("b")
    with talking(lan, "b", frame):
        assert claims_from(lan, [V4[0]]) == {Claim(V4[0], OTHER)}


def test_a_device_that_detects_duplicates_is_found(lan: Lan) -> None:
    lan.add_station("a")
    lan.add_station("b")
    with talking(lan, "b", _neighbours.probe(V6[0], OTHER)):
        assert claims_from(lan, [V6[0]]) == {Claim(V6[0], OTHER)}


def test_what_was_not_asked_for_and_what_is_our_own_does_not_count(lan: Lan) -> None:
    lan.add_station("a")
    lan.add_station("b")
    own = "02:00:00:00:00:77"
    with talking(lan, "b", frames.arp_reply(OTHER, "192.0.2.250"), frames.arp_reply(own, str(V4[0])), b"\xff" * 60):
        assert claims_from(lan, V4, own=[own]) == set()


def test_what_this_host_sends_does_not_count(lan: Lan) -> None:
    lan.add_station("a")
    with talking(lan, "a", frames.arp_reply(OTHER, str(V4[0]))):  # like a macvlan container of its own
        assert claims_from(lan, V4) == set()


@pytest.mark.parametrize(("spoken", "asked"), [(20, 20), (None, None), (20, None), (20, 21), (None, 20)])
def test_each_vlan_is_a_lan_of_its_own(lan: Lan, spoken: int | None, asked: int | None) -> None:
    lan.add_station("a")
    lan.add_station("b")
    with talking(lan, "b", frames.arp_reply(OTHER, str(V4[0]), vlan=spoken)):
        found = claims_from(lan, [V4[0]], vlan=asked)
    assert found == ({Claim(V4[0], OTHER)} if spoken == asked else set())


def test_a_priority_is_no_vlan(lan: Lan) -> None:
    lan.add_station("a")
    lan.add_station("b")
    with talking(lan, "b", frames.arp_reply(OTHER, str(V4[0]), vlan=5 << 13)):
        assert claims_from(lan, [V4[0]]) == {Claim(V4[0], OTHER)}


def test_probes_carry_the_tag(lan: Lan) -> None:
    add_silent_station(lan, "a")
    add_silent_station(lan, "b")
    with hearing(lan, "b") as untagged, hearing(lan, "b", vlan=20) as tagged:
        ask_from(lan, [V4[0], V6[0]], vlan=20)
    assert len(tagged) == 2 * QUICK.probes
    mac = frames.mac_bytes(mac_of(lan, "a"))
    assert {frame[6:12] for frame in tagged} == {mac}
    assert mac not in {frame[6:12] for frame in untagged}


def test_a_flood_neither_stops_nor_fills_it(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wire, "_MOST_CLAIMS", 20)
    lan.add_station("a")
    lan.add_station("b")
    made_up = [frames.arp_reply(f"02:00:00:00:01:{number:02x}", str(V4[0])) for number in range(256)]
    started = time.monotonic()
    with talking(lan, "b", *made_up):
        assert len(claims_from(lan, V4)) == 20
    assert time.monotonic() - started < 3


def test_a_link_that_goes_down_meanwhile_is_told(lan: Lan) -> None:
    lan.add_station("a")

    def cut(stop: threading.Event) -> None:
        stop.wait(0.1)
        run(*f"ip -n {lan.prefix}-a link set eth0 down".split())

    with in_background(cut):
        outlet, findings = ask_from(lan, V4)
    assert findings.failed == {outlet: "the link eth0 cannot be used: Network is down"}


def test_a_link_that_is_gone_does_not_keep_the_others_from_asking(lan: Lan) -> None:
    lan.add_station("a")
    lan.add_station("b", f"{V4[0]}/24")
    gone, there = Outlet("eth9", OTHER), Outlet("eth0", mac_of(lan, "a"))
    with _netns.inside(lan.path("a")):
        findings = ask({gone: V4, there: V4}, QUICK)
    assert findings.failed == {gone: "the link eth9 cannot be used: No such device"}
    assert findings.claims == {gone: set(), there: {Claim(V4[0], mac_of(lan, "b"))}}


class Full(socket.socket):
    """A socket whose buffer is full for some sends."""

    left = 0

    def send(self, data: object, flags: int = 0) -> int:
        """Send, or complain."""
        if self.left:
            self.left -= 1
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return super().send(data, flags)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("times", "sent", "failed"),
    [(5, 2, []), (6, 0, ["the link eth0 cannot be used: Resource temporarily unavailable"])],
)
def test_a_full_buffer_is_waited_for_but_not_for_ever(
    lan: Lan, monkeypatch: pytest.MonkeyPatch, times: int, sent: int, failed: list[str]
) -> None:
    real = _wire.open_socket

    def full_at_first(outlet: Outlet) -> socket.socket:
        sock = Full(fileno=real(outlet).detach())
        sock.left = times
        return sock

    monkeypatch.setattr(_wire, "open_socket", full_at_first)
    lan.add_station("a")
    _outlet, findings = ask_from(lan, [V4[0]])
    assert (findings.frames, list(findings.failed.values())) == (sent, failed)


def test_nothing_to_ask_takes_no_time() -> None:
    started = time.monotonic()
    assert ask({}, Pace(timeout=5)) == Findings({})
    assert time.monotonic() - started < 1
