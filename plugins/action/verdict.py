# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fail the play unless every pair is as expected."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible.plugins.action import ActionBase

from ..plugin_utils._hostvars import plain, registered
from ..plugin_utils._matrix import FAIL, INCOMPLETE, build_report, outcome_of
from ..plugin_utils._render.message import render

ARGUMENTS = {
    "mesh": {"type": "dict", "required": True},
    "results_from": {"type": "str", "required": True},
    "allow_no_data": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Judge the records that the hosts registered; the report itself is written by the callback."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return verdict, totals and causes; failed when anything is unexpected, or missing and that is not allowed."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, args = self.validate_argument_spec(ARGUMENTS)
        mesh, name = plain(args["mesh"]), str(args["results_from"])
        results = {host["name"]: registered(task_vars or {}, host["name"], name) for host in mesh["hosts"]}
        outcomes = {host: outcome_of(plain(data)) for host, data in results.items()}
        report = build_report(mesh, outcomes, datetime.now(timezone.utc).isoformat())
        verdict = report["verdict"]
        result.update(changed=False, msg=render(report), verdict=verdict)
        result.update(totals=report["totals"], causes=report["causes"])
        result["failed"] = verdict == FAIL or (verdict == INCOMPLETE and not args["allow_no_data"])
        return result
