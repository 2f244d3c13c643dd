# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expected against observed: from the mesh and the hosts' results to the report. PRIVATE to the collection."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ..module_utils._mesh import Pair, pairs_of
from ..module_utils._packing import Record, State, decode
from ._case import Case, LocalError
from ._checks import FAILED as FAILED_CHECK
from ._checks import Check, checks_of
from ._diagnosis import diagnose
from ._evidence import evidence_of
from ._facts import FAILED, Loss, loss_of
from ._judgement import Judge
from ._observation import AS_EXPECTED, NO_DATA, STATUSES, UNEXPECTED_BLOCKED, UNEXPECTED_OPEN, Observation

SCHEMA_VERSION = 1
PASS, FAIL, INCOMPLETE = "pass", "fail", "incomplete"

Mesh = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What ``ping_mesh`` brought from one host, or why it brought nothing.

    A record per pair, its local errors, evidence and checks (docs/interfaces.md), and how it probed.
    """

    records: Sequence[Record] | None = None
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
    pairs = {host["name"]: pairs_of(mesh, host["name"]) for host in mesh["hosts"]}
    fitting = {host["name"]: _fitting(host, pairs[host["name"]], outcomes.get(host["name"])) for host in mesh["hosts"]}
    hosts = [_host(host, fitting[host["name"]]) for host in mesh["hosts"]]
    case = _case(mesh, hosts, pairs, fitting)
    found = diagnose(case)
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": generated_at,
        "verdict": _verdict(case),
        "totals": _totals(case),
        "topology": mesh["topology"],
        "hosts": hosts,
        "networks": mesh["networks"],
        "endpoints": mesh["endpoints"],
        "pairs": [_row(item, found.of_pair.get(item.number)) for item in case.observations],
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


def _fitting(host: Mapping[str, Any], pairs: Sequence[Pair], outcome: Outcome | None) -> Outcome:
    """Return the outcome if it belongs to this mesh: a lost host has none, and the number of records must be right."""
    if host["lost"]:
        return Outcome(loss=Loss(host["reason"] or FAILED, host["detail"] or ""))
    if outcome is None:
        return Outcome(loss=Loss(FAILED, "no result of ping_mesh arrived"))
    if outcome.records is not None and len(outcome.records) != len(pairs):
        detail = f"ping_mesh brought {len(outcome.records)} records for {len(pairs)} pairs"
        return Outcome(loss=Loss(FAILED, detail))
    return outcome


def _host(host: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
    """Return the host as in the mesh, with the method of its probes; one that was lost since then is marked."""
    found = {**host, "method": outcome.method}
    if outcome.loss is None or host["lost"]:
        return found
    return {**found, "lost": True, "reason": outcome.loss.reason, "detail": outcome.loss.detail}


def _case(
    mesh: Mesh,
    hosts: Sequence[Mapping[str, Any]],
    pairs: Mapping[str, Sequence[Pair]],
    outcomes: Mapping[str, Outcome],
) -> Case:
    judge = Judge(mesh)
    observations: list[Observation] = []
    for host, mine in pairs.items():
        records: Sequence[Record | None] = outcomes[host].records or [None] * len(mine)
        observations.extend(judge.observations(zip(mine, records), len(observations)))
    checks = [check for host in pairs for check in checks_of(mesh["endpoints"], host, outcomes[host].checks)]
    return Case(
        networks={network["name"]: network for network in mesh["networks"]},
        hosts=hosts,
        endpoints=mesh["endpoints"],
        observations=observations,
        checks=[check._replace(number=number) for number, check in enumerate(checks)],
        evidence=evidence_of({host: outcome.evidence for host, outcome in outcomes.items()}),
        errors={host: outcome.errors for host, outcome in outcomes.items()},
    )


def _verdict(case: Case) -> str:
    """Judge. Nothing unexpected in no pairs at all proves nothing, so that is incomplete too."""
    found = {item.status for item in case.observations}
    if found & {UNEXPECTED_BLOCKED, UNEXPECTED_OPEN} or _failed(case.checks):
        return FAIL
    return PASS if found == {AS_EXPECTED} else INCOMPLETE


def _failed(checks: Sequence[Check]) -> int:
    return sum(check.status == FAILED_CHECK for check in checks)


def _totals(case: Case) -> dict[str, int]:
    found = Counter(item.status for item in case.observations)
    statuses = {status: found[status] for status in STATUSES}
    return {"pairs": len(case.observations), **statuses, "failed_checks": _failed(case.checks)}


def _row(item: Observation, cause: str | None) -> dict[str, Any]:
    record = item.record
    row = {
        "network": item.network["name"],
        "family": item.family,
        "source": item.source["id"],
        "target": item.target["id"],
        "relation": item.relation,
        "expected": item.expected,
        "observed": item.observed,
        "status": item.status,
        "state": None if record is None else record.state.name.lower(),
        "loss": None if record is None or item.observed == NO_DATA else round(record.loss, 3),
        "rtt_ms": _milliseconds(record) if record is not None and record.state is State.REPLY else None,
        "cause": cause,
    }
    if not item.within_network:
        row["to_network"] = item.target["network"]
    if item.why is not None:
        row["why"] = item.why
    return row


def _milliseconds(record: Record) -> dict[str, float]:
    times = {"min": record.rtt_min, "avg": record.rtt_avg, "max": record.rtt_max}
    return {name: round(microseconds / 1000, 3) for name, microseconds in times.items()}
