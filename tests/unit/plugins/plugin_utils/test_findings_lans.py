# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about macvlan and ipvlan: each one seen to hold, and to fail."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._contract import BLOCKED, OPEN, OWN_HOST, relation_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._findings_lans import (
    article,
    made_links,
    refused,
    removed_links,
)

from tests.unit.plugins.experiments import observed, planned, seen
from tests.unit.plugins.fleets import added_link

TEXTS = [
    "1. A host and its own containers do not reach each other",
    "2. The containers of a host reach each other",
    "3. Hosts reach each other",
    "4. A container reaches other hosts",
    "5. A container reaches the containers of other hosts",
    "6. A host reaches the containers of other hosts",
]


def report(hosts: int = 2, containers: int = 2, broken: Any = None, lost: bool = False, **signs: str) -> dict[str, Any]:
    """Return as much of a report as findings read; ``broken`` tells of source and target whether they are wrong."""
    ends = [
        {"network": "ipvlan-l2", "host": f"host{host}", "kind": "container" if number else "host", "number": number}
        for host in range(hosts)
        for number in range(containers + 1)
    ]
    rows = []
    for index, source in enumerate(ends):
        text = ""
        for target in (end for end in ends if end is not source):
            expected = BLOCKED if relation_of(source, target) == OWN_HOST else OPEN
            wrong = bool(broken and broken(source, target))
            text += signs.get("missing", "!X")[expected == OPEN] if wrong else "o" if expected == OPEN else "-"
        targets = [[0, index - 1], [index + 1, len(ends) - 1]]
        rows.append({"source": index, "targets": [one for one in targets if one[0] <= one[1]], "signs": text})
    block = {"network": "ipvlan-l2", "to_network": None, "rows": rows}
    # What is between networks, or on others, is nothing to the article.
    other = {**block, "to_network": "ipvlan-l2", "rows": [{"source": 0, "targets": [[1, 1]], "signs": "!"}]}
    return {"endpoints": ends, "matrix": [block, other], "hosts": [{"lost": lost} for _host in range(hosts)]}


def told(found: dict[str, Any]) -> list[tuple[bool, str]]:
    return [(check.status == "pass", check.detail) for check in article(planned("ipvlan-l2"), found)]


def test_the_six_findings_of_the_article() -> None:
    counts = (8, 4, 2, 4, 8, 4)
    assert told(report()) == [
        (True, f"{text}: {count} of {count} pairs") for text, count in zip(TEXTS, counts, strict=True)
    ]
    checks = list(article(planned("ipvlan-l2"), report()))
    assert {(check.network, check.host) for check in checks} == {("ipvlan-l2", None)}


def is_from(kind: str, to: str, same: bool) -> Any:
    return lambda source, target: (
        (source["kind"], target["kind"]) == (kind, to) and (source["host"] == target["host"]) is same
    )


@pytest.mark.parametrize(
    ("number", "broken"),
    [
        (1, is_from("host", "container", True)),
        (1, is_from("container", "host", True)),
        (2, is_from("container", "container", True)),
        (3, is_from("host", "host", False)),
        (4, is_from("container", "host", False)),
        (5, is_from("container", "container", False)),
        (6, is_from("host", "container", False)),
    ],
)
def test_each_of_them_fails_alone_and_with_a_single_pair(number: int, broken: Any) -> None:
    assert [passed for passed, _text in told(report(broken=broken))] == [place != number for place in range(1, 7)]

    def once(source: Any, target: Any) -> bool:
        return (
            bool(broken(source, target)) and source["host"] == "host0" and max(source["number"], target["number"]) < 3
        )

    assert [passed for passed, _text in told(report(containers=9, broken=once))] == [
        place != number for place in range(1, 7)
    ]


