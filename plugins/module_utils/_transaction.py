# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a host from one state of its networks to another, or back to where it was. PRIVATE to the collection.

The journal says which of the two states whoever finds it is to bring about: the old one until all networks of the new
one are there and right, the new one from then on. The engine is asked again after every round of steps, so that a
state counts as reached only when nothing is left to do.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Iterable, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _calls, _docker, _journal, _outcome, _steps
from ansible_collections.dockerlan.fleet.plugins.module_utils._answers import version_tuple
from ansible_collections.dockerlan.fleet.plugins.module_utils._compare import compare, named, sentence
from ansible_collections.dockerlan.fleet.plugins.module_utils._errors import translate
from ansible_collections.dockerlan.fleet.plugins.module_utils._journal import Entry
from ansible_collections.dockerlan.fleet.plugins.module_utils._presence import presences, restore
from ansible_collections.dockerlan.fleet.plugins.module_utils._signals import uninterrupted
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Goal, Live, Step

# The first does the work, the second finds nothing left; the third is for what changed by itself meanwhile.
_ROUNDS = 3
# A service manager starts a crashed engine again within seconds; its containers may take it a while.
_ENGINE_RETURNS_SECONDS = 30
_NETWORK_KINDS = (_steps.DETACH, _steps.REMOVE, _steps.CREATE)


class ChangeError(Exception):
    """A change failed, and the message says what became of it."""


class StepError(Exception):
    """A state could not be reached: the step that failed and why."""


class Host(NamedTuple):
    """The engine, and the directory of the journal."""

    engine: _docker.Engine
    state_dir: Path


class Recovery(NamedTuple):
    """A broken-off change: to which end it is brought, since when it was open, by which steps, what is there then."""

    goal: str
    since: str
    steps: Sequence[Step]
    live: Live
    failures: Sequence[str] = ()

    def row(self) -> dict[str, Any]:
        """Present the recovery in the result of the module."""
        return {"goal": self.goal, "since": self.since, "steps": [step.row() for step in self.steps]}


class Course:
    """What happened on the way: the steps taken, what could not be done, and how long containers were detached."""

    def __init__(self) -> None:
        self.taken: list[Step] = []
        self.failures: list[str] = []
        self.created: dict[str, str] = {}  # ids by name
        self.live = Live((), {})  # as it was last seen
        self.interruptions_ms: dict[tuple[str, str], int] = {}  # by id of the container and name of the network
        self.unturned = ""  # why the journal may ask for the new state, while the old one is put back
        self._detached: dict[tuple[str, str], float] = {}

    def note(self, step: Step, began: float) -> None:
        """Take note of a step that is over; ``began`` is when, in seconds of the monotonic clock."""
        self.taken.append(step)
        key = (step.container_id, step.network)
        if step.kind == _steps.DETACH:
            self._detached.setdefault(key, began)
        elif step.kind == _steps.ATTACH and key in self._detached:
            self.interruptions_ms[key] = round(1000 * (time.monotonic() - self._detached[key]))

    def told(self, cause: Exception) -> str:
        """Say what failed, and that it was put back on this course."""
        return _outcome.sentences(_outcome.failed(cause, self.taken), self.unturned)


def look(engine: _docker.Engine, *ends: Goal) -> Live:
    """Ask the engine for its networks, and for the containers that the two ends of a change are about."""
    ids = dict.fromkeys(one["container_id"] for goal in ends for one in goal.attachments)
    return Live(_docker.list_networks(engine), _docker.inspect_containers(engine, ids))


def api_of(engine: _docker.Engine) -> tuple[int, ...]:
    """Tell the version of the engine's API, such as (1, 45)."""
    return version_tuple(engine.version["ApiVersion"])


@uninterrupted()
def change(host: Host, old: Goal, new: Goal) -> Course:
    """Bring the host from ``old`` to ``new``, or back to ``old`` when anything fails: ChangeError then."""
    entry = Entry(_engine_id(host.engine), _now(), _journal.OLD, old, new)
    course = Course()
    _journal.write(host.state_dir, entry)
    try:
        _forward(host, entry, course)
    except _RECOVERABLE as error:
        raise ChangeError(_put_back(host, entry, error).told(error)) from error
    _end(host, new, course)
    return course


def unfinished(host: Host) -> Recovery | None:
    """Tell what ``recover`` would do, without doing it. ChangeError when it could not."""
    entry = _journal.read(host.state_dir, lambda: _engine_id(host.engine))
    if entry is None:
        return None
    goal, other = entry.ends()
    live = look(host.engine, goal, other)
    try:
        steps = _steps.steps_to(goal, other, live)
    except _steps.ConflictError as error:
        raise ChangeError(_outcome.stuck(host.state_dir, error)) from error
    return Recovery(entry.goal, entry.since, steps, _steps.expected(live, steps))


@uninterrupted()
def recover(host: Host) -> Recovery | None:
    """Finish or undo a change that was broken off; None when there is none. ChangeError when neither is possible."""
    entry = _journal.read(host.state_dir, lambda: _engine_id(host.engine))
    if entry is None:
        return None
    course = Course()
    try:
        _reach(host, *entry.ends(), course)
    except _RECOVERABLE as error:
        entry = entry._replace(goal=_journal.OLD)
        course = _put_back(host, entry, error)
    else:
        _end(host, entry.ends()[0], course)
    return Recovery(entry.goal, entry.since, course.taken, course.live, course.failures)


