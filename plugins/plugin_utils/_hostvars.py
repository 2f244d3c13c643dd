# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables and registered results of other hosts, as plain Python values. PRIVATE to the collection.

Everything here works on the ``hostvars`` and ``groups`` of a task's variables and needs nothing else of Ansible.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping, Sequence

from ._facts import FAILED, Facts, Loss, loss_of
from ._members import VARIABLES, Fleet, read_fleet, read_whole
from ._problems import Problem


def plain(value: Any) -> Any:
    """Return the value in JSON's own types: Ansible's tagged, lazy and unsafe values are subclasses of them."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, bool):
        return value
    return float(value) if isinstance(value, float) else int(value) if isinstance(value, int) else str(value)


def members_of(task_vars: Mapping[str, Any], group: str) -> tuple[list[str], list[Problem]]:
    """Return the fleet, the members of the group in inventory order, and what is wrong with the group itself."""
    members = [str(host) for host in task_vars["groups"].get(group, [])]
    if not members:
        cure = "Put the hosts of the fleet into that group, or name their group in dockerlan_group"
        return [], [Problem(f"dockerlan_group: the inventory has no hosts in the group {group}", cure)]
    cure = f"Put it into {group}, or run on that group only"
    strangers = [host for host in play_hosts(task_vars) if host not in set(members)]
    return members, [Problem(f"is in the play but not in the group {group}", cure, host) for host in strangers]


def fleet_of(task_vars: Mapping[str, Any], group: str, lans: Any) -> Fleet:
    """Return the fleet that ``lans`` and the variables of the group's members declare, with every problem of both."""
    members, problems = members_of(task_vars, group)
    fleet = read_fleet(plain(lans), declared_by(task_vars, members))
    return replace(fleet, problems=[*problems, *fleet.problems])


def whole_fleet_of(task_vars: Mapping[str, Any], hosts: Sequence[str], lans: Any, expectations: Any) -> Fleet:
    """Return the fleet that ``lans`` and the variables of ``hosts`` declare, with what is expected of its pairs."""
    return read_whole(plain(lans), plain(expectations), declared_by(task_vars, hosts))


def play_hosts(task_vars: Mapping[str, Any]) -> list[str]:
    """Return the hosts of the play in inventory order, the lost ones too."""
    return [str(host) for host in task_vars["ansible_play_hosts_all"]]


def declared_by(task_vars: Mapping[str, Any], hosts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the fleet's variables of every host, templated; those that are not defined are left out."""
    found: dict[str, dict[str, Any]] = {}
    for host in hosts:
        variables = task_vars["hostvars"][host]
        found[host] = {name: plain(variables[name]) for name in VARIABLES if name in variables}
    return found


def registered(task_vars: Mapping[str, Any], host: str, name: str) -> Any:
    """Return what the host registered under this name, or None.

    Taken as it is: results are no templates, and templating the facts of a thousand hosts would take minutes.
    """
    return task_vars["hostvars"].raw_get(host).get(name)


def facts_of(task_vars: Mapping[str, Any], hosts: Sequence[str], name: str) -> dict[str, Facts]:
    """Return the facts of the hosts that registered a host_info under this name."""
    results = {host: registered(task_vars, host, name) for host in hosts}
    return {host: plain(result["facts"]) for host, result in results.items() if loss_of(result, "host_info") is None}


def facts_or_losses(
    task_vars: Mapping[str, Any], hosts: Sequence[str], names: Sequence[str]
) -> dict[str, Facts | Loss]:
    """Return the facts of every host, or why there are none.

    The facts are those registered under the first of ``names``, from hosts that are still in the play. The other names
    only tell why a host was lost earlier, and what it was before.
    """
    alive = {str(host) for host in task_vars["ansible_play_hosts"]}
    return {
        host: _facts_or_loss([registered(task_vars, host, name) for name in names], host in alive) for host in hosts
    }


def _facts_or_loss(results: Sequence[Any], alive: bool) -> Facts | Loss:
    losses = [loss_of(result, "it could be asked") for result in results]
    known = [plain(result["facts"]) for result, loss in zip(results, losses) if loss is None and "facts" in result]
    if alive and losses[0] is None:
        facts: Facts = known[0]
        return facts
    told = [loss for result, loss in zip(results, losses) if loss is not None and _was_asked(result)]
    loss = next(iter(told), losses[0]) or Loss(FAILED, "the host was lost after it had been asked")
    return replace(loss, facts=next(iter(known), None))


def _was_asked(result: Any) -> bool:
    return isinstance(result, Mapping) and not result.get("skipped")
