# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab as the integration tests see it: boot it, run playbooks against it, read the report, look into its hosts."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKOUT = hashlib.sha256(str(ROOT).encode()).hexdigest()[:4]
PLAYBOOK_SECONDS = 600
_PREFLIGHT_REFUSED = 2
_PREFLIGHT_WORDS = "the lab needs"


def clean_environment(**extra: str) -> dict[str, str]:
    """Return the environment without anything the user may have set for Ansible, plus ``extra``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "DOCKERLAN_"))}
    ours = {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        # Nothing is left in the user's home, and two checkouts do not share what molecule remembers.
        "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "COLUMNS": "100",
    }
    return {**kept, **ours, **extra}


def tool(name: str) -> str:
    """Return the path of a command of the virtual environment that runs the tests."""
    return str(Path(sys.executable).parent / name)


def run_lab(*arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run ``python3 -m lab`` with ``arguments``; the caller judges the exit code."""
    command = [sys.executable, "-m", "lab", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


def lab_name(purpose: str) -> str:
    """Name a lab of the tests: the same in every run of a checkout, and another one in every other checkout.

    So two checkouts can be tested side by side, and the remains of a run that was killed are cleared by the next one.
    Workers that test side by side have their own, too.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    return "-".join(filter(None, ["t", purpose, CHECKOUT, worker]))


def boot(name: str, *options: str) -> None:
    """Boot a lab; skip the test, with the lab's own words, on a machine that cannot have one."""
    up = run_lab("up", "--name", name, *options)
    # argparse ends with 2 as well: a wrong command line must not pass for a machine without a lab.
    if up.returncode == _PREFLIGHT_REFUSED and _PREFLIGHT_WORDS in up.stderr:
        pytest.skip(f"no lab on this machine: {up.stderr.strip()}")
    assert up.returncode == 0, up.stdout + up.stderr


@dataclass(frozen=True)
class Run:
    """What one ``ansible-playbook`` printed, its exit code and the report it wrote (None: it wrote none)."""

    code: int
    output: str
    report: dict[str, Any] | None

    def recap(self) -> dict[str, dict[str, int]]:
        """Return Ansible's own counts: ``{"host1": {"ok": 9, "changed": 0, ...}}``."""
        rows = re.findall(r"^(\S+)\s+: (ok=.*)$", self.output.partition("PLAY RECAP")[2], re.MULTILINE)
        return {host: {key: int(n) for key, n in re.findall(r"(\w+)=(\d+)", counts)} for host, counts in rows}


@dataclass(frozen=True)
class Fleet:
    """A running lab and a folder for what its runs write."""

    name: str
    hosts: tuple[str, ...]
    inventory: Path
    folder: Path

    def play(self, playbook: str, *arguments: str, cwd: Path = ROOT, **environment: str) -> Run:
        """Run a playbook against the lab, with a fresh report folder."""
        reports = self.folder / "reports"
        report = reports / "reachability.json"
        report.unlink(missing_ok=True)
        command = [tool("ansible-playbook"), "-i", str(self.inventory), playbook, *arguments]
        done = subprocess.run(
            command,
            cwd=cwd,
            env=clean_environment(DOCKERLAN_REPORT_DIR=str(reports), **environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PLAYBOOK_SECONDS,
            check=False,
        )
        written = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
        return Run(done.returncode, done.stdout + done.stderr, written)

    def lab(self, *arguments: str) -> str:
        """Run a lab command that must succeed, on this lab; return what it printed."""
        done = run_lab(arguments[0], "--name", self.name, *arguments[1:])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def on(self, host: str, *command: str) -> str:
        """Run a command on a host; return what it printed."""
        return self.lab("exec", host, "--", *command)

    def networks(self, host: str) -> dict[str, Any]:
        """Return ``docker network inspect`` of every network that is not Docker's own, by name."""
        script = 'ids=$(docker network ls --quiet --filter type=custom); [ -z "$ids" ] || docker network inspect $ids'
        found = json.loads(self.on(host, "sh", "-ec", script) or "[]")
        return {network["Name"]: network for network in found}

    def everything(self) -> dict[str, str]:
        """Return what a run could have changed on every host: networks, containers and images, as text."""
        # Of containers only the ids: the ages in a full listing change by themselves.
        script = "docker network ls; docker ps -aq; docker images"
        return {host: self.on(host, "sh", "-c", script) for host in self.hosts}
