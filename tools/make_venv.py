# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the virtual environment of the development tools, saying every few seconds what pip is doing.

Runs under the system's Python with the standard library alone: ``/usr/bin/python3 tools/make_venv.py .cache/venv``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEARTBEAT_SECONDS = 10.0
TIMEOUT_SECONDS = 1200.0
_DOING = re.compile(r"^\s*(Collecting|Downloading|Building|Installing)\b")


def say(text: str) -> None:
    """Print one line of progress now, also where the output is a pipe."""
    print(f"==> {text}", flush=True)


def last_action(log: str) -> str:
    """Return what pip's output says it did last, without its details, or ``"starting"``."""
    doing = [line.strip() for line in log.splitlines() if _DOING.match(line)]
    return re.split(r" \(from|: ", doing[-1])[0] if doing else "starting"


def install(python: Path, requirements: Path, log: Path) -> bool:
    """Let ``python -m pip`` install a requirements file; its output goes to ``log``. Return whether it succeeded."""
    pip_install = [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command = [*pip_install, "--progress-bar", "off", "-r", str(requirements)]
    started = time.monotonic()
    with log.open("w") as output:
        pip = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        while True:
            try:
                return pip.wait(timeout=HEARTBEAT_SECONDS) == 0
            except subprocess.TimeoutExpired:
                elapsed = time.monotonic() - started
                say(f"pip, {elapsed:.0f} s: {last_action(log.read_text(errors='replace'))}")
            if elapsed > TIMEOUT_SECONDS:
                pip.kill()
                pip.wait()
                return False


def main(target: Path) -> int:
    """Make the environment anew at ``target`` from requirements-dev.txt; 1 with pip's last words where that fails."""
    say(f"Making the virtual environment {target} (some 1,000 MB; under a minute on a good line)")
    if target.exists():
        shutil.rmtree(target)
    venv.create(target, with_pip=True)
    log = target / "pip.log"
    if install(target / "bin" / "python", ROOT / "requirements-dev.txt", log):
        return 0
    sys.stderr.writelines(log.read_text(errors="replace").splitlines(keepends=True)[-15:])
    sys.stderr.write(f"dockerlan.fleet: pip failed (all of it: {log}): is the Python package index out of reach?\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
