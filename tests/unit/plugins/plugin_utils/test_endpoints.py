# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh: who is an endpoint, in which order, and what becomes of lost hosts."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._endpoints import Extent, build_mesh
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member

from tests.unit.plugins.fleets import SUBNET4, container, declared_lan, host_facts

LAB = {"subnet": "10.9.0.0/24", "gateway": "10.9.0.1", "range": "10.9.0.0/24"}
DOWN = Loss("host_down", "no route")


def mesh_of(known: dict[str, Any], *lans: Any, extent: Extent | None = None, expectations: Any = ()) -> Any:
    parsed, problems = parse_lans(list(lans) or [declared_lan()])
    assert not problems
    return build_mesh(parsed, [Member(host) for host in known], known, extent or Extent(), expectations)


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
    rows = [container("a", "office", "192.168.56.129", "FDB2:2c26:f4e4:0::81", mac="02:42:c0:a8:38:81")]
    assert mesh_of({"host1": host_facts(11, endpoints=rows)})["endpoints"][1] == {
        "index": 1,
        "id": "host1/a",
        "network": "office",
        "host": "host1",
        "kind": "container",
        "container": "a",
        "ipv4": "192.168.56.129",
        "ipv6": "fdb2:2c26:f4e4::81",
        "macs": ["02:42:c0:a8:38:81"],
        "shim": [],
        "stranded": False,
        "joined": None,
        "lost": False,
    }


def test_addresses_of_other_families_do_not_count() -> None:
    rows = [container("a", "office", "192.168.56.129", "fd00::1")]
    mesh = mesh_of({"host1": host_facts(11, endpoints=rows)}, declared_lan(subnets=[SUBNET4]))
    assert [end["ipv6"] for end in mesh["endpoints"]] == [None, None]


def test_a_lost_host_keeps_its_place_without_addresses() -> None:
    mesh = mesh_of({"host1": DOWN, "host2": host_facts(12)})
    assert [{key: host[key] for key in ("name", "lost", "reason", "detail")} for host in mesh["hosts"]] == [
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


def test_what_answers_for_a_host_is_any_of_its_links() -> None:
    facts = host_facts(11, mac="02:00:00:00:00:01")
    facts["links"].append({**facts["links"][1], "name": "eth1", "mac": "02:00:00:00:00:02", "addresses": []})
    [end] = mesh_of({"host1": facts})["endpoints"]
    assert end["macs"] == ["02:00:00:00:00:01", "02:00:00:00:00:02"]


def test_a_container_that_lost_its_network_keeps_its_place() -> None:
    row = {"container": "sidecar", "container_id": "c", "pid": 1, "joined": "web", "networks": ["office"]}
    facts = {**host_facts(11), "stranded": [row]}
    end = mesh_of({"host1": facts})["endpoints"][1]
    assert (end["id"], end["stranded"], end["joined"], end["lost"]) == ("host1/sidecar", True, "web", False)
    assert (end["ipv4"], end["ipv6"]) == (None, None)


def test_what_is_known_of_the_hosts_themselves() -> None:
    other = {"name": "old", "driver": "macvlan", "options": {"parent": "eth0"}}
    facts = {**host_facts(11, networks=[other]), "virtualization": "vmware"}
    [host] = mesh_of({"host1": facts})["hosts"]
    assert host == {
        "name": "host1",
        "lost": False,
        "reason": None,
        "detail": None,
        "virtualization": "vmware",
        "addresses": {"office": {"ipv4": "192.168.56.11", "ipv6": "fdb2:2c26:f4e4::b:1"}},
        "conflicts": [{"network": "office", "parent": "eth0", "other": "old", "driver": "macvlan"}],
    }


def test_the_topology_is_chosen_for_all_of_the_fleet() -> None:
    known = {f"host{number}": host_facts(number) for number in range(11, 15)}
    mesh = mesh_of(known, extent=Extent(topology="auto", neighbours=1, limit=10))
    assert mesh["topology"] == {"kind": "ring", "neighbours": 1, "asked": "auto", "pairs": 8, "limit": 10}
    assert mesh_of(known)["topology"]["kind"] == "full"


def test_expectations_are_handed_on_and_name_the_networks_between_which_is_probed() -> None:
    item = {"network": "office", "from": "*", "to": "*", "relation": None, "to_network": "lab"}
    item |= {"expected": "blocked", "why": "w"}
    mesh = mesh_of(
        {"host1": host_facts(11)}, declared_lan(), declared_lan(name="lab", subnets=[LAB]), expectations=[item]
    )
    assert (mesh["expectations"], mesh["across"]) == ([item], [["office", "lab"]])


def test_a_parent_in_passthru_has_room_for_one() -> None:
    lan = declared_lan(driver="macvlan", mode="passthru")
    assert ids(mesh_of({"host1": DOWN}, lan)) == [("office", "host1"), ("office", "host1/dockerlan-office-1")]
    rows = [container("a", "office", "192.168.56.129", None)]
    # The container has taken the link over, and the host is no longer heard on it.
    assert ids(mesh_of({"host1": host_facts(11, endpoints=rows)}, lan)) == [("office", "host1/a")]
