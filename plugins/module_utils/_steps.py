# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps from what a host has to what it is to have. PRIVATE to the collection.

Pure. There is one way to reach a goal, and it starts from whatever is there: a change, putting it back, and finishing
or undoing one that was broken off at any point are all the steps to a goal.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers
from ansible_collections.dockerlan.fleet.plugins.module_utils._attachments import (
    Attachment,
    is_attached_as,
    settings_for,
    without_choice,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._compare import Spec, compare, named

DETACH, REMOVE, CREATE, ATTACH, START = "detach", "remove", "create", "attach", "start"
KINDS = (DETACH, REMOVE, CREATE, ATTACH, START)  # in the order in which they are taken
LAN_LABEL = "dockerlan.fleet.lan"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Goal(NamedTuple):
    """What a host is to have. It is kept in the journal, so everything in it is plain JSON."""

    networks: list[Spec]
    absent: list[str]
    attachments: list[Attachment]

    def names(self) -> list[str]:
        """Name the networks that the goal says anything about."""
        return [*(spec["name"] for spec in self.networks), *self.absent]


class Live(NamedTuple):
    """What a host has: its networks as specs with id, its containers by id as the engine inspects them."""

    networks: Sequence[Spec]
    containers: Mapping[str, _answers.Answer]


class Step(NamedTuple):
    """One call of the engine's API. What a step of its kind does not need is empty."""

    kind: str
    network: str
    container: str = ""
    network_id: str = ""
    container_id: str = ""
    spec: Spec = _NOTHING
    settings: Mapping[str, Any] = _NOTHING
    fallback: Mapping[str, Any] = _NOTHING  # for an attach whose address was Docker's choice and is taken by now

    def row(self) -> dict[str, Any]:
        """Present the step in the result of the module."""
        return {"step": self.kind, "network": self.network or None, "container": self.container or None}


class ConflictError(Exception):
    """Somebody else has changed what a broken-off change is about: which state is wanted is not known any more."""


def steps_to(goal: Goal, other: Goal, live: Live) -> list[Step]:
    """List the steps from ``live`` to ``goal``; none when it is reached.

    ``other`` is the state at the other end of the change. Only networks of one of the two are touched; ConflictError
    when a network is neither.
    """
    doomed = _doomed(goal, other, live)
    staying = [network for network in live.networks if network not in doomed]
    missing = [spec for spec in goal.networks if not named(spec["name"], staying)]
    attaches = _attaches(goal, live, staying)
    return [
        *_detaches([*goal.attachments, *other.attachments], live, doomed, attaches),
        *(Step(REMOVE, network["name"], network_id=network["id"]) for network in doomed),
        *(Step(CREATE, spec["name"], spec=spec) for spec in missing),
        *attaches,
        *_starts(goal, live),
    ]


def expected(live: Live, steps: Iterable[Step]) -> Live:
    """Tell what a host will have after the steps, as far as steps are decided by it. A new network's id is its name."""
    networks, containers = list(live.networks), dict(live.containers)
    for step in steps:
        if step.kind == REMOVE:
            networks = [network for network in networks if network["id"] != step.network_id]
        elif step.kind == CREATE:
            networks.append({**step.spec, "id": step.network})
        elif step.kind == START:
            containers[step.container_id] = {**containers[step.container_id], "State": {"Pid": 1}}
        else:
            containers[step.container_id] = _connected(containers[step.container_id], step)
    return Live(networks, containers)


def _connected(container: _answers.Answer, step: Step) -> dict[str, Any]:
    """Return the container without its entry for the step's network, or with the one that an attach gives it."""
    network_id = step.network_id or step.network
    held = container["NetworkSettings"]["Networks"]
    entries = {key: entry for key, entry in held.items() if key != step.network and entry["NetworkID"] != network_id}
    if step.kind == ATTACH:
        asked, runs = step.settings["IPAMConfig"], _answers.process_of(container) is not None
        live = {"IPAddress": asked.get("IPv4Address"), "GlobalIPv6Address": asked.get("IPv6Address"), "EndpointID": "1"}
        entries[step.network] = {**step.settings, "NetworkID": network_id, **(live if runs else {})}
    return {**container, "NetworkSettings": {"Networks": entries}}


def _is_of(goal: Goal, network: Spec) -> bool:
    """Tell whether a live network is what the goal declares."""
    return any(not compare(spec, network) for spec in named(network["name"], goal.networks))


def _was_made_for(goal: Goal, network: Spec) -> bool:
    """Tell whether a live network was made to reach the goal, also when the engine made something else than asked."""
    name = network["name"]
    marked = network["labels"].get(LAN_LABEL) == name
    return _is_of(goal, network) or (marked and any(spec["labels"].get(LAN_LABEL) == name for spec in goal.networks))


def _doomed(goal: Goal, other: Goal, live: Live) -> list[Spec]:
    """Select the networks that have to go: those of the other end. Two of one name cannot both stay."""
    found: list[Spec] = []
    for name in goal.names():
        present = named(name, live.networks)
        right = [network for network in present if _is_of(goal, network)]
        for network in [one for one in present if one not in right[:1]]:
            if _was_made_for(other, network):
                found.append(network)
            elif name not in goal.absent:
                raise ConflictError(name)
    return found


def _detaches(
    attachments: Iterable[Attachment], live: Live, doomed: Sequence[Spec], attaches: Sequence[Step]
) -> list[Step]:
    """Let go of the networks that go, and of what has to be attached anew; stopped containers first."""
    anew = {(step.container_id, step.network_id) for step in attaches}
    found: dict[tuple[str, str], Step] = {}
    for attachment in sorted(attachments, key=lambda one: bool(one["running"])):
        container = live.containers.get(attachment["container_id"])
        for network in named(attachment["network"], live.networks) if container else []:
            key = (attachment["container_id"], network["id"])
            if (network in doomed or key in anew) and container and _holds(container, network):
                step = Step(DETACH, network["name"], attachment["container"], network["id"], container["Id"])
                found.setdefault(key, step)
    return list(found.values())


def _holds(container: _answers.Answer, network: Spec) -> bool:
    """Tell whether there is something to detach: a connect that failed leaves an entry without one."""
    if _answers.process_of(container) is None:
        return _answers.is_attached(container, network)
    return _answers.is_connected(container, network)


def _attaches(goal: Goal, live: Live, staying: Sequence[Spec]) -> list[Step]:
    """Attach what is not attached as it should be: running containers first, those that know their address first."""
    found: list[tuple[bool, bool, Step]] = []
    for attachment in goal.attachments:
        container = live.containers.get(attachment["container_id"])
        spec = next(iter(named(attachment["network"], goal.networks)), None)
        if container is None or spec is None:
            continue  # the container is gone, or is to be without the network
        network = next(iter(named(attachment["network"], staying)), None)
        if network is None or not is_attached_as(attachment, container, network):
            step = _attach(attachment, network, spec)
            found.append((not attachment["running"], not step.settings["IPAMConfig"], step))
    return [step for _stopped, _choice, step in sorted(found, key=lambda item: item[:2])]


def _attach(attachment: Attachment, network: Spec | None, spec: Spec) -> Step:
    """Build the step. A network that has yet to be created has no id: it is filled in then."""
    settings = settings_for(attachment, spec)
    free = settings_for(without_choice(attachment), spec)
    return Step(
        ATTACH,
        attachment["network"],
        attachment["container"],
        network["id"] if network else "",
        attachment["container_id"],
        settings=settings,
        fallback=free if free != settings else _NOTHING,
    )


def _starts(goal: Goal, live: Live) -> list[Step]:
    """Start what ran and would have been restarted by the engine, had its network been there."""
    lost = {one["container_id"]: one["container"] for one in goal.attachments if one["running"] and one["restarts"]}
    stopped = {key for key, container in live.containers.items() if _answers.process_of(container) is None}
    return [
        Step(START, "", name, container_id=container_id)
        for container_id, name in lost.items()
        if container_id in stopped
    ]
