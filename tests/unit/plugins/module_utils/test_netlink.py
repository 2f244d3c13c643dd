# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rtnetlink answers are read right, and no bytes raise."""

from __future__ import annotations

import errno
import socket
import struct

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _netlink, _netns
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.lan import Lan

attribute = _netlink.attribute


def link(index: int, flags: int, *attributes: bytes) -> bytes:
    """Build the payload of RTM_NEWLINK."""
    return struct.pack("=BBHiII", 0, 0, 1, index, flags, 0) + b"".join(attributes)


def message(kind: int, payload: bytes, flags: int = 2) -> bytes:
    """Build one netlink message with its padding."""
    return struct.pack("=IHHII", 16 + len(payload), kind, flags, 1, 0) + payload + bytes(-len(payload) % 4)


def test_a_link_with_everything() -> None:
    payload = link(
        7,
        0x41,
        attribute(3, b"mv0\0"),
        attribute(1, bytes.fromhex("02420a000001")),
        attribute(4, struct.pack("=I", 1400)),
        attribute(5, struct.pack("=I", 2)),
        attribute(10, struct.pack("=I", 3)),
        attribute(18 | 0x8000, attribute(1, b"macvlan\0") + attribute(2, attribute(1, struct.pack("=I", 4)))),
    )
    assert _netlink.parse_link(payload) == _netlink.Link(
        7, "mv0", "macvlan", "02:42:0a:00:00:01", 1400, True, 2, 3, loopback=False, mode="bridge"
    )


@pytest.mark.parametrize(
    ("kind", "data", "mode"),
    [
        (b"macvlan", struct.pack("=I", 1), "private"),
        (b"macvtap", struct.pack("=I", 2), "vepa"),
        (b"macvlan", struct.pack("=I", 8), "passthru"),
        (b"macvlan", struct.pack("=I", 16), "source"),
        (b"ipvlan", struct.pack("=H", 0), "l2"),
        (b"ipvlan", struct.pack("=H", 1), "l3"),
        (b"ipvtap", struct.pack("=H", 2), "l3s"),
        (b"macvlan", struct.pack("=I", 3), None),
        (b"macvlan", struct.pack("=H", 1), None),
        (b"ipvlan", struct.pack("=I", 1), None),
        (b"vlan", struct.pack("=H", 1), None),
        (b"ipvlan", b"", None),
    ],
)
def test_the_mode_of_macvlan_and_ipvlan_links_has_a_name(kind: bytes, data: bytes, mode: str | None) -> None:
    info = attribute(1, kind + b"\0") + attribute(2, attribute(1, data))
    found = _netlink.parse_link(link(1, 0, attribute(18, info)))
    assert found is not None
    assert found.mode == mode


VLAN_20, ONE_BYTE = attribute(1, struct.pack("=H", 20)), attribute(1, b"\x14")
DOT1Q, DOT1AD = (attribute(5, struct.pack("!H", protocol)) for protocol in (0x8100, 0x88A8))


@pytest.mark.parametrize(
    ("kind", "data", "vlan"),
    [
        (b"vlan", VLAN_20 + DOT1Q, 20),
        (b"vlan", VLAN_20, 20),
        (b"vlan", VLAN_20 + DOT1AD, None),
        (b"vlan", ONE_BYTE + DOT1Q, None),
        (b"vlan", b"", None),
        (b"ipvlan", VLAN_20, None),
    ],
)
def test_the_id_of_a_vlan_with_the_usual_tag(kind: bytes, data: bytes, vlan: int | None) -> None:
    found = _netlink.parse_link(link(1, 0, attribute(18, attribute(1, kind + b"\0") + attribute(2, data))))
    assert found is not None
    assert found.vlan == vlan


@pytest.mark.parametrize(("flags", "loopback"), [(0x8, True), (0x49, True), (0x41, False)])
def test_loopback_is_a_flag(flags: int, loopback: bool) -> None:
    found = _netlink.parse_link(link(1, flags))
    assert found is not None
    assert found.loopback is loopback


@given(st.integers(0, 0x3FFF), st.binary(max_size=20))
def test_an_attribute_is_read_as_it_was_built(kind: int, data: bytes) -> None:
    built = attribute(kind, data)
    assert len(built) % 4 == 0
    assert _netlink.attributes(built) == {kind: data}


@pytest.mark.parametrize(("flags", "up"), [(0, False), (0x1, False), (0x40, False), (0x41, True), (0x10043, True)])
def test_up_is_set_up_and_with_a_carrier(flags: int, up: bool) -> None:
    found = _netlink.parse_link(link(1, flags))
    assert found is not None
    assert found.up is up


@pytest.mark.parametrize("extra", [attribute(37, bytes(4)), attribute(18, attribute(1, b"veth\0"))])
def test_an_index_in_another_namespace_or_of_a_peer_is_no_parent(extra: bytes) -> None:
    found = _netlink.parse_link(link(1, 0, attribute(5, struct.pack("=I", 2)), extra))
    assert found is not None
    assert found.parent is None


def test_a_link_without_attributes() -> None:
    assert _netlink.parse_link(link(4, 0)) == _netlink.Link(4, "", "", None, 0, False, None, None)


