# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the callback remembers of a run, and the report that it makes of it. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Collection, Iterator, Mapping, NamedTuple, Sequence

from ._facts import ENGINE_DOWN, FAILED, HOST_DOWN, Loss
from ._hostvars import plain
from ._matrix import Outcome, build_report, outcome_of, with_assertions
from ._refit import UNKNOWN_THEN, refitted

MESH = "dockerlan.fleet.mesh"
PING_MESH = "dockerlan.fleet.ping_mesh"
VERDICT = "dockerlan.fleet.verdict"
# These run on the controller: when they fail, no host is lost.
CONTROLLER_SIDE = ("dockerlan.fleet.validate", "dockerlan.fleet.plan", MESH, VERDICT)
_COLLECTION = "dockerlan.fleet."
# All that the report is made from. Reading the rest, such as the mesh among the arguments, would take seconds.
_KEPT = ("records", "errors", "evidence", "checks", "method")

Mesh = Mapping[str, Any]


class Play(NamedTuple):
    """A play, or one batch of it: an id that its batches share, all its hosts, and whether they go step by step.

    In a strategy such as ``free`` they do not, and ``run_once`` means nothing: every host makes its own mesh.
    """

    id: str = ""
    hosts: Sequence[str] = ()
    in_step: bool = True


class Probed(NamedTuple):
    """What a host brought, and who made the mesh that it is about."""

    maker: str
    outcome: Outcome


