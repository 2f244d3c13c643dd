# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan on the controller which network every host gets, and refuse what cannot work."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..plugin_utils._hostvars import declared_by, facts_of, members_of, plain
from ..plugin_utils._members import read_fleet
from ..plugin_utils._plan import make_plan
from ..plugin_utils._problems import refusal

ARGUMENTS = {
    # Any type is let through: what is wrong is said in the words of the variable, not of this argument.
    "lans": {"type": "raw", "required": True},
    "group": {"type": "str", "default": "docker_fleet"},
    "facts_from": {"type": "str", "required": True},
}


class ActionModule(ActionBase):
    """Plan for all members at once: a host cannot know which addresses the others have."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the plan (docs/interfaces.md), or a refusal with every problem."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, args = self.validate_argument_spec(ARGUMENTS)
        variables = task_vars or {}
        members, problems = members_of(variables, str(args["group"]))
        fleet = read_fleet(plain(args["lans"]), declared_by(variables, members))
        problems += fleet.problems
        if problems:
            return {**result, **refusal("The declaration of the fleet is wrong:", problems)}
        plan = make_plan(fleet.lans, fleet.members, facts_of(variables, members, str(args["facts_from"])))
        if plan.problems:
            return {**result, **refusal("The plan is refused, nothing was changed:", plan.problems)}
        result.update(changed=plan.changed, hosts=plan.hosts, summary=plan.summary, diff=plan.diff)
        return result