def _forward(host: Host, entry: Entry, course: Course) -> None:
    """Make the networks, see that they are right, and only then turn the journal's goal and attach the containers."""
    steps = _missing(host.engine, entry.new, entry.old, course)
    _take(host.engine, [step for step in steps if step.kind in _NETWORK_KINDS], course)
    _check_networks(host.engine, entry.new)
    _journal.write(host.state_dir, entry._replace(goal=_journal.NEW))
    _take(host.engine, [step for step in steps if step.kind not in _NETWORK_KINDS], course)
    _reach(host, entry.new, entry.old, course)


def _check_networks(engine: _docker.Engine, goal: Goal) -> None:
    """Compare what the engine made with what it was asked for: what it ignored would be a difference for ever."""
    live = _docker.list_networks(engine)
    for spec in goal.networks:
        made = named(spec["name"], live)
        differing = "; ".join(sentence(found) for network in made for found in compare(spec, network))
        if differing or len(made) != 1:
            what = differing or f"there are {len(made)} networks of this name"
            raise StepError(f"Network {spec['name']!r}: the engine made something else than it was asked for: {what}")


def _put_back(host: Host, entry: Entry, cause: Exception) -> Course:
    """Bring the host back to the old state, as far as it goes. ChangeError when it does not go all the way."""
    course = Course()
    try:
        _await_engine(host.engine)
        course.unturned = _turn_back(host, entry)
        _reach(host, entry.old, entry.new, course, patient=True)
    except _RECOVERABLE as error:
        texts = (_outcome.text(cause), _outcome.stuck(host.state_dir, error), course.unturned)
        raise ChangeError(_outcome.sentences(*texts)) from error
    try:
        _end(host, entry.old, course)
    except _journal.JournalError as error:
        left = _outcome.left(host.state_dir, error, bool(course.unturned))
        raise ChangeError(_outcome.sentences(_outcome.failed(cause, course.taken), left)) from error
    return course


def _turn_back(host: Host, entry: Entry) -> str:
    """Have the journal ask for the old state; tell why it does not, if that fails.

    What it says is read, not remembered: a write that has failed may have replaced it all the same.

    The host is put back even then. Forward is where it has just failed, and to stay in between leaves containers off
    the LAN until somebody mends the disk. Nothing is lost by it, for the journal has both states, and the way to either
    is found from whatever is there: when this breaks off too, the next run finishes the change, or else puts back.
    What was put back in full has no journal any more, for one can be removed from a disk that is full.
    """
    try:
        found = _journal.read(host.state_dir, lambda: entry.engine)
        if found is None or found.goal != _journal.OLD:
            _journal.write(host.state_dir, entry._replace(goal=_journal.OLD))
    except _journal.JournalError as error:
        return str(error)
    return ""


def _end(host: Host, goal: Goal, course: Course) -> None:
    """Let the neighbours know the containers as before, and forget the change."""
    for presence in presences(goal, course.live):
        try:
            said = restore(presence)
        except OSError as error:
            said = f"{presence.container}: its neighbours could not be told that it moved: {error}"
        course.failures += [said] if said else []
    _journal.delete(host.state_dir)


def _reach(host: Host, goal: Goal, other: Goal, course: Course, patient: bool = False) -> None:
    """Take steps until nothing is left to do. StepError when that does not come about.

    A container that cannot be started must not keep a change from ending: that is only among the failures then.
    """
    for _round in range(_ROUNDS):
        steps = _missing(host.engine, goal, other, course)
        course.failures.clear()  # what failed in an earlier round was tried again, or is no longer to be done
        if not steps:
            return
        _take(host.engine, steps, course, patient)
    steps = [step for step in _missing(host.engine, goal, other, course) if step.kind != _steps.START]
    if steps:
        raise StepError(
            "; ".join(course.failures) or f"After {_ROUNDS} rounds this is still to be done: {_outcome.listed(steps)}"
        )


def _missing(engine: _docker.Engine, goal: Goal, other: Goal, course: Course) -> list[Step]:
    """List what is left to do; a container is started once: one that always ends must not keep a change from ending."""
    course.live = look(engine, goal, other)
    steps = _steps.steps_to(goal, other, course.live)
    return [step for step in steps if step.kind != _steps.START or step not in course.taken]


def _take(engine: _docker.Engine, steps: Iterable[Step], course: Course, patient: bool = False) -> None:
    """Take the steps one by one. StepError at the first that fails, unless ``patient``: then the others are taken."""
    for step in steps:
        began = time.monotonic()
        try:
            made = _calls.take(
                engine, step._replace(network_id=step.network_id or course.created.get(step.network, ""))
            )
        except _docker.ENGINE_ERRORS as error:
            failure = f"{_outcome.described(step)}: {translate(_docker.error_text(error))}"
            if _calls.is_about_lost_container(error):
                continue  # removed by its owner meanwhile: nothing is to be done for it any more
            if not patient and step.kind != _steps.START:
                raise StepError(failure) from error
            course.failures.append(failure)
            continue
        if made:
            course.created[step.network] = made
        course.note(step, began)


def _await_engine(engine: _docker.Engine) -> None:
    """Wait until the engine answers. ENGINE_ERRORS when it does not."""
    until = time.monotonic() + _ENGINE_RETURNS_SECONDS
    while True:
        try:
            engine.client.ping()
        except _docker.ENGINE_ERRORS:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def _engine_id(engine: _docker.Engine) -> str:
    return str(engine.client.info().get("ID"))


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


_RECOVERABLE: tuple[type[Exception], ...] = (
    *_docker.ENGINE_ERRORS,
    StepError,
    _steps.ConflictError,
    _journal.JournalError,
)
