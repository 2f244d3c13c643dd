# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out on the controller which endpoints the fleet has: who pings whom."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._mesh import AUTO, TOPOLOGIES
from ..plugin_utils._endpoints import Extent, build_mesh
from ..plugin_utils._hostvars import facts_or_losses, plain, play_hosts, whole_fleet_of
from ..plugin_utils._problems import wrong_declaration

ARGUMENTS = {
    # Any type is let through: what is wrong is said in the words of the variable, not of this argument.
    "lans": {"type": "raw", "required": True},
    "expectations": {"type": "raw", "default": []},
    "facts_from": {"type": "list", "elements": "str", "required": True},
    "endpoints_per_host": {"type": "int", "default": 2},
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
        _valid, args = self.validate_argument_spec(ARGUMENTS)
        variables = task_vars or {}
        scope = play_hosts(variables)
        fleet = whole_fleet_of(variables, scope, args["lans"], args["expectations"])
        if fleet.problems:
            return {**result, **wrong_declaration(fleet.problems)}
        known = facts_or_losses(variables, scope, plain(args["facts_from"]))
        extent = Extent(args["endpoints_per_host"], str(args["topology"]), args["neighbours"], args["limit"])
        result.update(changed=False, mesh=build_mesh(fleet.lans, fleet.members, known, extent, fleet.expectations))
        return result
