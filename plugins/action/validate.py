# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse a declaration that is wrong, before any host is touched."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..plugin_utils._assertions import problems_of
from ..plugin_utils._hostvars import members_of, plain, whole_fleet_of
from ..plugin_utils._problems import wrong_declaration

ARGUMENTS = {
    # Any type is let through: what is wrong is said in the words of the variable, not of this argument.
    "lans": {"type": "raw", "required": True},
    "group": {"type": "str", "default": "docker_fleet"},
    "expectations": {"type": "raw", "default": []},
    "assertions": {"type": "raw", "default": []},
}


class ActionModule(ActionBase):
    """Read the declaration of every member of the group; silent unless something is wrong with it."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return an unchanged result, or a refusal with every problem."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, args = self.validate_argument_spec(ARGUMENTS)
        variables = task_vars or {}
        members, problems = members_of(variables, str(args["group"]))
        problems += whole_fleet_of(variables, members, args["lans"], args["expectations"]).problems
        problems += problems_of(plain(args["assertions"]))
        result["changed"] = False
        return {**result, **wrong_declaration(problems)} if problems else result
