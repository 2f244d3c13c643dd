# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh: who is an endpoint, in which order, and what becomes of lost hosts."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._endpoints import build_mesh
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member

from tests.unit.plugins.fleets import SUBNET4, container, declared_lan, host_facts

LAB = {"subnet": "10.9.0.0/24", "gateway": "10.9.0.1", "range": "10.9.0.0/24"}
DOWN = Loss("host_down", "no route")


def mesh_of(known: dict[str, Any], *lans: Any, per_host: int = 2) -> Any:
    parsed, problems = parse_lans(list(lans) or [declared_lan()])
    assert not problems
    return build_mesh(parsed, [Member(host) for host in known], known, per_host)


def ids(mesh: Any) -> list[tuple[str, str]]:
    return [(end["network"], end["id"]) for end in mesh["endpoints"]]


def test_endpoints_are_ordered_by_lan_host_and_name() -> None:
    rows = [container("b", "office", "192.168.56.130", None), container("a", "office", "192.168.56.129", None)]
    rows.append(container("c", "lab", "10.9.0.9", None))
    known = {"z": host_facts(11, endpoints=rows), "a": host_facts(12)}
    mesh = mesh_of(known, declared_lan(name="lab", subnets=[LAB]), declared_lan())
    assert ids(mesh) == [("lab", "z/c"), ("office", "z"), ("office", "z/a"), ("office", "z/b"), ("office", "a")]
    assert [end["index"] for end in mesh["endpoints"]] == [0, 1, 2, 3, 4]


def test_stopped_containers_and_other_networks_are_no_endpoints() -> None:
    rows = [
        container("stopped", "office", "192.168.56.129", None, running=False),
        container("other", "elsewhere", "10.1.0.1", None),
    ]
    assert ids(mesh_of({"host1": host_facts(11, endpoints=rows)})) == [("office", "host1")]


def test_a_host_without_an_address_on_the_lan_is_no_endpoint() -> None:
    rows = [container("a", "office", "192.168.56.129", None)]
    assert ids(mesh_of({"host1": host_facts(11, addresses=[], endpoints=rows)})) == [("office", "host1/a")]


def test_an_endpoint_has_the_shape_of_the_interface() -> None:
    rows = [container("a", "office", "192.168.56.129", "FDB2:2c26:f4e4:0::81")]
    assert mesh_of({"host1": host_facts(11, endpoints=rows)})["endpoints"][1] == {
        "index": 1,
        "id": "host1/a",
        "network": "office",
        "host": "host1",
        "kind": "container",
        "container": "a",
        "ipv4": "192.168.56.129",
        "ipv6": "fdb2:2c26:f4e4::81",
        "lost": False,
    }


def test_addresses_of_other_families_do_not_count() -> None:
    rows = [container("a", "office", "192.168.56.129", "fd00::1")]
    mesh = mesh_of({"host1": host_facts(11, endpoints=rows)}, declared_lan(subnets=[SUBNET4]))
    assert [end["ipv6"] for end in mesh["endpoints"]] == [None, None]


def test_a_lost_host_keeps_its_place_without_addresses() -> None:
    mesh = mesh_of({"host1": DOWN, "host2": host_facts(12)})
    assert mesh["hosts"] == [
        {"name": "host1", "lost": True, "reason": "host_down", "detail": "no route"},
        {"name": "host2", "lost": False, "reason": None, "detail": None},
    ]
    assert [name for _network, name in ids(mesh)] == [
        "host1",
        "host1/dockerlan-office-1",
        "host1/dockerlan-office-2",
        "host2",
    ]
    assert [(end["lost"], end["ipv4"]) for end in mesh["endpoints"][:3]] == [(True, None)] * 3


def test_a_network_knows_the_slices_of_the_living_hosts() -> None:
    live = {"name": "office", "ipam": [{"subnet": "192.168.56.0/24", "ip_range": "192.168.56.144/28"}]}
    mesh = mesh_of({"host1": host_facts(11, networks=[live]), "host2": DOWN, "host3": host_facts(13)})
    assert mesh["networks"] == [
        {
            "name": "office",
            "driver": "ipvlan",
            "mode": "l2",
            "internal": False,
            "families": ["ipv4", "ipv6"],
            "slices": {"host1": ["192.168.56.144/28"], "host3": []},
        }
    ]