def test_pairs_without_data_prove_nothing_and_are_counted() -> None:
    to_host1 = {"broken": lambda _source, target: target["host"] == "host1", "missing": "~?"}
    assert told(report(**to_host1))[0] == (True, f"{TEXTS[0]}: 4 of 8 pairs, 4 without data")
    # Nothing was heard of these at all, since a host was lost.
    nothing = {"broken": lambda source, target: source["host"] != target["host"], "missing": "~?", "lost": True}
    assert [text[0] for _passed, text in told(report(**nothing))] == ["1", "2"]


def test_without_a_pair_nothing_is_proven() -> None:
    found = told(report(containers=0))
    assert found[0] == (False, f"{TEXTS[0]}: no pair proves it")
    assert [passed for passed, _text in found] == [False, False, True, False, False, False]
    assert told(report(containers=0, lost=True)) == [(True, f"{TEXTS[2]}: 2 of 2 pairs")]


def test_a_single_host_has_nobody_to_be_heard_by() -> None:
    assert [text[0] for _passed, text in told(report(hosts=1))] == ["1", "2"]
    assert [passed for passed, _text in told(report(hosts=1, containers=1))] == [True, False]


def rows(finding: Any, name: str, facts: Any, *more: Any) -> list[tuple[bool, str]]:
    return [(one.status == "pass", one.detail) for one in finding(planned(name), "host1", {"host1": facts}, *more)]


LOOK = [seen("dockerlan-macvlan-passthru-1")]


def test_the_kernel_refuses_a_second_container() -> None:
    name, error = "dockerlan-macvlan-passthru-2", "device or resource busy"
    facts = observed(LOOK, refused=[{"container": name, "error": error}])
    assert rows(refused, "macvlan-passthru", facts) == [(True, f"{name} is refused: {error}")]
    assert rows(refused, "macvlan-passthru", observed(LOOK)) == [
        (False, f"{name} started, expected that it is refused")
    ]
    assert rows(refused, "macvlan-passthru", observed()) == []


def with_links(*links: Any, networks: Any = ()) -> dict[str, Any]:
    facts = observed(LOOK)
    return {**facts, "links": [*facts["links"], *links], "networks": list(networks)}


def test_docker_made_the_vlan_links() -> None:
    made = [added_link("eth0.21", kind="vlan"), added_link("eth0.22", kind="vlan")]
    assert rows(made_links, "vlan", with_links(*made)) == [
        (True, "Docker made the vlan link eth0.21"),
        (True, "Docker made the vlan link eth0.22"),
    ]
    assert rows(made_links, "vlan", with_links(added_link("eth0.21", kind="bridge"))) == [
        (False, "eth0.21 is no such link, expected a vlan link"),
        (False, "eth0.22 is not there, expected a vlan link"),
    ]
    assert rows(made_links, "vlan", observed()) == []


def test_docker_made_a_dummy_where_there_is_no_parent() -> None:
    networks = [{"name": "no-parent-macvlan", "id": "a" * 64}, {"name": "no-parent-ipvlan", "id": "b" * 64}]
    made = [added_link("dm-" + "a" * 12, kind="dummy"), added_link("di-" + "b" * 12, kind="dummy")]
    assert rows(made_links, "no-parent", with_links(*made, networks=networks)) == [
        (True, "Docker made the dummy link dm-aaaaaaaaaaaa"),
        (True, "Docker made the dummy link di-bbbbbbbbbbbb"),
    ]
    assert [passed for passed, _text in rows(made_links, "no-parent", with_links(made[0], networks=networks))] == [
        True,
        False,
    ]
    assert [passed for passed, _text in rows(made_links, "no-parent", with_links(*made))] == [False, False]


def test_links_are_gone_with_their_networks() -> None:
    facts = with_links(added_link("eth0.21", kind="vlan"))
    assert rows(removed_links, "vlan", facts, ["lo", "eth0", "eth0.22"]) == [
        (True, "Docker removed eth0.21 with its network"),
        (False, "eth0.22 is still there without its network"),
    ]
    assert rows(removed_links, "vlan", facts, None) == []
    assert rows(removed_links, "ipvlan-l2", facts, ["lo"]) == []
