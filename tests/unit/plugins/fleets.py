# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets for the tests: declarations and facts of hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

SUBNET4 = {"subnet": "192.168.56.0/24", "gateway": "192.168.56.1", "range": "192.168.56.128/25"}
SUBNET6 = {"subnet": "fdb2:2c26:f4e4::/64", "gateway": "fdb2:2c26:f4e4::1", "range": "fdb2:2c26:f4e4::/96"}


def declared_lan(**changes: Any) -> dict[str, Any]:
    """Return the declaration of a dual-stack LAN, changed."""
    lan = {"name": "office", "driver": "ipvlan", "parent": "eth0", "subnets": [dict(SUBNET4), dict(SUBNET6)]}
    return {**lan, **changes}


def host_facts(number: int, *, networks: Iterable[Any] = (), endpoints: Iterable[Any] = (), **eth0: Any) -> Any:
    """Return the facts of a host with eth0 on the LAN; ``number`` is the end of its addresses."""
    addresses = [f"192.168.56.{number}/24", f"fdb2:2c26:f4e4::{number:x}:1/64", "fe80::1/64"]
    link = {"name": "eth0", "index": 2, "kind": "", "mac": "", "mtu": 1500, "up": True, "parent": None, "master": None}
    link.update(loopback=False, wireless=False, mode=None, vlan=None)
    return {
        "engine": {"version": "28.5.2", "api_version": "1.51", "id": "E", "security_options": []},
        "sdk": {"version": "7.1.0"},
        "kernel": {"release": "6.12.30", "links": {"macvlan": True, "ipvlan": True}},
        "links": [
            {**link, "name": "lo", "index": 1, "loopback": True, "addresses": ["127.0.0.1/8", "::1/128"]},
            {**link, "addresses": addresses, **eth0},
        ],
        "routes": [{"destination": "192.168.56.0/24", "link": eth0.get("name", "eth0"), "gateway": None}],
        "networks": list(networks),
        "endpoints": list(endpoints),
    }


def live_network(spec: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return what host_info says of the network that was made from a spec."""
    return {"id": "f" * 64, **spec, **changes}


def added_link(name: str, **values: Any) -> dict[str, Any]:
    """Return a link of a host, to be added to its facts."""
    link = {"name": name, "index": 9, "kind": "", "mac": "", "mtu": 1500, "up": True, "loopback": False}
    link.update(wireless=False, mode=None, vlan=None, parent=None, master=None, addresses=[])
    return {**link, **values}


def container(name: str, network: str, ipv4: str | None, ipv6: str | None, **changes: Any) -> dict[str, Any]:
    """Return the row of a running container on one network."""
    row = {"container": name, "container_id": "c", "running": True, "pid": 4711, "network": network}
    return {**row, "network_id": "f", "ipv4": ipv4, "ipv6": ipv6, "mac": None, **changes}
