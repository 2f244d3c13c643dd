# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a change on the host's own disk, and the lock that keeps a second run out. PRIVATE to the collection.

The journal is there exactly while a change is under way. It is replaced in one step and synced, so that after a crash
or a reboot it is there whole or not at all.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Goal

OLD, NEW = "old", "new"
VERSION = 1
_FILE, _LOCK = "journal.json", "lock"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Entry(NamedTuple):
    """A change that is under way: between which states, and which one to bring the host to when it breaks off.

    ``engine`` is the id of the engine; ``since`` is a time as ISO 8601 has it, in UTC.
    """

    engine: str
    since: str
    goal: str
    old: Goal
    new: Goal

    def ends(self) -> tuple[Goal, Goal]:
        """Return the state to bring the host to, and the other one."""
        return (self.new, self.old) if self.goal == NEW else (self.old, self.new)


class JournalError(Exception):
    """The journal cannot be read or written, and the message says what to do."""


class BusyError(Exception):
    """Another process changes the networks of this host at this moment."""


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keep everybody else out for as long as the block runs; the kernel lets go when the process ends, however it ends.

    BusyError when somebody else is in; JournalError when the directory cannot be written.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(str(directory / _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(directory, error) from error
    try:
        _take(descriptor)
        yield
    finally:
        os.close(descriptor)


def read(directory: Path, engine: Callable[[], str]) -> Entry | None:
    """Read the journal; None when no change is under way.

    ``engine`` finds out the id of the engine, and is only asked when there is a journal. JournalError when it is there
    but cannot be understood, or is about another engine.
    """
    entry = _read(directory)
    if entry and entry.engine != engine():
        raise JournalError(
            f"The journal in {directory} is about a change that was broken off on another Docker Engine "
            f"({entry.engine}). Cure: run against that engine, or remove the journal when it is gone for good"
        )
    return entry


def write(directory: Path, entry: Entry) -> None:
    """Write the journal in one step, and wait until it is on the disk. JournalError when it cannot be written."""
    content = {"version": VERSION, **entry._asdict(), "old": entry.old._asdict(), "new": entry.new._asdict()}
    try:
        _replace(directory / _FILE, content)
    except OSError as error:
        raise _unwritable(directory, error) from error


def delete(directory: Path) -> None:
    """Remove the journal: the change is over. JournalError when that fails."""
    try:
        (directory / _FILE).unlink()
        _sync(directory)
    except OSError as error:
        raise _unwritable(directory, error) from error


def _read(directory: Path) -> Entry | None:
    path = directory / _FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw.pop("version") != VERSION:
            raise ValueError("it is of another version")
        return Entry(**{**raw, "old": Goal(**raw["old"]), "new": Goal(**raw["new"])})
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unwritable(directory, error) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise JournalError(
            f"The journal {path} of a change that was broken off cannot be read ({error}). Cure: bring the networks of "
            "this host into order by hand, then remove the file"
        ) from error


def _take(descriptor: int) -> None:
    """Lock the open file, and write down who has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 100).decode("ascii", "replace").strip()
        raise BusyError(
            f"Another run changes the networks of this host right now (process {holder or 'unknown'}). "
            "Cure: wait until it has ended, then run again"
        ) from error
    os.truncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))


def _replace(path: Path, content: Any) -> None:
    fresh = path.with_suffix(".new")
    descriptor = os.open(str(fresh), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    """Bring the directory's own entries to the disk (fsync(2): a synced file is not enough)."""
    descriptor = os.open(str(directory), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(directory: Path, error: OSError) -> JournalError:
    """Say what to do. A change that was broken off is only found where it was written down: a full disk gets room."""
    full = error.errno in _FULL
    cure = "make room on its disk" if full else "run as root, or name a directory of the user with state_dir"
    return JournalError(
        f"The directory {directory}, in which a change is written down before it is made, cannot be used ({error}). "
        f"Cure: {cure}"
    )
