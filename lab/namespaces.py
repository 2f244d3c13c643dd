# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two system calls for namespaces that Python has since 3.12 only."""

from __future__ import annotations

import ctypes
import os

from lab.errors import LabError

CGROUP, NETWORK = 0x02000000, 0x40000000  # CLONE_NEWCGROUP, CLONE_NEWNET of sched.h
_LIBC = ctypes.CDLL(None, use_errno=True)


def _check(result: int, action: str) -> None:
    if result != 0:
        raise LabError(f"{action}: {os.strerror(ctypes.get_errno())}")


def leave(kind: int) -> None:
    """Give this process a new namespace of a kind."""
    _check(_LIBC.unshare(kind), "cannot make a namespace")


def enter(path: str, kind: int) -> None:
    """Move this process into a namespace, named by its file in /proc."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(_LIBC.setns(descriptor, kind), f"cannot enter {path}")
    finally:
        os.close(descriptor)
