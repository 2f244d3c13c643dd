# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs that take turns because the neighbour table is too small for all of them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _neighbour_table, _netns, _places, _sockets
from ansible_collections.dockerlan.fleet.plugins.module_utils._datagrams import address_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Neighbour, Room
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._places import Places, places_for
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Job, Pace, probe
from ansible_collections.dockerlan.fleet.plugins.module_utils._tally import Tally
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.lan import Lan

QUICK = Pace(probes=2, interval=0.01, timeout=0.3, rate=0)


class Tables:
    """Neighbour tables that only exist here: the entries by namespace, and what was forgotten."""

    def __init__(self, entries: dict[str | None, set[str]] | None = None) -> None:
        self.entries: dict[str | None, set[str]] = defaultdict(set, entries or {})
        self.here: str | None = None
        self.others = 0

    @contextmanager
    def inside(self, path: str) -> Iterator[None]:
        """Be somewhere else for a while."""
        self.here = path
        yield
        self.here = None

    def neighbours(self, _family: str) -> list[Neighbour]:
        """List the entries here."""
        return [Neighbour(2, address, "02:00:00:00:00:01", "reachable") for address in sorted(self.entries[self.here])]

    def forget(self, entries: list[Neighbour]) -> None:
        """Remove entries here."""
        self.entries[self.here] -= {entry.address for entry in entries}

    def room(self, _family: str) -> Room:
        """Count the entries everywhere, and those of others; the limit is not what is asked for."""
        return Room(0, self.size() + self.others)

    def size(self) -> int:
        """Count the entries everywhere."""
        return sum(map(len, self.entries.values()))


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Tables:
    return in_use(monkeypatch)


def in_use(monkeypatch: pytest.MonkeyPatch) -> Tables:
    made = Tables()
    monkeypatch.setattr(_netns, "inside", made.inside)
    monkeypatch.setattr(_neighbour_table, "neighbours", made.neighbours)
    monkeypatch.setattr(_neighbour_table, "forget", made.forget)
    monkeypatch.setattr(_neighbour_table, "room", made.room)
    return made


def pair(channel: _sockets.Channel, target: str, own: str) -> Tally:
    """Make a pair."""
    return Tally(Job(channel, target), address_of(target), own, 1)


def mesh(count: int, *, elsewhere: int = 0) -> list[Tally]:
    """Make the pairs of a full mesh of containers, and of them with targets on other hosts. No socket is needed."""
    channels = [_sockets.Channel(None, "ipv4", False, 1, f"/ns/{n}") for n in range(count)]
    targets = [f"10.0.0.{n}" for n in range(count + elsewhere)]
    return [
        pair(channel, target, f"10.0.0.{n}")
        for n, channel in enumerate(channels)
        for target in targets
        if target != f"10.0.0.{n}"
    ]


@pytest.mark.parametrize("room", [Room(1024, 0), Room(100_000, 80_000), None])
def test_with_room_for_all_nobody_waits(room: Room | None) -> None:
    assert places_for(mesh(10, elsewhere=5), room) is None


@pytest.mark.usefixtures("tables")
def test_a_shared_entry_is_counted_once() -> None:
    pairs = mesh(10)  # 90 pairs, 90 entries: those of one direction are those of the other
    assert places_for(pairs, Room(102, 0)) is None
    assert places_for(pairs, Room(101, 0)) is not None


@pytest.mark.usefixtures("tables")
def test_a_table_that_is_unknown_is_taken_for_half_full() -> None:
    places = places_for(mesh(40), None)
    assert places
    assert places.free == {"ipv4": 1024 - 512 - 128}


@pytest.mark.usefixtures("tables")
def test_a_full_table_leaves_a_few_places_to_try() -> None:
    places = places_for(mesh(5), Room(1024, 1024))
    assert places
    assert places.free == {"ipv4": 8}


def test_what_was_there_before_needs_no_place_and_stays(tables: Tables) -> None:
    tables.entries["/ns/0"] = {"10.0.0.1", "10.0.0.9"}
    tables.entries["/ns/1"] = {"10.0.0.0"}
    pairs = mesh(9)
    places = places_for(pairs, Room(16, 3))
    assert places
    free = dict(places.free)
    first = next(one for one in pairs if (one.own, one.job.target) == ("10.0.0.0", "10.0.0.1"))
    assert places.admit(first)
    assert places.free == free
    places.release(first)
    places.leave()
    assert first.neighbour
    assert tables.entries["/ns/0"] == {"10.0.0.1", "10.0.0.9"}


def admitted(places: Places, tables: Tables, tally: Tally) -> bool:
    """Admit a pair, and let the kernel make its entries."""
    if not places.admit(tally):
        return False
    for where, address in _places.keys_of(tally, places.homes):
        tables.entries[where].add(address)
    return True


