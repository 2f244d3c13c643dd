# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every molecule scenario whole: create, converge, idempotence, verify, destroy.

The network modes are built anew by every run, so there is no idempotence in their scenarios.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.fleet import CHECKOUT, ROOT, clean_environment, run_lab, tool

SCENARIOS = sorted(path.parent.name for path in (ROOT / "molecule").glob("*/molecule.yml"))
SCENARIO_SECONDS = 900


def molecule(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run molecule in the checkout, where it finds Ansible beside itself; its output is plain text, in ``stdout``."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [tool("molecule"), *arguments],
        cwd=ROOT,
        env=clean_environment(PATH=path, MOLECULE_COMMAND_BORDERS="0", NO_COLOR="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SCENARIO_SECONDS,
        check=False,
    )


@pytest.fixture(params=SCENARIOS)
def scenario(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the name of a scenario, and take its lab down also where molecule could not."""
    name = str(request.param)
    yield name
    down = run_lab("down", "--name", f"t-{name}-{CHECKOUT}")
    assert down.returncode == 0, down.stdout + down.stderr


def test_there_are_scenarios() -> None:
    assert {"default", "macvlan", "modes", "modes-ipvlan"} <= set(SCENARIOS)


def test_a_scenario_passes_as_a_whole(scenario: str) -> None:
    done = molecule("test", "--scenario-name", scenario)
    refused = re.search(r"no lab on this machine: .*", done.stdout)
    if refused:
        pytest.skip(refused.group())
    assert done.returncode == 0, done.stdout
    steps = re.findall(rf"^{scenario} > (\w+): Executed: Successful", done.stdout, re.MULTILINE)
    idempotence = [] if scenario.startswith("modes") else ["idempotence"]
    assert steps == ["destroy", "syntax", "create", "converge", *idempotence, "verify", "destroy"]
