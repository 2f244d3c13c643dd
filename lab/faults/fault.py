# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.hosts import Host
from lab.state import State


@dataclass(frozen=True)
class Fault:
    """A fault by name. ``inject`` and ``heal`` may be called again, and ``heal`` only gets living hosts."""

    name: str
    summary: str
    inject: Callable[[State, Host], None]
    heal: Callable[[State, Host], None]
    needs_living_host: bool = False
    needs_own_kernel: str = ""  # why it is refused for native hosts
