# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parents of the LANs, read from rtnetlink; what is set up and what has a carrier are two things."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _netns, _parents
from ansible_collections.dockerlan.fleet.plugins.module_utils._netlink import attribute
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.lan import Lan, run


def link(index: int, flags: int, *attributes: bytes) -> bytes:
    """Build the payload of RTM_NEWLINK."""
    return struct.pack("=BBHiII", 0, 0, 1, index, flags, 0) + b"".join(attributes)


def vlan(index: int, name: bytes, number: bytes) -> bytes:
    """Build a VLAN link over the link with index 2."""
    info = attribute(1, b"vlan\0") + attribute(2, attribute(1, number))
    return link(index, 1, attribute(3, name), attribute(5, struct.pack("=I", 2)), attribute(18, info))


@pytest.mark.parametrize(
    ("flags", "carrier", "expected"),
    [
        (0, b"\0", (False, False)),
        (1, b"\0", (True, False)),
        (0x41, b"\1", (True, True)),
        (1, None, (True, False)),
        (0, b"\1", (False, True)),
    ],
)
def test_up_and_carrier_are_told_apart(flags: int, carrier: bytes | None, expected: tuple[bool, bool]) -> None:
    state = _parents.parse_state(link(2, flags, *([attribute(33, carrier)] if carrier else [])))
    assert state is not None
    assert (state.up, state.carrier) == expected


def test_the_id_of_a_vlan_and_of_nothing_else() -> None:
    for payload, expected in (
        (vlan(7, b"eth0.20\0", struct.pack("=H", 20)), 20),
        (vlan(7, b"eth0.20\0", b"\1"), None),
        (link(7, 1, attribute(18, attribute(1, b"macvlan\0") + attribute(2, attribute(1, bytes(2))))), None),
    ):
        state = _parents.parse_state(payload)
        assert state is not None
        assert state.vlan == expected


def test_rows_for_what_is_there_and_what_is_not() -> None:
    states = [_parents.parse_state(link(2, 0x41, attribute(3, b"eth0\0"), attribute(33, b"\1")))]
    states.append(_parents.parse_state(vlan(7, b"eth0.20\0", struct.pack("=H", 20))))
    known = {state.link.name: state for state in states if state}
    networks = [
        {"name": "office", "parents": {"h1": "eth0.20"}},
        {"name": "voice", "parents": {"h1": "eth7"}},
        {"name": "other", "parents": {"h2": "eth0"}},
    ]
    office, voice = _parents.parent_rows(networks, "h1", known)
    assert (office["network"], office["name"], office["present"], office["up"]) == ("office", "eth0.20", True, True)
    assert (office["kind"], office["vlan"], office["base"], office["carrier"]) == ("vlan", 20, "eth0", False)
    assert voice == {
        "network": "voice",
        "name": "eth7",
        "present": False,
        "up": False,
        "carrier": False,
        "mtu": None,
        "mac": None,
        "kind": None,
        "vlan": None,
        "base": None,
    }


def test_a_real_link_that_loses_its_carrier_and_is_set_down(lan: Lan) -> None:
    path = lan.add_station("one", "192.0.2.1/24")
    found = []
    for bridge_side, own_side in (("up", "up"), ("down", "up"), ("up", "down")):
        run("ip", "-n", f"{lan.prefix}-lan", "link", "set", "p2", bridge_side)
        lan.within("one", "ip", "link", "set", "eth0", own_side)
        with _netns.inside(path):
            state = _parents.read_states()["eth0"]
        found.append((state.up, state.carrier))
        assert (state.link.kind, state.link.mtu) == ("veth", 1500)
    assert found == [(True, True), (True, False), (False, False)]


@given(st.binary(max_size=120))
def test_no_bytes_raise(data: bytes) -> None:
    _parents.parse_state(data)
    _parents.parse_state(link(2, 1, attribute(18, data[:40])) + data)
