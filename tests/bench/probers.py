# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to probe that are compared: in one process, with fping, and with docker exec."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.dockerlan.fleet.plugins.module_utils import _neighbour_table
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Pace, probe

from tests.bench.field import SOURCES, Field, address
from tests.bench.scene import CHANGED, CONTAINERS, Kind, Scene, booted

TIMEOUT_SECONDS = 1.0
_FPING_LINE = re.compile(r"^(\S+)\s*:.*min/avg/max", re.MULTILINE)
_FPING_SECONDS = 120

Pairs = frozenset[tuple[str, str]]  # source, target

# Times each command on its own, in the host itself: what `lab exec` costs is not in it.
_EXEC = """
import json, subprocess, sys, time
times = []
for source, target in json.loads(sys.argv[1]):
    started = time.perf_counter()
    subprocess.run(["docker", "exec", source, "ping", "-c1", "-W1", target], check=True, capture_output=True)
    times.append(time.perf_counter() - started)
print(json.dumps(times))
"""


@dataclass(frozen=True)
class Setting:
    """How fping is called: its options, and how many processes run at a time."""

    options: str
    parallel: int

    def __str__(self) -> str:
        return f"`fping {self.options}`, {self.parallel} at a time"


@dataclass(frozen=True)
class Run:
    """How long it took, in seconds, and who has answered whom."""

    seconds: float
    answered: Pairs
    batches: int = 1


def ours(field: Field, probes: int, dead: int = 0) -> Run:
    """Probe all pairs in this process, from the opening of the sockets to their closing."""
    pace = Pace(probes=probes, interval=0, timeout=TIMEOUT_SECONDS, rate=0)
    started = time.perf_counter()
    with field.jobs(dead) as jobs:
        probed = probe(jobs, pace, _neighbour_table.room("ipv4"))
    seconds = time.perf_counter() - started
    source_of = {path: address(number) for number, path in enumerate(field.paths, 1)}
    answered = frozenset(
        (source_of[job.channel.namespace or ""], job.target)
        for job, outcome in zip(jobs, probed.outcomes, strict=True)
        if outcome.record.state is State.REPLY
    )
    return Run(seconds, answered, probed.batches)


def fping(field: Field, setting: Setting, probes: int, dead: int = 0) -> Run:
    """Probe all pairs with one fping for each source; the lists of targets are written before the clock starts."""
    with tempfile.TemporaryDirectory() as folder:
        commands = []
        for number, path in enumerate(field.paths[:SOURCES], 1):
            listed = Path(folder, str(number))
            listed.write_text("\n".join(field.targets(number, dead)), encoding="ascii")
            options = [f"-c{probes}", f"-t{TIMEOUT_SECONDS * 1000:.0f}", "-q", *setting.options.split()]
            commands.append(["nsenter", f"--net={path}", "fping", *options, "-f", str(listed)])
        started = time.perf_counter()
        with ThreadPoolExecutor(setting.parallel) as pool:
            outputs = list(pool.map(_errors_of, commands))
        seconds = time.perf_counter() - started
    found = (
        (address(number), target) for number, text in enumerate(outputs, 1) for target in _FPING_LINE.findall(text)
    )
    return Run(seconds, frozenset(found))


def _errors_of(command: Sequence[str]) -> str:
    """Run an fping. It exits with 1 when somebody did not answer, and writes its sums to the error output."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=_FPING_SECONDS, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return done.stderr


def docker_exec(times_each: int) -> list[float]:
    """Boot a lab, and return the seconds of each ``docker exec C ping -c1 T`` of a sample."""
    with tempfile.TemporaryDirectory() as folder, booted("native", "macvlan", "debian13", Path(folder)) as scene:
        return _exec_times(scene, times_each)


def _exec_times(scene: Scene, times_each: int) -> list[float]:
    scene.set_up(Kind("macvlan", "bridge"), macs=False)
    addresses = {name: end.address for name, end in scene.endpoints().items()}
    pairs = [[one.name, addresses[other.name]] for one in CONTAINERS for other in CONTAINERS if other is not one]
    return [
        float(seconds)
        for seconds in json.loads(scene.on(CHANGED, "python3", "-c", _EXEC, json.dumps(pairs * times_each)))
    ]
