# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said while hosts answer: on a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.unit.plugins.handed_out import MESH, PING_MESH, collection, hand_out, results_of
from tests.unit.plugins.playbook import environment_of, play_all, prepare
from tests.unit.plugins.simulation import Faults, Fleet

TASKS = [{"name": "Find", MESH: {}, "run_once": True}, {"name": "Ping", PING_MESH: {}}]
FLEET = Fleet()
SECONDS = 60
# The first answer comes at once, so that a second later the next one is told of.
DELAYS = {"host2": 1.5, "host3": 3.0}


def hosts(folder: Path, delays: dict[str, float]) -> dict[str, dict[str, object]]:
    hand_out(folder / "results", results_of(FLEET, Faults(leaks=frozenset({"host2"}))))
    waits = {host: {"answers_after": seconds} for host, seconds in delays.items()}
    return {host: {"handed_out": str(folder / "results"), **waits.get(host, {})} for host in FLEET.hosts}


def on_terminal(folder: Path, delays: dict[str, float]) -> str:
    """Run on a pseudo-terminal; return what it showed."""
    command = prepare(folder, hosts(folder, delays), [{"tasks": TASKS}])
    environment = {**environment_of(folder), "ANSIBLE_COLLECTIONS_PATH": str(collection(folder))}
    master, slave = pty.openpty()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    try:
        return _read(master)
    finally:
        process.kill()
        process.wait()
        os.close(master)


def _read(master: int) -> str:
    shown, end = b"", time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            shown += os.read(master, 65536)
        except OSError:
            return shown.decode("utf-8")
    pytest.fail(f"the run did not end: {shown!r}")


def test_a_terminal_sees_how_far_a_long_run_is(tmp_path: Path) -> None:
    shown = on_terminal(tmp_path, DELAYS)
    told = re.findall(r"reachability: (\d) of (\d) hosts, (\d+) pairs, (\d+) unexpected so far", shown)
    # host1 and host2 have two pairs with the leaks of host2 each, in both families.
    assert told == [("2", "3", "96", "8"), ("3", "3", "144", "8")], shown


def test_a_terminal_is_not_bothered_by_a_short_run(tmp_path: Path) -> None:
    shown = on_terminal(tmp_path, {})
    assert "REACHABILITY" in shown
    assert "so far" not in shown


def test_a_pipe_sees_no_progress(tmp_path: Path) -> None:
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(collection(tmp_path))}
    run = play_all(tmp_path, hosts(tmp_path, DELAYS), [{"tasks": TASKS}], environment=environment)
    assert "REACHABILITY" in run.output
    assert "so far" not in run.output
