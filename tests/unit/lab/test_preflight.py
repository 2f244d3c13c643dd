# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the machine must have."""

from __future__ import annotations

import os
import platform

import pytest

from lab import preflight
from lab.errors import PreflightError


@pytest.mark.parametrize("version", ["12", "13"])
def test_debian_12_and_13_are_welcome(version: str) -> None:
    assert preflight.release_problem(f'ID=debian\nVERSION_ID="{version}"\n') is None


@pytest.mark.parametrize(
    "text",
    ["", 'ID=debian\nVERSION_ID="11"\n', "ID=debian\nPRETTY_NAME=sid\n", 'ID=ubuntu\nVERSION_ID="12"\n', "no pairs\n"],
)
def test_others_are_not(text: str) -> None:
    assert "Debian 12 or 13" in str(preflight.release_problem(text))


def test_the_release_found_is_named() -> None:
    assert "this is Ubuntu 24.04" in str(preflight.release_problem('ID=ubuntu\nPRETTY_NAME="Ubuntu 24.04"\n'))


def test_missing_commands_are_gathered_by_package() -> None:
    commands = {"sh": "dash", "no-such-a": "one", "no-such-b": "one", "no-such-c": "two"}
    assert preflight.missing_packages(commands) == {"one": ["no-such-a", "no-such-b"], "two": ["no-such-c"]}


def test_everything_is_named_at_once_with_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PreflightError) as refusal:
        preflight.check()
    text = str(refusal.value)
    assert all(part in text for part in ("root", "riscv64", "apt install mmdebstrap", "nsenter, setpriv, unshare"))
    assert refusal.value.exit_code == 2
