# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enter a network namespace and come back. PRIVATE to the collection.

A socket stays in the namespace in which it was created, so it is enough to be inside for the call of ``socket()``.
Only the calling thread moves (setns(2)).
"""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import Iterator

OWN = "/proc/thread-self/ns/net"
CLONE_NEWNET = 0x40000000  # linux/sched.h


class CannotReturnError(RuntimeError):
    """The way back is closed: the process must end, nothing it does now would happen where it should."""


def path_of(pid: int) -> str:
    """Name the network namespace of a process, as this process's /proc sees it."""
    return f"/proc/{pid}/ns/net"


@contextmanager
def inside(path: str) -> Iterator[None]:
    """Run the block in the network namespace at ``path``, and come back whatever happens.

    OSError when the namespace is gone or may not be entered; nothing has moved then. CannotReturnError when the way
    back fails.
    """
    own = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        target = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(target)
        finally:
            os.close(target)
        try:
            yield
        finally:
            _return_to(own)
    finally:
        os.close(own)


def _return_to(own: int) -> None:
    try:
        _setns(own)
    except OSError as error:
        raise CannotReturnError(f"cannot return to the own network namespace: {error}") from error


def _setns(descriptor: int) -> None:
    """Move the thread. Python has os.setns from 3.12 on; before, it is asked of libc."""
    if hasattr(os, "setns"):
        os.setns(descriptor, CLONE_NEWNET)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
