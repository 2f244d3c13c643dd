# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real pings print is read right, and no text raises."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _ping_output
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import IcmpError, Outcome, Stray
from hypothesis import given
from hypothesis import strategies as st

SOURCE4, SOURCE6 = "192.168.56.128", "fdb2:2c26:f4e4::1:0"

# Recorded from busybox 1.37.0 (Debian 13) and iputils 20221126 (Debian 12), in containers of the lab.
BUSYBOX = """\
PING 192.168.56.129 (192.168.56.129) from 192.168.56.128: 56 data bytes
64 bytes from 192.168.56.129: seq=0 ttl=64 time=0.256 ms
64 bytes from 192.168.56.129: seq=1 ttl=64 time=0.072 ms

--- 192.168.56.129 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = 0.072/0.164/0.256 ms
"""
BUSYBOX6 = """\
PING fdb2:2c26:f4e4::1:1 (fdb2:2c26:f4e4::1:1): 1000 data bytes
1008 bytes from fdb2:2c26:f4e4::1:1: seq=0 ttl=64 time=0.137 ms
1008 bytes from fdb2:2c26:f4e4::1:1: seq=1 ttl=64 time=0.070 ms

--- fdb2:2c26:f4e4::1:1 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = 0.070/0.103/0.137 ms
"""
BUSYBOX_SILENT = """\
PING 192.168.56.77 (192.168.56.77): 56 data bytes

--- 192.168.56.77 ping statistics ---
2 packets transmitted, 0 packets received, 100% packet loss
"""
BUSYBOX_NO_ROUTE = """\
PING 192.168.56.1 (192.168.56.1): 56 data bytes

ping: sendto: Network is unreachable
"""
BUSYBOX_DENIED = """\
PING 192.168.56.129 (192.168.56.129): 56 data bytes

ping: permission denied (are you root?)
"""
BUSYBOX_OPTION = """\

ping: invalid option -- 'M'
BusyBox v1.37.0 (Debian 1:1.37.0-6+b9) multi-call binary.

Usage: ping [OPTIONS] HOST
"""
IPUTILS = """\
PING 192.168.56.129 (192.168.56.129) 56(84) bytes of data.
64 bytes from 192.168.56.129: icmp_seq=1 ttl=64 time=0.035 ms
64 bytes from 192.168.56.129: icmp_seq=2 ttl=64 time=0.045 ms

--- 192.168.56.129 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 201ms
rtt min/avg/max/mdev = 0.035/0.040/0.045/0.003 ms
"""
IPUTILS_NO_NEIGHBOUR = """\
PING 192.168.56.77 (192.168.56.77) from 192.168.56.128 : 56(84) bytes of data.
From 192.168.56.128 icmp_seq=1 Destination Host Unreachable
From 192.168.56.128 icmp_seq=2 Destination Host Unreachable

--- 192.168.56.77 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 201ms
pipe 2
"""
IPUTILS6_NO_NEIGHBOUR = """\
PING fdb2:2c26:f4e4::1:77(fdb2:2c26:f4e4::1:77) from fdb2:2c26:f4e4::1:0 : 56 data bytes
From fdb2:2c26:f4e4::1:0 icmp_seq=1 Destination unreachable: Address unreachable
From fdb2:2c26:f4e4::1:0 icmp_seq=2 Destination unreachable: Address unreachable

--- fdb2:2c26:f4e4::1:77 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 201ms
"""
IPUTILS6_NO_ROUTE = """\
PING 2001:db8::1(2001:db8::1) 56 data bytes
From fdb2:2c26:f4e4::1 icmp_seq=1 Destination unreachable: No route
From fdb2:2c26:f4e4::1 icmp_seq=2 Destination unreachable: No route

--- 2001:db8::1 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 204ms
"""
IPUTILS_TOO_LONG = """\
PING 192.168.56.1 (192.168.56.1) 3000(3028) bytes of data.

--- 192.168.56.1 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms

/usr/bin/ping: local error: message too long, mtu=1500
"""
IPUTILS_ADDRESS = "/bin/ping: bind: Cannot assign requested address\n"
IPUTILS_CONNECT = "/bin/ping: connect: Network is unreachable\n"


def outcome(text: str, target: str, source: str = SOURCE4) -> Outcome:
    """Read an output that has an outcome."""
    found = _ping_output.read(text, source, target).outcome
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "target", "rtts"),
    [
        (BUSYBOX, "192.168.56.129", (72.0, 164.0, 256.0)),
        (BUSYBOX6, "fdb2:2c26:f4e4::1:1", (70.0, 103.5, 137.0)),
        (IPUTILS, "192.168.56.129", (35.0, 40.0, 45.0)),
    ],
)
def test_replies_with_their_times(text: str, target: str, rtts: tuple[float, float, float]) -> None:
    found = outcome(text, target)
    assert (found.record.state, found.record.loss) == (State.REPLY, 0)
    assert found.record[2:] == pytest.approx(rtts)
    assert (found.error, found.icmp, found.strays) == (None, None, ())


