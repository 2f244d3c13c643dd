# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab says while it works: one line per step, with the seconds it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def step(title: str, done: str = "done") -> Iterator[None]:
    """Print ``title… done after 1.2 s`` around a long step, or ``failed`` when it raises."""
    sys.stdout.write(f"{title}… ")
    sys.stdout.flush()
    start = time.monotonic()
    outcome = "failed"
    try:
        yield
        outcome = done
    finally:
        say(f"{outcome} after {time.monotonic() - start:.1f} s")
