# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test's home: pip can be had there, and reaches the same index as everywhere else."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

from tools import sanity_home


def settings(home: Path) -> dict[str, str]:
    """Return the global section of the pip.conf that was written."""
    read = RawConfigParser()
    assert read.read(home / ".config" / "pip" / "pip.conf")
    return dict(read["global"])


def test_the_bootstrap_script_has_the_name_that_ansible_test_looks_for(tmp_path: Path) -> None:
    sanity_home.write_bootstrap(tmp_path)
    (script,) = (tmp_path / ".ansible" / "test" / "cache").iterdir()
    assert script.name.startswith("get_pip_")
    compile(script.read_text(), script.name, "exec")


def test_pip_is_quiet_where_nobody_says_anything(tmp_path: Path) -> None:
    sanity_home.write_pip_settings(tmp_path, tmp_path / "nobody", {"HOME": "/root"})
    assert settings(tmp_path) == {"quiet": "2"}


def test_settings_come_from_the_users_file_and_the_environment_wins(tmp_path: Path) -> None:
    user = tmp_path / "user"
    (user / ".config" / "pip").mkdir(parents=True)
    text = "[global]\nindex-url = https://one.example/%%/simple\ncert = /etc/a.pem\n"
    (user / ".config" / "pip" / "pip.conf").write_text(text)
    environment = {"PIP_CERT": "/etc/b.pem", "https_proxy": "http://proxy.example:3128", "PIP_CONFIG_FILE": "/etc/c"}
    sanity_home.write_pip_settings(tmp_path, user, environment)
    assert settings(tmp_path) == {
        "index-url": "https://one.example/%%/simple",
        "cert": "/etc/b.pem",
        "proxy": "http://proxy.example:3128",
        "quiet": "2",
    }
