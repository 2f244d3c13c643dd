# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places in the kernel's neighbour table, when there are not enough for all pairs at once. PRIVATE to the collection.

A pair takes an entry at its source, and another one at its target when that is on this host, too: who is asked for its
MAC remembers who asked. The limit counts all of them together. So a pair waits until there are places for its entries,
and keeps them until it is done; when nobody finds a place any more, the entries that nobody needs are removed. What
was there before stays, and is not counted a second time.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Iterable, Mapping, Sequence, Tuple, Union

from ansible_collections.dockerlan.fleet.plugins.module_utils import _neighbour_table, _netns
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Neighbour, Room
from ansible_collections.dockerlan.fleet.plugins.module_utils._tally import Tally

# A table of which nothing is known has the size that the kernel gives it, and is half full.
_UNKNOWN = Room(1024, 512)
_RESERVE = 8  # an eighth of the table is left to everybody else on this kernel
_LEAST = 8  # without a single place nothing would ever be tried; then a full table is an error of the send

Namespace = Union[str, None]
Key = Tuple[Namespace, str]  # a neighbour entry: where, and for which address


@dataclass
class _Entry:
    """An entry that takes a place: by how many pairs it is needed, and which want to know how it looked in the end."""

    family: str
    users: int = 0
    asking: list[Tally] = field(default_factory=list)


@dataclass
class Places:
    """Who has a place.

    ``capacity`` is how many entries there may be by address family, and ``used`` how many the whole kernel had before;
    ``homes`` has the namespace of each source by its address, ``before`` what was there already. ``cleared`` says how
    often room had to be made.
    """

    capacity: Mapping[str, int]
    used: Mapping[str, int]
    homes: Mapping[str, Namespace]
    before: frozenset[Key]
    addresses: frozenset[str]
    free: dict[str, int] = field(default_factory=dict)
    entries: dict[Key, _Entry] = field(default_factory=dict)
    idle: set[Key] = field(default_factory=set)
    known: list[Tally] = field(default_factory=list)  # done, with an entry that was there before
    cleared: int = 0

    def admit(self, tally: Tally) -> bool:
        """Take the places that a pair needs; False, and none is taken, when there are too few."""
        family = tally.job.channel.family
        keys = [key for key in keys_of(tally, self.homes) if key not in self.before]
        missing = sum(key not in self.entries for key in keys)
        if missing > self.free[family]:
            return False
        self.free[family] -= missing
        for key in keys:
            entry = self.entries.setdefault(key, _Entry(family))
            entry.users += 1
            self.idle.discard(key)
        return True

    def release(self, tally: Tally) -> None:
        """Note that a pair is done. Its places are free again once they are cleared."""
        keys = keys_of(tally, self.homes)
        asking = self.known if keys[0] in self.before else self.entries[keys[0]].asking
        asking.append(tally)
        for key in keys:
            if key not in self.before:
                self.entries[key].users -= 1
                if not self.entries[key].users:
                    self.idle.add(key)

    def clear(self) -> None:
        """Remove the entries that no pair needs any more, and tell the pairs that asked how theirs looked."""
        self.cleared += 1
        by_table: dict[tuple[Namespace, str], list[_Entry]] = defaultdict(list)
        for key in self.idle:
            entry = self.entries.pop(key)
            by_table[key[0], entry.family].append(entry)
        self.idle.clear()
        for (namespace, family), entries in by_table.items():
            found = table(namespace, family)
            for tally in chain.from_iterable(entry.asking for entry in entries):
                tally.neighbour = found.get(tally.job.target)
            # Where it is not allowed, the kernel will drop the oldest ones itself, or refuse to send, which is told.
            with suppress(OSError), within(namespace):
                _neighbour_table.forget([entry for entry in found.values() if self._is_spare(namespace, entry)])
        self.recount()

    def recount(self) -> None:
        """Count the free places anew: others on this kernel need entries as well, and do not wait for ours."""
        for family, capacity in self.capacity.items():
            ours = sum(entry.family == family for entry in self.entries.values())
            room = _neighbour_table.room(family)
            grown = room.used - self.used[family] if room else 0
            self.free[family] = max(capacity - max(ours, grown), 0 if ours else _LEAST)

    def _is_spare(self, namespace: Namespace, entry: Neighbour) -> bool:
        """Tell whether an entry is of our making, and nobody needs it.

        That may be one that was removed before: a question of the other end that was still on its way has made it anew.
        """
        key = (namespace, entry.address)
        return entry.address in self.addresses and key not in self.before and key not in self.entries

    def leave(self) -> None:
        """Leave the table as it was found, when all pairs are done."""
        self.clear()
        tell_neighbours(self.known)


def places_for(tallies: Sequence[Tally], room: Room | None) -> Places | None:
    """Count the places that pairs need; None when there is room for all of them at once.

    ``room`` is that of each address family. Nothing known about it is taken for the kernel's default, half full.
    """
    limit, used = room or _UNKNOWN
    free = limit - used - limit // _RESERVE
    if 2 * len(tallies) <= free:
        return None
    homes = {tally.own: tally.job.channel.namespace for tally in tallies}
    needed: dict[str, set[Key]] = defaultdict(set)
    for tally in tallies:
        needed[tally.job.channel.family].update(keys_of(tally, homes))
    if all(len(keys) <= free for keys in needed.values()):
        return None
    tables = {(tally.job.channel.namespace, tally.job.channel.family) for tally in tallies}
    before = frozenset((where, address) for where, family in tables for address in table(where, family))
    rooms = {family: _neighbour_table.room(family) for family in needed}
    places = Places(
        capacity=dict.fromkeys(needed, free),
        used={family: found.used if found else 0 for family, found in rooms.items()},
        homes=homes,
        before=before,
        addresses=frozenset(homes).union(tally.job.target for tally in tallies),
    )
    places.recount()
    return places


def keys_of(tally: Tally, homes: Mapping[str, Namespace]) -> list[Key]:
    """List the entries that a pair makes, the one at its source first."""
    target = tally.job.target
    here = (tally.job.channel.namespace, target)
    return [here, (homes[target], tally.own)] if target in homes else [here]


def tell_neighbours(tallies: Iterable[Tally]) -> None:
    """Tell each pair the neighbour entry of its target, with one look into each table."""
    by_table: dict[tuple[Namespace, str], list[Tally]] = defaultdict(list)
    for tally in tallies:
        by_table[tally.job.channel.namespace, tally.job.channel.family].append(tally)
    for (namespace, family), those in by_table.items():
        found = table(namespace, family)
        for tally in those:
            tally.neighbour = found.get(tally.job.target)


def table(namespace: Namespace, family: str) -> dict[str, Neighbour]:
    """Read the neighbour table of a namespace, by address. Empty when the namespace is gone: it is only evidence."""
    with suppress(OSError), within(namespace):
        return {entry.address: entry for entry in _neighbour_table.neighbours(family)}
    return {}


def within(namespace: Namespace) -> AbstractContextManager[None]:
    """Run the block in a namespace; None is where the thread is."""
    return _netns.inside(namespace) if namespace else nullcontext()
