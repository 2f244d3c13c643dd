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

from tests.unit.plugins.fleets import SUBNET4, added_link, container, declared_lan, host_facts

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


def stopped(rows: list[Any], *lans: Any, **values: Any) -> Any:
    return mesh_of({"host1": host_facts(11, endpoints=rows)}, *lans, **values)["stopped"]


def idle(*names: str, network: str = "office") -> list[Any]:
    return [container(name, network, None, None, running=False) for name in names]


def test_probe_endpoints_that_do_not_stay_running_are_told_of() -> None:
    both = idle("dockerlan-office-2", "dockerlan-office-1")
    names = ["dockerlan-office-1", "dockerlan-office-2"]
    assert stopped(both) == [{"network": "office", "host": "host1", "containers": names}]
    one_runs = [container("dockerlan-office-1", "office", "192.168.56.129", None), both[0]]
    assert stopped(one_runs) == [{"network": "office", "host": "host1", "containers": ["dockerlan-office-2"]}]
    # One that only lost its network is no container of its own on it.
    facts = {**host_facts(11, endpoints=both), "stranded": [{"container": "s", "joined": "w", "networks": ["office"]}]}
    assert mesh_of({"host1": facts})["stopped"][0]["containers"] == names


def test_only_those_stopped_containers_count_that_the_role_would_have_started() -> None:
    both = idle("dockerlan-office-1", "dockerlan-office-2")
    assert stopped(idle("web", "dockerlan-office-x", "dockerlan-office-0", "dockerlan-office-3")) == []
    assert stopped(idle("dockerlan-lab-1")) == stopped(idle("dockerlan-office-1", network="lab")) == []
    # A user's own container is as good as any.
    assert stopped([*both, container("web", "office", "192.168.56.129", None)]) == []
    assert stopped(both, extent=Extent(endpoints_per_host=0)) == []
    assert stopped(both, extent=Extent(endpoints_per_host=0, endpoints_always=True)) == []
    assert stopped(both, extent=Extent(endpoints_per_host=1))[0]["containers"] == ["dockerlan-office-1"]
    # A parent in passthru has room for one.
    passthru = declared_lan(driver="macvlan", mode="passthru")
    assert stopped(both, passthru)[0]["containers"] == ["dockerlan-office-1"]
    assert stopped(both, passthru, extent=Extent(endpoints_per_host=0)) == []
    assert mesh_of({"host1": DOWN})["stopped"] == []


def test_beside_a_users_container_they_count_where_they_are_always_started() -> None:
    rows = [*idle("dockerlan-office-1"), container("web", "office", "192.168.56.129", None)]
    always = Extent(endpoints_always=True)
    assert stopped(rows, extent=always) == [
        {"network": "office", "host": "host1", "containers": ["dockerlan-office-1"]}
    ]
    assert stopped(rows, declared_lan(driver="macvlan", mode="passthru"), extent=always) == []


def test_a_host_without_an_address_on_the_lan_is_no_endpoint() -> None:
    rows = [container("a", "office", "192.168.56.129", None)]
    assert ids(mesh_of({"host1": host_facts(11, addresses=[], endpoints=rows)})) == [("office", "host1/a")]


def test_where_the_parent_routes_a_host_takes_part_with_any_address_of_its_parent() -> None:
    away = {"name": "routed", "subnets": [LAB], "driver": "ipvlan"}
    known = {"host1": host_facts(11, endpoints=[container("a", "routed", "10.9.0.9", None)])}
    assert ids(mesh_of(known, declared_lan(**away, mode="l2"))) == [("routed", "host1/a")]
    for mode in ("l3", "l3s"):
        mesh = mesh_of(known, declared_lan(**away, mode=mode))
        assert ids(mesh) == [("routed", "host1"), ("routed", "host1/a")]
        # The LAN has one family.
        assert (mesh["endpoints"][0]["ipv4"], mesh["endpoints"][0]["ipv6"]) == ("192.168.56.11", None)


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


def office_with(*routes: str, **more: Any) -> Any:
    """Return the facts of a host with the LAN's network, a container and a link like a shim with these routes."""
    slices = [("192.168.56.0/24", "192.168.56.144/28"), ("fdb2:2c26:f4e4::/64", "fdb2:2c26:f4e4::1:0/112")]
    live = {"name": "office", "ipam": [{"subnet": subnet, "ip_range": block} for subnet, block in slices]}
    rows = [container("a", "office", "192.168.56.145", "fdb2:2c26:f4e4::1:1")]
    facts = host_facts(11, networks=[live], endpoints=rows)
    facts["links"].append(added_link("shim0", kind="ipvlan", mode="l2", parent="eth0"))
    facts["routes"] += [{"destination": to, "link": "shim0", "gateway": None} for to in routes]
    return {**facts, **more}


