# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ssh configuration, as ssh itself understands it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lab import hosts, paths, ssh


def understood(config: Path, host: str) -> dict[str, str]:
    """Return what ``ssh -G`` makes of a host: option -> value, names in lower case."""
    shown = subprocess.run(["ssh", "-F", config, "-G", host], capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ", 1) for line in shown.splitlines() if " " in line)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(ssh.render_config("t-unit", hosts.all_hosts(2)))
    return path


@pytest.mark.parametrize("alias", ["host2", "192.168.56.12"])
def test_name_and_address_lead_to_the_same_host(config: Path, alias: str) -> None:
    options = understood(config, alias)
    assert options["hostkeyalias"] == "host2"
    assert options["proxycommand"].endswith("-m lab connect --name t-unit host2")


def test_only_the_labs_own_key_and_known_hosts_count(config: Path) -> None:
    options = understood(config, "host1")
    directory = paths.state_directory("t-unit")
    assert options["user"] == "root"
    assert options["identityfile"] == f"{directory}/key"
    assert options["userknownhostsfile"] == f"{directory}/known_hosts"
    assert options["stricthostkeychecking"] == "true"


def test_a_percent_sign_in_the_path_of_the_checkout_is_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "CHECKOUT", Path("/home/100%h/a b"))
    path = tmp_path / "config"
    path.write_text(ssh.render_config("t-unit", hosts.all_hosts(1)))
    assert "'PYTHONPATH=/home/100%%h/a b'" in understood(path, "host1")["proxycommand"]
