# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an experiment refuses beside what a plan refuses."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_checks import without_leftovers

from tests.unit.plugins.experiments import plan, planned, settings_of, two
from tests.unit.plugins.fleets import added_link, container, declared_lan, host_facts

LEFT = {"dockerlan.fleet.experiment": "vlan"}


def problems(*names: str, **arguments: Any) -> list[str]:
    return [str(problem) for problem in plan(*names, **arguments).problems]


def live(name: str, driver: str = "macvlan", parent: str = "eth0", **changes: Any) -> dict[str, Any]:
    found = {"id": "a" * 64, "name": name, "driver": driver, "internal": False, "options": {"parent": parent}}
    return {**found, "labels": {}, "ipam": [], **changes}


def with_kernel(**links: bool | None) -> dict[str, Any]:
    facts = host_facts(12)
    return {**facts, "kernel": {**facts["kernel"], "links": {**facts["kernel"]["links"], **links}}}


def test_settings_are_refused_where_a_mode_needs_them_and_they_are_missing() -> None:
    assert problems("ipvlan-l2", "bridge", settings=settings_of(private=None, vlans=None)) == []
    found = problems("ipvlan-l2", "ipvlan-l3", settings=settings_of(private=None))
    assert len(found) == 1
    assert found[0].startswith("ipvlan-l3: modes_private_subnets: is missing. Give subnets in which no host has")
    assert found[0].endswith("; or leave it out: --skip-tags ipvlan-l3.")
    found = problems("ipvlan-l2", "vlan", "macvlan-passthru", settings=settings_of(vlans=None))
    assert len(found) == 1
    assert found[0].startswith("vlan, macvlan-passthru: modes_vlans: is missing")
    assert found[0].endswith("or leave them out: --skip-tags vlan.")


def test_a_range_that_is_one_slice_has_no_halves() -> None:
    settings = settings_of(private=[{"subnet": "198.18.0.0/24", "slice_prefix": 24}])
    found = problems("vlan", settings=settings)
    assert found[0].startswith("vlan: modes_private_subnets: two networks share the range 198.18.0.0/24, of which")


@pytest.mark.parametrize("name", ["macvlan-bridge", "vlan-ipvlan", "another-bridge"])
def test_a_network_of_somebody_else_with_a_name_of_the_mode_is_refused(name: str) -> None:
    mode = {"vlan-ipvlan": "vlan", "another-bridge": "user-defined"}.get(name, name)
    facts = {**two(), "host2": host_facts(12, networks=[live(name, "bridge")])}
    assert problems(mode, facts=facts) == [
        f"host2, {mode}: there is a Docker network named {name} that no experiment made. Rename or remove it."
    ]
    # One that an experiment has left will have been removed.
    facts["host2"]["networks"][0]["labels"] = {"dockerlan.fleet.experiment": mode}
    assert problems(mode, facts=facts) == []


def test_docker_s_own_networks_are_nobody_else_s() -> None:
    own = [live("bridge", "bridge"), live("host", "host"), live("none", "null")]
    assert problems("bridge", "host", "none", "container", facts={"host1": host_facts(11, networks=own)}) == []


def test_leftovers_take_no_parent_and_no_address() -> None:
    pool = {"subnet": "192.168.56.0/24", "ip_range": "192.168.56.128/28", "gateway": "192.168.56.1"}
    rest = live("macvlan-vepa", labels={"dockerlan.fleet.experiment": "macvlan-vepa"}, ipam=[pool])
    rows = [container("c", "macvlan-vepa", "192.168.56.129", None)]
    facts = {"host1": host_facts(11), "host2": host_facts(12, networks=[rest], endpoints=rows)}
    assert plan("ipvlan-l2", "macvlan-vepa", facts=facts).experiments == plan("ipvlan-l2", "macvlan-vepa").experiments
    assert problems("ipvlan-l2", "macvlan-vepa", facts=facts) == []
    rest["labels"] = {}
    assert len(problems("ipvlan-l2", facts=facts)) == 2


