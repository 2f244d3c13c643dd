# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of links, from made-up and from real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _links, _netns
from ansible_collections.dockerlan.fleet.plugins.module_utils._netlink import Address, Link

from tests.unit.plugins.lan import Lan


def test_parents_masters_and_addresses_are_joined_by_name() -> None:
    links = [
        Link(3, "eth0.20", "vlan", None, 1500, True, parent=2, master=4, vlan=20),
        Link(2, "eth0", "", "02:00:00:00:00:01", 1500, True, None, None),
        Link(4, "br0", "bridge", None, 1500, False, parent=99, master=None),
    ]
    facts = _links.link_facts(links, [Address(2, "192.0.2.1/24"), Address(2, "2001:db8::1/64"), Address(9, "::1/128")])
    assert [(fact["name"], fact["parent"], fact["master"], fact["addresses"]) for fact in facts] == [
        ("eth0", None, None, ["192.0.2.1/24", "2001:db8::1/64"]),
        ("eth0.20", "eth0", "br0", []),
        ("br0", None, None, []),
    ]
    assert [fact["vlan"] for fact in facts] == [None, 20, None]
    known = {
        "name",
        "index",
        "kind",
        "mac",
        "mtu",
        "up",
        "loopback",
        "wireless",
        "mode",
        "vlan",
        "parent",
        "master",
        "addresses",
    }
    assert set(facts[0]) == known


@pytest.mark.parametrize("sign", ["phy80211", "wireless"])
def test_a_wireless_link_is_known_by_what_its_driver_shows(tmp_path: Path, sign: str) -> None:
    (tmp_path / "wlan0" / sign).mkdir(parents=True)
    (tmp_path / "eth0").mkdir()
    assert [_links.is_wireless(name, tmp_path) for name in ("wlan0", "eth0", "gone")] == [True, False, False]
    links = [Link(index, name, "", None, 1500, True, None, None) for index, name in enumerate(("wlan0", "eth0"))]
    assert [fact["wireless"] for fact in _links.link_facts(links, [], {"wlan0"})] == [True, False]


def test_real_links_of_a_namespace(lan: Lan) -> None:
    path = lan.add_station("a", "192.0.2.1/24", "2001:db8::1/64")
    with _netns.inside(lan.path("lan")):
        bridge, port = (fact for fact in _links.read_links() if fact["name"] != "lo")
    assert (bridge["name"], bridge["kind"], bridge["up"]) == ("br0", "bridge", True)
    assert (port["kind"], port["master"], port["parent"]) == ("veth", "br0", None)
    with _netns.inside(path):
        loopback, eth0 = _links.read_links()
    assert "127.0.0.1/8" in loopback["addresses"]
    assert (loopback["loopback"], eth0["loopback"], eth0["wireless"], eth0["mode"]) == (True, False, False, None)
    assert {"192.0.2.1/24", "2001:db8::1/64"} <= set(eth0["addresses"])
    assert eth0["mtu"] == 1500
    assert len(eth0["mac"]) == 17


@pytest.mark.parametrize("mode", ["private", "vepa", "bridge", "passthru", "source"])
def test_a_real_macvlan_knows_its_parent_and_its_mode(lan: Lan, mode: str) -> None:
    path = lan.add_station("a")
    lan.within("a", "ip", "link", "add", "mv0", "link", "eth0", "type", "macvlan", "mode", mode)
    with _netns.inside(path):
        [made] = [fact for fact in _links.read_links() if fact["name"] == "mv0"]
    assert (made["kind"], made["mode"], made["parent"], made["up"]) == ("macvlan", mode, "eth0", False)
