# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract, row by row, as in the table of who can reach whom."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._contract import (
    CONTRACT,
    OTHER_NETWORK,
    RELATIONS,
    Kind,
    differs_by_direction,
    flags_of,
    is_shared,
    kind_of,
    modes_of,
    relation_of,
    resolves_names,
    rule,
    rule_behind,
)

# Same host, cross host, host and its own containers, the same with a shim, host to others' containers, and back.
TABLE = {
    ("macvlan", "bridge", ""): "oo-ooo",
    ("macvlan", "private", ""): "-o--oo",
    ("macvlan", "vepa", ""): "-o--oo",
    ("macvlan", "passthru", ""): "-o--oo",
    ("ipvlan", "l2", "bridge"): "oo-ooo",
    ("ipvlan", "l2", "private"): "-o--oo",
    ("ipvlan", "l2", "vepa"): "-o--oo",
    ("ipvlan", "l3", "bridge"): "oo-ooo",
    ("ipvlan", "l3", "private"): "-o--oo",
    ("ipvlan", "l3", "vepa"): "-o--oo",
    ("ipvlan", "l3s", "bridge"): "oo-ooo",
    ("ipvlan", "l3s", "private"): "-o--oo",
    ("ipvlan", "l3s", "vepa"): "-o--oo",
    ("bridge", "default", ""): "o-oo-o",
    ("bridge", "user_defined", ""): "o-oo-o",
    ("host", "", ""): "oooooo",
    ("null", "", ""): "------",
    ("container", "bridge", ""): "o-oo-o",
}
_WORDS = {"o": "open", "-": "blocked"}


def row_of(kind: Kind) -> list[str]:
    """Return what is expected, in the order of the table."""
    same, cross = rule(kind, "same_host"), rule(kind, "cross_host")
    own = [rule(kind, "own_host", shim) for shim in (False, True)]
    other = [rule(kind, "other_host", outwards=outwards) for outwards in (False, True)]
    return [found.expected for found in (same, cross, *own, *other)]


@pytest.mark.parametrize(("kind", "row"), TABLE.items())
@pytest.mark.parametrize("internal", [False, True])
def test_the_table(kind: tuple[str, str, str], row: str, internal: bool) -> None:
    assert row_of(Kind(*kind, internal)) == [_WORDS[sign] for sign in row]
    assert rule(Kind(*kind), "host_to_host").expected == "open"


def test_no_row_is_missing_in_the_table() -> None:
    assert {*CONTRACT} == {*TABLE}


@pytest.mark.parametrize("kind", [kind for kind in TABLE if kind[0] in ("macvlan", "ipvlan")])
def test_without_a_parent_a_network_ends_at_its_host(kind: tuple[str, str, str]) -> None:
    with_parent, without = row_of(Kind(*kind)), row_of(Kind(*kind, has_parent=False))
    assert without == [with_parent[0], *["blocked"] * 5]


@pytest.mark.parametrize("mode", ["default", "user_defined"])
def test_the_way_out_of_a_bridge_is_not_the_way_in(mode: str) -> None:
    kind = Kind("bridge", mode)
    ways = [rule_behind(kind, "other_host", expected) for expected in ("open", "blocked")]
    assert [way.expected for way in ways] == ["open", "blocked"]
    assert "masquerade" in ways[0].needs
    assert [one for one in RELATIONS if differs_by_direction(kind, one)] == ["other_host"]
    assert not any(differs_by_direction(Kind("ipvlan", "l2", "bridge"), one) for one in RELATIONS)


def test_the_rule_behind_what_the_contract_never_expects_is_that_of_the_relation() -> None:
    kind = Kind("ipvlan", "l2", "bridge")
    assert rule_behind(kind, "own_host", "open") == rule(kind, "own_host")
    assert rule_behind(kind, "own_host", "open", shim=True) == rule(kind, "own_host", shim=True)


def test_only_a_lan_with_a_parent_is_one_for_all_hosts() -> None:
    kinds = [Kind(*kind) for kind in CONTRACT]
    assert {kind.driver for kind in kinds if is_shared(kind)} == {"ipvlan", "macvlan"}
    assert not any(is_shared(kind._replace(has_parent=False)) for kind in kinds)


def test_every_rule_has_a_reason_and_says_what_it_needs() -> None:
    assert all(one.why for rules in CONTRACT.values() for one in rules.values())
    for mode in ("l3", "l3s"):
        assert "routes" in rule(Kind("ipvlan", mode, "bridge"), "cross_host").needs
    assert "MAC" in rule(Kind("macvlan", "bridge"), "cross_host").needs
    assert "hairpin" in rule(Kind("macvlan", "vepa"), "same_host").needs
    assert rule(Kind("ipvlan", "l2", "bridge"), "cross_host").needs == ""
    assert "shim" in rule(Kind("ipvlan", "l2", "bridge"), "own_host").needs


def test_nothing_is_promised_between_two_lans() -> None:
    assert OTHER_NETWORK not in RELATIONS
    with pytest.raises(KeyError):
        rule(Kind("ipvlan", "l2", "bridge"), OTHER_NETWORK)


def test_modes_and_flags_that_a_lan_may_have_the_default_first() -> None:
    assert modes_of("ipvlan") == ["l2", "l3", "l3s"]
    assert modes_of("macvlan") == ["bridge", "private", "vepa", "passthru"]
    assert flags_of("ipvlan") == ["bridge", "private", "vepa"]
    assert flags_of("macvlan") == []
    assert modes_of("bridge") == flags_of("host") == []


@pytest.mark.parametrize(("driver", "mode", "named"), [("bridge", "default", False), ("bridge", "user_defined", True)])
def test_names(driver: str, mode: str, named: bool) -> None:
    assert resolves_names(Kind(driver, mode)) is named
    assert resolves_names(Kind("ipvlan", "l2", "bridge"))
    assert not resolves_names(Kind("null"))
    assert not resolves_names(Kind("host"))


def test_the_kind_of_a_network_of_the_mesh() -> None:
    network = {"driver": "ipvlan", "mode": "l3", "flag": "private", "internal": True, "parents": {"host1": "eth0"}}
    assert kind_of(network) == Kind("ipvlan", "l3", "private", internal=True)
    assert kind_of({**network, "parents": {}}).has_parent is False


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
    ends = [{"host": host, "kind": kind, "network": "office"} for host, kind in (source, target)]
    assert relation_of(*ends) == relation_of(*reversed(ends)) == relation
    assert relation_of(ends[0], {**ends[1], "network": "voice"}) == "other_network"
