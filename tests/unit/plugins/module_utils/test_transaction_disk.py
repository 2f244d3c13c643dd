# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that is full, or becomes read-only, on which the journal of a change is kept."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _journal, _transaction
from ansible_collections.dockerlan.fleet.plugins.module_utils._transaction import ChangeError, Host

from tests.unit.plugins import fake_engine
from tests.unit.plugins.changes import FIRST_FORWARD, Clock, journal, mixed, recovered, state
from tests.unit.plugins.fake_engine import FakeEngine

pytest.importorskip("docker")


def test_an_unwritable_directory_is_told_before_anything_is_done(engine: FakeEngine, host: Host) -> None:
    (host.state_dir / "file").write_text("")
    with pytest.raises(_journal.JournalError, match="name a directory of the user with state_dir"):
        _transaction.change(host._replace(state_dir=host.state_dir / "file"), *mixed(engine))
    assert engine.mutations == 0


@contextmanager
def full_disk(first: int, *, read_only: bool = False) -> Iterator[list[str]]:
    """Let the journal be written only before the given time; lend the goals that were to be written."""
    write, goals_written = _journal.write, []

    def fail(directory: Path, *_entry: object) -> None:
        raise _journal._unwritable(directory, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def full(directory: Path, entry: _journal.Entry) -> None:
        goals_written.append(entry.goal)
        (write if len(goals_written) < first else fail)(directory, entry)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_journal, "write", full)
        if read_only:
            patched.setattr(_journal, "delete", fail)
        yield goals_written


def refuse_attach(engine: FakeEngine) -> None:
    """Refuse the first attach: the journal's goal is the new state by then."""
    engine.faults[FIRST_FORWARD] = fake_engine.REFUSED


def test_a_journal_that_asks_for_the_old_state_already_need_not_be_written(engine: FakeEngine, host: Host) -> None:
    before = state(engine)
    with full_disk(2) as goals_written, pytest.raises(ChangeError) as caught:
        _transaction.change(host, *mixed(engine))
    assert str(caught.value).startswith(f"The directory {host.state_dir}, ")
    assert "No space left on device" in str(caught.value)
    assert "What was there before was put back: " in str(caught.value)
    assert goals_written == [_journal.OLD, _journal.NEW]
    assert state(engine) == before
    assert not journal(host)


def test_a_journal_that_cannot_be_turned_back_keeps_nobody_detached(engine: FakeEngine, host: Host) -> None:
    before = state(engine)
    refuse_attach(engine)
    with full_disk(3) as goals_written, pytest.raises(ChangeError) as caught:
        _transaction.change(host, *mixed(engine))
    assert str(caught.value).startswith("attach ")
    assert "What was there before was put back: " in str(caught.value)
    assert f"The directory {host.state_dir}, " in str(caught.value)
    assert goals_written == [_journal.OLD, _journal.NEW, _journal.OLD]
    assert state(engine) == before
    assert not journal(host)


@pytest.mark.parametrize(("first", "goal"), [(2, _journal.OLD), (3, _journal.NEW)])
def test_a_disk_that_becomes_read_only_keeps_nobody_detached(
    engine: FakeEngine, host: Host, first: int, goal: str
) -> None:
    before = state(engine)
    if goal == _journal.NEW:
        refuse_attach(engine)
    with full_disk(first, read_only=True), pytest.raises(ChangeError) as caught:
        _transaction.change(host, *mixed(engine))
    assert "What was there before was put back: " in str(caught.value)
    assert f"The directory {host.state_dir}, " in str(caught.value)
    assert "not put back yet" not in str(caught.value)
    assert ("makes the change again" in str(caught.value)) is (goal == _journal.NEW)
    assert state(engine) == before
    entry = _journal.read(host.state_dir, lambda: "engine-1")
    assert entry is not None
    assert entry.goal == goal
    recovered(engine, host, before)


@pytest.mark.parametrize("number", range(1, 9))
def test_what_breaks_off_while_the_journal_cannot_be_turned_back_comes_to_an_end(
    engine: FakeEngine, host: Host, clock: Clock, number: int
) -> None:
    before = state(engine)
    refuse_attach(engine)
    engine.faults[FIRST_FORWARD + number] = fake_engine.CRASH_AFTER
    with full_disk(3), pytest.raises(ChangeError, match="is not put back yet: ") as caught:
        _transaction.change(host, *mixed(engine))
    assert f"The directory {host.state_dir}, " in str(caught.value)
    engine.dead = False
    engine.faults.clear()
    recovered(engine, host, before)
    assert clock.now > 1000


@pytest.mark.parametrize(("goal", "written"), [(_journal.OLD, []), (_journal.NEW, [_journal.OLD])])
def test_a_recovery_that_fails_on_a_full_disk_puts_back(
    engine: FakeEngine, host: Host, goal: str, written: list[str]
) -> None:
    before = state(engine)
    entry = _journal.Entry("engine-1", "2026-01-31T12:00:00Z", goal, *mixed(engine))
    _journal.write(host.state_dir, entry)
    engine.disconnect(engine.network("a")["Id"], engine.container("fixed")["Id"])
    engine.faults = {1: fake_engine.REFUSED}
    with full_disk(1) as goals_written:
        done = _transaction.recover(host)
    assert done is not None
    assert done.goal == _journal.OLD
    assert goals_written == written
    assert state(engine) == before
    assert not journal(host)
