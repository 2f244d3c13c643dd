# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a real ansible-playbook against hosts that exist in the inventory only."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT_SECONDS = 120
# Nothing listens on the discard port: such a host is unreachable at once.
UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9}


@dataclass(frozen=True)
class Run:
    """What came of a run: exit code, everything it printed, and the results of its tasks by task name and host."""

    code: int
    output: str
    results: Mapping[str, Mapping[str, Mapping[str, Any]]]
    report: Mapping[str, Any] | None


def play(folder: Path, hosts: Mapping[str, Any], tasks: Sequence[Any], *arguments: str, **more: Any) -> Run:
    """Run the tasks on the hosts of the group docker_fleet; ``hosts`` are variables by host, all connected locally."""
    return play_all(folder, hosts, [{"tasks": tasks}], *arguments, **more)


def play_all(
    folder: Path,
    hosts: Mapping[str, Any],
    plays: Sequence[Any],
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    settings: str = "",
) -> Run:
    """Run several plays on the same hosts; ``settings`` are sections of ansible.cfg."""
    command = prepare(folder, hosts, plays, settings)
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**environment_of(folder), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr, _results(done.stdout), report_in(folder))


def prepare(folder: Path, hosts: Mapping[str, Any], plays: Sequence[Any], settings: str = "") -> list[str]:
    """Write playbook, inventory and ansible.cfg into a folder; return the command that runs them there."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = {"docker_fleet": {"hosts": {host: {**local, **variables} for host, variables in hosts.items()}}}
    book = [{"hosts": "docker_fleet", "gather_facts": False, **one} for one in plays]
    (folder / "ansible.cfg").write_text(f"[defaults]\n{settings}", encoding="utf-8")
    (folder / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
    (folder / "playbook.yml").write_text(json.dumps(book), encoding="utf-8")
    return [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "inventory.json", "playbook.yml"]


def report_in(folder: Path) -> Any:
    """Return the report that a run in this folder wrote, or None."""
    report = folder / "reports" / "reachability.json"
    return json.loads(report.read_text(encoding="utf-8")) if report.exists() else None


def environment_of(folder: Path) -> dict[str, str]:
    """Return the environment without the settings of whoever runs the tests."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "DOCKERLAN_"))}
    return {
        **mine,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_CALLBACKS_ENABLED": "dockerlan.fleet.reachability",
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_SSH_ARGS": "-o ControlMaster=no -o BatchMode=yes",
        "COLUMNS": "80",
    }


def _results(output: str) -> dict[str, dict[str, Any]]:
    """Read the results out of the lines ``fatal: [host]: FAILED! => {...}`` and those that -v adds for success."""
    found: dict[str, dict[str, Any]] = {}
    task = ""
    for line in output.splitlines():
        heading = re.match(r"TASK \[(.*?)\] \*", line)
        task = heading.group(1) if heading else task
        result = re.match(r"(?:ok|changed|fatal|skipping): \[(.*?)\](?:: \S+!)? => (\{.*\})$", line)
        if result:
            found.setdefault(task, {})[result.group(1)] = json.loads(result.group(2))
    return found