@dataclass
class Collector:
    """The meshes of the last play that made any, what belongs to them, and which host was lost why.

    A mesh is kept by its maker: the batch, or in a play out of step the host. The latest one is the last.
    ``out_of_step`` tells of the last report that hosts could not probe others that were not known then.
    """

    meshes: dict[str, Mesh] = field(default_factory=dict)
    probed: dict[str, Probed] = field(default_factory=dict)
    assertions: list[Any] = field(default_factory=list)
    losses: dict[str, Loss] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    touched: bool = False
    play: Play = field(default_factory=Play)
    batch: int = 0
    hosts: Sequence[str] = ()
    play_of_mesh: Play = field(default_factory=Play)
    out_of_step: bool = False

    def play_started(self, play: Play) -> None:
        """Remember where the run is: at the beginning of a play, or of a batch of it."""
        self.play, self.batch = play, self.batch + 1

    def succeeded(self, host: str, action: str, data: Mapping[str, Any]) -> None:
        """Remember the result of a task; ``action`` is the full name of its module or action plugin."""
        self._note(host, action, data)
        self.failing.discard(host)
        if action == MESH and "mesh" in data:
            self._found(self._maker(host), plain(data["mesh"]))
        elif action == PING_MESH and self.meshes and not data.get("skipped"):
            outcome = outcome_of({key: plain(data[key]) for key in _KEPT if key in data})
            self.probed[host] = Probed(self._known_maker(host), outcome)

    def failed(self, host: str, action: str, task: str, data: Mapping[str, Any], *, ignored: bool = False) -> None:
        """Remember a host that failed, or was unreachable, in the task of this name; the first time is the cause.

        An ignored failure loses no host, but it is why ``ping_mesh`` brought nothing.
        """
        self._note(host, action, data)
        if action == PING_MESH and self.meshes:
            self.probed.setdefault(host, Probed(self._known_maker(host), Outcome(loss=_loss(task, data))))
        if action not in CONTROLLER_SIDE and not ignored:
            self.losses.setdefault(host, _loss(task, data))
            self.failing.add(host)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was collected that a report could be about."""
        return not (self.meshes or self.touched)

    def start_over(self) -> None:
        """Forget what has been reported: another playbook of the same run has its own report."""
        self.meshes, self.probed, self.assertions, self.touched = {}, {}, [], False

    def observed_by(self, host: str) -> tuple[Mesh, Outcome] | None:
        """Return the mesh that a host probed, and what it brought."""
        found = self.probed.get(host)
        return (self.meshes[found.maker], found.outcome) if found else None

    def report(self, lost: Collection[str], generated_at: str, *, interrupted: bool = False) -> dict[str, Any] | None:
        """Return the report, or None when there is nothing to tell.

        ``lost`` are the hosts that have not come back: a failure that was rescued is none. A run that ended before the
        mesh was made has a report without pairs. What is missing has a reason: the run ended, or was ``interrupted``.
        """
        end = "the run was interrupted" if interrupted else "the run ended"
        losses = {host: loss for host, loss in self.losses.items() if host in lost}
        if self.meshes:
            mesh = self._whole_mesh(losses, end)
            return with_assertions(build_report(mesh, self._outcomes(mesh, losses, end), generated_at), self.assertions)
        if not self.touched or not (losses or interrupted):
            return None
        missing = Loss(FAILED, f"{end} before the mesh was made")
        hosts = {**dict.fromkeys(self.hosts, missing), **losses}
        return build_report(_mesh_of_lost(hosts), {}, generated_at)

    def _note(self, host: str, action: str, data: Mapping[str, Any]) -> None:
        self.heard.add(host)
        if action.startswith(_COLLECTION) and action not in CONTROLLER_SIDE:
            self.touched, self.hosts = True, self.play.hosts
        if action == VERDICT and "assertions" in data:
            self.assertions = plain(data["assertions"])

    def _maker(self, host: str) -> str:
        return str(self.batch) if self.play.in_step else f"{self.batch} {host}"

    def _known_maker(self, host: str) -> str:
        maker = self._maker(host)
        return maker if maker in self.meshes else next(reversed(self.meshes))

    def _found(self, maker: str, mesh: Mesh) -> None:
        """Take a mesh. It makes worthless what belongs to its maker's earlier one, and to another play's."""
        known = next((one for one in self.meshes.values() if one == mesh), None)
        if known is None and self.play.id != self.play_of_mesh.id:
            self.start_over()
        older = self.meshes.pop(maker, mesh)
        if older != mesh:
            self.probed = {host: found for host, found in self.probed.items() if found.maker != maker}
            self.assertions = []
        self.meshes[maker] = mesh if known is None else known
        self.play_of_mesh = self.play

    def _whole_mesh(self, losses: Mapping[str, Loss], end: str) -> dict[str, Any]:
        """Return the mesh that knows most: the last batch's, or that of the host that found most hosts."""
        found = list(self.meshes.values())
        mesh = found[-1] if self.play_of_mesh.in_step else max(found, key=_living)
        return {**mesh, "hosts": [self._host(host, losses.get(host["name"]), end) for host in mesh["hosts"]]}

    def _host(self, host: Mapping[str, Any], loss: Loss | None, end: str) -> dict[str, Any]:
        """Return a host that was lost before the mesh with what the mesh cannot know: the task that failed."""
        if not host["lost"]:
            return dict(host)
        if loss is None and host["name"] not in self.heard:
            loss = Loss(FAILED, f"{end} before this host was asked")
        return {**host, **_told(loss)} if loss else dict(host)

    def _outcomes(self, mesh: Mesh, losses: Mapping[str, Loss], end: str) -> dict[str, Outcome]:
        missing = Outcome(loss=Loss(FAILED, f"{end} before ping_mesh"))
        without = {host["name"]: missing for host in mesh["hosts"] if not host["lost"]}
        lost = {host: Outcome(loss=loss) for host, loss in losses.items()}
        found = {**without, **lost, **dict(self._fitting(mesh))}
        self.out_of_step = any(error.text == UNKNOWN_THEN for one in found.values() for error in one.errors)
        return found

    def _fitting(self, mesh: Mesh) -> Iterator[tuple[str, Outcome]]:
        for host, (maker, outcome) in self.probed.items():
            own = self.meshes[maker]
            same = own["endpoints"] == mesh["endpoints"]
            yield host, outcome if same else refitted(outcome, own, mesh, host)


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


def _living(mesh: Mesh) -> int:
    return sum(not host["lost"] for host in mesh["hosts"])


def _told(loss: Loss) -> dict[str, Any]:
    return {"lost": True, "reason": loss.reason, "detail": loss.detail}
