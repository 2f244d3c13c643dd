# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as metrics for the textfile collector of node_exporter: by pair of hosts and relation, never by endpoint.

There are three to five series per pair of hosts and relation. All are gauges: each run says how it is now.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import lru_cache
from typing import Any, Iterable, Iterator, Mapping, NamedTuple

from .._checks import KINDS, STATUSES
from .._reading import Block, BlockKey, blocks_in

_VERDICTS = ("pass", "fail", "incomplete")
_STATUSES = ("as_expected", "unexpected", "no_data")
_TOTALS = ("as_expected", "unexpected_blocked", "unexpected_open", "no_data")
_CHANGES = ("newly_broken", "healed", "still_broken")


class _Metric(NamedTuple):
    """One metric with its samples: for each the labels as they are written, and the value."""

    name: str
    help: str
    samples: Iterable[tuple[str, float]]


def render(report: Mapping[str, Any]) -> str:
    """Return the report in the text format of Prometheus, in seconds and counts; metrics without samples are left out.

    A status of a pair of hosts that no pair has is left out as well.
    """
    blocks = blocks_in(report)
    return "".join(text for metric in (*_whole(report), *_by_hosts(report, blocks)) for text in _written(metric))


def _written(metric: _Metric) -> Iterator[str]:
    lines = [f"{metric.name}{labels} {value}\n" for labels, value in metric.samples]
    if lines:
        yield f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} gauge\n"
        yield from lines


def _whole(report: Mapping[str, Any]) -> Iterator[_Metric]:
    """Yield what is known of the whole run."""
    topology = report["topology"]["kind"] if report["topology"] else ""
    info = {"schema_version": report["schema_version"], "topology": topology}
    yield _Metric("dockerlan_report_info", "What the report is, always 1.", [(_labels(info), 1)])
    when = [("", _seconds(report["generated_at"]))]
    yield _Metric("dockerlan_report_timestamp_seconds", "When the report was made.", when)
    verdicts = [(_labels({"verdict": name}), int(name == report["verdict"])) for name in _VERDICTS]
    yield _Metric("dockerlan_verdict", "The verdict: 1 for the one that holds, 0 for the others.", verdicts)
    totals = [(_labels({"status": name}), report["totals"][name]) for name in _TOTALS]
    yield _Metric("dockerlan_report_pairs", "Pairs of endpoints in the whole report, by how they came out.", totals)
    yield _Metric("dockerlan_host_lost", "Whether a host brought no data, and why.", _hosts(report))
    yield _Metric("dockerlan_checks", "Checks that are no pairs, by kind and how they came out.", _checks(report))
    kinds = Counter(cause["kind"] for cause in report["causes"])
    causes = [(_labels({"kind": kind}), number) for kind, number in kinds.items()]
    yield _Metric("dockerlan_causes", "Causes that were found, by kind.", causes)
    yield _Metric("dockerlan_changed_pairs", "Pairs by how they changed since the last run.", _changes(report))


def _seconds(time: str) -> float:
    """Return a time in ISO 8601 as seconds since the epoch."""
    seconds = datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
    return int(seconds) if seconds.is_integer() else seconds


def _hosts(report: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for host in report["hosts"]:
        yield _labels({"host": host["name"], "reason": host["reason"] or ""}), int(host["lost"])


def _checks(report: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    found = Counter((check["kind"], check["status"]) for check in report["checks"])
    for kind in KINDS:
        for status in STATUSES:
            yield _labels({"kind": kind, "status": status}), found[kind, status]


def _changes(report: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    if report["changes"] is not None:
        for name in _CHANGES:
            yield _labels({"change": name}), report["changes"][name]


def _by_hosts(report: Mapping[str, Any], blocks: Mapping[BlockKey, Block]) -> Iterator[_Metric]:
    """Yield what is known of relations and of pairs of hosts."""
    yield _Metric(
        "dockerlan_relation_pairs",
        "Pairs of endpoints by relation and by what is expected of them, and how they came out.",
        (sample for row in report["relations"] for sample in _relation_pairs(row)),
    )
    yield _Metric(
        "dockerlan_relation_rtt_seconds",
        "Round-trip times by relation: percentiles of the averages of pairs, and the largest of all.",
        (sample for row in report["relations"] for sample in _relation_times(row)),
    )
    rows = [(_block_labels(key), block) for key, block in blocks.items()]
    yield _Metric(
        "dockerlan_pairs",
        "Pairs of endpoints by the hosts of both ends, relation, and how they came out.",
        (sample for labels, block in rows for sample in _block_pairs(labels, block)),
    )
    yield _Metric(
        "dockerlan_rtt_seconds",
        "Round-trip times by the hosts of both ends and relation: the average of all pairs, and the largest of all.",
        (sample for labels, block in rows if block.replied for sample in _block_times(labels, block)),
    )
    yield _Metric(
        "dockerlan_one_way_pairs",
        "Pairs that are blocked and must be open while the way back is open, by hosts.",
        _one_way(report),
    )


def _relation_pairs(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for status in _STATUSES:
        yield _labels({**_relation(row), "status": status}), row[status]


def _relation_times(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for stat, milliseconds in (row["rtt_ms"] or {}).items():
        yield _labels({**_relation(row), "stat": stat}), round(milliseconds / 1e3, 9)


def _relation(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("network", "to_network", "family", "relation", "expected", "why", "shim")
    return {name: str(row[name]).lower() if name == "shim" else row[name] or "" for name in names}


def _block_labels(key: BlockKey) -> str:
    """Return the labels of a block without the brace at their end, so that one more can follow."""
    network, to_network, family, relation, source, target = (_escaped(part or "") for part in key)
    return (
        f'{{network="{network}",to_network="{to_network}",family="{family}",relation="{relation}",'
        f'source_host="{source}",target_host="{target}"'
    )


def _block_pairs(labels: str, block: Block) -> Iterator[tuple[str, float]]:
    for status, number in zip(_STATUSES, (block.as_expected, block.unexpected, block.no_data)):
        if number:
            yield f'{labels},status="{status}"}}', number


def _block_times(labels: str, block: Block) -> Iterator[tuple[str, float]]:
    yield f'{labels},stat="avg"}}', round(block.rtt_sum / block.replied / 1e6, 9)
    yield f'{labels},stat="max"}}', block.rtt_max / 1e6


def _one_way(report: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for row in report["one_way"]:
        ends = {"source_host": row["source"], "target_host": row["target"]}
        yield _labels({"network": row["network"], "family": row["family"], **ends}), row["pairs"]


def _labels(labels: Mapping[str, Any]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(str(value))}"' for name, value in labels.items()) + "}"


@lru_cache(maxsize=1024)
def _escaped(value: str) -> str:
    """Return the value of a label as the format wants it: only these three end it, and all has to be UTF-8."""
    known = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return known.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
