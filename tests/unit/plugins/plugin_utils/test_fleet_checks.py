# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can only be wrong between hosts."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._fleet_checks import mtu_problems
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member

from tests.unit.plugins.fleets import declared_lan, host_facts


def problems_of(*mtus: int, parent: str = "eth0", touched: Any = None) -> list[str]:
    """Check a fleet of hosts whose eth0 have these MTUs; an MTU of 0 is that of a host without facts."""
    lans, _wrong = parse_lans([declared_lan(parent=parent)])
    members = [Member(f"host{number}") for number, _mtu in enumerate(mtus, 1)]
    facts = {f"host{number}": host_facts(10 + number, mtu=mtu) for number, mtu in enumerate(mtus, 1) if mtu}
    found = mtu_problems(lans, members, facts, {"host1": {"office"}} if touched is None else touched)
    assert all((item.host, item.network) == ("", "office") for item in found)
    return [f"{item.problem}. {item.cure}" for item in found]


def test_the_same_mtu_everywhere_is_fine() -> None:
    assert problems_of(1500, 1500, 1500) == []
    assert problems_of(9000) == []
    assert problems_of() == []


def test_each_mtu_is_named_with_its_hosts() -> None:
    [problem] = problems_of(9000, 1500, 9000, 1500)
    assert problem == (
        "the MTU of the parents differs: 1500 on host2 and host4; 9000 on host1 and host3. "
        "Give all parents of the LAN the same MTU, in the network configuration of the hosts"
    )


def test_many_hosts_are_cut_short() -> None:
    [problem] = problems_of(9000, *[1500] * 30)
    assert "host11 and 20 more; 9000 on host1." in problem


def test_a_vlan_link_that_docker_makes_has_the_mtu_of_its_base() -> None:
    assert len(problems_of(9000, 1500, parent="eth0.20")) == 1


def test_hosts_without_facts_or_parent_have_no_say() -> None:
    assert problems_of(1500, 0, 1500) == []
    assert problems_of(1500, 9000, parent="eth9") == []


def test_only_what_is_touched_anywhere_counts() -> None:
    assert problems_of(1500, 9000, touched={}) == []
    assert problems_of(1500, 9000, touched={"host1": set(), "host2": {"lab"}}) == []
    assert len(problems_of(1500, 9000, touched={"host2": ["office"]})) == 1
