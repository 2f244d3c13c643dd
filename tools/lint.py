# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quality gates: all of them run, side by side, also when one fails; then one line for each.

``python -m tools.lint [GATE ...]`` from the virtual environment; without a name, every gate.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tools import sanity_home, shipped

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"
TREE = CACHE / "sanity" / "ansible_collections" / "dockerlan" / "fleet"
TIMEOUT_SECONDS = 600.0


@dataclass(frozen=True)
class Gate:
    """One check: a name, a command, where it runs, and what its environment adds to ours."""

    name: str
    command: Sequence[str]
    cwd: Path = ROOT
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a gate said: exit status (0 is good), its output, and the seconds it took."""

    gate: Gate
    status: int
    output: str
    seconds: float


def gates(tree: Path, home: Path) -> list[Gate]:
    """Return every gate, the slow ones first.

    ``tree`` is the collection as it ships, in a git repository of its own at the path that ansible-test asks for;
    ``home`` a directory for what ansible-test keeps, and antsibull-docs logs, under ``~``.
    """
    at_home = {"HOME": str(home)}
    return [
        Gate("sanity", ["ansible-test", "sanity", "--local", "--color", "no"], tree, at_home),
        Gate("ansible-lint", ["ansible-lint", "--offline", "--strict", "--nocolor"]),
        Gate("docs", _antsibull_docs(), tree, at_home),
        Gate("mypy", ["mypy", "-p", "ansible_collections.dockerlan.fleet.plugins", "-p", "lab", "-p", "tools"]),
        Gate("changelog", ["antsibull-changelog", "lint"]),
        Gate("ruff", ["ruff", "check", "."]),
        Gate("format", ["ruff", "format", "--check", "--diff", "."]),
    ]


def run(gate: Gate, timeout: float = TIMEOUT_SECONDS) -> Outcome:
    """Run one gate to its end, without a terminal; one that takes over ``timeout`` seconds is stopped: failed."""
    started = time.monotonic()
    try:
        done = subprocess.run(
            gate.command,
            cwd=gate.cwd,
            env={**os.environ, **gate.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(gate, 124, f"stopped after {timeout:.0f} s", timeout)
    except OSError as error:
        return Outcome(gate, 127, str(error), time.monotonic() - started)
    return Outcome(gate, done.returncode, done.stdout, time.monotonic() - started)


def run_all(chosen: Sequence[Gate]) -> list[Outcome]:
    """Run gates, as many at once as there are cores; print each one's output when it is done."""
    outcomes = []
    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        for future in as_completed([pool.submit(run, gate) for gate in chosen]):
            outcome = future.result()
            _say(f"==> {outcome.gate.name}: {_word(outcome)} after {outcome.seconds:.0f} s")
            _say(outcome.output.rstrip() if outcome.status else _notes(outcome.output))
            outcomes.append(outcome)
    return outcomes


def summary(outcomes: Sequence[Outcome]) -> int:
    """Print one line for each gate; return 1 when one failed."""
    _say("==> Gates")
    for outcome in outcomes:
        _say(f"    {_word(outcome):7}{outcome.gate.name}")
    return int(any(outcome.status for outcome in outcomes))


def main(names: Sequence[str]) -> int:
    """Run the named gates, or all; 1 when one failed, 2 when a name is unknown."""
    home = CACHE / "ansible-test"
    every = gates(TREE, home)
    unknown = set(names) - {gate.name for gate in every}
    if unknown:
        _say(f"no such gate: {', '.join(sorted(unknown))}; there are: {', '.join(gate.name for gate in every)}")
        return 2
    chosen = [gate for gate in every if not names or gate.name in names]
    _say(f"==> Running {len(chosen)} gates: {', '.join(gate.name for gate in chosen)}")
    shipped.copy(ROOT, TREE)
    sanity_home.prepare(home, Path.home(), os.environ)
    return summary(run_all(chosen))


def _antsibull_docs() -> list[str]:
    return ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "dependent", "."]


def _notes(output: str) -> str:
    """Return what a gate that passed could not check: ansible-test's warnings of skipped tests."""
    return "\n".join(dict.fromkeys(line for line in output.splitlines() if line.startswith("WARNING: Skipping")))


def _word(outcome: Outcome) -> str:
    return "FAILED" if outcome.status else "ok"


def _say(text: str) -> None:
    if text:
        print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
