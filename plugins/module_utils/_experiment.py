# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an experiment has to have on a host, what is there, and what is refused. PRIVATE to the collection.

Pure. An experiment is what carries its label; everything else on the host is somebody else's.
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers
from ansible_collections.dockerlan.fleet.plugins.module_utils._compare import Spec, named
from ansible_collections.dockerlan.fleet.plugins.module_utils._spec_options import declared

LABEL = "dockerlan.fleet.experiment"
CREATED, STARTED, REFUSED, REMOVED = "created", "started", "refused", "removed"
DOCKERS_OWN = ("bridge", "host", "none")  # the networks that every engine has

Rows = Sequence[Mapping[str, Any]]


class Wanted(NamedTuple):
    """What an experiment is to have on this host, in the shapes of docs/interfaces.md."""

    name: str
    image: str
    networks: Sequence[Spec]
    containers: Rows
    names: Rows = ()
    steps: Rows = ()

    def labels(self) -> dict[str, str]:
        """Tell what everything carries that is made: no label of a LAN, so that no plan takes it for one."""
        return {LABEL: self.name}


class Found(NamedTuple):
    """What is on a host, or the part of it that is meant: networks as specs with id, containers as listed."""

    networks: Sequence[Spec]
    containers: Sequence[_answers.Answer]


class Problem(NamedTuple):
    """Why an experiment is refused: what it is about, what is wrong, and what to do about it."""

    name: str
    problem: str
    cure: str


def wanted_of(params: Mapping[str, Any]) -> Wanted:
    """Read the parameters of the module; options that were not given are null in them, and are left out."""
    wanted = Wanted(*(params[field] for field in Wanted._fields))
    specs = [{**declared(spec), "labels": wanted.labels()} for spec in wanted.networks]
    return wanted._replace(networks=specs)


def part_of(found: Found, name: str | None) -> Found:
    """Select what an experiment has; without ``name`` what any experiment has."""
    return Found(
        [network for network in found.networks if _belongs(network["labels"], name)],
        [container for container in found.containers if _belongs(container.get("Labels"), name)],
    )


def joined_in(container: Mapping[str, Any]) -> str | None:
    """Tell the name of the container whose network namespace a wanted one joins."""
    return _answers.joined_in(str(container["network"]))


def flaws(wanted: Wanted) -> list[Problem]:
    """Say what in an experiment does not fit together."""
    names = [container["name"] for container in wanted.containers]
    found = [
        problem
        for place, container in enumerate(wanted.containers)
        for problem in [_unfit_network(container, wanted.networks, names[:place])]
        if problem
    ]
    asked = [row[end] for row in wanted.names for end in ("source", "target")]
    unknown = dict.fromkeys([*asked, *(step["container"] for step in wanted.steps)])
    return found + [
        Problem(name, "no container of this experiment has this name", "Name one of those in 'containers'")
        for name in unknown
        if name not in names
    ]


def clashes(wanted: Wanted, found: Found) -> list[Problem]:
    """Say which of the names are somebody else's on the host."""
    mine = part_of(found, wanted.name)
    foreign = [network for network in found.networks if network not in mine.networks]
    rows = [_clash("network", network["name"], network["labels"]) for network in _with_names(wanted, foreign)]
    names = {container["name"] for container in wanted.containers}
    for container in found.containers:
        name = _answers.container_name(container)
        if container not in mine.containers and name in names:
            rows.append(_clash("container", name, container.get("Labels")))
    return rows


def guests(doomed: Found, found: Found) -> list[Problem]:
    """Say on which networks that are to be removed there are containers that are not."""
    staying = [container for container in found.containers if container not in doomed.containers]
    rows = []
    for network in doomed.networks:
        names = sorted(_answers.container_name(one) for one in staying if _answers.is_attached(one, network))
        if names:
            problem = f"containers that are not of an experiment are attached to this network: {', '.join(names)}"
            rows.append(Problem(network["name"], problem, f"Remove or disconnect them: {_disconnect(network, names)}"))
    return rows


def missing_image(image: str) -> Problem:
    """Say that there is no image to make containers of."""
    return Problem(
        image,
        "the image is not on this host",
        f"Bring it there with 'docker pull {image}', or name its archive in reachability_image_archive",
    )


def refusal(problems: Iterable[Problem]) -> str:
    """Say all problems in one text."""
    return "\n".join(
        [
            "The experiment is refused, nothing was changed.",
            *(f"{one.name}: {one.problem}. Cure: {one.cure}." for one in problems),
        ]
    )


def lines_of_wanted(wanted: Wanted) -> str:
    """Write what an experiment is to have, one thing per line, ordered by name."""
    return _lines(
        ((spec["name"], spec["driver"]) for spec in wanted.networks),
        ((container["name"], container["network"]) for container in wanted.containers),
    )


def lines_of_found(part: Found, found: Found) -> str:
    """Write the part of a host that is an experiment, as ``lines_of_wanted`` does."""
    names = {container["Id"]: _answers.container_name(container) for container in found.containers}
    modes = []
    for container in part.containers:
        joined = _answers.joined_by(container)
        mode = str((container.get("HostConfig") or {}).get("NetworkMode") or "")
        modes.append((names[container["Id"]], f"{_answers.JOINING}{names.get(joined, joined)}" if joined else mode))
    return _lines(((network["name"], network["driver"]) for network in part.networks), modes)


def _belongs(labels: Mapping[str, str] | None, name: str | None) -> bool:
    label = (labels or {}).get(LABEL)
    return label is not None if name is None else label == name


def _with_names(wanted: Wanted, networks: Sequence[Spec]) -> list[Spec]:
    return [network for spec in wanted.networks for network in named(spec["name"], networks)]


def _unfit_network(container: Mapping[str, Any], networks: Sequence[Spec], before: Sequence[str]) -> Problem | None:
    """Say why a container cannot be put where it is to be; ``before`` are the containers that are started before it."""
    name, network, joined = container["name"], container["network"], joined_in(container)
    if joined is not None and joined not in before:
        problem = f"it is to join the container {joined!r}, which is not before it in this experiment"
        return Problem(name, problem, "Put that container into 'containers', before this one")
    if joined is None and network not in DOCKERS_OWN and not named(network, networks):
        problem = f"its network {network!r} is neither Docker's own nor one of this experiment"
        return Problem(name, problem, f"Put it into 'networks', or use one of {', '.join(DOCKERS_OWN)}")
    return None


def _clash(kind: str, name: str, labels: Mapping[str, str] | None) -> Problem:
    other = (labels or {}).get(LABEL)
    whose = f"belongs to the experiment {other!r}" if other else "is somebody else's"
    cure = f"Remove that experiment first (state: absent, name: {other})" if other else f"Rename or remove that {kind}"
    return Problem(name, f"a {kind} of this name is there already, and {whose}", cure)


def _disconnect(network: Spec, names: Sequence[str]) -> str:
    return "; ".join(f"'docker network disconnect -f {network['name']} {name}'" for name in names)


def _lines(networks: Iterable[tuple[str, str]], containers: Iterable[tuple[str, str]]) -> str:
    rows = [("network", *row) for row in sorted(networks)] + [("container", *row) for row in sorted(containers)]
    return "".join(f"{kind} {name} ({what})\n" for kind, name, what in rows)
