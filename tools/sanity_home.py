# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A home directory for ansible-test, which keeps its virtual environments under ``~`` and hands no environment on.

So the user's home stays clean, and whatever tells pip how to reach the package index has to be in a file there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from configparser import RawConfigParser
from pathlib import Path

from ansible_test._internal.host_configs import NativePythonConfig
from ansible_test._internal.python_requirements import get_venv_packages

# Settings of the environment around the checks that would lead pip astray inside ansible-test's own environments.
_NOT_HANDED_ON = {"PIP_CONFIG_FILE", "PIP_REQUIRE_VIRTUALENV"}


def prepare(home: Path, user_home: Path, environment: Mapping[str, str]) -> None:
    """Write under ``home`` what ansible-test needs to make its virtual environments without asking anyone else."""
    write_bootstrap(home)
    write_pip_settings(home, user_home, environment)


def write_bootstrap(home: Path) -> None:
    """Write the script with which ansible-test puts pip into a virtual environment.

    Without it ansible-test downloads one from a server of its project. ensurepip does the same with what Python brings.
    """
    python = NativePythonConfig(version=f"{sys.version_info.major}.{sys.version_info.minor}", path=sys.executable)
    version = get_venv_packages(python)["pip"].replace(".", "_")
    script = home / ".ansible" / "test" / "cache" / f"get_pip_{version}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("import ensurepip\nensurepip.bootstrap()\n", encoding="utf-8")


def write_pip_settings(home: Path, user_home: Path, environment: Mapping[str, str]) -> None:
    """Write a pip.conf: the user's own, what ``PIP_*`` variables say (they win, as with pip), the proxy, and quiet."""
    settings = RawConfigParser()
    settings.read([user_home / ".pip" / "pip.conf", user_home / ".config" / "pip" / "pip.conf"], encoding="utf-8")
    if not settings.has_section("global"):
        settings.add_section("global")
    settings["global"].update(_from_environment(environment))
    file = home / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as stream:
        settings.write(stream)


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    proxy = environment.get("https_proxy") or environment.get("HTTPS_PROXY")
    said = {
        name[len("PIP_") :].lower().replace("_", "-"): value
        for name, value in environment.items()
        if name.startswith("PIP_") and name not in _NOT_HANDED_ON and value
    }
    return {**({"proxy": proxy} if proxy else {}), **said, "quiet": "2"}
