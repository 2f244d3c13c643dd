# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates' runner: nothing hides a failure, and no failure hides another gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import lint

GOOD = lint.Gate("good", ["sh", "-c", "echo WARNING: Skipping half; echo fine"])
BAD = lint.Gate("bad", ["sh", "-c", "echo broken here >&2; exit 3"])
MISSING = lint.Gate("missing", ["/nonexistent/gate"])


def test_every_gate_runs_and_says_how_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = lint.run_all([BAD, MISSING, GOOD])
    assert {outcome.gate.name: outcome.status for outcome in outcomes} == {"bad": 3, "missing": 127, "good": 0}
    printed = capsys.readouterr().out
    assert "broken here" in printed
    assert "fine" not in printed
    assert "WARNING: Skipping half" in printed


def test_a_gate_that_hangs_is_stopped() -> None:
    outcome = lint.run(lint.Gate("hangs", ["sleep", "30"]), timeout=0.1)
    assert outcome.status == 124
    assert outcome.seconds < 10


def test_a_gate_sees_its_own_environment_and_folder(tmp_path: Path) -> None:
    gate = lint.Gate("where", ["sh", "-c", "pwd; echo $HOME"], tmp_path, {"HOME": "/nowhere"})
    assert lint.run(gate).output == f"{tmp_path}\n/nowhere\n"


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main(["no such thing"]) == 2
    assert "ansible-lint" in capsys.readouterr().out


@pytest.mark.parametrize(("gates", "status"), [([GOOD], 0), ([GOOD, BAD], 1), ([BAD, GOOD], 1), ([MISSING], 1)])
def test_one_failed_gate_fails_the_run(gates: list[lint.Gate], status: int) -> None:
    assert lint.summary(lint.run_all(gates)) == status


def test_what_a_gate_keeps_at_home_is_not_in_the_users(tmp_path: Path) -> None:
    users, ours, tree = (tmp_path / name for name in ("users", "ours", "tree"))
    for folder in (users, ours, tree):
        folder.mkdir()
    (docs,) = (gate for gate in lint.gates(tree, ours) if gate.name == "docs")
    # In an empty folder it fails at once, but opens its log first.
    assert lint.run(lint.Gate(docs.name, docs.command, docs.cwd, {"HOME": str(users), **docs.env})).status != 0
    assert [path.name for path in ours.iterdir()] == ["antsibull.log"]
    assert list(users.iterdir()) == []