def test_only_the_links_that_docker_made_go_with_leftovers() -> None:
    facts = host_facts(11, networks=[live("vlan-macvlan", parent="eth0.21", labels=LEFT), live("office")])
    facts["links"] += [added_link("eth0.21", kind="vlan"), added_link("eth0.30", kind="vlan")]
    assert [item["name"] for item in without_leftovers(facts)["links"]] == ["lo", "eth0", "eth0.30"]
    assert [item["name"] for item in without_leftovers(facts)["networks"]] == ["office"]
    # A leftover on the card itself does not take the card along.
    facts["networks"][0]["options"]["parent"] = "eth0"
    assert "eth0" in [item["name"] for item in without_leftovers(facts)["links"]]


@pytest.mark.parametrize("mode", ["vlan", "macvlan-passthru"])
def test_a_kernel_that_cannot_make_the_links_is_refused(mode: str) -> None:
    found = problems(mode, facts={"host1": host_facts(11), "host2": with_kernel(vlan=False)})
    assert len(found) == 1
    assert found[0].startswith(f"host2, {mode}: the kernel 6.12.30 cannot make vlan links")
    assert "'modprobe 8021q'" in found[0]
    assert problems(mode, facts={"host2": with_kernel(vlan=None)}) == []
    assert problems("ipvlan-l2", facts={"host2": with_kernel(vlan=False)}) == []


def test_a_vlan_link_that_is_there_is_not_docker_s() -> None:
    facts = two()
    facts["host1"]["links"].append(added_link("eth0.22", kind="vlan", parent="eth0"))
    found = problems("vlan", facts=facts)
    assert [line.partition(". ")[0] for line in found] == [
        "host1, vlan: the VLAN link eth0.22 is there already: Docker would neither make nor remove it"
    ]


def test_a_vlan_link_with_a_name_that_is_too_long_is_refused() -> None:
    settings = settings_of(declared_lan(parent="enp0s31f6abc"), vlans=[4000, 4001])
    facts = {"host1": host_facts(11, name="enp0s31f6abc")}
    assert "enp0s31f6abc.4000 is too long for the name of a link" in problems("vlan", facts=facts, settings=settings)[0]


def test_a_host_with_an_address_in_a_private_subnet_is_refused() -> None:
    facts = two()
    facts["host1"]["links"].append(added_link("eth1", addresses=["198.18.4.5/24"]))
    found = problems("ipvlan-l2", "no-parent", facts=facts)
    assert [line.partition(". ")[0] for line in found] == [
        "host1, no-parent: the host has 198.18.4.5 in the private subnet 198.18.0.0/16"
    ]


def test_no_route_leads_to_a_host_without_an_address_of_the_family() -> None:
    facts = {"host1": host_facts(11), "host2": host_facts(12, addresses=["192.168.56.12/24"])}
    found = problems("ipvlan-l3", "ipvlan-l3-routed", facts=facts)
    assert [line.partition(". ")[0] for line in found] == [
        "host2, ipvlan-l3-routed: eth0 has no IPv6 address, so there can be no IPv6 route to it"
    ]


def test_a_slice_must_have_room_for_the_containers() -> None:
    lan = declared_lan(subnets=[{**declared_lan()["subnets"][0], "slice_prefix": 31}])
    found = problems("macvlan-bridge", settings=settings_of(lan, containers=3))
    assert [line.partition(". ")[0] for line in found] == [
        "host1, macvlan-bridge: 3 containers need an address each, the slice has 2 to give out (192.168.56.128/31)",
        "host2, macvlan-bridge: 3 containers need an address each, the slice has 2 to give out (192.168.56.130/31)",
    ]
    assert problems("macvlan-bridge", settings=settings_of(lan)) == []
    private = [{"subnet": "198.18.0.0/16", "slice_prefix": 32}]
    assert planned("macvlan-passthru", settings=settings_of(private=private))
