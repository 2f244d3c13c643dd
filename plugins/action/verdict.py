# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fail the play unless every pair is as expected, and every check and assertion passes."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible.plugins.action import ActionBase

from ..plugin_utils._assertions import evaluate, problems_of
from ..plugin_utils._facts import Loss, loss_of
from ..plugin_utils._findings import findings_of
from ..plugin_utils._hostvars import facts_or_losses, plain, registered
from ..plugin_utils._matrix import FAIL, INCOMPLETE, build_report, outcome_of, with_assertions
from ..plugin_utils._problems import refusal
from ..plugin_utils._render.message import render

ARGUMENTS = {
    "mesh": {"type": "dict", "required": True},
    "results_from": {"type": "str", "required": True},
    "allow_no_data": {"type": "bool", "default": False},
    # Any type is let through: what is wrong is said by its place in the list.
    "assertions": {"type": "raw", "default": []},
    "experiment": {"type": "dict"},
    "facts_from": {"type": "list", "elements": "str"},
    "removed_from": {"type": "str"},
}


class ActionModule(ActionBase):
    """Judge the records that the hosts registered; the report itself is written by the callback."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return verdict, totals, causes and checks: what became of the assertions, and what an experiment shows.

        Failed when anything is unexpected or a check fails, or when data is missing and that is not allowed.
        """
        result: dict[str, Any] = super().run(tmp, task_vars)
        together = [["experiment", "facts_from"]]
        _valid, args = self.validate_argument_spec(ARGUMENTS, required_together=together)
        mesh, results_from, assertions = plain(args["mesh"]), str(args["results_from"]), plain(args["assertions"])
        problems = problems_of(assertions, "assertions")
        if problems:
            return {**result, **refusal("The assertions are wrong:", problems)}
        results = {host["name"]: registered(task_vars or {}, host["name"], results_from) for host in mesh["hosts"]}
        outcomes = {host: outcome_of(plain(data)) for host, data in results.items()}
        report = build_report(mesh, outcomes, datetime.now(timezone.utc).isoformat())
        findings = _findings(args, report, task_vars or {})
        report = with_assertions(report, findings)
        rows = evaluate(assertions, report)
        report = with_assertions(report, rows)
        verdict, name = report["verdict"], mesh.get("section")
        msg = f"{name}: {render(report)}" if name else render(report)
        result.update(changed=False, msg=msg, verdict=verdict, checks=[*findings, *rows])
        result.update(totals=report["totals"], causes=report["causes"])
        result["failed"] = verdict == FAIL or (verdict == INCOMPLETE and not args["allow_no_data"])
        return result


def _findings(args: dict[str, Any], report: dict[str, Any], variables: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the experiment shows, none without one."""
    if args["experiment"] is None:
        return []
    hosts = [host["name"] for host in report["hosts"]]
    known = facts_or_losses(variables, hosts, plain(args["facts_from"]))
    facts = {host: found for host, found in known.items() if not isinstance(found, Loss)}
    name = str(args["removed_from"] or "")
    results = {host: registered(variables, host, name) for host in hosts if name}
    removed = {host: plain(data["links"]) for host, data in results.items() if loss_of(data, "it was removed") is None}
    return findings_of(plain(args["experiment"]), report, facts, removed)
