# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""promtool out of Debian's package prometheus, which is not installed: that would start a server on this machine."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROMTOOL = ROOT / ".cache" / "promtool"
TIMEOUT_SECONDS = 300.0
_MEMBER = "./usr/bin/promtool"


def promtool(target: Path = PROMTOOL) -> Path:
    """Return the path of promtool, after a download of some 20 MB where it is not there yet.

    Raises RuntimeError with what apt-get or dpkg-deb said when the package cannot be had.
    """
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            _extract(_download(Path(folder)), Path(folder)).replace(target)
    return target


def _download(folder: Path) -> Path:
    """Download the package; the lists of packages are made first where apt-get does not know it yet."""
    try:
        _run(["apt-get", "download", "prometheus"], folder)
    except RuntimeError:
        _run([str(ROOT / "tools" / "as_root.sh"), "apt-get", "update", "--quiet=2"], folder)
        _run(["apt-get", "download", "prometheus"], folder)
    return next(folder.glob("prometheus_*.deb"))


def _extract(package: Path, folder: Path) -> Path:
    tree = folder / "tree.tar"
    with tree.open("wb") as output:
        subprocess.run(["dpkg-deb", "--fsys-tarfile", package], stdout=output, check=True, timeout=TIMEOUT_SECONDS)
    _run(["tar", "--extract", f"--file={tree}", _MEMBER], folder)
    return folder / _MEMBER


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
