# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module as Ansible does: in a process of its own, with JSON in and JSON out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "ansible_collections.dockerlan.fleet.plugins.modules"


def run_module(
    name: str, params: dict[str, Any], *, check: bool = False, within: Sequence[str] = (), **environment: str
) -> dict[str, Any]:
    """Run a module with its parameters, and return its result; ``failed`` is always in it.

    ``within`` is a command that runs the rest of its command line elsewhere, like ``nsenter``.
    A traceback, or anything but one JSON document on standard output, fails the test.
    """
    arguments = {**params, "_ansible_check_mode": check}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"ANSIBLE_MODULE_ARGS": arguments}, file)
        file.flush()
        ran = subprocess.run(
            [*within, sys.executable, "-m", f"{PACKAGE}.{name}", file.name],
            env={**os.environ, "PYTHONPATH": str(ROOT / ".collections"), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert "Traceback" not in ran.stdout + ran.stderr, ran.stdout + ran.stderr
    result: dict[str, Any] = json.loads(ran.stdout)
    assert result.get("failed", False) is (ran.returncode != 0)
    return {"failed": False, **result}
