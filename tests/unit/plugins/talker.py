# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something that goes on while a test looks at something else: a station that talks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netns

from tests.unit.plugins.lan import Lan


@contextmanager
def in_background(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Let something go on until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


@contextmanager
def talking(lan: Lan, name: str, *sent: bytes) -> Iterator[None]:
    """Let a station send frames again and again, whatever it is asked."""
    with _netns.inside(lan.path(name)), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind(("eth0", 0))

        def talk(stop: threading.Event) -> None:
            while not stop.wait(0.02):
                for frame in sent:
                    sock.send(frame)

        with in_background(talk):
            yield
