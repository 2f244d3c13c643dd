# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an experiment shows on a host: it is built, looked at, and looked at again after each step. PRIVATE."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _experiment_build, _looks
from ansible_collections.dockerlan.fleet.plugins.module_utils._experiment import REFUSED, Wanted
from ansible_collections.dockerlan.fleet.plugins.module_utils._experiment_build import Done, ExperimentError


def observe(engine: _docker.Engine, wanted: Wanted, done: Done, *, local: bool) -> dict[str, Any]:
    """Look at what was built, ask for names, go through the steps; returns ``experiment`` of docs/interfaces.md.

    ExperimentError when a container has not stayed up, has no ping, or a step fails.
    """
    first = _looks.look(engine, done.ids, "start", local=local)
    _refuse_ended(first, done)
    names = [_asked(engine, row, done) for row in wanted.names]
    refused = [{"container": row["name"], "error": row["error"]} for row in done.containers if row["action"] == REFUSED]
    later = [_after(engine, step, done, local=local) for step in wanted.steps]
    return {
        "namespace": _looks.own_namespace(local=local),
        "looks": [first, *later],
        "names": names,
        "refused": refused,
    }


def _refuse_ended(look: Mapping[str, Any], done: Done) -> None:
    """See that the containers that were started are still there: nothing could be told about one that has ended."""
    running = {row["name"] for row in look["containers"] if row["running"]}
    ended = [row["name"] for row in done.containers if row["action"] != REFUSED and row["name"] not in running]
    if ended:
        raise ExperimentError(
            f"these containers ended as soon as they were started: {', '.join(ended)}. "
            "Cure: use an image with a 'sleep' that knows 'infinity'"
        )


def _asked(engine: _docker.Engine, row: Mapping[str, Any], done: Done) -> dict[str, Any]:
    try:
        answered = _looks.ping_by_name(engine, done.ids[row["source"]], row["target"])
    except _looks.PingError as error:
        raise ExperimentError(
            f"container {row['source']}: 'ping' or 'timeout' is missing in it ({error}). "
            "Cure: use an image that has both"
        ) from error
    return {"source": row["source"], "target": row["target"], **answered._asdict()}


def _after(engine: _docker.Engine, step: Mapping[str, Any], done: Done, *, local: bool) -> dict[str, Any]:
    do, container = step["do"], step["container"]
    _experiment_build.take_step(engine, do, container, done.ids[container])
    return _looks.look(engine, done.ids, f"{do} {container}", local=local)
