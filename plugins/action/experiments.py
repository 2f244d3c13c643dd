# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan on the controller what every host builds to show the network modes, and refuse what cannot work."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..plugin_utils._experiment_modes import MODES
from ..plugin_utils._experiment_settings import Raw, read_settings
from ..plugin_utils._experiment_tags import selected
from ..plugin_utils._experiments import plan_experiments
from ..plugin_utils._hostvars import declared_by, facts_of, members_of, plain
from ..plugin_utils._problems import Problem, refusal
from ..plugin_utils._words import named

ARGUMENTS = {
    # Any type is let through: what is wrong is said in the words of the variable, not of this argument.
    "lan": {"type": "raw", "required": True},
    "private_subnets": {"type": "raw"},
    "vlans": {"type": "raw"},
    "containers": {"type": "int", "default": 2},
    "group": {"type": "str", "default": "docker_fleet"},
    "facts_from": {"type": "str", "required": True},
    "run_tags": {"type": "list", "elements": "str", "default": ["all"]},
    "skip_tags": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):
    """Plan for all members at once: a host cannot know which addresses the others have."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the experiments (docs/interfaces.md), or a refusal with every problem."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, args = self.validate_argument_spec(ARGUMENTS)
        variables = task_vars or {}
        members, strangers = members_of(variables, str(args["group"]))
        raw = Raw(plain(args["lan"]), plain(args["private_subnets"]), plain(args["vlans"]), args["containers"])
        settings, problems = read_settings(raw, declared_by(variables, members))
        if settings is None or strangers or problems:
            return {**result, **refusal("The settings of the experiments are wrong:", [*strangers, *problems])}
        modes = selected(plain(args["run_tags"]), plain(args["skip_tags"]))
        if not modes:  # a run that proves nothing must not pass
            return {**result, **refusal("Nothing would be shown:", [_no_mode()])}
        found = plan_experiments(settings, modes, facts_of(variables, members, str(args["facts_from"])))
        if found.problems:
            return {**result, **refusal("The experiments are refused, nothing was changed:", found.problems)}
        result.update(changed=False, modes=found.modes, probe=found.probe, experiments=found.experiments)
        return result


def _no_mode() -> Problem:
    names = named([mode.name for mode in MODES], len(MODES))
    return Problem("The tags of this run select no network mode", f"Use some of {names}; --list-tags has the groups")
