# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the engine to go through an experiment."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _experiment_course, _looks
from ansible_collections.dockerlan.fleet.plugins.module_utils._experiment import REFUSED, STARTED, Wanted
from ansible_collections.dockerlan.fleet.plugins.module_utils._experiment_build import Done, ExperimentError

ASKED = {"source": "one", "target": "two"}
ENGINE = _docker.Engine(None, {})


def done(*rows: tuple[str, str]) -> Done:
    containers = [{"name": name, "action": action, "error": None} for name, action in rows]
    return Done([], containers, {name: f"id-{name}" for name, _action in rows})


def observe(monkeypatch: pytest.MonkeyPatch, running: set[str], ping: Any = None) -> dict[str, Any]:
    def look(_engine: Any, ids: dict[str, str], after: str, **_options: Any) -> dict[str, Any]:
        return {"after": after, "containers": [{"name": name, "running": name in running} for name in ids]}

    monkeypatch.setattr(_looks, "look", look)
    monkeypatch.setattr(_looks, "ping_by_name", ping)
    asked = Wanted("lan", "image", [], [], [ASKED] if ping else [])
    return _experiment_course.observe(ENGINE, asked, done(("one", STARTED), ("two", REFUSED)), local=True)


def test_names_are_asked_of_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    def ping(_engine: Any, container_id: str, name: str) -> _looks.Answered:
        return _looks.Answered("172.18.0.3", True, f"{container_id} {name}")

    [row] = observe(monkeypatch, {"one"}, ping)["names"]
    assert row == {**ASKED, "answer": "172.18.0.3", "reached": True, "said": "id-one two"}


def test_a_container_without_ping_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def ping(*_arguments: Any) -> _looks.Answered:
        raise _looks.PingError("can't execute 'ping'")

    with pytest.raises(ExperimentError, match=r"container one: .* \(can't execute 'ping'\)\. Cure: "):
        observe(monkeypatch, {"one"}, ping)


def test_only_the_one_that_was_started_has_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert observe(monkeypatch, {"one"})["refused"] == [{"container": "two", "error": None}]
    with pytest.raises(ExperimentError, match="ended as soon as they were started: one"):
        observe(monkeypatch, set())
