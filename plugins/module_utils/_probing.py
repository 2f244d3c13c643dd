# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All probes of one host: every pair from its source's namespace, in one run. PRIVATE to the collection."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping

from ansible_collections.dockerlan.fleet.plugins.module_utils import _gateways
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import FAMILIES, Pair
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Room, room
from ansible_collections.dockerlan.fleet.plugins.module_utils._own_kinds import BRIDGED, follows_from_address
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Job, Outcome, Pace, probe
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import Share
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import Sources, Ways, open_sources

MAX_ERRORS = 100


@dataclass
class Observed:
    """What a host saw: outcomes of what was probed, and why the rest was not.

    ``rooms`` is the room in the neighbour tables before it, ``batches`` how many runs it took one after the other.
    """

    share: Share
    outcomes: dict[Pair, Outcome] = field(default_factory=dict)
    sources: Sources = field(default_factory=Sources)
    rooms: Mapping[str, Room | None] = field(default_factory=dict)
    batches: int = 1
    gateways: list[dict[str, Any]] = field(default_factory=list)

    def record(self, pair: Pair) -> Record:
        """Return the record of a pair."""
        outcome = self.outcomes.get(pair)
        if outcome is None:
            return Record(self._state_without_probe(pair))
        return outcome.record._replace(state=State.IMPOSTOR) if self.is_impostor(pair) else outcome.record

    def records(self) -> list[Record]:
        """Return one record per pair, in the order of the pairs."""
        return [self.record(pair) for pair in self.share.pairs]

    def is_impostor(self, pair: Pair) -> bool:
        """Tell whether it was not the target that replied.

        The reply came to a neighbour entry with another MAC than the target has; or someone on the own host has the
        address of a target elsewhere, or a bridge of the own host gave it out, and nothing proves it was the target.
        """
        outcome = self.outcomes.get(pair)
        if outcome is None or outcome.record.state is not State.REPLY:
            return False
        if self.has_other_mac(pair):
            return True
        return (self.share.has_twin(pair) or self._is_of_own_bridge(pair)) and not self._is_proven(pair)

    def has_other_mac(self, pair: Pair) -> bool:
        """Tell whether the neighbour entry of a target names a MAC that the target does not have."""
        mac, macs = self._mac_seen(pair), self.share.ends[pair.target]["macs"]
        return bool(macs and mac and mac not in macs)

    def _mac_seen(self, pair: Pair) -> str | None:
        outcome = self.outcomes.get(pair)
        return _gateways.mac_of(outcome.neighbour if outcome else None)

    def _is_of_own_bridge(self, pair: Pair) -> bool:
        """Tell whether a container of another host was found next to the source, on a bridge that ends at its host."""
        is_bridged = self.share.network_of(pair.target)["driver"] in BRIDGED and not self.share.is_host(pair.target)
        return is_bridged and not self.share.is_within_host(pair) and self._mac_seen(pair) is not None

    def _is_proven(self, pair: Pair) -> bool:
        """Tell whether the MAC that replied is the target's, and not one that everyone with its address has."""
        mac, target = self._mac_seen(pair), self.share.ends[pair.target]
        return mac in target["macs"] and not follows_from_address(str(mac), target["ipv4"])

    def errors(self) -> list[dict[str, Any]]:
        """List what kept sources and pairs from being probed, sources first: they explain the most."""
        of_sources = [
            {"source": index, "target": None, "family": family, "text": text}
            for (index, family), text in self.sources.reasons.items()
        ]
        of_pairs = [
            {"source": pair.source, "target": pair.target, "family": pair.family, "text": outcome.error}
            for pair, outcome in self.outcomes.items()
            if outcome.error
        ]
        return (of_sources + of_pairs)[:MAX_ERRORS]

    def _state_without_probe(self, pair: Pair) -> State:
        ends = (self.share.ends[pair.source], self.share.ends[pair.target])
        if any(end["stranded"] for end in ends) or self.sources.links.get(pair.source) == []:
            return State.STRANDED
        return State.NO_SOURCE if all(end.get(pair.family) for end in ends) else State.NO_ADDRESS


def probe_host(stack: ExitStack, share: Share, ways: Ways, pace: Pace, *, dont_fragment: bool = False) -> Observed:
    """Probe every pair of a host, and the gateways along with them: silent ones then take no time of their own.

    The sockets of its sources stay open until the stack closes them. CannotReturnError when this process got stuck in
    another namespace.
    """
    rooms = {family: room(family) for family in FAMILIES}
    sources = open_sources(stack, share, ways, dont_fragment=dont_fragment)
    jobs = jobs_of(share, sources)
    gateways = _gateways.questions(share, sources)
    free = scarcest(rooms[family] for family in {family for _index, family in sources.channels})
    probed = probe([*jobs.values(), *(_gateways.job(question, sources) for question in gateways)], pace, free)
    outcomes, of_gateways = probed.outcomes[: len(jobs)], probed.outcomes[len(jobs) :]
    checks = [_gateways.row(question, outcome) for question, outcome in zip(gateways, of_gateways)]
    return Observed(share, dict(zip(jobs, outcomes)), sources, rooms, probed.batches, checks)


def jobs_of(share: Share, sources: Sources) -> dict[Pair, Job]:
    """Build the jobs of all pairs that have a socket to send from and an address to send to."""
    jobs = {}
    for pair in share.pairs:
        channel, address = sources.channels.get((pair.source, pair.family)), share.address(pair.target, pair.family)
        if channel and address:
            jobs[pair] = Job(channel, address)
    return jobs


def scarcest(rooms: Iterable[Room | None]) -> Room | None:
    """Choose the neighbour table with the least room; None when that of one of them is unknown."""
    known = list(rooms)
    return None if None in known or not known else min(filter(None, known), key=lambda one: one.limit - one.used)
