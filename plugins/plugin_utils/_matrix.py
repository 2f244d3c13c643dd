# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expected against observed: from the mesh and the hosts' results to the report. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterator, Mapping, Sequence

from ..module_utils._mesh import Row as ProbedRow
from ..module_utils._mesh import rows_of
from ..module_utils._packing import Columns, decode
from ._case import Case, LocalError
from ._checks import FAILED as FAILED_CHECK
from ._checks import checks_of
from ._deviations import deviations_of, one_way_of, one_ways
from ._diagnosis import diagnose
from ._evidence import evidence_of
from ._facts import FAILED, Loss, loss_of
from ._judgement import Judge, Row
from ._matrix_rows import matrix_of
from ._observation import NO_DATA, STATUSES, UNEXPECTED_BLOCKED, UNEXPECTED_OPEN
from ._reading import SIGNS
from ._relations import relations_of

SCHEMA_VERSION = 1
PASS, FAIL, INCOMPLETE = "pass", "fail", "incomplete"

Mesh = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What ``ping_mesh`` brought from one host, or why it brought nothing.

    A record per pair, its local errors, evidence and checks (docs/interfaces.md), and how it probed.
    """

    records: Columns | None = None
    errors: Sequence[LocalError] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Any] = field(default_factory=dict)
    method: str | None = None
    loss: Loss | None = None


def outcome_of(result: Any) -> Outcome:
    """Read a registered result of ``ping_mesh``; one of a host on which the task never ran is a loss."""
    loss = loss_of(result, "ping_mesh")
    if loss is not None:
        return Outcome(loss=loss)
    try:
        return Outcome(
            decode(result["records"]),
            [LocalError(row["source"], row["target"], row["family"], row["text"]) for row in result["errors"]],
            result["evidence"],
            result["checks"],
            result["method"],
        )
    except (KeyError, TypeError, ValueError) as error:
        return Outcome(loss=Loss(FAILED, f"the records of ping_mesh cannot be read: {error}"))


def build_report(mesh: Mesh, outcomes: Mapping[str, Outcome], generated_at: str) -> dict[str, Any]:
    """Return the report of docs/interfaces.md. ``outcomes`` is by host; ``generated_at`` is a time in ISO 8601.

    A host that is missing from ``outcomes``, or whose records do not fit the mesh, has no data.
    """
    rows = {host["name"]: rows_of(mesh, host["name"]) for host in mesh["hosts"]}
    fitting = {host["name"]: _fitting(host, rows[host["name"]], outcomes.get(host["name"])) for host in mesh["hosts"]}
    hosts = [_host(host, fitting[host["name"]]) for host in mesh["hosts"]]
    judge = Judge(mesh)
    case = _case(mesh, hosts, list(_judged(judge, rows, fitting)), fitting, judge)
    found = diagnose(case)
    totals = _totals(case)
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": generated_at,
        "verdict": _verdict(totals),
        "totals": totals,
        "topology": mesh["topology"],
        "hosts": hosts,
        "networks": mesh["networks"],
        "endpoints": mesh["endpoints"],
        "relations": relations_of(case.rows, judge.groups),
        "matrix": matrix_of(case.rows, judge.groups, found.of_pair),
        **_deviations(case, found.of_pair),
        "changes": None,
        "checks": [check.row(found.of_check.get(check.number)) for check in case.checks],
        "causes": found.causes,
    }


def with_assertions(report: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the report with the checks that the user's assertions are, and judged with them."""
    failed = sum(row["status"] == FAILED_CHECK for row in rows)
    totals = report["totals"]
    return {
        **report,
        "verdict": FAIL if failed else report["verdict"],
        "totals": {**totals, "failed_checks": totals["failed_checks"] + failed},
        "checks": [*report["checks"], *rows],
    }


def _fitting(host: Mapping[str, Any], rows: Sequence[ProbedRow], outcome: Outcome | None) -> Outcome:
    """Return the outcome if it belongs to this mesh: a lost host has none, and the number of records must be right."""
    if host["lost"]:
        return Outcome(loss=Loss(host["reason"] or FAILED, host["detail"] or ""))
    if outcome is None:
        return Outcome(loss=Loss(FAILED, "no result of ping_mesh arrived"))
    pairs = sum(len(row.targets) for row in rows)
    if outcome.records is not None and outcome.records.pairs != pairs:
        detail = f"ping_mesh brought {outcome.records.pairs} records for {pairs} pairs"
        return Outcome(loss=Loss(FAILED, detail))
    return outcome


def _host(host: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
    """Return the host as in the mesh, with the method of its probes; one that was lost since then is marked."""
    found = {**host, "method": outcome.method}
    if outcome.loss is None or host["lost"]:
        return found
    return {**found, "lost": True, "reason": outcome.loss.reason, "detail": outcome.loss.detail}


def _judged(judge: Judge, rows: Mapping[str, Sequence[ProbedRow]], outcomes: Mapping[str, Outcome]) -> Iterator[Row]:
    """Judge the rows of all hosts, and number their pairs."""
    first = 0
    for host, mine in rows.items():
        yield from judge.rows(mine, outcomes[host].records, first)
        first += sum(len(row.targets) for row in mine)


def _case(
    mesh: Mesh, hosts: Sequence[Mapping[str, Any]], rows: Sequence[Row], outcomes: Mapping[str, Outcome], judge: Judge
) -> Case:
    checks = [
        check for host in hosts for check in checks_of(mesh["endpoints"], host["name"], outcomes[host["name"]].checks)
    ]
    return Case(
        networks={network["name"]: network for network in mesh["networks"]},
        hosts=hosts,
        endpoints=mesh["endpoints"],
        rows=rows,
        deviating=[judge.observation(row, position) for row in rows for position in row.deviating()],
        checks=[check._replace(number=number) for number, check in enumerate(checks)],
        evidence=evidence_of({host: outcome.evidence for host, outcome in outcomes.items()}),
        errors={host: outcome.errors for host, outcome in outcomes.items()},
    )


def _verdict(totals: Mapping[str, int]) -> str:
    """Judge. Nothing unexpected in no pairs at all proves nothing, so that is incomplete too."""
    if totals[UNEXPECTED_BLOCKED] or totals[UNEXPECTED_OPEN] or totals["failed_checks"]:
        return FAIL
    return PASS if totals["pairs"] and not totals[NO_DATA] else INCOMPLETE


def _totals(case: Case) -> dict[str, int]:
    counts = dict.fromkeys(STATUSES, 0)
    for sign, meaning in SIGNS.items():
        counts[meaning.status] += sum(row.signs.count(sign) for row in case.rows)
    failed = sum(check.status == FAILED_CHECK for check in case.checks)
    return {"pairs": sum(len(row.signs) for row in case.rows), **counts, "failed_checks": failed}


def _deviations(case: Case, causes: Mapping[int, str]) -> dict[str, Any]:
    one_way = one_ways(case.rows, case.deviating)
    return {
        "deviations": deviations_of(case.deviating, {item.number for item in one_way}, causes),
        "one_way": one_way_of(one_way),
    }
