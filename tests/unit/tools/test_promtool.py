# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""promtool comes out of its package, which is not installed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tools import promtool

APT_GET = """#!/bin/sh
[ "$1 $2" = "download prometheus" ] || exit 0
if [ -e {missing} ]; then rm {missing}; echo "E: Unable to locate package prometheus" >&2; exit 100; fi
mkdir -p tree/DEBIAN tree/usr/bin
echo "echo it is promtool" > tree/usr/bin/promtool
chmod +x tree/usr/bin/promtool
printf 'Package: prometheus\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@y>\\nDescription: x\\n' \\
  > tree/DEBIAN/control
dpkg-deb --build tree prometheus_1_all.deb >/dev/null
"""


@pytest.fixture
def missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an apt-get in front of the real one, which does not know the package as long as this file is there."""
    command = tmp_path / "bin" / "apt-get"
    command.parent.mkdir()
    command.write_text(APT_GET.format(missing=tmp_path / "missing"))
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{command.parent}:/usr/sbin:/usr/bin:/sbin:/bin")
    return tmp_path / "missing"


def test_it_is_extracted_and_nothing_else_stays(missing: Path, tmp_path: Path) -> None:
    found = promtool.promtool(tmp_path / "cache" / "promtool")
    assert found.read_text() == "echo it is promtool\n"
    assert found.stat().st_mode & stat.S_IXUSR
    assert [path.name for path in found.parent.iterdir()] == ["promtool"]
    assert not missing.exists()


def test_what_is_there_is_not_fetched_again(missing: Path, tmp_path: Path) -> None:
    missing.touch()
    (tmp_path / "promtool").write_text("mine")
    assert promtool.promtool(tmp_path / "promtool").read_text() == "mine"
    assert missing.exists()


@pytest.mark.usefixtures("as_root")
def test_the_lists_of_packages_are_made_where_they_are_missing(missing: Path, tmp_path: Path) -> None:
    missing.touch()
    assert promtool.promtool(tmp_path / "promtool").exists()


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the update run as whoever runs the test: its apt-get does nothing."""
    tool = tmp_path / "root" / "tools" / "as_root.sh"
    tool.parent.mkdir(parents=True)
    tool.write_text('#!/bin/sh\nexec "$@"\n')
    tool.chmod(0o755)
    monkeypatch.setattr(promtool, "ROOT", tmp_path / "root")


@pytest.mark.usefixtures("missing", "as_root")
def test_a_package_that_cannot_be_had_is_an_error_with_its_reason(tmp_path: Path) -> None:
    command = tmp_path / "bin" / "apt-get"
    command.write_text("#!/bin/sh\necho 'E: no network' >&2\nexit 100\n")
    with pytest.raises(RuntimeError, match="E: no network"):
        promtool.promtool(tmp_path / "promtool")
    assert not (tmp_path / "promtool").exists()
