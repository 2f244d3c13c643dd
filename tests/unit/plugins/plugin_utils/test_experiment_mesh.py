# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh of an experiment: endpoints of LANs, and of Docker's own kinds."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._endpoints import Extent
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_mesh import build_experiment_mesh
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss

from tests.unit.plugins.experiments import eth0, observed, planned, seen
from tests.unit.plugins.fleets import container

DOWN = Loss("host_down", "no route")
MAC = "02:42:ac:11:00:02"


def mesh_of(name: str, **known: Any) -> Any:
    mesh, problems = build_experiment_mesh(planned(name), list(known), known, Extent(endpoints_per_host=9))
    assert problems == []
    return mesh


def ends(mesh: Any) -> list[tuple[str, str, Any, Any]]:
    return [(end["network"], end["id"], end["ipv4"], end["ipv6"]) for end in mesh["endpoints"]]


def on_bridge(number: int = 11, **changes: Any) -> dict[str, Any]:
    look = [
        seen("dockerlan-bridge-1", eth0("172.17.0.2/16"), network="bridge", ipv4="172.17.0.2"),
        seen("dockerlan-bridge-2", eth0("172.17.0.3/16"), network="bridge", ipv4="172.17.0.3", **changes),
    ]
    return observed(look, number=number)


def test_a_lan_is_as_in_any_mesh_and_has_a_section() -> None:
    rows = [container("dockerlan-ipvlan-l2-1", "ipvlan-l2", "192.168.56.129", None)]
    facts = {**observed([]), "endpoints": rows}
    mesh = mesh_of("ipvlan-l2", host1=facts, host2=DOWN)
    assert mesh["section"] == "ipvlan-l2"
    assert [network["parents"] for network in mesh["networks"]] == [{"host1": "eth0", "host2": "eth0"}]
    # A lost host is taken to have what was planned for it.
    assert [end["id"] for end in mesh["endpoints"]] == [
        "host1",
        "host1/dockerlan-ipvlan-l2-1",
        "host2",
        "host2/dockerlan-ipvlan-l2-1",
        "host2/dockerlan-ipvlan-l2-2",
    ]
    assert mesh["topology"]["asked"] == "auto"


def test_of_a_refused_container_no_place_is_kept() -> None:
    mesh = mesh_of("macvlan-passthru", host1=DOWN)
    assert [end["container"] for end in mesh["endpoints"]] == [None, "dockerlan-macvlan-passthru-1"]


def test_two_networks_are_probed_against_each_other() -> None:
    mesh = mesh_of("vlan", host1=observed([]))
    assert mesh["across"] == [["vlan-macvlan", "vlan-ipvlan"], ["vlan-ipvlan", "vlan-macvlan"]]
    assert {item["expected"] for item in mesh["expectations"]} == {"blocked"}
    assert [network["parents"]["host1"] for network in mesh["networks"]] == ["eth0.21", "eth0.22"]


def test_without_a_parent_a_network_has_none() -> None:
    mesh = mesh_of("no-parent", host1=observed([]), host2=DOWN)
    assert [network["parents"] for network in mesh["networks"]] == [{}, {}]
    assert [end["id"] for end in mesh["endpoints"] if end["host"] == "host1"] == []


def test_a_bridge_has_the_addresses_that_its_engine_gave_out() -> None:
    mesh = mesh_of("bridge", host1=on_bridge(), host2=on_bridge(12))
    assert ends(mesh) == [
        ("bridge", "host1", "192.168.56.11", None),
        ("bridge", "host1/dockerlan-bridge-1", "172.17.0.2", None),
        ("bridge", "host1/dockerlan-bridge-2", "172.17.0.3", None),
        ("bridge", "host2", "192.168.56.12", None),
        ("bridge", "host2/dockerlan-bridge-1", "172.17.0.2", None),
        ("bridge", "host2/dockerlan-bridge-2", "172.17.0.3", None),
    ]
    assert mesh["endpoints"][1]["macs"] == [MAC]
    assert mesh["networks"] == [
        {
            "name": "bridge",
            "driver": "bridge",
            "mode": "default",
            "flag": "",
            "internal": False,
            "families": ["ipv4"],
            "subnets": {"ipv4": None, "ipv6": None},
            "gateways": {"ipv4": None, "ipv6": None},
            "parents": {},
            "slices": {},
            "mtu": None,
        }
    ]
    assert mesh["hosts"][0]["addresses"] == {"bridge": {"ipv4": "192.168.56.11", "ipv6": "fdb2:2c26:f4e4::b:1"}}


def test_a_bridge_with_ipv6_has_the_hosts_in_both_families() -> None:
    facts = on_bridge()
    facts["experiment"]["looks"][0]["containers"][0]["networks"]["bridge"]["ipv6"] = "fd00::2"
    mesh = mesh_of("bridge", host1=facts)
    assert mesh["networks"][0]["families"] == ["ipv4", "ipv6"]
    assert ends(mesh)[0] == ("bridge", "host1", "192.168.56.11", "fdb2:2c26:f4e4::b:1")


