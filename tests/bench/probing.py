# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how long it takes to probe a hundred targets from each of a hundred sources, in three ways.

    PYTHONPATH=.collections python3 -m tests.bench.probing [--rounds 5]

It makes network namespaces on one bridge that has no way out, and probes all pairs: with this collection's prober, with
fping in each namespace, several at a time, in turn and from the same state every time. What ``docker exec C ping``
takes is measured on a host of the lab, on a sample. The tables go into docs/probing.md. It needs what the lab needs
(root), and fping; it takes some minutes and leaves nothing behind. The limits of the machine's neighbour tables are
changed meanwhile, and put back.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.field import DEFAULT_LIMITS, LARGE_LIMITS, Field, limits, prepared
from tests.bench.probers import TIMEOUT_SECONDS, Pairs, Run, Setting, docker_exec, fping, ours
from tests.bench.ratios import Row, ratio, spread, table
from tests.bench.table import between_markers
from tests.integration.fleet import ROOT

DOCUMENT = ROOT / "docs" / "probing.md"
_MARKER = "tests.bench.probing"
OURS = "this collection, one process"
DEAD = 10
EXECS_EACH = 8  # of six pairs
# What fping's manual allows at least; what it takes from root beyond that; and the very end of its scale.
FPING_OPTIONS = ("-i1 -p10", "-i0.1 -p10", "-i0 -p10")
FPING_PARALLEL = (8, 16, 32, 64)


@dataclass(frozen=True)
class Case:
    """What is probed: probes per pair, dead targets of each source, limits of the neighbour table, state before."""

    title: str
    probes: int
    dead: int = 0
    limits: Sequence[int] = LARGE_LIMITS
    cold: bool = False

    @property
    def alive(self) -> int:
        """Count the pairs that have to reply."""
        return 100 * (100 - self.dead)


CASES = (
    Case("Everybody knows everybody: three probes per pair", 3),
    Case("Everybody knows everybody: one probe per pair", 1),
    Case("Nobody knows anybody: three probes per pair, after all neighbour tables were emptied", 3, cold=True),
    Case(f"{DEAD} of 100 targets are dead: three probes per pair, timeout {TIMEOUT_SECONDS:.0f} s", 3, dead=DEAD),
    Case("The kernel's default limits: three probes per pair", 3, limits=DEFAULT_LIMITS, cold=True),
)


def best_settings(field: Field) -> list[Setting]:
    """Choose for each kind of options how many fpings at a time are fastest, in two trials of each."""
    found = []
    for options in FPING_OPTIONS:
        trials = {
            parallel: min(fping(field, Setting(options, parallel), 3).seconds for _trial in range(2))
            for parallel in FPING_PARALLEL
        }
        found.append(Setting(options, min(trials, key=lambda parallel: trials[parallel])))
    return found


def measure(field: Field, case: Case, settings: Sequence[Setting], rounds: int) -> Iterator[tuple[str, Run]]:
    """Probe in every way in turn; a run yields what it is called."""
    ways: dict[str, Callable[[], Run]] = {OURS: lambda: ours(field, case.probes, case.dead)}
    for setting in settings:
        ways[str(setting)] = lambda chosen=setting: fping(field, chosen, case.probes, case.dead)  # type: ignore[misc]
    with limits(case.limits):
        field.forget_neighbours()
        for number in range(1, rounds + 1):
            for way, run in ways.items():
                print(f"{case.title}, round {number}, {way}", file=sys.stderr, flush=True)
                if case.cold:
                    field.forget_neighbours()
                elif number == 1:
                    run()  # so that everybody knows everybody
                yield way, run()
        field.forget_neighbours()


def section(field: Field, case: Case, settings: Sequence[Setting], rounds: int) -> tuple[str, Row]:
    """Measure a case; return its part of the document, and the row of this collection."""
    runs: dict[str, list[Run]] = {}
    for way, run in measure(field, case, settings, rounds):
        runs.setdefault(way, []).append(run)
    rows = [
        Row(way, [one.seconds for one in those], [len(one.answered) for one in those]) for way, those in runs.items()
    ]
    words = [table(rows), "", same_answers([[one.answered for one in those] for those in runs.values()], case.alive)]
    batches = max(one.batches for one in runs[OURS])
    if batches > 1:
        words.append(f"The pairs took turns: room was made in the neighbour table {batches} times.")
    if case.dead:
        words.append(f"Beyond the timeout it took {max(rows[0].seconds) - TIMEOUT_SECONDS:.2f} s at most.")
    return f"### {case.title}\n\n" + "\n".join(words), rows[0]


def same_answers(answers: Sequence[Sequence[Pairs]], alive: int) -> str:
    """Say whether all ways gave the same answers in all rounds, and the right ones."""
    ours_, *others = answers
    right = all(len(one) == alive for one in ours_)
    words = "right in all rounds" if right else f"**wrong**: {min(map(len, ours_)):,} at least"
    differing = [number for number, way in enumerate(others, 2) if {*way} != {*ours_}]
    agreement = (
        f"other answers in row {', '.join(map(str, differing))}" if differing else "the same answers in all rows"
    )
    return f"{alive:,} pairs have to reply. This collection: {words}; {agreement}."


def exec_section(times: Sequence[float], row: Row) -> str:
    """Compare the sample of docker exec with the time that a pair took, with one probe each."""
    pairs = row.replied[0]
    each = median(row.seconds) / pairs
    sample = (
        f"{len(times)} calls on a host of the lab, one after the other: {spread([1000 * t for t in times], 0)} ms each"
    )
    return (
        f"### `docker exec C ping -c1 T`\n\nSample: {sample}. Extrapolated to {pairs:,} pairs: "
        f"{median(times) * pairs:,.0f} s. This collection needs {1_000_000 * each:.0f} µs per pair, with one probe: "
        f"it is **{ratio(median(times), each)} times** as fast."
    )


def report(rounds: int) -> str:
    """Measure everything; return the text for the document."""
    load = os.getloadavg()[0]
    times = docker_exec(EXECS_EACH)
    with prepared() as field:
        with limits(LARGE_LIMITS):
            settings = best_settings(field)
            field.forget_neighbours()
        sections = [section(field, case, settings, rounds) for case in CASES]
    head = (
        f"Linux {platform.release()}, {len(os.sched_getaffinity(0))} processors, load {load:.1f} at the "
        f"start; median, least and most of {rounds} rounds; made by `python3 -m tests.bench.probing --rounds {rounds}`."
    )
    single = next(row for case, (_text, row) in zip(CASES, sections, strict=True) if case.probes == 1)
    return "\n\n".join([head, *(text for text, _row in sections), exec_section(times, single)])


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.bench.probing", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often in each way (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=DOCUMENT, help="the document to write the tables into")
    arguments = parser.parse_args()
    missing = [command for command in ("fping", "nsenter", "ip") if not shutil.which(command)]
    if missing:
        parser.error(f"it needs the commands {', '.join(missing)}: apt-get install fping util-linux iproute2")
    signal.signal(signal.SIGTERM, lambda *_caught: sys.exit(143))  # so that everything is put back then, too
    between_markers(arguments.output.read_text(encoding="utf-8"), _MARKER, "")  # better said now than in some minutes
    found = report(arguments.rounds)
    text = between_markers(arguments.output.read_text(encoding="utf-8"), _MARKER, found)
    arguments.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
