# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to one section of a report, while it arrives host by host. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterator, Mapping, NamedTuple

from ._facts import FAILED, Loss
from ._matrix import Mesh, Outcome
from ._refit import refitted
from ._sections import Section


class Probed(NamedTuple):
    """What a host brought, and who made the mesh that it is about."""

    maker: str
    outcome: Outcome


class Ending(NamedTuple):
    """How the run came to its end: which hosts were lost to it why, who was heard of, and the end in words."""

    losses: Mapping[str, Loss]
    heard: set[str]
    words: str


@dataclass
class Gathered:
    """The meshes of a section, or of a run without sections, and what belongs to them.

    A mesh is kept by its maker: the batch of a play, or in a play out of step the host. The latest one is the last.
    ``checks`` are those of the verdict; ``losses`` are why hosts were missing, of which some may have come back since.
    """

    losses: dict[str, Loss] = field(default_factory=dict)
    meshes: dict[str, Mesh] = field(default_factory=dict)
    probed: dict[str, Probed] = field(default_factory=dict)
    checks: list[Any] = field(default_factory=list)

    def knows(self, mesh: Mesh) -> Mesh | None:
        """Return an equal mesh that is known already."""
        return next((one for one in self.meshes.values() if one == mesh), None)

    def found(self, maker: str, mesh: Mesh) -> None:
        """Take a mesh. Another one of the same maker makes worthless what belongs to the earlier one."""
        known = self.knows(mesh)
        older = self.meshes.pop(maker, mesh)
        if older != mesh:
            self.probed = {host: found for host, found in self.probed.items() if found.maker != maker}
            self.checks = []
        self.meshes[maker] = mesh if known is None else known

    def answered(self, host: str, maker: str, outcome: Outcome) -> None:
        """Take what a host observed."""
        self.probed[host] = Probed(self._known(maker), outcome)

    def failed(self, host: str, maker: str, loss: Loss) -> None:
        """Remember why a host observed nothing, unless it did."""
        self.probed.setdefault(host, Probed(self._known(maker), Outcome(loss=loss)))

    def observed_by(self, host: str) -> tuple[Mesh, Outcome] | None:
        """Return the mesh that a host probed, and what it brought."""
        found = self.probed.get(host)
        return (self.meshes[found.maker], found.outcome) if found else None

    def section(self, ending: Ending, *, in_step: bool) -> Section:
        """Return the section. What is missing has a reason.

        Its mesh is the one that knows most: the last batch's, or that of the host that found most hosts.
        """
        meshes = list(self.meshes.values())
        mesh = meshes[-1] if in_step else max(meshes, key=_living)
        hosts = [_host(host, ending) for host in mesh["hosts"]]
        return Section({**mesh, "hosts": hosts}, self._outcomes(mesh, ending))

    def _known(self, maker: str) -> str:
        return maker if maker in self.meshes else next(reversed(self.meshes))

    def _outcomes(self, mesh: Mesh, ending: Ending) -> dict[str, Outcome]:
        missing = Loss(FAILED, f"{ending.words} before ping_mesh")
        living = [host["name"] for host in mesh["hosts"] if not host["lost"]]
        reasons = {**dict.fromkeys(living, missing), **ending.losses}
        without = {host: Outcome(loss=loss) for host, loss in reasons.items()}
        return {**without, **dict(self._fitting(mesh))}

    def _fitting(self, mesh: Mesh) -> Iterator[tuple[str, Outcome]]:
        for host, (maker, outcome) in self.probed.items():
            own = self.meshes[maker]
            same = own["endpoints"] == mesh["endpoints"]
            yield host, outcome if same else refitted(outcome, own, mesh, host)


def told(loss: Loss) -> dict[str, Any]:
    """Return what the mesh says of a host that was lost."""
    return {"lost": True, "reason": loss.reason, "detail": loss.detail}


def _host(host: Mapping[str, Any], ending: Ending) -> dict[str, Any]:
    """Return a host that was lost before the mesh with what the mesh cannot know: the task that failed."""
    if not host["lost"]:
        return dict(host)
    loss = ending.losses.get(host["name"])
    if loss is None and host["name"] not in ending.heard:
        loss = Loss(FAILED, f"{ending.words} before this host was asked")
    return {**host, **told(loss)} if loss else dict(host)


def _living(mesh: Mesh) -> int:
    return sum(not host["lost"] for host in mesh["hosts"])
