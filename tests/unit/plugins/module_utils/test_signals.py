# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What asks a process to end is ignored within the block, and means what it meant before after it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._signals import uninterrupted

NUMBERS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
every_signal = pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """Note the signals that arrive, instead of ending."""
    found: list[int] = []
    former = {number: signal.signal(number, lambda number, _frame: found.append(number)) for number in NUMBERS}
    try:
        yield found
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def handlers() -> list[object]:
    """Tell what happens at each signal."""
    return [signal.getsignal(number) for number in NUMBERS]


@every_signal
def test_a_signal_is_dropped_within_and_heard_again_afterwards(heard: list[int], number: int) -> None:
    with uninterrupted():
        os.kill(os.getpid(), number)
    assert heard == []
    os.kill(os.getpid(), number)
    assert heard == [number]


def test_the_former_handlers_are_back_whatever_they_were_and_however_the_block_ends(heard: list[int]) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    before = handlers()
    with pytest.raises(ValueError, match="within"), uninterrupted():
        raise ValueError("within", handlers())
    assert handlers() == before
    assert heard == []


def test_blocks_within_each_other(heard: list[int]) -> None:
    before = handlers()
    with uninterrupted():
        with uninterrupted():
            pass
        assert handlers() == [signal.SIG_IGN] * 3
    assert handlers() == before
    assert heard == []


def test_a_handler_that_python_cannot_put_back_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(signal, "getsignal", lambda _number: None)
    monkeypatch.setattr(signal, "signal", lambda number, _handler: seen.append(number))
    with uninterrupted():
        pass
    assert seen == []


def test_only_the_main_thread_may_and_any_other_goes_on_without() -> None:
    before, within = handlers(), []

    def work() -> None:
        with uninterrupted():
            within.extend(handlers())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=5)
    assert within == before == handlers()
