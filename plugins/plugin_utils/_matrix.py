# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expected against observed: from the mesh and the hosts' results to the report. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ..module_utils._mesh import Row as ProbedRow
from ..module_utils._mesh import rows_of
from ..module_utils._packing import Columns, decode
from ._case import Case, LocalError
from ._checks import FAILED as FAILED_CHECK
from ._checks import Check, checks_of, expectations_of, stopped, where_probed
from ._deviations import deviations_of, one_way_of, one_ways
from ._diagnosis import diagnose
from ._evidence import evidence_of
from ._facts import FAILED, Loss, loss_of
from ._judgement import Judge, Row, unproven
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


class Part(NamedTuple):
    """A mesh with what each host observed of it: all that a report is about, or one section of it.

    ``first`` is the index that its first endpoint has in the report. Errors and evidence of the outcomes name endpoints
    by their indexes in the report, checks by those in the mesh.
    """

    mesh: Mesh
    outcomes: Mapping[str, Outcome]
    first: int = 0


def build_report(mesh: Mesh, outcomes: Mapping[str, Outcome], generated_at: str) -> dict[str, Any]:
    """Return the report of docs/interfaces.md. ``outcomes`` is by host; ``generated_at`` is a time in ISO 8601.

    A host that is missing from ``outcomes``, or whose records do not fit the mesh, has no data.
    """
    return report_of(mesh, [Part(mesh, outcomes)], generated_at)


def report_of(mesh: Mesh, parts: Sequence[Part], generated_at: str) -> dict[str, Any]:
    """Return the report of several meshes, which ``mesh`` has all in one, each with its own endpoints and networks."""
    judge = Judge(mesh)
    cases = _with_returned(list(_cases(mesh, parts, judge)))
    rows = [row for case in cases for row in case.rows]
    found = diagnose(*cases)
    totals = _totals(cases)
    open_questions = [check.row() for check in expectations_of(unproven(mesh, rows, judge.groups))]
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": generated_at,
        "verdict": _verdict(totals, is_whole=not open_questions),
        "totals": totals,
        "topology": mesh["topology"],
        "hosts": _hosts(mesh, cases),
        "networks": mesh["networks"],
        "endpoints": mesh["endpoints"],
        "relations": relations_of(rows, judge.groups),
        "matrix": matrix_of(rows, judge.groups, found.of_pair),
        **_deviations(cases, found.of_pair),
        "changes": None,
        "checks": [
            *(check.row(found.of_check.get(check.number)) for case in cases for check in case.checks),
            *open_questions,
        ],
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


def _cases(mesh: Mesh, parts: Sequence[Part], judge: Judge) -> Iterator[Case]:
    """Judge the pairs of each part, and number pairs and checks through."""
    pairs = checks = 0
    for part in parts:
        case = _case(mesh, part, judge, pairs, checks)
        pairs += sum(len(row.targets) for row in case.rows)
        checks += len(case.checks)
        yield case


def _with_returned(cases: Sequence[Case]) -> list[Case]:
    """Return the cases, each with those of its lost hosts that the last one has again."""
    back = set(cases[-1].living)
    return [replace(case, returned=[host["name"] for host in case.hosts if host["name"] in back]) for case in cases]


def _case(mesh: Mesh, part: Part, judge: Judge, first_pair: int, first_check: int) -> Case:
    rows = {host["name"]: _rows(part, host["name"]) for host in part.mesh["hosts"]}
    fitting = {
        host["name"]: _fitting(host, rows[host["name"]], part.outcomes.get(host["name"])) for host in part.mesh["hosts"]
    }
    hosts = [_host(host, fitting[host["name"]]) for host in part.mesh["hosts"]]
    judged = list(_judged(judge, rows, fitting, first_pair))
    checks = [*_checks(mesh, part, fitting, judged), *stopped(part.mesh)]
    return Case(
        networks={network["name"]: network for network in part.mesh["networks"]},
        hosts=hosts,
        endpoints=mesh["endpoints"],
        rows=judged,
        deviating=[judge.observation(row, position) for row in judged for position in row.deviating()],
        checks=[check._replace(number=number) for number, check in enumerate(checks, first_check)],
        evidence=evidence_of({host: outcome.evidence for host, outcome in fitting.items()}),
        errors={host: outcome.errors for host, outcome in fitting.items()},
    )


def _checks(mesh: Mesh, part: Part, fitting: Mapping[str, Outcome], judged: Sequence[Row]) -> Iterator[Check]:
    """Yield the checks of all hosts; they name endpoints by their indexes in the mesh of the part."""
    mine = mesh["endpoints"][part.first : part.first + len(part.mesh["endpoints"])]
    rows = {host: list(found) for host, found in groupby(judged, key=lambda row: row.source["host"])}
    for host, outcome in fitting.items():
        where = where_probed(part.mesh["networks"], mesh["endpoints"], rows.get(host, ()))
        yield from checks_of(mine, host, outcome.checks, where)


def _rows(part: Part, host: str) -> list[ProbedRow]:
    """Return the pairs of a host, by the indexes that endpoints have in the report."""
    found = rows_of(part.mesh, host)
    if not part.first:
        return found
    return [
        ProbedRow(row.family, row.source + part.first, [target + part.first for target in row.targets]) for row in found
    ]


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


def _hosts(mesh: Mesh, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the hosts of the report: lost are those that are so in the last part; the method is the last one known."""
    last = {host["name"]: host for case in cases for host in case.hosts}
    methods = {host["name"]: host["method"] for case in cases for host in case.hosts if host["method"]}
    return [
        {
            **host,
            **{key: last[host["name"]][key] for key in ("lost", "reason", "detail")},
            "method": methods.get(host["name"]),
        }
        for host in mesh["hosts"]
    ]


def _judged(
    judge: Judge, rows: Mapping[str, Sequence[ProbedRow]], outcomes: Mapping[str, Outcome], first: int
) -> Iterator[Row]:
    """Judge the rows of all hosts, and number their pairs from ``first`` on."""
    for host, mine in rows.items():
        yield from judge.rows(mine, outcomes[host].records, first)
        first += sum(len(row.targets) for row in mine)


def _verdict(totals: Mapping[str, int], *, is_whole: bool) -> str:
    """Judge. Nothing unexpected in no pairs at all proves nothing, so that is incomplete too.

    ``is_whole`` tells that some pair stands for everything that is expected.
    """
    if totals[UNEXPECTED_BLOCKED] or totals[UNEXPECTED_OPEN] or totals["failed_checks"]:
        return FAIL
    return PASS if totals["pairs"] and not totals[NO_DATA] and is_whole else INCOMPLETE


def _totals(cases: Sequence[Case]) -> dict[str, int]:
    counts = dict.fromkeys(STATUSES, 0)
    signs = [row.signs for case in cases for row in case.rows]
    for sign, meaning in SIGNS.items():
        counts[meaning.status] += sum(text.count(sign) for text in signs)
    failed = sum(check.status == FAILED_CHECK for case in cases for check in case.checks)
    return {"pairs": sum(map(len, signs)), **counts, "failed_checks": failed}


def _deviations(cases: Sequence[Case], causes: Mapping[int, str]) -> dict[str, Any]:
    deviating = [item for case in cases for item in case.deviating]
    one_way = one_ways([row for case in cases for row in case.rows], deviating)
    return {
        "deviations": deviations_of(deviating, {item.number for item in one_way}, causes),
        "one_way": one_way_of(one_way),
    }
