# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report of sections says of each what its own report says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import Outcome, build_report
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import by_position, pairs_in
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._sections import Section, joined, report_of_sections
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.modes import HOSTS, KINDS, Odd, lan_section, own_section
from tests.unit.plugins.simulation import NOW, Faults, Fleet

LOST = {"host2": ("failed", "Build: no space left")}
APART: Any = {"from": "*/*", "to": "*/*", "relation": None, "expected": "blocked", "why": "bridges are apart"}
TWO_BRIDGES = (
    {**APART, "network": "user-defined", "to_network": "another-bridge"},
    {**APART, "network": "another-bridge", "to_network": "user-defined"},
)
IPVLAN = Fleet(driver="ipvlan", containers=1)
FAULTS = st.sampled_from(
    [
        Faults(),
        Faults(cut=frozenset({"host2"})),
        Faults(lost=LOST),
        Faults(unplugged=frozenset({"host1"})),
        Faults(gateway=frozenset({"host3"})),
        Faults(mtu={"host2": 1400}),
        Faults(stale={("host1/web-1", "host2/web-1"): "stale"}),
        Faults(walls={"host2/web-1": "out"}),
    ]
)


@st.composite
def own_sections(draw: st.DrawFn, name: str) -> Section:
    odd = draw(st.sampled_from([Odd(), Odd(lost=LOST), Odd(without_rules=frozenset({"host1"}))]))
    if name == "user-defined":
        return own_section(name, name, "another-bridge", odd=odd, expectations=TWO_BRIDGES)
    return own_section(name, name, odd=odd)


@st.composite
def lan_sections(draw: st.DrawFn, name: str) -> Section:
    fleet = replace(
        IPVLAN,
        driver=draw(st.sampled_from(["ipvlan", "macvlan"])),
        families=draw(st.sampled_from([("ipv4",), ("ipv6",), ("ipv4", "ipv6")])),
        topology=draw(st.sampled_from(["full", "hosts", "ring"])),
    )
    section = lan_section(name, fleet, draw(FAULTS))
    kept = draw(st.sets(st.sampled_from(HOSTS), min_size=1))
    return section._replace(outcomes={host: outcome for host, outcome in section.outcomes.items() if host in kept})


def some_sections() -> st.SearchStrategy[list[Section]]:
    names = [name for name in KINDS if name != "another-bridge"]
    own = st.lists(st.sampled_from(names), unique=True, max_size=3)
    lans = st.integers(1, 3).map(lambda number: [f"lan-{one}" for one in range(number)])
    return st.tuples(own, lans).flatmap(
        lambda found: st.tuples(*map(own_sections, found[0]), *map(lan_sections, found[1])).map(list)
    )


def reports_of(sections: Sequence[Section]) -> list[dict[str, Any]]:
    return [build_report(section.mesh, section.outcomes, NOW) for section in sections]


def moved(row: dict[str, Any], first: int) -> dict[str, Any]:
    """Return a row of a matrix with the indexes of its endpoints behind ``first`` others, its causes by their kind.

    Of two hosts that were lost together in one section one may have come back: then they have a cause each.
    """
    targets = [[start + first, end + first] for start, end in row["targets"]]
    kinds = sorted((position, kind_of(name)) for position, name in by_position(row["causes"]).items())
    return {**row, "source": row["source"] + first, "targets": targets, "causes": kinds}


def kind_of(cause: str) -> str:
    return cause.partition(":")[0]


@settings(max_examples=25)
@given(some_sections())
def test_the_report_is_that_of_all_sections_one_after_the_other(sections: list[Section]) -> None:
    whole, apart = report_of_sections(sections, NOW), reports_of(sections)
    first = 0
    rows: list[Any] = []
    for report in apart:
        for block in report["matrix"]:
            rows.append({**block, "rows": [moved(row, first) for row in block["rows"]]})
        first += len(report["endpoints"])
    assert [{**block, "rows": [moved(row, 0) for row in block["rows"]]} for block in whole["matrix"]] == rows
    for key in ("networks", "relations", "one_way"):
        assert whole[key] == [row for report in apart for row in report[key]]
    known = [{**row, "cause": row["cause"] is not None} for report in apart for row in report["checks"]]
    assert [{**row, "cause": row["cause"] is not None} for row in whole["checks"]] == known
    assert [{**end, "index": 0} for end in whole["endpoints"]] == [
        {**end, "index": 0} for report in apart for end in report["endpoints"]
    ]
    assert [end["index"] for end in whole["endpoints"]] == list(range(first))
    for key in whole["totals"]:
        assert whole["totals"][key] == sum(report["totals"][key] for report in apart)


