# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what is to be done about each network of a host, and what is refused. PRIVATE to the collection.

Pure. Check mode and the real run share every decision; ``_transaction`` carries them out.
"""

from __future__ import annotations

from typing import Any, Collection, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils._attachments import (
    Attachment,
    Obstacle,
    ailments,
    mode_obstacles,
    obstacles,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._compare import Difference, Spec, compare, named, sentence
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import LAN_LABEL, Goal

CREATED, KEPT, REPLACED, REMOVED, ABSENT, REFUSED = "created", "kept", "replaced", "removed", "absent", "refused"
CHANGES = (CREATED, REPLACED, REMOVED)


class Consent(NamedTuple):
    """What the user has allowed to happen to attached containers."""

    replace: bool = False
    detach: bool = False


class Decision(NamedTuple):
    """What is to be done about a network, or why it is refused. ``spec`` is the declared one, ``live`` has its id.

    ``lasting`` are the networks that are there before and after, as ``lasting_networks`` selects them; None: not known.
    """

    name: str
    action: str
    spec: Spec | None = None
    live: Spec | None = None
    differences: Sequence[Difference] = ()
    problems: Sequence[str] = ()
    lasting: Mapping[str, str] | None = None

    def row(self) -> dict[str, Any]:
        """Present the decision in the result of the module."""
        network_id = self.live["id"] if self.live else None
        return {"name": self.name, "action": self.action, "id": network_id, "differences": list(self.differences)}


def decide(specs: Sequence[Spec], absent: Iterable[str], live: Sequence[Spec]) -> list[Decision]:
    """Decide for each declared network and for each name that is to be absent."""
    decisions = [*decide_present(specs, live), *decide_absent(absent, live)]
    named_by = {kind: {one.name for one in decisions if one.action == kind} for kind in (REPLACED, REMOVED)}
    lasting = lasting_networks(live, replaced=named_by[REPLACED], removed=named_by[REMOVED])
    return [decision._replace(lasting=lasting) for decision in decisions]


def decide_present(specs: Sequence[Spec], live: Sequence[Spec]) -> list[Decision]:
    """Decide for each declared network: create the missing, keep the identical, replace what differs."""
    return [_decide_present(spec, named(spec["name"], live)) for spec in specs]


def decide_absent(names: Iterable[str], live: Sequence[Spec]) -> list[Decision]:
    """Decide for each name: remove what is ours, refuse the rest."""
    decisions = []
    for name in dict.fromkeys(names):
        found = [_decide_absent(network) for network in named(name, live)]
        decisions += found or [Decision(name, ABSENT)]
    return decisions


def lasting_networks(live: Iterable[Spec], *, replaced: Collection[str], removed: Collection[str]) -> dict[str, str]:
    """Select the networks that are there both before and after a change, id by name; what is replaced has no id."""
    staying = (network for network in live if network["name"] not in removed)
    return {one["name"]: "" if one["name"] in replaced else one["id"] for one in staying}


def judge(decision: Decision, attachments: Sequence[Attachment], consent: Consent, api: Sequence[int]) -> Decision:
    """Refuse what the user has not allowed, or what would lose something. ``attachments`` are those of all networks."""
    mine = [one for one in attachments if one["network"] == decision.name]
    found = list(decision.problems)
    if decision.action == REPLACED:
        found += _why_refused(decision, mine, consent, api)
    elif decision.action == REMOVED:
        found += _why_not_removed(mine, consent)
    return decision._replace(action=REFUSED, problems=found) if found else decision


def against_replacing(
    live: Spec,
    spec: Spec,
    attachments: Iterable[Mapping[str, Any]],
    api: Sequence[int],
    lasting: Mapping[str, str] | None = None,
) -> list[Obstacle]:
    """Say what would be lost if the live network were replaced, or keep it from being so.

    ``api`` is the version of the engine's API; ``lasting`` is as in ``mode_obstacles``.
    """
    odd = [f"{key} is {value!r}" for key, value in sorted((live.get("other") or {}).items())]
    lost = [
        Obstacle(f"the network could not be put back as it is: {', '.join(odd)}", "Remove it by hand and run again")
    ]
    found = [
        obstacle
        for one in attachments
        for obstacle in (*ailments(one), *obstacles(one, spec, api), *mode_obstacles(one, live, lasting, api))
    ]
    return [*(lost if odd else []), *found]


def against_removing(attachments: Iterable[Mapping[str, Any]]) -> list[Obstacle]:
    """Say what would keep a network from being removed, whatever its user allows."""
    return [obstacle for one in attachments for obstacle in ailments(one)]


def goals(decisions: Sequence[Decision], attachments: Sequence[Attachment]) -> tuple[Goal, Goal]:
    """Return the state before and after the changes among the decisions."""
    changes = [decision for decision in decisions if decision.action in CHANGES]
    before = Goal(
        [_without_id(decision.live) for decision in changes if decision.live],
        [decision.name for decision in changes if not decision.live],
        list(attachments),
    )
    kept = [decision.name for decision in changes if decision.spec]
    after = Goal(
        [decision.spec for decision in changes if decision.spec],
        [decision.name for decision in changes if not decision.spec],
        [one for one in attachments if one["network"] in kept],
    )
    return before, after


def going(decisions: Iterable[Decision]) -> list[Spec]:
    """Select the live networks that will be replaced or removed."""
    return [found.live for found in decisions if found.live and found.action in (REPLACED, REMOVED)]


def refusal(decisions: Iterable[Decision]) -> str:
    """Say in one text why decisions are refused, network by network; empty when none is."""
    lines = []
    for decision in decisions:
        if decision.action == REFUSED:
            lines += [f"{decision.name}: {sentence(found)}" for found in decision.differences]
            lines += [f"{decision.name}: {problem}" for problem in decision.problems]
    return "\n".join(lines)


def described(attachments: Iterable[Mapping[str, Any]]) -> str:
    """Name the containers and whether they run, in the order of their names."""
    rows = sorted((one["container"], "running" if one["running"] else "stopped") for one in attachments)
    return ", ".join(f"{name} ({state})" for name, state in rows)


def _decide_present(spec: Spec, found: Sequence[Spec]) -> Decision:
    name = spec["name"]
    if not found:
        return Decision(name, CREATED, spec)
    if len(found) > 1:
        ids = ", ".join(network["id"][:12] for network in found)
        return Decision(name, REFUSED, spec, problems=[f"{len(found)} networks have this name: {ids}"])
    differences = compare(spec, found[0])
    return Decision(name, REPLACED if differences else KEPT, spec, found[0], differences)


def _decide_absent(network: Spec) -> Decision:
    name = network["name"]
    if network["labels"].get(LAN_LABEL) != name:
        problem = f"the network is not ours: its label {LAN_LABEL} is not {name!r}"
        return Decision(name, REFUSED, live=network, problems=[problem])
    return Decision(name, REMOVED, live=network)


def _why_refused(
    decision: Decision, attachments: Sequence[Attachment], consent: Consent, api: Sequence[int]
) -> list[str]:
    found = []
    if not consent.replace:
        whom = described(attachments) or "no container"
        found.append(f"replacing it would interrupt {whom}. Declare it as it is, or allow it with allow_replace")
    against = against_replacing(decision.live or {}, decision.spec or {}, attachments, api, decision.lasting)
    return [*found, *(str(obstacle) for obstacle in against)]


def _why_not_removed(attachments: Sequence[Attachment], consent: Consent) -> list[str]:
    found = []
    if attachments and not consent.detach:
        whom = described(attachments)
        found.append(f"containers are attached: {whom}. Remove them first, or allow it with allow_detach")
    return [*found, *(str(obstacle) for obstacle in against_removing(attachments))]


def _without_id(network: Spec) -> dict[str, Any]:
    return {key: value for key, value in network.items() if key != "id"}
