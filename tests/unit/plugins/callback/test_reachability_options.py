# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the callback in real runs: by ansible.cfg, environment and variables, and as documented."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.handed_out import MESH, PING_MESH, collection, hand_out, results_of
from tests.unit.plugins.playbook import Run, environment_of, play_all
from tests.unit.plugins.simulation import Fleet

TASKS = [{"name": "Find", MESH: {}, "run_once": True}, {"name": "Ping", PING_MESH: {}}]
FLEET = Fleet(hosts=("host1", "host2"))
WAYS = ["environment", "extra variable", "variable of the play", "configuration"]
ALL = ["reachability.html", "reachability.json", "reachability.md", "reachability.prom", "reachability.xml"]


class Options:
    """Runs with options, each given in its own way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.collections = collection(folder)
        self.reports = folder / "reports"
        hand_out(folder / "results", results_of(FLEET))

    def run(self, way: str = "environment", **options: str) -> Run:
        """Run with these options of the callback."""
        names = {name: f"dockerlan_report_{name.removeprefix('report_')}" for name in options}
        variables = {names[name]: value for name, value in options.items()}
        upper = {name.upper(): value for name, value in variables.items()}
        lines = "".join(f"{name} = {value}\n" for name, value in options.items())
        return play_all(
            self.folder,
            {host: {"handed_out": str(self.folder / "results")} for host in FLEET.hosts},
            [{"tasks": TASKS, "vars": variables if way == "variable of the play" else {}}],
            *(["-e", json.dumps(variables)] if way == "extra variable" else []),
            environment={
                "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
                **(upper if way == "environment" else {}),
            },
            settings=f"[callback_reachability]\n{lines}" if way == "configuration" else "",
        )

    def written(self) -> list[str]:
        """Return the names of the files in the default folder."""
        return sorted(path.name for path in self.reports.iterdir()) if self.reports.exists() else []


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """Return a folder for runs."""
    return Options(tmp_path)


def says(run: Run, text: str) -> int:
    """Tell how often a run says something, wherever Ansible breaks the lines of its warnings."""
    return "".join(run.output.split()).count("".join(text.split()))


@pytest.mark.parametrize("way", WAYS)
def test_the_folder_can_be_chosen(options: Options, way: str) -> None:
    run = options.run(way, report_dir=str(options.folder / "elsewhere"))
    assert run.code == 0, run.output
    assert options.written() == []
    assert (options.folder / "elsewhere" / "reachability.json").exists(), run.output


@pytest.mark.parametrize("way", WAYS)
def test_the_formats_can_be_chosen(options: Options, way: str) -> None:
    run = options.run(way, formats="junit,json")
    assert options.written() == ["reachability.json", "reachability.xml"], run.output


def test_json_and_html_are_the_default(options: Options) -> None:
    run = options.run()
    assert options.written() == ["reachability.html", "reachability.json"], run.output
    assert f"Report: {options.reports}/reachability.json, {options.reports}/reachability.html" in run.output


def test_all_formats_can_be_written_at_once(options: Options) -> None:
    run = options.run(formats="json,html,markdown,junit,prometheus")
    assert options.written() == ALL, run.output
    assert "WARNING" not in run.output


def test_an_unknown_format_is_a_warning_that_names_those_there_are(options: Options) -> None:
    run = options.run(formats="json,pdf")
    assert run.code == 0
    assert options.written() == ["reachability.json"]
    told = "not written as pdf: there is no such format. Use those of json, html, markdown, junit, prometheus"
    assert says(run, told)


def test_without_formats_the_report_is_only_printed(options: Options) -> None:
    run = options.run("extra variable", formats="")
    assert options.written() == []
    assert "PASS: all" in run.output
    assert "Report:" not in run.output


@pytest.mark.parametrize("way", WAYS)
def test_the_metrics_can_go_to_the_folder_of_the_textfile_collector(options: Options, way: str) -> None:
    run = options.run(way, formats="json,prometheus", prometheus_dir=str(options.folder / "node_exporter"))
    assert options.written() == ["reachability.json"], run.output
    assert [path.name for path in (options.folder / "node_exporter").iterdir()] == ["reachability.prom"]


def test_variables_may_be_templates(options: Options) -> None:
    run = options.run("variable of the play", report_dir="{{ playbook_dir }}/templated")
    assert (options.folder / "templated" / "reachability.json").exists(), run.output


@pytest.mark.parametrize("way", WAYS)
def test_a_baseline_can_be_pinned(options: Options, way: str) -> None:
    options.run(report_dir=str(options.folder / "pinned"))
    run = options.run(way, baseline=str(options.folder / "pinned" / "reachability.json"))
    assert run.report is not None, run.output
    assert (run.report["changes"] or {}).get("baseline") is True


def test_the_next_run_compares_with_the_last_one(options: Options) -> None:
    assert (options.run().report or {})["changes"] is None
    second = options.run().report or {}
    assert second["changes"]["baseline"] is False


def test_a_baseline_that_is_not_there_is_a_warning(options: Options) -> None:
    run = options.run(baseline="/no/such/report.json")
    assert run.code == 0
    assert (run.report or {})["changes"] is None
    assert says(run, "There is no baseline /no/such/report.json. Nothing is compared")


def test_a_file_in_the_way_is_one_warning_and_changes_nothing_else(options: Options) -> None:
    (options.folder / "file").touch()
    run = options.run(report_dir=str(options.folder / "file"))
    assert run.code == 0
    assert "PASS: all" in run.output
    assert says(run, "[WARNING]") == 1
    folder = options.folder / "file"
    told = f"was not written to {folder}/reachability.json, {folder}/reachability.html: File exists. Move away"
    assert says(run, told)


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """Lend a disk of 64 KiB with an older report on it, of which nothing is free."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder = tmp_path / "tiny"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_one_warning_and_leaves_the_older_report(options: Options, tiny: Path) -> None:
    (tiny / "reachability.json").write_text("older", encoding="utf-8")
    (tiny / "filler").write_bytes(b"x" * (60 * 1024))
    run = options.run(report_dir=str(tiny))
    assert run.code == 0
    assert sorted(path.name for path in tiny.iterdir()) == ["filler", "reachability.json"]
    assert (tiny / "reachability.json").read_text(encoding="utf-8") == "older"
    assert says(run, "No space left on device. Free some space there")
    assert says(run, "not written to") == 1


def test_a_folder_that_is_read_only_is_a_warning(options: Options, tiny: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(tiny)], check=True)
    run = options.run(report_dir=str(tiny))
    assert run.code == 0
    assert says(run, "Read-only file system. Let the user who runs Ansible write there")


def test_ansible_doc_shows_every_option(tmp_path: Path) -> None:
    (tmp_path / "ansible.cfg").touch()
    command = [Path(sys.executable).parent / "ansible-doc", "-t", "callback", "--json", "dockerlan.fleet.reachability"]
    shown = subprocess.run(command, env=environment_of(tmp_path), capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    documented: dict[str, Any] = json.loads(shown.stdout)["dockerlan.fleet.reachability"]["doc"]["options"]
    assert set(documented) == {"report_dir", "formats", "prometheus_dir", "baseline"}
    assert all(option["ini"] and option["env"] and option["vars"] for option in documented.values())