@settings(max_examples=25)
@given(some_sections())
def test_each_cause_is_that_of_the_sections(sections: list[Section]) -> None:
    whole, apart = report_of_sections(sections, NOW), reports_of(sections)
    counts: Counter[str] = Counter()
    for report in apart:
        for cause in report["causes"]:
            counts[cause["kind"]] += cause["pairs"] + cause["checks"]
    for cause in whole["causes"]:
        counts[cause["kind"]] -= cause["pairs"] + cause["checks"]
    assert set(counts.values()) <= {0}
    assert len({cause["id"] for cause in whole["causes"]}) == len(whole["causes"])


@settings(max_examples=25)
@given(some_sections())
def test_one_section_is_its_own_report(sections: list[Section]) -> None:
    for section, report in zip(sections, reports_of(sections), strict=True):
        assert report_of_sections([section], NOW) == report


def test_evidence_of_one_section_says_nothing_about_another_one() -> None:
    """The routes of the second LAN would otherwise be those that the first one lacks."""
    l3 = replace(IPVLAN, mode="l3", families=("ipv4",))
    ways = frozenset((a, b) for a in HOSTS for b in HOSTS if a != b)
    sections = [lan_section("one", l3, Faults(no_route=ways)), lan_section("two", l3)]
    for order in (sections, sections[::-1]):
        (cause,) = report_of_sections(order, NOW)["causes"]
        assert (cause["kind"], cause["networks"]) == ("l3_no_route", ["one"])


def test_evidence_and_errors_are_about_the_endpoints_of_their_section() -> None:
    stale = Faults(stale={("host1/web-1", "host2/web-1"): "stale"})
    walled = Faults(walls={"host2/web-1": "out"})
    sections = [lan_section("one", IPVLAN), lan_section("two", IPVLAN, stale), lan_section("three", IPVLAN, walled)]
    causes = report_of_sections(sections, NOW)["causes"]
    assert [(cause["kind"], cause["networks"]) for cause in causes] == [
        ("stale_neighbour", ["two"]),
        ("container_firewall", ["three"]),
    ]


def test_a_host_that_came_back_is_not_lost_and_what_it_lacks_has_its_reason() -> None:
    report = report_of_sections([own_section("bridge", "bridge", odd=Odd(lost=LOST)), own_section("host", "host")], NOW)
    assert [host["lost"] for host in report["hosts"]] == [False] * 3
    (cause,) = report["causes"]
    assert (cause["kind"], cause["hosts"], cause["networks"]) == ("failed", ["host2"], ["bridge"])
    assert cause["evidence"] == ["host2: Build: no space left"]
    assert report["verdict"] == "incomplete"


def test_a_host_that_is_lost_now_keeps_what_it_brought_before() -> None:
    sections = [own_section("bridge", "bridge"), own_section("host", "host", odd=Odd(lost=LOST))]
    report = report_of_sections(sections, NOW)
    assert [(host["lost"], host["detail"], host["method"]) for host in report["hosts"]] == [
        (False, None, "netns"),
        (True, "Build: no space left", "netns"),
        (False, None, "netns"),
    ]
    assert {pair["status"] for pair in pairs_in(report) if pair["network"] == "bridge"} == {"as_expected"}
    assert report["hosts"][1]["addresses"] == {"bridge": {"ipv4": "192.168.56.12", "ipv6": None}}


def test_a_host_that_was_lost_while_probing_one_section_is_so_in_that_one() -> None:
    first, second = own_section("bridge", "bridge"), own_section("host", "host")
    gone = Outcome(loss=Loss("host_down", "Ping: no route"))
    first = first._replace(outcomes={**first.outcomes, "host3": gone})
    report = report_of_sections([first, second], NOW)
    assert not report["hosts"][2]["lost"]
    assert [(cause["id"], cause["networks"]) for cause in report["causes"]] == [("host-down:host3", ["bridge"])]


def test_hosts_have_the_addresses_and_conflicts_of_all_sections() -> None:
    conflicts = Faults(conflicts={"host2": ("old", "macvlan")})
    meshes = [lan_section("one", IPVLAN, conflicts).mesh, lan_section("two", IPVLAN).mesh]
    host = joined(meshes)["hosts"][1]
    assert list(host["addresses"]) == ["one", "two"]
    assert [row["network"] for row in host["conflicts"]] == ["one"]
    known = [{**mesh["hosts"][1], "virtualization": name} for mesh, name in zip(meshes, ("kvm", None), strict=True)]
    twice = [{**mesh, "hosts": [one]} for mesh, one in zip(meshes, known, strict=True)]
    assert joined(twice)["hosts"][0]["virtualization"] == "kvm"


def test_of_several_topologies_the_one_that_leaves_out_the_most_is_told() -> None:
    kinds = ("full", "ring", "hosts")
    meshes = [lan_section(kind, replace(IPVLAN, topology=kind)).mesh for kind in kinds]
    for mesh, pairs in zip(meshes, (3, 4, 5), strict=True):
        mesh["topology"]["pairs"] = pairs
    assert joined(meshes)["topology"]["kind"] == "ring"
    assert joined(meshes)["topology"]["pairs"] == 12
