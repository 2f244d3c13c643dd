# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as a user reads it: every kind of action in one table, and a diff for each host that changes."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._host_plan import Consent
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._plan_view import aligned
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.fleets import container, declared_lan, host_facts
from tests.unit.plugins.planning import (
    OFFICE4,
    PRUNING,
    REPLACING,
    macvlan_office,
    office,
    old,
    plan_of,
    unfinished,
)

CONTAINERS = {"web": "192.168.56.161", "db": "192.168.56.162"}


def pool(slice_: str) -> dict[str, Any]:
    return {**office()["ipam"][0], "ip_range": slice_}


def every_kind() -> dict[str, Any]:
    """Return the facts of hosts of which one creates, one keeps and leaves, one replaces, and one recovers."""
    chosen = {"ipv4": None, "ipv6": None, "mac": None}
    rows = [container(name, "office", address, None, fixed=chosen) for name, address in CONTAINERS.items()]
    differing = macvlan_office(ipam=[pool("192.168.56.160/28")])
    return {
        "host1": host_facts(11),
        "second": host_facts(12, networks=[office(ipam=[pool("192.168.56.144/28")]), old()]),
        "host3": host_facts(13, networks=[differing], endpoints=rows),
        "host4": {**host_facts(14), "unfinished": unfinished(office(ipam=[pool("192.168.56.176/28")]))},
    }


def test_the_summary_says_everything_in_one_table() -> None:
    plan = plan_of(every_kind(), lans=[OFFICE4], consent=REPLACING)
    assert plan.problems == []
    assert plan.summary == [
        "host1   create   office  ipvlan l2 on eth0          192.168.56.128/28",
        "second  keep     office  ipvlan l2 on eth0          192.168.56.144/28",
        "second  leave    old     macvlan bridge on eth0.20  10.9.0.16/28",
        "    not declared any more; network_prune removes it",
        "host3   replace  office  ipvlan l2 on eth0          192.168.56.160/28",
        '    driver: "macvlan" -> "ipvlan"',
        '    options.ipvlan_flag: not set -> "bridge"',
        '    options.ipvlan_mode: not set -> "l2"',
        '    options.macvlan_mode: "bridge" -> not set',
        "    interrupts db, web",
        "host4   recover  office  ipvlan l2 on eth0          192.168.56.176/28",
        "    a change was broken off here: it is finished or undone first",
    ]


def test_a_removal_names_whom_it_interrupts() -> None:
    rows = [container("web", "old", "10.9.0.17", None)]
    facts = {"host1": host_facts(11, networks=[office(), old(internal=True)], endpoints=rows)}
    assert plan_of(facts, lans=[OFFICE4], consent=Consent(prune=True, detach=True)).summary == [
        "host1  keep    office  ipvlan l2 on eth0                    192.168.56.128/28",
        "host1  remove  old     macvlan bridge on eth0.20, internal  10.9.0.16/28",
        "    interrupts web",
    ]


def test_a_network_without_a_slice_and_a_parent_is_named_with_what_it_has() -> None:
    bare = old(options={}, ipam=[{**old()["ipam"][0], "ip_range": None}])
    summary = plan_of({"host1": host_facts(11, networks=[bare])}, lans=[OFFICE4], consent=PRUNING).summary
    assert summary[1] == "host1  remove  old     macvlan on no parent  10.9.0.0/24"


def test_a_declared_internal_lan_is_said_to_be_one() -> None:
    [line] = plan_of({"host1": host_facts(11)}, lans=[declared_lan(internal=True)]).summary
    assert line.endswith("  ipvlan l2 on eth0, internal  192.168.56.128/28, fdb2:2c26:f4e4::1:0/112")


def test_the_diff_has_what_changes_at_the_hosts_where_something_does() -> None:
    plan = plan_of(every_kind(), lans=[OFFICE4], consent=REPLACING)
    headers = [(item["before_header"], item["after_header"]) for item in plan.diff]
    assert headers == [(text, text) for text in ("networks of host1", "networks of host3", "networks of host4")]
    created, replaced, recovered = plan.diff
    assert created["before"] == ""
    assert json.loads(created["after"]) == {"office": plan.hosts["host1"]["networks"][0]}
    before, after = json.loads(replaced["before"])["office"], json.loads(replaced["after"])["office"]
    assert (before["driver"], after["driver"]) == ("macvlan", "ipvlan")
    assert recovered["before"] == recovered["after"] != ""


def test_the_diff_speaks_of_what_a_declaration_says_and_of_what_is_odd() -> None:
    odd = macvlan_office(attachable=True)
    [item] = plan_of({"host1": host_facts(11, networks=[odd])}, lans=[OFFICE4], consent=REPLACING).diff
    before, after = json.loads(item["before"])["office"], json.loads(item["after"])["office"]
    assert set(before) - set(after) == {"attachable"}
    assert item["before"].endswith("}\n")


def test_the_diff_of_a_removal_leaves_nothing_and_says_nothing_of_what_is_kept() -> None:
    plan = plan_of({"host1": host_facts(11, networks=[office(), old()])}, lans=[OFFICE4], consent=PRUNING)
    [item] = plan.diff
    assert list(json.loads(item["before"])) == ["old"]
    assert item["after"] == ""


cells = st.text("ab", max_size=5)


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=5)))
def test_columns_stand_under_each_other(rows: list[list[str]]) -> None:
    lines = aligned(rows)
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        at = 0
        for column, cell in enumerate(row):
            width = max(len(other[column]) for other in rows)
            assert line[at : at + width].rstrip() == cell
            at += width + 2
        assert line == line.rstrip()
