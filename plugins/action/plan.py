# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan on the controller which network every host gets, and refuse what cannot work."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..plugin_utils._host_plan import Consent
from ..plugin_utils._hostvars import facts_of, fleet_of
from ..plugin_utils._plan import make_plan
from ..plugin_utils._problems import refusal, wrong_declaration

ARGUMENTS = {
    # Any type is let through: what is wrong is said in the words of the variable, not of this argument.
    "lans": {"type": "raw", "required": True},
    "group": {"type": "str", "default": "docker_fleet"},
    "facts_from": {"type": "str", "required": True},
    "allow_replace": {"type": "bool", "default": False},
    "allow_detach": {"type": "bool", "default": False},
    "prune": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Plan for all members at once: a host cannot know which addresses the others have."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the plan (docs/interfaces.md), or a refusal with every problem."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, args = self.validate_argument_spec(ARGUMENTS)
        variables = task_vars or {}
        fleet = fleet_of(variables, str(args["group"]), args["lans"])
        if fleet.problems:
            return {**result, **wrong_declaration(fleet.problems)}
        members = [member.name for member in fleet.members]
        consent = Consent(replace=args["allow_replace"], prune=args["prune"], detach=args["allow_detach"])
        plan = make_plan(fleet.lans, fleet.members, facts_of(variables, members, str(args["facts_from"])), consent)
        if plan.problems:
            return {**result, **refusal("The plan is refused, nothing was changed:", plan.problems)}
        result.update(changed=plan.changed, hosts=plan.hosts, summary=plan.summary, diff=plan.diff, routes=plan.routes)
        return result
