# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said while pip works, and that its failure is one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import make_venv

LOG = """\
Looking in links: /somewhere
Collecting docker<8,>=7.1 (from -r requirements-dev.txt (line 30))
  Downloading docker-7.1.0-py3-none-any.whl (147 kB)
  some other line
"""


def test_progress_is_what_pip_did_last() -> None:
    assert make_venv.last_action(LOG) == "Downloading docker-7.1.0-py3-none-any.whl (147 kB)"
    assert make_venv.last_action(LOG[:100]) == "Collecting docker<8,>=7.1"


@pytest.mark.parametrize("log", ["", "Looking in links: /somewhere\n"])
def test_before_the_first_package_it_is_starting(log: str) -> None:
    assert make_venv.last_action(log) == "starting"


def test_a_requirement_that_cannot_be_had_is_a_failure_with_a_log(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{tmp_path}/not-there.whl\n")
    log = tmp_path / "pip.log"
    assert not make_venv.install(Path(sys.executable), requirements, log)
    assert "not-there.whl" in log.read_text()