def test_a_container_that_does_not_run_is_no_endpoint() -> None:
    mesh = mesh_of("bridge", host1=on_bridge(running=False))
    assert [end["container"] for end in mesh["endpoints"]] == [None, "dockerlan-bridge-1"]


def test_a_lost_host_keeps_its_place_on_docker_s_own_kinds() -> None:
    mesh = mesh_of("bridge", host1=DOWN, host2=on_bridge(12))
    assert [(end["id"], end["lost"], end["ipv4"]) for end in mesh["endpoints"][:3]] == [
        ("host1", True, None),
        ("host1/dockerlan-bridge-1", True, None),
        ("host1/dockerlan-bridge-2", True, None),
    ]
    assert mesh["hosts"][0]["addresses"] == {"bridge": {"ipv4": None, "ipv6": None}}
    assert mesh_of("bridge", host1=DOWN)["networks"][0]["families"] == ["ipv4"]


def test_a_container_in_mode_host_has_the_addresses_of_its_host() -> None:
    look = [seen("dockerlan-host-1"), seen("dockerlan-host-2")]
    mesh = mesh_of("host", host1=observed(look))
    mine = ("192.168.56.11", "fdb2:2c26:f4e4::b:1")
    assert [end[2:] for end in ends(mesh)] == [mine, mine, mine]
    assert mesh["networks"][0]["families"] == ["ipv4", "ipv6"]


def test_a_container_without_a_network_is_cut_off_by_design() -> None:
    look = [seen("dockerlan-none-1"), seen("dockerlan-none-2")]
    mesh = mesh_of("none", host1=observed(look))
    assert [(end["stranded"], end["joined"], end["ipv4"]) for end in mesh["endpoints"]] == [
        (False, None, "192.168.56.11"),
        (True, None, None),
        (True, None, None),
    ]


def joined(*links: Any) -> dict[str, Any]:
    first = seen("dockerlan-container-1", eth0("172.17.0.2/16"), network="bridge", ipv4="172.17.0.2")
    second = seen("dockerlan-container-2", *links, joined="dockerlan-container-1")
    # Only the last look counts: what was before the steps is over.
    return observed([first, {**second, "links": []}], [first, second])


def test_a_container_that_joined_another_one_has_what_is_inside_of_it() -> None:
    link = eth0("172.17.0.2/16", "fe80::42:acff:fe11:2/64", "fd00::2/64")
    mesh = mesh_of("container", host1=joined(link))
    assert ends(mesh)[1:] == [
        ("container", "host1/dockerlan-container-1", "172.17.0.2", None),
        ("container", "host1/dockerlan-container-2", "172.17.0.2", "fd00::2"),
    ]
    assert mesh["endpoints"][2]["macs"] == [MAC]
    assert mesh["networks"][0]["driver"] == "container"


def test_where_nobody_can_look_inside_the_engine_is_believed() -> None:
    facts = joined(eth0("172.17.0.2/16"))
    for one in facts["experiment"]["looks"][-1]["containers"]:
        one["links"] = None
    assert [end[2] for end in ends(mesh_of("container", host1=facts))] == ["192.168.56.11", "172.17.0.2", None]


def test_one_that_has_only_lo_left_is_stranded() -> None:
    end = mesh_of("container", host1=joined())["endpoints"][2]
    assert (end["stranded"], end["joined"], end["ipv4"]) == (True, "dockerlan-container-1", None)


def test_containers_belong_to_the_network_in_their_name() -> None:
    look = [
        seen(f"dockerlan-{name}-{number}", network=name, ipv4=f"172.{18 + len(name)}.0.{number + 1}")
        for name in ("user-defined", "another-bridge")
        for number in (1, 2)
    ]
    mesh = mesh_of("user-defined", host1=observed(look))
    assert [(network, name) for network, name, _ipv4, _ipv6 in ends(mesh)] == [
        ("user-defined", "host1"),
        ("user-defined", "host1/dockerlan-user-defined-1"),
        ("user-defined", "host1/dockerlan-user-defined-2"),
        ("another-bridge", "host1"),
        ("another-bridge", "host1/dockerlan-another-bridge-1"),
        ("another-bridge", "host1/dockerlan-another-bridge-2"),
    ]
    assert mesh["across"] == [["user-defined", "another-bridge"], ["another-bridge", "user-defined"]]


def test_what_is_wrong_with_an_entry_is_told() -> None:
    entry = planned("ipvlan-l2")
    entry["lans"][0]["subnets"] = []
    _mesh, problems = build_experiment_mesh(entry, [], {}, Extent())
    assert "experiment.lans[0].subnets: is empty" in str(problems[0])
