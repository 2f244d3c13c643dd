# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, keep and remove the networks of a host as one transaction. PRIVATE to the collection.

First the steps are decided, by pure functions that check mode and the real run share; then they are taken. The first
error takes back what this call has created.
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _docker
from ansible_collections.dockerlan.fleet.plugins.module_utils._compare import Difference, Spec, compare, named, sentence
from ansible_collections.dockerlan.fleet.plugins.module_utils._errors import translate

LAN_LABEL = "dockerlan.fleet.lan"
CREATED, KEPT, REMOVED, ABSENT, REFUSED = "created", "kept", "removed", "absent", "refused"


class Step(NamedTuple):
    """What is to be done about one network, or why it is refused: differences, or a problem in words."""

    name: str
    action: str
    spec: Spec
    id: str | None = None
    differences: Sequence[Difference] = ()
    problem: str = ""

    def row(self) -> dict[str, Any]:
        """Present the step in the result of the module."""
        return {"name": self.name, "action": self.action, "id": self.id, "differences": list(self.differences)}


class ChangeError(Exception):
    """A change failed, and the message says what became of the rest."""


def decide_present(specs: Sequence[Spec], live: Sequence[Spec]) -> list[Step]:
    """Decide for each declared network: create the missing, keep the identical, refuse what differs."""
    return [_decide_present(spec, named(spec["name"], live)) for spec in specs]


def decide_absent(names: Iterable[str], live: Sequence[Spec], containers: Sequence[Mapping[str, Any]]) -> list[Step]:
    """Decide for each name: remove what is ours and has no containers, running or stopped; refuse the rest."""
    steps = []
    for name in dict.fromkeys(names):
        found = named(name, live)
        steps += [_decide_absent(network, containers) for network in found] or [Step(name, ABSENT, {})]
    return steps


def refusal(steps: Iterable[Step]) -> str:
    """Say in one text why steps are refused, network by network; empty when none is."""
    lines = []
    for step in steps:
        if step.problem:
            lines.append(f"{step.name}: {step.problem}")
        lines += [f"{step.name}: {sentence(found)}" for found in step.differences]
    return "\n".join(lines)


def create_all(engine: _docker.Engine, specs: Sequence[Spec]) -> dict[str, str]:
    """Create the networks and return their ids by name.

    ChangeError when one cannot be created, or does not come out as it was asked for; none of them is there then.
    """
    created: dict[str, str] = {}
    for spec in specs:
        try:
            created[spec["name"]] = _create(engine, spec)
        except _docker.ENGINE_ERRORS as error:
            text = translate(_docker.error_text(error))
            unanswered = None if _docker.is_answer(error) else spec
            taken_back = _take_back(engine, created, unanswered)
            raise ChangeError(f"Network {spec['name']!r}: {text}. {taken_back}") from error
    problems = _outcome(engine, specs) if specs else ""
    if problems:
        raise ChangeError(f"{_take_back(engine, created, None)}. {problems}")
    return created


def remove_all(engine: _docker.Engine, steps: Sequence[Step]) -> None:
    """Remove the networks of the steps. ChangeError says which ones were removed before the error."""
    removed: list[str] = []
    for step in steps:
        try:
            engine.client.remove_network(step.id)
        except _docker.ENGINE_ERRORS as error:
            text = translate(_docker.error_text(error))
            raise ChangeError(f"Network {step.name!r}: {text}. Removed before: {removed or 'none'}") from error
        removed.append(step.name)


def _decide_present(spec: Spec, found: Sequence[Spec]) -> Step:
    name = spec["name"]
    if not found:
        return Step(name, CREATED, spec)
    if len(found) > 1:
        ids = ", ".join(network["id"][:12] for network in found)
        return Step(name, REFUSED, spec, problem=f"{len(found)} networks have this name: {ids}")
    differences = compare(spec, found[0])
    return Step(name, REFUSED if differences else KEPT, spec, found[0]["id"], differences)


def _decide_absent(network: Spec, containers: Sequence[Mapping[str, Any]]) -> Step:
    name = network["name"]
    if network["labels"].get(LAN_LABEL) != name:
        problem = f"the network is not ours: its label {LAN_LABEL} is not {name!r}"
        return Step(name, REFUSED, network, network["id"], problem=problem)
    attached = sorted(_describe(entry) for entry in containers if _answers.is_attached(entry, network))
    if attached:
        problem = f"containers are attached: {', '.join(attached)}"
        return Step(name, REFUSED, network, network["id"], problem=problem)
    return Step(name, REMOVED, network, network["id"])


def _describe(container: Mapping[str, Any]) -> str:
    return f"{_answers.container_name(container)} ({container.get('State') or 'state unknown'})"


def _create(engine: _docker.Engine, spec: Spec) -> str:
    """Create one network. Engines up to 24 need to be told not to accept a name twice; newer ones never do."""
    answer = engine.client.create_network(
        spec["name"],
        driver=spec["driver"],
        options=dict(spec["options"]),
        ipam={"Driver": "default", "Config": [_pool(pool) for pool in spec["ipam"]]},
        check_duplicate=True,
        internal=spec["internal"],
        labels=dict(spec["labels"]),
        enable_ipv6=spec["enable_ipv6"],
    )
    return str(answer["Id"])


def _pool(pool: Mapping[str, Any]) -> dict[str, Any]:
    """Spell a pool as the engine's API does."""
    return {
        "Subnet": pool["subnet"],
        "IPRange": pool["ip_range"],
        "Gateway": pool["gateway"],
        "AuxiliaryAddresses": pool.get("aux_addresses") or {},
    }


def _outcome(engine: _docker.Engine, specs: Sequence[Spec]) -> str:
    """Compare what the engine made with what was asked: what it ignored would be a difference in the next run."""
    try:
        differing = refusal(decide_present(specs, _docker.list_networks(engine)))
    except _docker.ENGINE_ERRORS as error:
        return f"What the engine made could not be checked: {_docker.error_text(error)}"
    return f"The engine made something else than it was asked for:\n{differing}" if differing else ""


def _take_back(engine: _docker.Engine, created: Mapping[str, str], unanswered: Spec | None) -> str:
    """Remove what was created, newest first, and say what became of it.

    ``unanswered`` is the network whose creation got no answer, for example because of a timeout: it may be there too.
    """
    doomed, left = list(created.items()), []
    try:
        doomed += _made_without_answer(engine, unanswered) if unanswered else []
    except _docker.ENGINE_ERRORS as error:
        left.append(f"{unanswered['name'] if unanswered else ''} ({error})")
    for name, network_id in reversed(doomed):
        try:
            engine.client.remove_network(network_id)
        except _docker.ENGINE_ERRORS as error:
            left.append(f"{name} ({_docker.error_text(error)})")
    if left:
        return f"Could not be removed again, remove by hand if it is there: {', '.join(left)}"
    return f"Removed again: {', '.join(name for name, _id in doomed)}" if doomed else "Nothing was changed"


def _made_without_answer(engine: _docker.Engine, spec: Spec) -> list[tuple[str, str]]:
    """Find the network by everything that was asked for, so that it can be nobody else's."""
    found = named(spec["name"], _docker.list_networks(engine))
    return [(network["name"], network["id"]) for network in found if not compare(spec, network)]
