# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove every trace of ``make demo`` and ``make test`` but the Debian packages, which are named.

More than ``python3 -m lab down``, which ends one lab and keeps the caches. Runs as root under the system's Python with
the standard library alone: the virtual environment is one of the traces.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from lab import labs, state

ROOT = Path(__file__).resolve().parents[1]
TRACES = (
    ".cache",
    ".ansible",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "build",
    "inventories/lab/hosts.yml",
    "reports",
    "tests/output",
)


def say(text: str) -> None:
    """Print one line of progress now."""
    print(f"==> {text}", flush=True)


def labs_of(checkout: Path) -> list[str]:
    """Return the labs that were booted from a checkout; those of another one run from other base trees, and stay."""
    found = [(name, state.load(name)) for name in state.names()]
    return [name for name, lab in found if lab is not None and lab.checkout == str(checkout)]


def remove(root: Path, traces: Sequence[str]) -> None:
    """Remove files and folders below ``root``; what is not there is fine."""
    for trace in traces:
        path = root / trace
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def installed_packages(root: Path) -> list[str]:
    """Return the Debian packages that ``make setup`` has installed from this checkout, sorted."""
    record = root / ".cache" / "installed-packages"
    return sorted(set(record.read_text(encoding="utf-8").split())) if record.exists() else []


def main(root: Path) -> int:
    """Take the labs down, remove the files, name the packages."""
    for name in labs_of(root):
        say(f"Taking the lab {name} down")
        labs.down(name)
    packages = installed_packages(root)
    say("Removing base trees, the virtual environment, caches, reports and the generated inventory")
    remove(root, TRACES)
    say(f"Debian packages that were installed on the way stay: {' '.join(packages) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(ROOT))
