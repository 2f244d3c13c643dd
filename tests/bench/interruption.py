# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure for how long a container is silent while its network is replaced, by this collection and by docker_network.

    python3 -m tests.bench.interruption [--engine debian13] [--rounds 3]

It boots two hosts, makes a network with three containers on one by hand, pings each container every 10 ms from the
other, and has the network changed: by dockerlan.fleet.network and by community.docker.docker_network in turn, from the
same state every time. The tables go into docs/interruption.md. It needs what the lab needs (root), takes a few minutes
and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from lab.base import DEFAULT_ENGINE, ENGINES
from tests.bench.gaps import Record
from tests.bench.scene import ALIAS, CONTAINERS, NETWORK, Container, Endpoint, Kind, Scene, booted, pool
from tests.bench.table import OURS, Result, between_markers, tables
from tests.integration.fleet import ROOT

DOCUMENT = ROOT / "docs" / "interruption.md"
THEIRS = "community.docker.docker_network"
_MARKER = "tests.bench.interruption"


@dataclass(frozen=True)
class Change:
    """From what to what a network is changed."""

    old: Kind
    new: Kind

    def __str__(self) -> str:
        return f"{self.old} to {self.new}"


@dataclass(frozen=True)
class Stage:
    """A kind of hosts, and the changes that are measured on them."""

    kernel: str
    words: str
    links: str
    changes: tuple[Change, ...]


_MACVLAN, _PRIVATE, _IPVLAN = Kind("macvlan", "bridge"), Kind("macvlan", "private"), Kind("ipvlan", "l2")
STAGES = (
    Stage("uml", "user-mode Linux hosts", "ipvlan,macvlan", (Change(_MACVLAN, _IPVLAN), Change(_IPVLAN, _MACVLAN))),
    Stage("native", "native hosts", "macvlan", (Change(_MACVLAN, _PRIVATE),)),
)


@dataclass(frozen=True)
class Round:
    """One replacement, seen from inside and outside."""

    before: dict[str, Endpoint]
    after: dict[str, Endpoint]
    record: Record
    reported: dict[str, float]

    def lost(self, container: str) -> int:
        """Count the lost pings to the address that a container had."""
        return self.record.streams[self.before[container].address].lost

    def silent(self, container: str) -> float | None:
        """Return for how long a container was silent, wherever it is now; None: it is not heard any more."""
        new = self.after[container].address
        return self.record.interruption(self.before[container].address, new) if new in self.record.streams else None


def ours(kind: Kind) -> dict[str, Any]:
    """Return the parameters of this collection's module."""
    network = {"name": NETWORK, "driver": kind.driver, "options": kind.options, "ipam": [pool("ip_range")]}
    return {"networks": [network], "allow_replace": True}


def theirs(kind: Kind) -> dict[str, Any]:
    """Return the parameters of docker_network. It attaches the containers in this order, and cannot be told more."""
    network = {"name": NETWORK, "driver": kind.driver, "driver_options": kind.options, "ipam_config": [pool("iprange")]}
    return {**network, "connected": [one.name for one in CONTAINERS]}


TOOLS = {OURS: ours, THEIRS: theirs}


def measure(scene: Scene, change: Change, tool: str) -> Round:
    """Replace a network that was made anew, and watch its containers."""
    # ipvlan refuses a MAC, and engines before 25 never forget the one that a container was made with.
    scene.set_up(change.old, macs=change.old.driver == change.new.driver == "macvlan")
    before = scene.endpoints()
    with scene.pinging([one.address for one in before.values()]) as pinging:
        pinging.wait_until_steady()
        result = scene.run(tool, TOOLS[tool](change.new))
        after = scene.endpoints()
        record = pinging.finish([one.address for one in after.values() if one.address])
    rows = result.get("containers", [])
    return Round(before, after, record, {row["container"]: row["interruption_ms"] for row in rows})


def result_of(container: Container, seen: Round, labels: tuple[str, Change, str]) -> Result:
    """Sum up a round for one container."""
    title, change, tool = labels
    before, after = seen.before[container.name], seen.after[container.name]
    return Result(
        change=title,
        container=container.words,
        tool=tool,
        silent=seen.silent(container.name),
        lost=seen.lost(container.name),
        kept_address=after.on_link and after.address == before.address,
        kept_alias=(ALIAS in after.aliases) if container.has_alias else None,
        mac=mac_words(change, before, after),
        reported=seen.reported.get(container.name),
    )


def mac_words(change: Change, before: Endpoint, after: Endpoint) -> str:
    """Say what has become of the MAC; on ipvlan all containers have that of the parent."""
    if change.new.driver == "ipvlan":
        return "the parent's"
    if change.old.driver == "ipvlan":
        return "its own"
    return "kept" if after.mac == before.mac else "**lost**"


def rounds(stage: Stage, engine: str, count: int, folder: Path) -> Iterator[tuple[list[Result], str, float]]:
    """Boot the hosts and measure; a round yields its results, the engine's version, and the gap before the change."""
    with booted(stage.kernel, stage.links, engine, folder) as scene:
        version = scene.engine_version()
        for change in stage.changes:
            for number in range(1, count + 1):
                for tool in TOOLS:
                    labels = (f"{change}, {stage.words}", change, tool)
                    print(f"{labels[0]}, round {number}, {tool}", file=sys.stderr, flush=True)
                    seen = measure(scene, change, tool)
                    yield [result_of(one, seen, labels) for one in CONTAINERS], version, seen.record.quiet_gap()


def report(engine: str, count: int) -> str:
    """Measure everything; return the text for the document."""
    results: list[Result] = []
    versions: set[str] = set()
    quiet: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for stage in STAGES:
            for found, version, gap in rounds(stage, engine, count, Path(folder)):
                results += found
                versions.add(version)
                quiet.append(gap)
    command = f"python3 -m tests.bench.interruption --engine {engine} --rounds {count}"
    head = (
        f"Docker Engine {', '.join(sorted(versions))}; median and maximum of {count}; made by `{command}`.\n"
        f"In the second before each change the longest time between two replies was {median(quiet):.0f} ms "
        f"(max {max(quiet):.0f}): the ruler is no finer."
    )
    return f"{head}\n\n{tables(results)}"


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.bench.interruption", description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=ENGINES, default=DEFAULT_ENGINE, help="whose engine (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often for each tool (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=DOCUMENT, help="the document to write the tables into")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_caught: sys.exit(143))  # so that the lab is taken down then, too
    between_markers(arguments.output.read_text(encoding="utf-8"), _MARKER, "")  # better said now than in ten minutes
    found = report(arguments.engine, arguments.rounds)
    text = between_markers(arguments.output.read_text(encoding="utf-8"), _MARKER, found)
    arguments.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
