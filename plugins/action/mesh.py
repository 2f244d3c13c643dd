# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out on the controller which endpoints the fleet has: who pings whom."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._mesh import AUTO, TOPOLOGIES
from ..plugin_utils._endpoints import Extent, build_mesh
from ..plugin_utils._experiment_mesh import build_experiment_mesh
from ..plugin_utils._hostvars import facts_or_losses, plain, play_hosts, whole_fleet_of
from ..plugin_utils._problems import refusal, wrong_declaration

ARGUMENTS = {
    # Any type is let through: what is wrong is said in the words of the variable, not of this argument.
    "lans": {"type": "raw"},
    "expectations": {"type": "raw", "default": []},
    "experiment": {"type": "dict"},
    "facts_from": {"type": "list", "elements": "str", "required": True},
    "endpoints_per_host": {"type": "int", "default": 2},
    "endpoints_always": {"type": "bool", "default": False},
    "topology": {"type": "str", "default": AUTO, "choices": [AUTO, *TOPOLOGIES]},
    "neighbours": {"type": "int", "default": 10},
    "limit": {"type": "int", "default": 200_000},
}


class ActionModule(ActionBase):
    """Make the mesh of all hosts of the play once; the lost ones keep their places in it."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the mesh (docs/interfaces.md), or a refusal with every problem of the declaration."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        one_of = [["lans", "experiment"]]
        _valid, args = self.validate_argument_spec(ARGUMENTS, required_one_of=one_of, mutually_exclusive=one_of)
        variables = task_vars or {}
        known = facts_or_losses(variables, play_hosts(variables), plain(args["facts_from"]))
        extent = Extent(**{name: plain(args[name]) for name in Extent._fields})
        if args["experiment"] is not None:
            return {**result, **_of_experiment(plain(args["experiment"]), known, extent)}
        return {**result, **_of_lans(args, variables, known, extent)}


def _of_lans(args: dict[str, Any], variables: dict[str, Any], known: Any, extent: Extent) -> dict[str, Any]:
    fleet = whole_fleet_of(variables, list(known), args["lans"], args["expectations"])
    if fleet.problems:
        return wrong_declaration(fleet.problems)
    return {"changed": False, "mesh": build_mesh(fleet.lans, fleet.members, known, extent, fleet.expectations)}


def _of_experiment(experiment: dict[str, Any], known: Any, extent: Extent) -> dict[str, Any]:
    mesh, problems = build_experiment_mesh(experiment, list(known), known, extent)
    return refusal("The experiment is wrong:", problems) if problems else {"changed": False, "mesh": mesh}
