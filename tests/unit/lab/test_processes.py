# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes: recognised, ended, and never mistaken for others."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab import processes
from lab.errors import LabError


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_running_process_is_alive(sleeper: subprocess.Popen[bytes]) -> None:
    assert processes.is_alive(processes.identify(sleeper.pid))


def test_the_same_pid_with_another_start_is_another_process(sleeper: subprocess.Popen[bytes]) -> None:
    process = processes.identify(sleeper.pid)
    former = replace(process, start=process.start - 1)
    assert not processes.is_alive(former)
    processes.kill(former)
    assert sleeper.poll() is None


def test_kill_ends_it_and_a_zombie_is_dead(sleeper: subprocess.Popen[bytes]) -> None:
    process = processes.identify(sleeper.pid)
    processes.kill(process)
    assert Path(f"/proc/{sleeper.pid}").exists(), "not reaped yet"
    assert not processes.is_alive(process)
    processes.kill(process)


def test_none_is_dead() -> None:
    assert not processes.is_alive(None)
    processes.kill(None)


def test_a_name_with_spaces_and_brackets_is_read_right(tmp_path: Path) -> None:
    program = tmp_path / "a) S (b"
    program.symlink_to("/usr/bin/sleep")
    with subprocess.Popen([program, "60"]) as odd, subprocess.Popen(["sleep", "60"]) as plain:
        assert Path(f"/proc/{odd.pid}/comm").read_text() == "a) S (b\n"
        ticks = abs(processes.identify(odd.pid).start - processes.identify(plain.pid).start)
        odd.kill()
        plain.kill()
    assert ticks < 60 * os.sysconf("SC_CLK_TCK")


def test_run_returns_output_and_takes_input() -> None:
    assert processes.run(["cat"], stdin="hello") == "hello"


@pytest.mark.parametrize(
    ("argv", "timeout", "text"),
    [(["sh", "-c", "echo sorry >&2; exit 3"], 10.0, "sorry"), (["sleep", "60"], 0.1, "no end")],
)
def test_run_complains_in_the_commands_words(argv: list[str], timeout: float, text: str) -> None:
    with pytest.raises(LabError, match=text):
        processes.run(argv, timeout=timeout)


def test_wait_until_gives_up() -> None:
    with pytest.raises(LabError, match="too late"):
        processes.wait_until(lambda: False, 0.05, "too late")


def test_start_and_first_child(tmp_path: Path) -> None:
    log, mark = tmp_path / "log", tmp_path / "entered"
    pid = processes.start(["sh", "-c", "echo out; sleep 60 & wait"], enter=mark.touch, log=log)
    try:
        child = processes.first_child(pid, log)
        assert mark.exists(), "ran in the child before the program"
        assert os.getpgid(pid) == pid, "a group of its own"
        comm = Path(f"/proc/{child.pid}/comm")
        processes.wait_until(lambda: comm.read_text() == "sleep\n", 5, "the child is another process")
        assert log.read_text() == "out\n"
    finally:
        processes.kill(child)
        os.waitpid(pid, 0)


def test_first_child_of_one_that_ended_says_what_it_said(tmp_path: Path) -> None:
    log = tmp_path / "log"
    pid = processes.start(["sh", "-c", "echo no space left"], enter=lambda: None, log=log)
    with pytest.raises(LabError, match="no space left"):
        processes.first_child(pid, log)
    os.waitpid(pid, 0)


def test_a_process_that_cannot_enter_its_cgroups_is_not_started(tmp_path: Path) -> None:
    def refuse() -> None:
        raise OSError

    with pytest.raises(LabError, match="cannot enter"):
        processes.start(["touch", str(tmp_path / "ran")], enter=refuse, log=tmp_path / "log")
    assert not (tmp_path / "ran").exists()