@pytest.mark.parametrize(
    ("attributes", "prefix", "expected"),
    [
        (attribute(1, bytes([192, 0, 2, 9])) + attribute(2, bytes([192, 0, 2, 1])), 24, "192.0.2.1/24"),
        (attribute(1, bytes([192, 0, 2, 9])), 32, "192.0.2.9/32"),
        (attribute(1, bytes.fromhex("20010db8" + 22 * "0" + "01")), 64, "2001:db8::1/64"),
    ],
)
def test_addresses(attributes: bytes, prefix: int, expected: str) -> None:
    payload = struct.pack("=BBBBI", 2, prefix, 0, 0, 5) + attributes
    assert _netlink.parse_address(payload) == _netlink.Address(5, expected)


@pytest.mark.parametrize("data", [b"", bytes(3), bytes(5)])
def test_what_is_no_address_is_left_out(data: bytes) -> None:
    assert _netlink.parse_address(struct.pack("=BBBBI", 2, 24, 0, 0, 5) + attribute(1, data)) is None


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.binary(max_size=9)), max_size=5))
def test_messages_are_split_as_they_were_joined(sent: list[tuple[int, int, bytes]]) -> None:
    data = b"".join(message(kind, payload, flags) for kind, flags, payload in sent)
    assert list(_netlink.messages(data)) == [_netlink.Message(*each) for each in sent]


@given(st.dictionaries(st.integers(0, 0x3FFF), st.binary(max_size=9), max_size=5))
def test_attributes_are_split_as_they_were_joined(sent: dict[int, bytes]) -> None:
    assert _netlink.attributes(b"".join(attribute(kind, data) for kind, data in sent.items())) == sent


@pytest.mark.parametrize("length", [0, 15, 17, 0xFFFFFFFF])
def test_a_message_with_an_impossible_length_ends_the_list(length: int) -> None:
    good = message(16, b"good")
    assert list(_netlink.messages(good + struct.pack("=IHHII", length, 16, 0, 1, 0))) == [
        _netlink.Message(16, 2, b"good")
    ]


@given(st.binary(max_size=120))
def test_no_bytes_raise(data: bytes) -> None:
    list(_netlink.messages(data))
    _netlink.attributes(data)
    _netlink.parse_link(data)
    _netlink.parse_address(data)


@given(st.binary(max_size=60))
def test_no_link_attributes_raise(data: bytes) -> None:
    assert _netlink.parse_link(link(1, 0) + data) is not None


@given(st.sampled_from([b"macvlan\0", b"ipvlan\0"]), st.integers(0, 200))
def test_no_truncated_link_raises(kind: bytes, length: int) -> None:
    info = attribute(1, kind) + attribute(2, attribute(1, struct.pack("=I", 4)))
    whole = link(7, 0x41, attribute(3, b"mv0\0"), attribute(1, bytes(6)), attribute(18, info), attribute(5, bytes(4)))
    assert (_netlink.parse_link(whole[:length]) is None) is (length < 16)


def test_a_refusal_of_the_kernel_is_an_oserror() -> None:
    with pytest.raises(OSError, match="rtnetlink: Operation not supported"):
        _netlink.dump(1022, bytes)  # an operation that does not exist


def test_a_list_that_kept_changing_is_read_anew_and_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [([b"torn"], True), ([b"whole"], False)]
    monkeypatch.setattr(_netlink, "_dump_once", lambda *_: answers.pop(0))
    assert _netlink.dump(_netlink.RTM_GETLINK, bytes) == [b"whole"]
    monkeypatch.setattr(_netlink, "_dump_once", lambda *_: ([b"torn"], True))
    with pytest.raises(OSError, match="kept changing"):
        _netlink.dump(_netlink.RTM_GETLINK, bytes)
    assert _netlink.dump(_netlink.RTM_GETLINK, bytes, settled=False) == [b"torn"]


def test_the_kernel_lists_loopback() -> None:
    links = _netlink.dump(_netlink.RTM_GETLINK, _netlink.parse_link)
    assert {(found.index, found.name) for found in links} == set(socket.if_nameindex())


def test_a_link_gets_another_mac_address_and_the_others_keep_theirs(lan: Lan) -> None:
    path = lan.add_station("a")
    lan.within("a", *"ip link add eth1 type veth peer name eth2".split())
    with _netns.inside(path):
        before = {found.name: found.mac for found in _netlink.dump(_netlink.RTM_GETLINK, _netlink.parse_link)}
        _netlink.set_mac(socket.if_nametoindex("eth1"), "02:42:AB:00:00:05")
        after = {found.name: found.mac for found in _netlink.dump(_netlink.RTM_GETLINK, _netlink.parse_link)}
    assert after == {**before, "eth1": "02:42:ab:00:00:05"}


@pytest.mark.parametrize(
    ("index", "mac", "code"),
    [(4711, "02:42:00:00:00:05", errno.ENODEV), (None, "03:42:00:00:00:05", errno.EADDRNOTAVAIL)],
    ids=["no such link", "a group's address"],
)
def test_a_mac_address_that_cannot_be_set_is_an_oserror(lan: Lan, index: int | None, mac: str, code: int) -> None:
    path = lan.add_station("a")
    with _netns.inside(path), pytest.raises(OSError, match="rtnetlink: ") as refused:
        _netlink.set_mac(index or socket.if_nametoindex("eth0"), mac)
    assert refused.value.errno == code
