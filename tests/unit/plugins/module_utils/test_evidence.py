# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence has what deviates, and is bounded without losing what is different."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _evidence, _links, _netns
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Room
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import IcmpError, Outcome, Stray
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import Sources
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.lan import Lan
from tests.unit.plugins.probed import LOST, REPLY, UNREACHABLE, endpoint, network, observed, share, with_neighbour

MAC, OTHER = "02:00:00:00:00:05", "02:00:00:00:00:06"
ENDS = [
    endpoint(0, "h1", None, ipv6=None),
    endpoint(1, "h1", "a", ipv6=None),
    endpoint(2, "h2", "b", ipv6=None, macs=[MAC]),
    endpoint(3, "h2", None, ipv6=None),
]
ALL_KEYS = {"icmp", "strays", "neighbours", "wire", "links", "sources", "routes", "neighbour_table", "truncated"}


def test_all_keys_are_there_and_empty_where_nothing_can_be_read() -> None:
    found = _evidence.evidence_of(observed(share(ENDS), {}), host_is_here=False)
    assert set(found) == ALL_KEYS
    assert found.pop("neighbour_table") == {"ipv4": None, "ipv6": None}
    assert all(rows == [] for rows in found.values())


def test_icmp_errors_with_their_senders_but_not_those_of_a_host_and_its_own_containers() -> None:
    prohibited = Outcome(Record(State.UNREACHABLE, 1.0), icmp=IcmpError("prohibited", "192.0.2.9", None))
    seen = observed(share(ENDS), {("ipv4", 1, 2): prohibited, ("ipv4", 0, 1): UNREACHABLE, ("ipv4", 0, 3): UNREACHABLE})
    assert _evidence.icmp_rows(seen) == [
        {"source": 0, "target": 3, "family": "ipv4", "error": "no_neighbour", "from": None, "mtu": None},
        {"source": 1, "target": 2, "family": "ipv4", "error": "prohibited", "from": "192.0.2.9", "mtu": None},
    ]


def test_strays() -> None:
    twice = REPLY._replace(strays=(Stray("duplicate", "192.0.2.3", 4),))
    [row] = _evidence.stray_rows(observed(share(ENDS), {("ipv4", 1, 2): twice}))
    assert row == {"source": 1, "target": 2, "family": "ipv4", "kind": "duplicate", "from": "192.0.2.3", "count": 4}


def test_neighbours_of_silent_targets_and_wrong_macs_come_first() -> None:
    outcomes = {
        ("ipv4", 0, 1): with_neighbour(UNREACHABLE, None, "failed"),
        ("ipv4", 0, 2): with_neighbour(REPLY, MAC),
        ("ipv4", 0, 3): with_neighbour(LOST, OTHER, "stale"),
        ("ipv4", 1, 2): with_neighbour(REPLY, OTHER),
    }
    rows = _evidence.neighbour_rows(observed(share(ENDS), outcomes))
    assert rows == [
        {"source": 1, "target": 2, "family": "ipv4", "state": "reachable", "mac": OTHER},
        {"source": 0, "target": 3, "family": "ipv4", "state": "stale", "mac": OTHER},
    ]


def test_sources_and_the_neighbour_table() -> None:
    seen = observed(share(ENDS), {}, sources=Sources(links={1: []}), rooms={"ipv4": Room(1024, 7), "ipv6": None})
    found = _evidence.evidence_of(seen, host_is_here=False)
    assert found["sources"] == [{"source": 1, "links": []}]
    assert found["neighbour_table"] == {"ipv4": {"limit": 1024, "used": 7}, "ipv6": None}


def test_parents_and_routes_of_a_real_host(lan: Lan) -> None:
    path = lan.add_station("host", "192.0.2.1/24")
    lan.within("host", "ip", "route", "add", "192.0.2.128/28", "via", "192.0.2.7")
    with _netns.inside(path):
        [eth0] = [link for link in _links.read_links() if link["name"] == "eth0"]
        found = {
            mode: _evidence.evidence_of(observed(share(ENDS, network(mode=mode)), {}), host_is_here=True)
            for mode in ("l2", "l3")
        }
    [link] = found["l2"]["links"]
    assert (link["network"], link["name"], link["mac"], link["up"]) == ("office", "eth0", eth0["mac"], True)
    assert found["l2"]["routes"] == []
    assert {"destination": "192.0.2.128/28", "link": "eth0", "gateway": "192.0.2.7"} in found["l3"]["routes"]
    assert all(found[mode]["wire"] == [] for mode in found)


def test_who_may_not_open_packet_sockets_knows_nothing_of_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_observed: object) -> list[dict[str, object]]:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(_evidence, "ask_wire", refuse)
    assert _evidence.evidence_of(observed(share([]), {}), host_is_here=True)["wire"] == []


def test_a_list_that_was_cut_is_named_and_has_every_target() -> None:
    ends = [endpoint(number, "h1", f"a{number}", ipv6=None) for number in range(100)]
    ends += [endpoint(number, "h2", f"b{number}", ipv6=None) for number in range(100, 110)]
    of = share(ends)
    dead = [pair for pair in of.pairs if pair.target >= 100]
    found = _evidence.evidence_of(observed(of, dict.fromkeys(map(tuple, dead), UNREACHABLE)), host_is_here=False)
    assert found["truncated"] == ["icmp"]
    assert len(found["icmp"]) == _evidence.MAX_ROWS
    assert {row["target"] for row in found["icmp"]} == set(range(100, 110))


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 150)), max_size=12))
def test_rows_are_kept_in_order_and_of_as_many_kinds_as_fit(runs: list[tuple[int, int]]) -> None:
    kinds = [kind for kind, count in runs for _row in range(count)]
    rows = [{"kind": kind, "place": place} for place, kind in enumerate(kinds)]
    kept = _evidence.limited(rows, lambda row: row["kind"])
    assert len(kept) == min(len(rows), _evidence.MAX_ROWS)
    assert [row["place"] for row in kept] == sorted(row["place"] for row in kept)
    assert len({row["kind"] for row in kept}) == min(len(set(kinds)), _evidence.MAX_ROWS)
