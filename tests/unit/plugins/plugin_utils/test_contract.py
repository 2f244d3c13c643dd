# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract, row by row, as in the table of who can reach whom."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._contract import (
    CONTRACT,
    RELATIONS,
    modes_of,
    relation_of,
    rule,
)


@pytest.mark.parametrize(("driver", "mode"), [("ipvlan", "l2"), ("macvlan", "bridge")])
def test_only_a_host_and_its_own_containers_are_kept_apart(driver: str, mode: str) -> None:
    found = {relation: rule(driver, mode, relation).expected for relation in RELATIONS}
    assert found == {
        "same_host": "open",
        "cross_host": "open",
        "own_host": "blocked",
        "other_host": "open",
        "host_to_host": "open",
    }


def test_every_row_has_every_relation_and_a_reason() -> None:
    for rules in CONTRACT.values():
        assert tuple(rules) == RELATIONS
        assert all(one.why for one in rules.values())


def test_modes_of_a_driver() -> None:
    assert modes_of() == ["ipvlan", "macvlan"]
    assert modes_of("ipvlan") == ["l2"]
    assert modes_of("bridge") == []


@pytest.mark.parametrize(
    ("source", "target", "relation"),
    [
        (("a", "container"), ("a", "container"), "same_host"),
        (("a", "container"), ("b", "container"), "cross_host"),
        (("a", "container"), ("a", "host"), "own_host"),
        (("a", "host"), ("a", "container"), "own_host"),
        (("a", "container"), ("b", "host"), "other_host"),
        (("a", "host"), ("b", "container"), "other_host"),
        (("a", "host"), ("b", "host"), "host_to_host"),
    ],
)
def test_relations(source: tuple[str, str], target: tuple[str, str], relation: str) -> None:
    ends = [{"host": host, "kind": kind} for host, kind in (source, target)]
    assert relation_of(*ends) == relation