@pytest.mark.parametrize(
    ("text", "target", "source", "state", "icmp"),
    [
        (BUSYBOX_SILENT, "192.168.56.77", SOURCE4, State.LOST, None),
        (IPUTILS_NO_NEIGHBOUR, "192.168.56.77", SOURCE4, State.UNREACHABLE, IcmpError("no_neighbour", None, None)),
        (
            IPUTILS6_NO_NEIGHBOUR,
            "fdb2:2c26:f4e4::1:77",
            SOURCE6,
            State.UNREACHABLE,
            IcmpError("no_neighbour", None, None),
        ),
        (
            IPUTILS6_NO_ROUTE,
            "2001:db8::1",
            SOURCE6,
            State.UNREACHABLE,
            IcmpError("net_unreachable", "fdb2:2c26:f4e4::1", None),
        ),
        (IPUTILS_TOO_LONG, "192.168.56.1", SOURCE4, State.TOO_BIG, IcmpError("too_big", None, 1500)),
    ],
)
def test_silence_and_errors(text: str, target: str, source: str, state: State, icmp: IcmpError | None) -> None:
    found = outcome(text, target, source)
    assert (found.record, found.icmp, found.error) == (Record(state, 1.0), icmp, None)


@pytest.mark.parametrize(
    ("words", "error", "mtu"),
    [
        ("Destination Net Unreachable", "net_unreachable", None),
        ("Destination Protocol Unreachable", "protocol_unreachable", None),
        ("Destination Port Unreachable", "port_unreachable", None),
        ("Destination unreachable: Port unreachable", "port_unreachable", None),
        ("Frag needed and DF set (mtu = 1450)", "too_big", 1450),
        ("Packet too big: mtu=1450", "too_big", 1450),
        ("Packet filtered", "prohibited", None),
        ("Destination Host Prohibited", "prohibited", None),
        ("Destination unreachable: Administratively prohibited", "prohibited", None),
        ("Time to live exceeded", "time_exceeded", None),
        ("Time exceeded: Hop limit", "time_exceeded", None),
        ("Source Route Failed", "other", None),
    ],
)
def test_the_words_of_icmp_errors(words: str, error: str, mtu: int | None) -> None:
    text = f"From router.lan (192.0.2.9) icmp_seq=1 {words}\n\n1 packets transmitted, 0 received, +1 errors\n"
    found = outcome(text, "192.168.56.77")
    assert found.icmp == IcmpError(error, "192.0.2.9", mtu)
    assert found.record.state is (State.TOO_BIG if error == "too_big" else State.UNREACHABLE)


@pytest.mark.parametrize("text", [BUSYBOX_NO_ROUTE, IPUTILS_CONNECT])
def test_what_could_not_be_sent_is_a_local_error(text: str) -> None:
    found = outcome(text, "192.168.56.1")
    assert (found.record, found.error) == (Record(State.SEND_ERROR), "ping: Network is unreachable")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (BUSYBOX_DENIED, "ping: permission denied (are you root?)"),
        (BUSYBOX_OPTION, "ping: invalid option -- 'M'"),
        (IPUTILS_ADDRESS, "/bin/ping: bind: Cannot assign requested address"),
        ("", "it printed nothing"),
        ('OCI runtime exec failed: exec: "ping": not found\r\n', 'OCI runtime exec failed: exec: "ping": not found'),
    ],
)
def test_a_ping_that_did_not_try_has_no_outcome(text: str, problem: str) -> None:
    assert _ping_output.read(text, SOURCE4, "192.168.56.129") == _ping_output.Printed(None, problem)


def test_one_reply_of_two_is_half_a_loss() -> None:
    text = BUSYBOX.replace("64 bytes from 192.168.56.129: seq=1 ttl=64 time=0.072 ms\n", "")
    assert outcome(text, "192.168.56.129").record == Record(State.REPLY, 0.5, 256.0, 256.0, 256.0)


def test_a_duplicate_is_a_stray_and_no_second_reply() -> None:
    twice = "64 bytes from 192.168.56.129: icmp_seq=1 ttl=64 time=9.9 ms (DUP!)\n"
    found = outcome(IPUTILS.replace("\n\n---", f"\n{twice}\n---"), "192.168.56.129")
    assert found.record.rtt_max == 45.0
    assert found.strays == (Stray("duplicate", "192.168.56.129", 1),)


def test_a_reply_from_another_address_is_none_though_ping_counts_it() -> None:
    found = outcome(IPUTILS.replace("bytes from 192.168.56.129", "bytes from 192.168.56.130"), "192.168.56.129")
    assert (found.record.state, found.strays) == (State.LOST, (Stray("wrong_sender", "192.168.56.130", 2),))


def test_a_payload_too_small_for_times_is_still_a_reply() -> None:
    text = "10 bytes from 192.168.56.129: icmp_seq=1 ttl=64\n\n1 packets transmitted, 1 received\n"
    assert outcome(text, "192.168.56.129").record == Record(State.REPLY, 0.0, 0.0, 0.0, 0.0)


@given(st.text(max_size=300), st.integers(0, 400))
def test_no_text_raises(text: str, cut: int) -> None:
    for known in (BUSYBOX, IPUTILS, IPUTILS_NO_NEIGHBOUR, IPUTILS_TOO_LONG):
        found = _ping_output.read(known[:cut] + text, SOURCE4, "192.168.56.129")
        assert (found.outcome is None) is bool(found.problem)