@given(st.integers(2, 9), st.integers(0, 6), st.integers(2, 40), st.randoms(use_true_random=False))
def test_there_are_never_more_entries_than_places_and_everybody_gets_one(
    count: int, elsewhere: int, free: int, random: object
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        tables = in_use(monkeypatch)
        waiting = deque(mesh(count, elsewhere=elsewhere))
        homes = {one.own: one.job.channel.namespace for one in waiting}
        addresses = frozenset(homes).union(one.job.target for one in waiting)
        places = Places({"ipv4": free}, {"ipv4": 0}, homes, frozenset(), addresses)
        places.recount()
        everybody, flying = list(waiting), []
        while waiting or flying:
            if waiting and admitted(places, tables, waiting[0]):
                flying.append(waiting.popleft())
                assert tables.size() <= max(free, 8)
            elif flying:
                flying.sort(key=lambda _one: random.random())  # type: ignore[attr-defined]
                places.release(flying.pop())
            else:
                places.clear()
        places.leave()
        assert places.free == {"ipv4": max(free, 8)}
        assert tables.size() == 0
        assert all(one.neighbour and one.neighbour.address == one.job.target for one in everybody)


def test_an_entry_that_came_back_is_removed_and_one_that_is_not_ours_stays(tables: Tables) -> None:
    pairs = mesh(5)
    places = places_for(pairs, Room(16, 0))
    assert places
    assert admitted(places, tables, pairs[0])
    places.release(pairs[0])
    tables.entries["/ns/0"] |= {"10.0.0.3", "172.16.0.1"}
    places.clear()
    assert tables.entries["/ns/0"] == {"172.16.0.1"}


def test_what_others_take_meanwhile_is_missing(tables: Tables) -> None:
    pairs = mesh(9)
    places = places_for(pairs, Room(48, 0))
    assert places
    assert admitted(places, tables, pairs[0])
    assert admitted(places, tables, pairs[1])
    places.release(pairs[0])
    tables.others = 20
    places.clear()
    assert places.free == {"ipv4": 42 - 2 - 20}
    tables.others = 500
    places.clear()
    assert not places.admit(pairs[2])  # the first pairs have to be done first ..
    places.release(pairs[1])
    places.clear()
    assert places.admit(pairs[2])  # .. and with none of them left somebody has to try


@pytest.mark.usefixtures("tables")
def test_the_families_have_tables_of_their_own() -> None:
    v6 = _sockets.Channel(None, "ipv6", False, 1, "/ns/0")
    pairs = [*mesh(5), *(pair(v6, f"2001:db8::{n}", "2001:db8::") for n in range(1, 30))]
    places = places_for(pairs, Room(16, 0))
    assert places
    assert places.free == {"ipv4": 14, "ipv6": 14}
    assert sum(places.admit(one) for one in pairs if one.job.channel.family == "ipv6") == 14
    assert places.admit(pairs[0])


def test_a_namespace_that_is_gone_has_no_neighbours() -> None:
    assert _places.table("/run/netns/never-was", "ipv4") == {}
    gone = pair(_sockets.Channel(None, "ipv4", False, 1, "/run/netns/never-was"), "192.0.2.1", "192.0.2.2")
    _places.tell_neighbours([gone])
    assert gone.neighbour is None


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_mesh_in_a_small_table_is_right_and_leaves_the_table_as_it_was(lan: Lan, family: str) -> None:
    def address(number: int) -> str:
        return f"192.0.2.{number}" if family == "ipv4" else f"2001:db8::{number}"

    count, dead, length = 12, (90, 91), 24 if family == "ipv4" else 64
    paths = [lan.add_station(f"s{n}", f"{address(n)}/{length}") for n in range(1, count + 1)]
    known = address(2)
    lan.within("s2", "ip", "link", "set", "eth0", "address", "02:00:00:00:00:09")
    lan.within("s1", "ip", "neigh", "add", known, "lladdr", "02:00:00:00:00:09", "dev", "eth0", "nud", "permanent")
    with ExitStack() as stack:
        jobs = []
        for n, path in enumerate(paths, 1):
            with _netns.inside(path):
                channel = _sockets.open_channel(family, address(n), namespace=path)
            stack.callback(channel.sock.close)
            jobs += [Job(channel, address(other)) for other in (*range(1, count + 1), *dead) if other != n]
        probed = probe(jobs, QUICK, Room(40, 0))
    silent = {*map(address, dead)}
    for job, outcome in zip(jobs, probed.outcomes, strict=True):
        assert outcome.record.state is (State.LOST if job.target in silent else State.REPLY), (job, outcome)
        assert outcome.neighbour
        assert outcome.neighbour.address == job.target
        assert bool(outcome.neighbour.mac) is (job.target not in silent)
    assert probed.batches > 1
    for n, path in enumerate(paths, 1):
        left = _places.table(path, family)
        asked = {entry.address for entry in left.values() if entry.state != "noarp"}
        assert {entry for entry in asked if not entry.startswith("fe80")} == ({known} if n == 1 else set())
