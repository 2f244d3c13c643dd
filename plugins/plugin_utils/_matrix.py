# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expected against observed: from the mesh and the hosts' records to the report. PRIVATE to the collection."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence

from ..module_utils._mesh import Pair, pairs_of
from ..module_utils._packing import Record, State, decode
from ._contract import BLOCKED, OPEN, relation_of, rule
from ._diagnosis import diagnose
from ._facts import FAILED, Loss, loss_of
from ._observation import (
    AS_EXPECTED,
    NO_DATA,
    STATUSES,
    UNEXPECTED_BLOCKED,
    UNEXPECTED_OPEN,
    Observation,
)

SCHEMA_VERSION = 1
PASS, FAIL, INCOMPLETE = "pass", "fail", "incomplete"

_OBSERVED = {State.REPLY: OPEN, State.LOST: BLOCKED, State.UNREACHABLE: BLOCKED}


@dataclass(frozen=True)
class Outcome:
    """What ``ping_mesh`` brought from one host: a record per pair or why there is none, and its local errors."""

    records: Sequence[Record] | None = None
    errors: Sequence[str] = ()
    loss: Loss | None = None


def outcome_of(result: Any) -> Outcome:
    """Read a registered result of ``ping_mesh``; None when the task never ran on the host."""
    loss = loss_of(result, "ping_mesh")
    if loss is not None:
        return Outcome(loss=loss)
    try:
        records = decode(result["records"])
    except (KeyError, TypeError, ValueError) as error:
        return Outcome(loss=Loss(FAILED, f"the records of ping_mesh cannot be read: {error}"))
    return Outcome(records, [str(item.get("text")) for item in result.get("errors") or []])


def build_report(mesh: Mapping[str, Any], outcomes: Mapping[str, Outcome], generated_at: str) -> dict[str, Any]:
    """Return the report of docs/interfaces.md. ``outcomes`` is by host; ``generated_at`` is a time in ISO 8601.

    A host that is missing from ``outcomes``, or whose records do not fit the mesh, has no data.
    """
    fitting = {host["name"]: _fitting(mesh, host, outcomes.get(host["name"])) for host in mesh["hosts"]}
    hosts = [_host(host, fitting[host["name"]].loss) for host in mesh["hosts"]]
    observations = [item for host in mesh["hosts"] for item in _observe(mesh, host["name"], fitting[host["name"]])]
    errors = {host: outcome.errors for host, outcome in fitting.items()}
    causes, cause_of = diagnose(observations, hosts, errors)
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": generated_at,
        "verdict": _verdict(observations),
        "totals": _totals(observations),
        "hosts": hosts,
        "networks": mesh["networks"],
        "endpoints": mesh["endpoints"],
        "pairs": [_row(item, cause_of.get(number)) for number, item in enumerate(observations)],
        "causes": causes,
    }


def _fitting(mesh: Mapping[str, Any], host: Mapping[str, Any], outcome: Outcome | None) -> Outcome:
    """Return the outcome if it belongs to this mesh: a lost host has none, and the number of records must be right."""
    if host["lost"]:
        return Outcome(loss=Loss(host["reason"] or FAILED, host["detail"] or ""))
    if outcome is None:
        return Outcome(loss=Loss(FAILED, "no result of ping_mesh arrived"))
    wanted = len(pairs_of(mesh["endpoints"], host["name"]))
    if outcome.records is not None and len(outcome.records) != wanted:
        detail = f"ping_mesh brought {len(outcome.records)} records for {wanted} pairs"
        return Outcome(loss=Loss(FAILED, detail))
    return outcome


def _host(host: Mapping[str, Any], loss: Loss | None) -> dict[str, Any]:
    """Return the host as in the mesh; one that was lost since then is marked."""
    if loss is None or host["lost"]:
        return dict(host)
    return {**host, "lost": True, "reason": loss.reason, "detail": loss.detail}


def _observe(mesh: Mapping[str, Any], host: str, outcome: Outcome) -> Iterator[Observation]:
    networks = {network["name"]: network for network in mesh["networks"]}
    for number, pair in enumerate(pairs_of(mesh["endpoints"], host)):
        yield _observation(mesh["endpoints"], networks, pair, outcome.records[number] if outcome.records else None)


def _observation(
    endpoints: Sequence[Mapping[str, Any]],
    networks: Mapping[str, Mapping[str, Any]],
    pair: Pair,
    record: Record | None,
) -> Observation:
    source, target = endpoints[pair.source], endpoints[pair.target]
    network = networks[source["network"]]
    relation = relation_of(source, target)
    expected = rule(network["driver"], network["mode"], relation).expected
    observed = _OBSERVED.get(record.state, NO_DATA) if record else NO_DATA
    return Observation(
        network=network,
        family=pair.family,
        source=source,
        target=target,
        relation=relation,
        expected=expected,
        observed=observed,
        status=_status(expected, observed),
        record=record,
    )


def _status(expected: str, observed: str) -> str:
    if observed == NO_DATA:
        return NO_DATA
    if observed == expected:
        return AS_EXPECTED
    return UNEXPECTED_OPEN if observed == OPEN else UNEXPECTED_BLOCKED


def _verdict(observations: Sequence[Observation]) -> str:
    """Judge. Nothing unexpected in no pairs at all proves nothing, so that is incomplete too."""
    found = {item.status for item in observations}
    if found & {UNEXPECTED_BLOCKED, UNEXPECTED_OPEN}:
        return FAIL
    return PASS if found == {AS_EXPECTED} else INCOMPLETE


def _totals(observations: Sequence[Observation]) -> dict[str, int]:
    found = Counter(item.status for item in observations)
    return {"pairs": len(observations), **{status: found[status] for status in STATUSES}}


def _row(item: Observation, cause: str | None) -> dict[str, Any]:
    record = item.record
    replied = record is not None and record.state == State.REPLY
    return {
        "network": item.network["name"],
        "family": item.family,
        "source": item.source["id"],
        "target": item.target["id"],
        "relation": item.relation,
        "expected": item.expected,
        "observed": item.observed,
        "status": item.status,
        "loss": round(record.loss, 3) if record is not None and item.observed != NO_DATA else None,
        "rtt_ms": _milliseconds(record) if record is not None and replied else None,
        "cause": cause,
    }


def _milliseconds(record: Record) -> dict[str, float]:
    times = {"min": record.rtt_min, "avg": record.rtt_avg, "max": record.rtt_max}
    return {name: round(microseconds / 1000, 3) for name, microseconds in times.items()}
