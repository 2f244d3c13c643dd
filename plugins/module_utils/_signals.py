# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep what asks a process to end from ending it between two states. PRIVATE to the collection.

A connection that is lost, or Ctrl-C at the controller, closes the terminal of a module that runs under ``ssh -tt``:
SIGHUP. On the controller itself Ctrl-C is SIGINT. SIGKILL cannot be ignored.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import Iterator

_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore these signals for as long as the block runs. Afterwards they mean what they meant before.

    One that arrives meanwhile is dropped, not kept for later: all that is left after the block is to tell the result.
    """
    main = threading.current_thread() is threading.main_thread()  # Python lets no other thread change a handler
    found = {number: signal.getsignal(number) for number in _ENDING if main}
    former = {number: handler for number, handler in found.items() if handler is not None}  # None: not Python's own
    try:
        for number in former:
            signal.signal(number, signal.SIG_IGN)
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
