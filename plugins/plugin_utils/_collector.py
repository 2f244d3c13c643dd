# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the callback remembers of a run, and the report that it makes of it. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Collection, Mapping

from ._facts import ENGINE_DOWN, FAILED, HOST_DOWN, Loss
from ._hostvars import plain
from ._matrix import Outcome, build_report, outcome_of, with_assertions

MESH = "dockerlan.fleet.mesh"
PING_MESH = "dockerlan.fleet.ping_mesh"
VERDICT = "dockerlan.fleet.verdict"
# These run on the controller: when they fail, no host is lost.
CONTROLLER_SIDE = ("dockerlan.fleet.validate", "dockerlan.fleet.plan", MESH, VERDICT)
_COLLECTION = "dockerlan.fleet."


@dataclass
class Collector:
    """The last mesh of the run, the records and assertions that belong to it, and which host was lost why."""

    mesh: Mapping[str, Any] | None = None
    records: dict[str, Any] = field(default_factory=dict)
    assertions: list[Any] = field(default_factory=list)
    losses: dict[str, Loss] = field(default_factory=dict)
    touched: bool = False

    def succeeded(self, host: str, action: str, data: Mapping[str, Any]) -> None:
        """Remember the result of a task; ``action`` is the full name of its module or action plugin."""
        self._note(action, data)
        if action == MESH and "mesh" in data:
            mesh = plain(data["mesh"])
            if mesh != self.mesh:
                self.records, self.assertions = {}, []
            self.mesh = mesh
        elif action == PING_MESH and not data.get("skipped"):
            self.records[host] = plain(data)

    def failed(self, host: str, action: str, task: str, data: Mapping[str, Any]) -> None:
        """Remember a host that failed, or was unreachable, in the task of this name; the first time is the cause."""
        self._note(action, data)
        if action not in CONTROLLER_SIDE:
            self.losses.setdefault(host, _loss(task, data))

    def _note(self, action: str, data: Mapping[str, Any]) -> None:
        self.touched = self.touched or (action.startswith(_COLLECTION) and action not in CONTROLLER_SIDE)
        if action == VERDICT and "assertions" in data:
            self.assertions = plain(data["assertions"])

    def report(self, lost: Collection[str], generated_at: str) -> dict[str, Any] | None:
        """Return the report, or None when there is nothing to tell.

        ``lost`` are the hosts that have not come back: a failure that was rescued is none. A run that ended before the
        mesh was made has a report without pairs.
        """
        losses = {host: loss for host, loss in self.losses.items() if host in lost}
        if self.mesh is not None:
            mesh = {**self.mesh, "hosts": [_with_loss(host, losses.get(host["name"])) for host in self.mesh["hosts"]]}
            return with_assertions(build_report(mesh, self._outcomes(losses), generated_at), self.assertions)
        if not (self.touched and losses):
            return None
        return build_report(_mesh_of_lost(losses), {}, generated_at)

    def _outcomes(self, losses: Mapping[str, Loss]) -> dict[str, Outcome]:
        without = {host: Outcome(loss=loss) for host, loss in losses.items()}
        return {**without, **{host: outcome_of(data) for host, data in self.records.items()}}


def _loss(task: str, data: Mapping[str, Any]) -> Loss:
    detail = f"{task}: {data.get('msg') or 'no message'}"
    if data.get("unreachable"):
        return Loss(HOST_DOWN, detail)
    return Loss(ENGINE_DOWN if data.get("reason") == ENGINE_DOWN else FAILED, detail)


def _mesh_of_lost(losses: Mapping[str, Loss]) -> dict[str, Any]:
    """Return the mesh of a run that came to none: hosts without a place on any network."""
    unknown: dict[str, Any] = {"virtualization": None, "addresses": {}, "conflicts": []}
    hosts = [{"name": host, **_told(loss), **unknown} for host, loss in losses.items()]
    empty: dict[str, Any] = {"networks": [], "topology": None, "across": [], "expectations": []}
    return {**empty, "hosts": hosts, "endpoints": []}


def _told(loss: Loss) -> dict[str, Any]:
    return {"lost": True, "reason": loss.reason, "detail": loss.detail}


def _with_loss(host: Mapping[str, Any], loss: Loss | None) -> dict[str, Any]:
    """Return a host that was lost before the mesh with what the mesh cannot know: the task that failed."""
    return {**host, **_told(loss)} if host["lost"] and loss is not None else dict(host)
