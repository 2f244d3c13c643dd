# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the callback costs a fleet of 100 hosts with 10 endpoints each: a million pairs, in a real run.

The tasks hand out prepared results, so that nothing but the callback makes the difference between two runs.
"""

from __future__ import annotations

import base64
import math
import os
import subprocess
import time
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.handed_out import MESH, PING_MESH, collection, hand_out
from tests.unit.plugins.playbook import environment_of, prepare
from tests.unit.plugins.plugin_utils._render.large import large_report

SECONDS = 10
MEGABYTES = 500
MEGABYTE = 1_000_000
HTML_MEGABYTES = 6
JSON_MEGABYTES = 25
TASKS = [{"name": "Find", MESH: {}, "run_once": True}, {"name": "Ping", PING_MESH: {}}]
FORMATS = "json,html,markdown,junit,prometheus"
FILES = ["reachability.html", "reachability.json", "reachability.md", "reachability.prom", "reachability.xml"]
_ALL_LOST = 0xFF
_NOTHING: dict[str, Any] = {"icmp": [], "strays": [], "neighbours": [], "wire": [], "links": [], "sources": []}
_CHECKS = {
    "gateway": [],
    "path_mtu": {"probed": 0, "failures": []},
    "names": {"probed": 0, "failures": [], "unavailable": []},
}
_SPENT = {"changed": False, "method": "netns", "method_reason": None, "batches": 1, "errors": [], "elapsed_ms": 9000}


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds of all its processes, and the most megabytes of ansible-playbook itself."""

    seconds: float
    megabytes: float
    output: str


def results() -> dict[str, Any]:
    """Return the results of a fleet with 999,000 pairs, of which some hosts are faulty and one is down."""
    report = large_report()
    hosts = [{key: value for key, value in host.items() if key != "method"} for host in report["hosts"]]
    mesh = {key: report[key] for key in ("networks", "topology", "endpoints")}
    rows: dict[str, list[Mapping[str, Any]]] = {host["name"]: [] for host in hosts}
    for row in report["matrix"][0]["rows"]:
        rows[report["endpoints"][row["source"]]["host"]].append(row)
    pings = {f"ping_mesh-{host['name']}": _down() if host["lost"] else _pings(rows[host["name"]]) for host in hosts}
    return {"mesh": {"mesh": {**mesh, "hosts": hosts, "across": [], "expectations": []}}, **pings}


def _down() -> dict[str, Any]:
    return {"unreachable": True, "msg": "no route to host"}


def _pings(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    states = bytes(int(state) for row in rows for state in row["states"])
    losses = bytes(0 if state == 0 else _ALL_LOST for state in states)
    times = b"".join(_codes([time for row in rows for time in row["rtt_us"][name]]) for name in ("min", "avg", "max"))
    data = base64.b64encode(states + losses + times).decode("ascii")
    evidence = {**_NOTHING, "routes": [], "truncated": [], "neighbour_table": {"ipv4": None, "ipv6": None}}
    records = {"version": 2, "pairs": len(states), "data": data}
    return {**_SPENT, "records": records, "evidence": evidence, "checks": _CHECKS}


def _codes(microseconds: Sequence[int | None]) -> bytes:
    codes = array("H", (round(2048 * math.log2(1 + (time or 0))) for time in microseconds))
    codes.byteswap()
    return codes.tobytes()


class Fleet:
    """The fleet, and where its runs leave their reports."""

    def __init__(self, folder: Path) -> None:
        handed_out = results()
        hand_out(folder / "results", handed_out)
        self.folder = folder
        self.reports = folder / "reports"
        names = [host["name"] for host in handed_out["mesh"]["mesh"]["hosts"]]
        hosts = {name: {"handed_out": str(folder / "results")} for name in names}
        self.command = prepare(folder, hosts, [{"tasks": TASKS}])
        self.environment = {
            **environment_of(folder),
            "ANSIBLE_COLLECTIONS_PATH": str(collection(folder)),
            "DOCKERLAN_REPORT_FORMATS": FORMATS,
        }

    def run(self, *, enabled: bool = True) -> Cost:
        """Run once, with or without the callback; return what it took."""
        disabled = {name: value for name, value in self.environment.items() if name != "ANSIBLE_CALLBACKS_ENABLED"}
        with (self.folder / "log").open("w+", encoding="utf-8") as log:
            process = subprocess.Popen(
                self.command, cwd=self.folder, env=self.environment if enabled else disabled, stdout=log, stderr=log
            )
            seconds, megabytes = _watched(process.pid)
            log.seek(0)
            return Cost(seconds, megabytes, log.read())


def _watched(pid: int) -> tuple[float, float]:
    """Wait for a process; return the seconds that it and its children took, and its most megabytes.

    Not what wait4 says of its size: that is at least the size of whoever started it.
    """
    most = 0.0
    while True:
        most = max(most, _most_megabytes(pid))
        done, _status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return usage.ru_utime + usage.ru_stime, most
        time.sleep(0.02)


def _most_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), "0")
    return int(kilobytes) * 1024 / MEGABYTE


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """Lend the fleet, with a report of its last run to compare with."""
    made = Fleet(tmp_path_factory.mktemp("scale"))
    assert "Report: " in made.run().output
    return made


def test_the_report_of_a_million_pairs_costs_little(fleet: Fleet) -> None:
    without, costly = fleet.run(enabled=False), fleet.run()
    assert "REACHABILITY" not in without.output
    assert "of 999000 pairs" in costly.output
    assert "WARNING" not in costly.output
    assert costly.seconds - without.seconds <= SECONDS
    assert costly.megabytes - without.megabytes <= MEGABYTES


def test_the_files_of_a_million_pairs_are_small(fleet: Fleet) -> None:
    sizes = {path.name: path.stat().st_size / MEGABYTE for path in sorted(fleet.reports.iterdir())}
    assert list(sizes) == FILES
    assert sizes["reachability.html"] <= HTML_MEGABYTES
    assert sizes["reachability.json"] <= JSON_MEGABYTES
