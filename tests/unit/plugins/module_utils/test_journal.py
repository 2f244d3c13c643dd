# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal is there whole or not at all, and only one process at a time is in."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _journal
from ansible_collections.dockerlan.fleet.plugins.module_utils._journal import BusyError, Entry, JournalError
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Goal

from tests.unit.plugins.module_runner import ROOT

OLD = Goal([{"name": "office", "ipam": [{"subnet": "10.0.0.0/24", "gateway": None}]}], ["lab"], [{"container": "wéb"}])
NEW = Goal([{"name": "lab"}], ["office"], [])
ENTRY = Entry("engine-1", "2026-01-31T12:00:00Z", _journal.OLD, OLD, NEW)
HOLD = """
import sys, time
from pathlib import Path
from typing import Any
from ansible_collections.dockerlan.fleet.plugins.module_utils import _journal
with _journal.locked(Path(sys.argv[1])):
    print("in", flush=True)
    time.sleep(60)
"""


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert _journal.read(tmp_path, lambda: ENTRY.engine) is None
    for entry in (ENTRY, ENTRY._replace(goal=_journal.NEW)):
        _journal.write(tmp_path, entry)
        assert _journal.read(tmp_path, lambda: ENTRY.engine) == entry
    _journal.delete(tmp_path)
    assert _journal.read(tmp_path, lambda: ENTRY.engine) is None
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_as_documented_and_only_for_its_owner(tmp_path: Path) -> None:
    _journal.write(tmp_path, ENTRY)
    path = tmp_path / "journal.json"
    assert json.loads(path.read_text()) == {
        "version": 1,
        "engine": "engine-1",
        "since": "2026-01-31T12:00:00Z",
        "goal": "old",
        "old": OLD._asdict(),
        "new": NEW._asdict(),
    }
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_goal_says_which_end_is_meant() -> None:
    assert ENTRY.ends() == (OLD, NEW)
    assert ENTRY._replace(goal=_journal.NEW).ends() == (NEW, OLD)


def test_a_crash_while_writing_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _journal.write(tmp_path, ENTRY)

    def crash(*_args: object) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", crash)
        with pytest.raises(JournalError, match="the power is gone"):
            _journal.write(tmp_path, ENTRY._replace(goal=_journal.NEW))
    assert _journal.read(tmp_path, lambda: ENTRY.engine) == ENTRY
    # What was half written is in nobody's way.
    (tmp_path / "journal.new").write_text("{" * 10_000)
    _journal.write(tmp_path, ENTRY._replace(goal=_journal.NEW))
    assert _journal.read(tmp_path, lambda: ENTRY.engine) == ENTRY._replace(goal=_journal.NEW)


def test_it_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        seen.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    def renamed(old: Path, new: Path) -> Path:
        seen.append("rename")
        return replace(old, new)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    _journal.write(tmp_path, ENTRY)
    assert seen == [str(tmp_path / "journal.new"), "rename", str(tmp_path)]
    _journal.delete(tmp_path)
    assert seen[3:] == [str(tmp_path)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"version": 2}',
        '{"version": 1}',
        '{"version": 1, "engine": "e", "since": "s", "goal": "old", "old": {}, "new": {}}',
        json.dumps({"version": 2, **ENTRY._asdict(), "old": OLD._asdict(), "new": NEW._asdict()}),
        json.dumps({"version": 1, **ENTRY._asdict(), "old": OLD._asdict(), "new": NEW._asdict(), "more": 1}),
        json.dumps({"version": 1, **ENTRY._asdict(), "old": OLD._asdict(), "new": None}),
        "\x00" * 100,
    ],
)
def test_one_that_cannot_be_understood_is_an_error_with_its_cure(tmp_path: Path, text: str) -> None:
    (tmp_path / "journal.json").write_text(text)
    with pytest.raises(JournalError, match=r"journal\.json .* cannot be read .*Cure: .*remove the file"):
        _journal.read(tmp_path, lambda: ENTRY.engine)


def test_one_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "journal.json").write_bytes(b"\xff\xfe")
    with pytest.raises(JournalError, match="cannot be read"):
        _journal.read(tmp_path, lambda: ENTRY.engine)


def test_one_that_may_not_be_read_is_left_alone(tmp_path: Path) -> None:
    """To tell a user without rights to remove it would lose what it is there for."""
    (tmp_path / "journal.json").mkdir()
    with pytest.raises(JournalError, match="Cure: run as root") as raised:
        _journal.read(tmp_path, lambda: ENTRY.engine)
    assert "remove" not in str(raised.value)


def test_one_about_another_engine_is_an_error(tmp_path: Path) -> None:
    _journal.write(tmp_path, ENTRY)
    with pytest.raises(JournalError, match="broken off on another Docker Engine"):
        _journal.read(tmp_path, lambda: "another")


def test_a_directory_that_cannot_be_used_is_an_error_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cure = "cannot be used .*Cure: run as root, or name a directory of the user with state_dir"
    with pytest.raises(JournalError, match=cure):
        _journal.write(tmp_path / "file", ENTRY)
    with pytest.raises(JournalError, match=cure):
        _journal.delete(tmp_path / "file")
    with pytest.raises(JournalError, match=cure), _journal.locked(tmp_path / "file" / "below"):
        pytest.fail("there is no such directory")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_on_a_full_disk_the_cure_is_room_and_not_another_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(number, "the disk is full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(JournalError, match=r"Cure: make room on its disk$"):
        _journal.write(tmp_path, ENTRY)


def test_the_lock_makes_its_directory_and_is_free_again(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"
    for _time in range(2):
        with _journal.locked(directory):
            assert (directory / "lock").read_text() == f"{os.getpid()}\n"
    assert directory.stat().st_mode & 0o777 == 0o700


def test_an_error_within_lets_go_of_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="within"), _journal.locked(tmp_path):
        raise ValueError("within")
    with _journal.locked(tmp_path):
        pass


@contextmanager
def holder(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another process hold the lock."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".collections")}
    command = [sys.executable, "-c", HOLD, str(directory)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "in\n"
            yield process
        finally:
            process.kill()
            process.wait(timeout=10)


def test_a_second_process_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    # A process id of more digits was there before.
    (tmp_path / "lock").write_text("99999999999\n")
    with holder(tmp_path) as first:
        for _time in range(2):
            with pytest.raises(BusyError, match=rf"\(process {first.pid}\)\. Cure: wait"), _journal.locked(tmp_path):
                pytest.fail("somebody is in already")
        first.kill()
        first.wait(timeout=10)
        with _journal.locked(tmp_path):
            assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
