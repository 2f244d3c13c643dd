# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build an experiment on a host, go through its steps, and remove it again. PRIVATE to the collection."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator, Mapping, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _calls, _docker, _journal, _steps
from ansible_collections.dockerlan.fleet.plugins.module_utils._errors import translate
from ansible_collections.dockerlan.fleet.plugins.module_utils._experiment import (
    CREATED,
    REFUSED,
    REMOVED,
    STARTED,
    Found,
    Wanted,
    joined_in,
    part_of,
)

KILL, START = "kill", "start"  # anything else is a restart
_NOT_FOUND = 404
_ENDS_SECONDS = 10
_REMOVING = "already in progress"


class ExperimentError(Exception):
    """An experiment could not be built or removed, and the message says what became of it."""


class Done(NamedTuple):
    """What was done: rows of the result, and the ids of the containers by name."""

    networks: list[dict[str, Any]]
    containers: list[dict[str, Any]]
    ids: Mapping[str, str]


def find(engine: _docker.Engine) -> Found:
    """List all networks and containers of the host. Two calls."""
    return Found(_docker.list_networks(engine), _docker.list_containers(engine))


def has_image(engine: _docker.Engine, image: str) -> bool:
    """Tell whether the engine has an image. One call."""
    try:
        engine.client.inspect_image(image)
    except _docker.ENGINE_ERRORS as error:
        if _is_not_found(error):
            return False
        raise
    return True


def making_of(wanted: Wanted) -> Done:
    """Tell what ``build`` would do, when everything goes as it is to."""
    return Done(
        [{"name": spec["name"], "action": CREATED} for spec in wanted.networks],
        [_row(one, STARTED if one["starts"] else REFUSED) for one in wanted.containers],
        {},
    )


def removal_of(part: Found) -> Done:
    """Tell what ``remove`` would do."""
    return Done(
        [{"name": network["name"], "action": REMOVED} for network in part.networks],
        [_row({"name": _answers.container_name(one)}, REMOVED) for one in part.containers],
        {},
    )


def build(engine: _docker.Engine, wanted: Wanted) -> Done:
    """Make the networks, and make and start the containers in their order. ExperimentError at the first that fails.

    A container that must not start and does not is REFUSED, with the words of the engine.
    """
    for spec in wanted.networks:
        with _failing(f"network {spec['name']}"):
            _calls.take(engine, _steps.Step(_steps.CREATE, spec["name"], spec=spec))
    ids: dict[str, str] = {}
    rows = []
    for container in wanted.containers:
        with _failing(f"container {container['name']}"):
            ids[container["name"]] = _create(engine.client, container, wanted, ids)
        rows.append(_start(engine.client, container, ids[container["name"]]))
    return making_of(wanted)._replace(containers=rows, ids=ids)


def take_step(engine: _docker.Engine, do: str, container: str, container_id: str) -> None:
    """Kill, start or restart a container, and wait until that is done. ExperimentError when it does not come about."""
    with _failing(f"{do} {container}"):
        if do == KILL:
            engine.client.kill(container_id)
            engine.client.wait(container_id, timeout=_ENDS_SECONDS)
        elif do == START:
            engine.client.start(container_id)
        else:
            engine.client.restart(container_id, timeout=0)


def remove(engine: _docker.Engine, part: Found) -> Done:
    """Remove containers, then networks; what is gone already is no error. ExperimentError names all that is left."""
    failures: list[str] = []
    for container in part.containers:
        what = f"container {_answers.container_name(container)}"
        _try(failures, what, _remove_container, engine.client, container["Id"])
    for network in part.networks:
        _try(failures, f"network {network['name']}", engine.client.remove_network, network["id"])
    if failures:
        raise ExperimentError(f"These could not be removed: {'; '.join(failures)}")
    return removal_of(part)


@contextmanager
def taken_away_on_failure(engine: _docker.Engine, name: str) -> Iterator[None]:
    """Take away all that an experiment has when anything in the block fails: ExperimentError then."""
    try:
        yield
    except _FAILURES as error:
        try:
            remove(engine, part_of(find(engine), name))
        except _FAILURES as left:
            outcome = f"Not all is taken away again: {_text(left)}. Cure: mend that, then run with state: absent"
        else:
            outcome = "What had been made was taken away again"
        raise ExperimentError(f"{_text(error)}. {outcome}") from error


def _create(client: Any, container: Mapping[str, Any], wanted: Wanted, ids: Mapping[str, str]) -> str:
    """Create a container that only sleeps. It may do nothing but ping, and an engine that is started leaves it alone.

    As process 1 sleep ignores every signal that it may ignore.
    """
    joined = joined_in(container)
    answer = client.create_container(
        wanted.image,
        name=container["name"],
        entrypoint=["sleep"],
        command=["infinity"],
        labels=wanted.labels(),
        stop_signal="SIGKILL",
        host_config=client.create_host_config(
            network_mode=container["network"] if joined is None else f"{_answers.JOINING}{ids[joined]}",
            cap_drop=["ALL"],
            cap_add=["NET_RAW"],
            read_only=True,
        ),
    )
    return str(answer["Id"])


def _start(client: Any, container: Mapping[str, Any], container_id: str) -> dict[str, Any]:
    """Start a container, and return its row of the result."""
    try:
        client.start(container_id)
    except _docker.ENGINE_ERRORS as error:
        if container["starts"] or not _docker.is_answer(error):
            raise ExperimentError(f"container {container['name']}: {translate(_docker.error_text(error))}") from error
        return _row(container, REFUSED, _docker.error_text(error))
    return _row(container, STARTED)


def _row(container: Mapping[str, Any], action: str, error: str | None = None) -> dict[str, Any]:
    return {"name": container["name"], "action": action, "error": error}


def _remove_container(client: Any, container_id: str) -> None:
    """Remove a container with its anonymous volumes; one that somebody else is just removing is as good as gone."""
    try:
        client.remove_container(container_id, force=True, v=True)
    except _docker.ENGINE_ERRORS as error:
        if _REMOVING not in _docker.error_text(error):
            raise


def _try(failures: list[str], what: str, call: Callable[..., None], *arguments: Any) -> None:
    """Call the engine, and note what it says when it fails."""
    try:
        call(*arguments)
    except _docker.ENGINE_ERRORS as error:
        if not _is_not_found(error):
            failures.append(f"{what}: {translate(_docker.error_text(error))}")


@contextmanager
def _failing(what: str) -> Iterator[None]:
    """Say of an error of the engine what it is about, and what it means."""
    try:
        yield
    except _docker.ENGINE_ERRORS as error:
        raise ExperimentError(f"{what}: {translate(_docker.error_text(error))}") from error


def _is_not_found(error: Exception) -> bool:
    return _docker.is_answer(error) and getattr(error, "status_code", None) == _NOT_FOUND


def _text(error: Exception) -> str:
    return str(error) if not isinstance(error, _docker.ENGINE_ERRORS) else translate(_docker.error_text(error))


_FAILURES: tuple[type[Exception], ...] = (
    *_docker.ENGINE_ERRORS,
    ExperimentError,
    _journal.JournalError,
    OSError,
    ValueError,
)
