# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the pinger can be judged without a LAN."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.bench import pinger


@pytest.fixture
def stream() -> Iterator[pinger.Stream]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        yield pinger.Stream("127.0.0.1", unseen=False, sock=sock)


def test_a_header_with_its_checksum_sums_up_to_zero() -> None:
    header = bytes([8, 0, 0, 0, 0xAB, 0xCD, 0xFF, 0xFE])
    total = pinger.checksum(header)
    assert total
    assert pinger.checksum(header[:2] + total.to_bytes(2, "big") + header[4:]) == 0


def test_steady_is_a_second_without_a_break(stream: pinger.Stream) -> None:
    assert not stream.steady(0)
    for at in range(10, 1010, 10):
        assert not stream.steady(at)
        stream.take(at // 10, at)
    stream.take(101, 1010)
    assert stream.steady(1010)
    assert not stream.steady(1200)  # it has fallen silent
    stream.take(200, 1300)
    assert not stream.steady(1310)  # and a second has to pass again


def test_a_ping_that_the_kernel_does_not_take_counts_as_sent(stream: pinger.Stream) -> None:
    stream.ping()  # port 0 of UDP: refused
    assert (stream.sent, stream.replies) == (1, [])


def test_the_question_about_a_neighbour_has_the_size_that_the_kernel_reads() -> None:
    assert pinger._ARPREQ.size == 68  # struct arpreq: three addresses of 16 bytes, flags, a name of 16
