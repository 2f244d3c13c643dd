# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as the callback sees it, and what it says when something goes wrong."""

from __future__ import annotations

import atexit
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils import _run
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._collector import MESH, PING_MESH
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._run import Run

from tests.unit.plugins.simulation import HEALTHY, Fleet, mesh_of, probe


class Display:
    """Remembers what it was to show."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.warnings: list[str] = []

    def display(self, text: str) -> None:
        """Show a text."""
        self.shown.append(text)

    banner = vvv = display

    def warning(self, text: str) -> None:
        """Show a warning."""
        self.warnings.append(text)


class Watched:
    """A run whose exit functions are called by the test."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.display = Display()
        self.exits: list[Any] = []
        monkeypatch.setattr(atexit, "register", self.exits.append)
        options = {"report_dir": str(folder), "formats": ["json"], "prometheus_dir": None, "baseline": None}
        self.run = Run(self.display, options.get)
        self.report = folder / "reachability.json"

    def observe(self, *hosts: str) -> None:
        """Let the mesh be made, and these hosts bring their records."""
        mesh = mesh_of(Fleet())
        self.run.succeeded("host1", MESH, {"mesh": mesh})
        for host in hosts:
            self.run.succeeded(host, PING_MESH, probe(Fleet(), HEALTHY, mesh)[host])

    def leave(self) -> None:
        """End the process."""
        for function in self.exits:
            function()


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Return a run that writes into an empty folder."""
    return Watched(tmp_path, monkeypatch)


def test_an_interrupted_run_is_reported_when_the_process_ends(watched: Watched) -> None:
    watched.observe("host1")
    assert not watched.report.exists()
    watched.leave()
    assert "interrupted before ping_mesh" in watched.report.read_text(encoding="utf-8")


def test_a_reported_run_is_not_reported_again_when_the_process_ends(watched: Watched) -> None:
    watched.observe("host1", "host2", "host3")
    watched.run.ended([])
    watched.report.unlink()
    watched.leave()
    assert not watched.report.exists()
    assert watched.display.shown.count("REACHABILITY") == 1


def test_a_worker_reports_nothing_when_it_ends(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.observe("host1")
    monkeypatch.setattr(_run, "getpid", lambda: -1)
    watched.leave()
    assert not watched.report.exists()


def test_nothing_waits_for_the_end_of_a_run_of_something_else(watched: Watched) -> None:
    watched.run.succeeded("host1", "ansible.builtin.ping", {})
    assert watched.exits == []


def test_the_end_is_waited_for_once(watched: Watched) -> None:
    watched.observe("host1", "host2")
    assert len(watched.exits) == 1


def test_an_interruption_while_the_report_is_written_writes_it_at_the_end(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_report: Any, _settings: Any) -> None:
        raise KeyboardInterrupt

    watched.observe("host1", "host2", "host3")
    with monkeypatch.context() as patch:
        patch.setattr(_run, "publish", interrupted)
        with pytest.raises(KeyboardInterrupt):
            watched.run.ended([])
    watched.leave()
    assert watched.report.exists()


def test_a_report_that_cannot_be_printed_is_written_all_the_same(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_report: Any, **_more: Any) -> str:
        raise ZeroDivisionError("odd")

    watched.observe("host1", "host2", "host3")
    monkeypatch.setattr(_run.terminal, "render", broken)
    watched.run.ended([])
    assert watched.report.exists()
    assert watched.display.warnings == ["The reachability report was not printed: ZeroDivisionError: odd."]


def test_a_report_that_nobody_reads_is_written_all_the_same(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_text: str) -> None:
        raise BrokenPipeError

    watched.observe("host1", "host2", "host3")
    monkeypatch.setattr(watched.display, "display", closed)
    watched.run.ended([])
    assert watched.report.exists()
    assert [warning.partition(":")[0] for warning in watched.display.warnings] == [
        "The reachability report was not printed",
        "The names of the report's files were not printed",
    ]


def test_what_goes_wrong_is_said_with_its_traceback_for_those_who_ask(watched: Watched) -> None:
    with watched.run.telling("The soup is cold"):
        raise ValueError("no fire")
    assert watched.display.warnings == ["The soup is cold: ValueError: no fire."]
    assert "Traceback" in watched.display.shown[0]


@pytest.mark.parametrize(
    ("strategy", "in_step"),
    [("linear", True), ("ansible.builtin.linear", True), ("debug", True), ("free", False), ("host_pinned", False)],
)
def test_hosts_go_in_step_with_some_strategies(watched: Watched, strategy: str, in_step: bool) -> None:
    watched.run.play_started(SimpleNamespace(strategy=strategy, _uuid="a"), {"ansible_play_hosts_all": ["host1"]})
    assert watched.run._collector.play == ("a", ["host1"], in_step, False)