def test_all_that_the_interface_names_is_there() -> None:
    keys = {"section", "networks", "topology", "across", "expectations", "hosts", "endpoints", "stopped"}
    mesh = mesh_of({"host1": host_facts(11), "host2": DOWN})
    assert set(mesh) == keys
    assert mesh["section"] is None
    assert mesh["networks"][0]["parents"] == {"host1": "eth0", "host2": "eth0"}
    assert (mesh["across"], mesh["expectations"]) == ([], [])
    assert len({frozenset(end) for end in mesh["endpoints"]}) == len({frozenset(host) for host in mesh["hosts"]}) == 1


def test_a_shim_is_a_way_out_for_the_host_and_a_way_back_for_its_containers() -> None:
    both = office_with("192.168.56.144/28", "fdb2:2c26:f4e4::1:0/112")
    mesh = mesh_of({"host1": both, "host2": host_facts(12)})
    # Neighbour discovery answers for the addresses of the link itself only, and the shim has none.
    assert [end["shim"] for end in mesh["endpoints"]] == [["ipv4", "ipv6"], ["ipv4"], []]


def test_a_container_of_unknown_mac_has_none() -> None:
    facts = host_facts(11, endpoints=[container("a", "office", "192.168.56.129", None)])
    assert mesh_of({"host1": facts})["endpoints"][1]["macs"] == []


def test_the_parent_is_that_of_the_host_and_its_address_may_be_outside_of_the_lan() -> None:
    facts = host_facts(11)
    facts["links"].append(added_link("eth1", addresses=["10.7.0.1/24", "fe80::2/64"]))
    lans, _problems = parse_lans([declared_lan()])
    mesh = build_mesh(lans, [Member("host1", parents={"office": "eth1"})], {"host1": facts}, Extent())
    assert mesh["hosts"][0]["addresses"] == {"office": {"ipv4": "10.7.0.1", "ipv6": None}}
    assert mesh["networks"][0]["parents"] == {"host1": "eth1"}


def test_what_was_known_of_a_lost_host_is_not_forgotten() -> None:
    other = {"name": "old", "driver": "macvlan", "options": {"parent": "eth0"}}
    before = {**host_facts(11, networks=[other]), "virtualization": "kvm"}
    [host] = mesh_of({"host1": Loss("failed", "oops", before)})["hosts"]
    assert (host["virtualization"], [item["other"] for item in host["conflicts"]]) == ("kvm", ["old"])
    # An address is one that somebody could be asked for now.
    assert host["addresses"] == {"office": {"ipv4": None, "ipv6": None}}


def test_a_lost_host_has_as_many_probe_endpoints_as_were_wanted() -> None:
    for count in (0, 1, 3):
        mesh = mesh_of({"host1": DOWN}, extent=Extent(endpoints_per_host=count))
        names = [end["container"] for end in mesh["endpoints"]]
        assert names == [None, *(f"dockerlan-office-{number}" for number in range(1, count + 1))]


def test_a_stranded_container_is_an_endpoint_of_the_networks_that_it_lost() -> None:
    row = {"container": "sidecar", "container_id": "c", "pid": 1, "joined": "web", "networks": ["office", "x"]}
    facts = {**host_facts(11), "stranded": [row, {**row, "container": "far", "networks": ["x"]}]}
    mesh = mesh_of({"host1": facts}, declared_lan(name="lab", subnets=[LAB]), declared_lan())
    assert ids(mesh) == [("office", "host1"), ("office", "host1/sidecar")]


def test_expectations_are_counted_among_the_pairs() -> None:
    rows = [container("a", "office", "192.168.56.129", None), container("b", "lab", "10.9.0.9", None)]
    known = {"host1": host_facts(11, endpoints=rows)}
    lans = [declared_lan(subnets=[SUBNET4]), declared_lan(name="lab", subnets=[LAB])]
    item = {"network": "office", "from": "*/a", "to": "*/b", "relation": None, "to_network": "lab"}
    item |= {"expected": "blocked", "why": "w"}
    assert mesh_of(known, *lans)["topology"]["pairs"] == 2
    assert mesh_of(known, *lans, expectations=[item])["topology"]["pairs"] == 3


def test_a_parent_in_passthru_has_room_for_no_probe_endpoint_where_none_is_wanted() -> None:
    lan = declared_lan(driver="macvlan", mode="passthru")
    assert ids(mesh_of({"host1": DOWN}, lan, extent=Extent(endpoints_per_host=0))) == [("office", "host1")]
