# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as metrics: Prometheus takes them, and their numbers are those of the report."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.prometheus import render
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.reports import REPORTS, SMALL
from tests.unit.plugins.simulation import Faults, Fleet, report_of
from tools.promtool import promtool

NAMES = st.lists(st.text(min_size=1, max_size=20), unique=True, min_size=2, max_size=3)

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples_of(text: str) -> Samples:
    """Return the value of each series, by its name and labels, as a client of Prometheus reads them."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type == "gauge"
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found
            found[key] = sample.value
    return found


def value(samples: Samples, name: str, **labels: str) -> float:
    """Return the sum of the series of a name that have these labels."""
    return sum(
        number for (one, have), number in samples.items() if one == name and labels.items() <= dict(have).items()
    )


@pytest.fixture(scope="module")
def checker() -> Path:
    """Return the path of promtool."""
    return promtool()


def complaints(checker: Path, text: str) -> str:
    """Return what promtool says of the text: nothing, when it is good."""
    command = [str(checker), "check", "metrics", "--extended"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False, timeout=60)
    return done.stderr.decode() if done.returncode or done.stderr else ""


@pytest.mark.parametrize("name", SMALL)
def test_the_text_is_the_golden_one(name: str, golden: Any) -> None:
    golden(f"{name}.prom", render(REPORTS[name]()))


@pytest.mark.parametrize("name", REPORTS)
def test_prometheus_takes_it(name: str, checker: Path) -> None:
    assert complaints(checker, render(REPORTS[name]())) == ""


@pytest.mark.parametrize("bad", ['x{a="1} 2\n', "dockerlan_x 1\n", "# HELP x_ms y\n# TYPE x_ms gauge\nx_ms 1\n"])
def test_promtool_does_complain(bad: str, checker: Path) -> None:
    assert complaints(checker, bad)


@pytest.mark.parametrize("name", REPORTS)
def test_its_numbers_are_those_of_the_report(name: str) -> None:
    report = REPORTS[name]()
    samples = samples_of(render(report))
    totals = report["totals"]
    for status in ("as_expected", "unexpected_blocked", "unexpected_open", "no_data"):
        assert value(samples, "dockerlan_report_pairs", status=status) == totals[status]
    for metric in ("dockerlan_pairs", "dockerlan_relation_pairs"):
        assert value(samples, metric, status="as_expected") == totals["as_expected"]
        unexpected = totals["unexpected_blocked"] + totals["unexpected_open"]
        assert value(samples, metric, status="unexpected") == unexpected
        assert value(samples, metric, status="no_data") == totals["no_data"]
    assert value(samples, "dockerlan_checks", status="fail") == totals["failed_checks"]
    assert value(samples, "dockerlan_causes") == len(report["causes"])
    assert value(samples, "dockerlan_host_lost") == sum(host["lost"] for host in report["hosts"])
    assert value(samples, "dockerlan_one_way_pairs") == sum(row["pairs"] for row in report["one_way"])
    assert value(samples, "dockerlan_verdict", verdict=report["verdict"]) == 1
    assert value(samples, "dockerlan_verdict") == 1


def test_a_pair_of_hosts_has_its_own_series() -> None:
    report = REPORTS["changes"]()
    samples = samples_of(render(report))
    pairs = [pair for pair in pairs_in(report) if (pair["source"][:5], pair["target"][:5]) == ("host1", "host3")]
    ends = {"source_host": "host1", "target_host": "host3", "family": "ipv4", "network": "office", "to_network": ""}
    for relation, number in Counter(pair["relation"] for pair in pairs).items():
        assert value(samples, "dockerlan_pairs", relation=relation, **ends) == number
    (cross,) = [[p["rtt_ms"] for p in pairs if p["relation"] == r] for r in ["cross_host"]]
    average = value(samples, "dockerlan_rtt_seconds", relation="cross_host", stat="avg", **ends)
    assert average == pytest.approx(sum(times["avg"] for times in cross) / len(cross) / 1000, abs=1e-6)
    assert value(samples, "dockerlan_rtt_seconds", relation="cross_host", stat="max", **ends) == 0.019997


def test_times_are_seconds() -> None:
    samples = samples_of(render(REPORTS["healthy"]()))
    times = {"stat": "p95", "family": "ipv6", "relation": "cross_host", "expected": "open", "shim": "false", "why": ""}
    assert value(samples, "dockerlan_relation_rtt_seconds", **times) == 0.000055
    assert value(samples, "dockerlan_report_timestamp_seconds") == 1769860800


def test_changes_are_only_there_when_there_was_a_run_before() -> None:
    assert value(samples_of(render(REPORTS["changes"]())), "dockerlan_changed_pairs", change="newly_broken") == 18
    assert "dockerlan_changed_pairs" not in render(REPORTS["healthy"]())


def test_a_lost_host_says_why() -> None:
    samples = samples_of(render(REPORTS["host-down"]()))
    assert value(samples, "dockerlan_host_lost", host="host3", reason="host_down") == 1
    assert value(samples, "dockerlan_host_lost", host="host1", reason="") == 0


@settings(max_examples=50)
@given(NAMES)
def test_every_name_comes_back_as_it_was(hosts: list[str]) -> None:
    report = report_of(Fleet(hosts=tuple(hosts), containers=1, families=("ipv4",)), Faults(cut=frozenset(hosts[:1])))
    text = render(report)
    assert text.encode().decode() == text
    names = {dict(labels).get("host") for _name, labels in samples_of(text)} - {None}
    assert names == {host.encode("utf-8", "backslashreplace").decode() for host in hosts}


def test_a_name_that_is_no_text_is_spelled_out() -> None:
    report = report_of(Fleet(hosts=("a\udcff", "b"), containers=1))
    assert 'host="a\\\\udcff"' in render(report)


def test_the_number_of_series_does_not_grow_with_the_containers() -> None:
    few, many = (len(render(large_report(6, number)).splitlines()) for number in (2, 8))
    assert few == many


def test_a_million_pairs_are_written_in_time(checker: Path) -> None:
    report = large_report()
    start = process_time()
    text = render(report)
    assert process_time() - start < 1.5
    assert len(text) < 20_000_000
    assert complaints(checker, text) == ""
