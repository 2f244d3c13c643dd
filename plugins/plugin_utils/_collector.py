# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the callback remembers of a run, and the report that it makes of it. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Collection, Iterator, Mapping, NamedTuple, Sequence

from ._checks import FAILED as FAILED_CHECK
from ._checks import MODE, Check
from ._facts import ENGINE_DOWN, FAILED, HOST_DOWN, Loss, message_of
from ._gathered import Ending, Gathered, told
from ._hostvars import plain
from ._matrix import Mesh, Outcome, build_report, outcome_of, with_assertions
from ._refit import UNKNOWN_THEN
from ._sections import Section, report_of_sections

HOST_INFO = "dockerlan.fleet.host_info"
MESH = "dockerlan.fleet.mesh"
PING_MESH = "dockerlan.fleet.ping_mesh"
VERDICT = "dockerlan.fleet.verdict"
EXPERIMENTS = "dockerlan.fleet.experiments"
EXPERIMENT = "dockerlan.fleet.experiment"
# These run on the controller: when they fail, no host is lost.
CONTROLLER_SIDE = ("dockerlan.fleet.validate", "dockerlan.fleet.plan", EXPERIMENTS, MESH, VERDICT)
_COLLECTION = "dockerlan.fleet."
# All that the report is made from. Reading the rest, such as the mesh among the arguments, would take seconds.
_KEPT = ("records", "errors", "evidence", "checks", "method")


class Play(NamedTuple):
    """A play, or one batch of it: an id that its batches share, all its hosts, and whether they go step by step.

    In a strategy such as ``free`` they do not, and ``run_once`` means nothing: every host makes its own mesh. With
    ``dry``, that is in check mode, nobody makes any.
    """

    id: str = ""
    hosts: Sequence[str] = ()
    in_step: bool = True
    dry: bool = False


