# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the README shows is what users will see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "unit" / "plugins" / "plugin_utils" / "_render" / "golden"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def shown() -> list[str]:
    """Return the outputs in the README; an ellipsis stands for lines left out."""
    blocks: list[str] = re.findall(r"^```text\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [part for block in blocks for part in block.split("…\n")]


def test_the_matrix_and_a_cause_are_shown() -> None:
    assert [part.split(":")[0] for part in shown()] == ["PASS", "FAIL", "  1  Unknown MAC addresses are dropped"]


@pytest.mark.parametrize("part", shown(), ids=lambda part: part.split(":")[0].strip())
def test_what_is_shown_is_what_is_printed(part: str) -> None:
    assert any(part in golden.read_text(encoding="utf-8") for golden in GOLDEN.glob("*.txt"))


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)", README))
def test_what_is_linked_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("playbook", sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml")))
def test_every_playbook_is_described(playbook: str) -> None:
    assert f"| `dockerlan.fleet.{playbook}` |" in README
