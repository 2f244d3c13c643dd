# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run is, by a clock that the tests set."""

from __future__ import annotations

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import outcome_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._progress import Progress

from tests.unit.plugins.simulation import Faults, Fleet, mesh_of, probe

FLEET, FAULTS = Fleet(), Faults(filtered=frozenset({"host2"}))
MESH = mesh_of(FLEET, FAULTS)
RECORDS = {host: outcome_of(result).records for host, result in probe(FLEET, FAULTS, MESH).items()}


class Watched:
    """A progress with its clock, and what it says."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.now = 100.0
        self.progress = Progress(self.said.append, lambda: self.now)

    def answer(self, host: str, after: float, *, failed: bool = False) -> None:
        """Let a host answer, some seconds after the one before."""
        self.now += after
        self.progress.answered(host, MESH, None if failed else RECORDS[host])


def test_hosts_pairs_and_unexpected_pairs_are_counted() -> None:
    watched = Watched()
    watched.answer("host1", 5)
    watched.answer("host2", 1)
    watched.answer("host3", 1)
    assert watched.said == [
        "reachability: 2 of 3 hosts, 96 pairs, 36 unexpected so far",
        "reachability: 3 of 3 hosts, 144 pairs, 48 unexpected so far",
    ]


def test_it_is_said_once_a_second_at_most() -> None:
    watched = Watched()
    for host in ("host1", "host2", "host3"):
        watched.answer(host, 0.6)
    assert len(watched.said) == 1


def test_a_host_that_failed_counts_without_pairs() -> None:
    watched = Watched()
    watched.answer("host1", 0)
    watched.answer("host3", 1, failed=True)
    assert watched.said == ["reachability: 2 of 3 hosts, 48 pairs, 12 unexpected so far"]


def test_a_host_that_answers_again_begins_another_round() -> None:
    watched = Watched()
    watched.answer("host1", 0)
    watched.answer("host3", 0)
    watched.answer("host1", 1)
    assert watched.said == ["reachability: 1 of 3 hosts, 48 pairs, 12 unexpected so far"]


def test_records_of_another_mesh_are_not_judged() -> None:
    watched = Watched()
    watched.answer("host1", 0)
    watched.now += 1
    other = mesh_of(Fleet(containers=1))
    watched.progress.answered("host2", other, RECORDS["host2"])
    assert watched.said == ["reachability: 2 of 3 hosts, 96 pairs, 12 unexpected so far"]