@dataclass
class Collector:
    """The sections of the last play that made any mesh, and which host was lost why.

    Plain meshes are one section, without a name. ``latest`` is the section by the maker of its mesh, ``modes`` are
    those that the run is to show. ``touched`` tells that hosts were asked for what a mesh is made from. ``out_of_step``
    tells of the last report that hosts could not probe others that were not known then.
    """

    sections: dict[str | None, Gathered] = field(default_factory=dict)
    latest: dict[str, str | None] = field(default_factory=dict)
    modes: Sequence[str] = ()
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
        elif action == PING_MESH and self.sections and not data.get("skipped"):
            outcome = outcome_of({key: plain(data[key]) for key in _KEPT if key in data})
            self._section_of(host).answered(host, self._maker(host), outcome)
        elif action == EXPERIMENTS and "modes" in data:
            self.modes = plain(data["modes"])
        elif action == EXPERIMENT and "facts" in data:  # what it failed in before, another mode, was rescued
            self.losses.pop(host, None)

    def failed(self, host: str, action: str, task: str, data: Mapping[str, Any], *, ignored: bool = False) -> None:
        """Remember a host that failed, or was unreachable, in the task of this name; the first time is the cause.

        An ignored failure loses no host, but it is why ``ping_mesh`` brought nothing.
        """
        self._note(host, action, data)
        loss = _loss(task, data)
        if action == PING_MESH and self.sections:
            self._section_of(host).failed(host, self._maker(host), loss)
        if action not in CONTROLLER_SIDE and not ignored:
            self.losses.setdefault(host, loss)
            self.failing.add(host)
            if self.sections:
                self._section_of(host).losses.setdefault(host, loss)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was collected that a report could be about."""
        return not (self.sections or self.touched)

    def start_over(self) -> None:
        """Forget what has been reported: another playbook of the same run has its own report."""
        self.sections, self.latest, self.modes, self.touched = {}, {}, (), False

    def observed_by(self, host: str) -> tuple[Mesh, Outcome] | None:
        """Return the mesh that a host has probed last, and what it brought."""
        return self._section_of(host).observed_by(host) if self.sections else None

    def report(self, lost: Collection[str], generated_at: str, *, interrupted: bool = False) -> dict[str, Any] | None:
        """Return the report, or None when there is nothing to tell.

        ``lost`` are the hosts that have not come back: a failure that was rescued is none. A run that ended before the
        mesh was made has a report without pairs. What is missing has a reason: the run ended, or was ``interrupted``.
        """
        words = "the run was interrupted" if interrupted else "the run ended"
        losses = {host: loss for host, loss in self.losses.items() if host in lost}
        if self.sections:
            sections = list(self._ended(Ending(losses, self.heard, words)))
            checks = [row for gathered in self.sections.values() for row in gathered.checks]
            missing_modes = self._not_shown(interrupted=interrupted)
            return with_assertions(report_of_sections(sections, generated_at), [*checks, *missing_modes])
        if not self.touched or not (losses or interrupted):
            return None
        missing = Loss(FAILED, f"{words} before the mesh was made")
        hosts = {**dict.fromkeys(self.hosts, missing), **losses}
        return build_report(_mesh_of_lost(hosts), {}, generated_at)

    def _ended(self, ending: Ending) -> Iterator[Section]:
        """Yield the sections. In one with a name hosts are lost to what they failed in until then."""
        self.out_of_step = False
        for name, gathered in self.sections.items():
            mine = ending if name is None else ending._replace(losses=gathered.losses)
            section = gathered.section(mine, in_step=self.play_of_mesh.in_step)
            errors = (error for outcome in section.outcomes.values() for error in outcome.errors)
            self.out_of_step |= any(error.text == UNKNOWN_THEN for error in errors)
            yield section

    def _not_shown(self, *, interrupted: bool) -> Iterator[dict[str, Any]]:
        """Yield a failed check for each mode that was to be shown, and was not."""
        why = "the run was interrupted before it was probed" if interrupted else "no host came as far as to probe it"
        for mode in self.modes if None not in self.sections else ():
            if mode not in self.sections:
                yield Check(MODE, FAILED_CHECK, detail=f"{mode}: {why}").row()

    def _note(self, host: str, action: str, data: Mapping[str, Any]) -> None:
        self.heard.add(host)
        if action.startswith(_COLLECTION) and action not in CONTROLLER_SIDE:
            # Others, such as those of a teardown, have no pairs to tell of, and leave the last report as it is.
            self.touched |= action in (HOST_INFO, PING_MESH) and not self.play.dry
            self.hosts = self.play.hosts
        if action == VERDICT and "checks" in data and self.sections:
            self._section_of(host).checks = plain(data["checks"])

    def _maker(self, host: str) -> str:
        return str(self.batch) if self.play.in_step else f"{self.batch} {host}"

    def _section_of(self, host: str) -> Gathered:
        """Return the section that a host is at: that of its own mesh, or of the last one."""
        last = next(reversed(self.sections))
        return self.sections[self.latest.get(self._maker(host), last)]

    def _found(self, maker: str, mesh: Mesh) -> None:
        """Take a mesh. It makes worthless what belongs to another play, and plain ones do not mix with sections."""
        name = mesh.get("section")
        mixed = bool(self.sections) and (name is None) != (None in self.sections)
        known = None in self.sections and self.sections[None].knows(mesh) is not None
        if mixed or (self.play.id != self.play_of_mesh.id and not known):
            self.sections, self.latest = {}, {}
        gathered = self.sections.setdefault(name, Gathered())
        gathered.losses = dict(self.losses)
        gathered.found(maker, mesh)
        self.latest[maker] = name
        self.play_of_mesh = self.play


def _loss(task: str, data: Mapping[str, Any]) -> Loss:
    detail = f"{task}: {message_of(data)}"
    if data.get("unreachable"):
        return Loss(HOST_DOWN, detail)
    return Loss(ENGINE_DOWN if data.get("reason") == ENGINE_DOWN else FAILED, detail)


def _mesh_of_lost(losses: Mapping[str, Loss]) -> dict[str, Any]:
    """Return the mesh of a run that came to none: hosts without a place on any network."""
    unknown: dict[str, Any] = {"virtualization": None, "addresses": {}, "conflicts": []}
    hosts = [{"name": host, **told(loss), **unknown} for host, loss in losses.items()]
    empty: dict[str, Any] = {"networks": [], "topology": None, "across": [], "expectations": []}
    return {**empty, "hosts": hosts, "endpoints": []}
