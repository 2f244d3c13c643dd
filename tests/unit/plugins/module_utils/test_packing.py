# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packed records come back as they went in, or are refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State, decode, encode
from hypothesis import example, given
from hypothesis import strategies as st

from tests.records import unpacked

HOUR_US = 3.6e9
times = st.floats(min_value=0, max_value=HOUR_US)
records = st.builds(
    Record,
    state=st.sampled_from(State),
    loss=st.floats(min_value=0, max_value=1),
    rtt_min=times,
    rtt_avg=times,
    rtt_max=times,
)


@given(st.lists(records, max_size=50))
@example([Record(State.REPLY, rtt_max=0.9311687838553748)])
def test_round_trip_keeps_order_state_and_values_within_the_stated_error(sent: list[Record]) -> None:
    received = unpacked(encode(sent))
    assert [record.state for record in received] == [record.state for record in sent]
    for before, after in zip(sent, received, strict=True):
        assert after.loss == pytest.approx(before.loss, abs=1 / 255)
        for name in ("rtt_min", "rtt_avg", "rtt_max"):
            # What is packed is the logarithm of 1 + µs, so that is what the error is relative to: half a step of it.
            sent_us, received_us = getattr(before, name), getattr(after, name)
            assert 1 + received_us == pytest.approx(1 + sent_us, rel=0.00017)


@given(st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True))
def test_some_loss_is_never_none_and_never_all(loss: float) -> None:
    [record] = unpacked(encode([Record(State.REPLY, loss)]))
    assert 0 < record.loss < 1


@given(st.lists(records, max_size=20), st.integers(min_value=0, max_value=20), st.integers(min_value=0, max_value=20))
def test_a_part_of_the_columns_has_the_records_of_these_pairs(sent: list[Record], start: int, length: int) -> None:
    packed = encode(sent)
    part = decode(packed).part(start, start + length)
    assert [part.record(position) for position in range(part.pairs)] == unpacked(packed)[start : start + length]


def test_extremes_are_exact() -> None:
    sent = [Record(State.LOST, 1.0), Record(State.REPLY, 0.0)]
    assert unpacked(encode(sent)) == sent


def test_eight_bytes_per_pair_in_columns() -> None:
    packed = encode([Record(State.REPLY, 0.0, 1.0, 3.0, 7.0), Record(State.LOST, 1.0)])
    data = base64.b64decode(packed["data"])
    assert packed["version"] == 2
    assert packed["pairs"] == 2
    assert data == bytes([0, 1, 0, 255]) + b"\x08\0\0\0" + b"\x10\0\0\0" + b"\x18\0\0\0"


def test_the_states_have_the_numbers_of_the_interface() -> None:
    names = ["REPLY", "LOST", "UNREACHABLE", "SEND_ERROR", "NO_ADDRESS", "NO_SOURCE", "STRANDED", "TOO_BIG", "IMPOSTOR"]
    assert [(state.value, state.name) for state in State] == list(enumerate(names))


def test_ten_thousand_pairs_are_small() -> None:
    packed = encode([Record(State.REPLY, 0.25, 50.0 + n, 80.0 + n, 900.0 + n) for n in range(10_000)])
    assert len(json.dumps(packed)) <= 120_000


def test_no_pairs() -> None:
    assert unpacked(encode([])) == []


def test_a_time_beyond_the_scale_is_the_end_of_the_scale() -> None:
    [record] = unpacked(encode([Record(State.REPLY, 0.0, 1e12, 1e12, 1e12)]))
    assert record.rtt_min > HOUR_US


@pytest.mark.parametrize("loss", [-0.1, 1.1, float("nan")])
def test_impossible_loss_is_refused(loss: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        encode([Record(State.LOST, loss)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 1}, "records of version 1, where version 2 is expected: use one release of the collection"),
        ({"version": None}, "records of version None, where version 2 is expected"),
        ({"pairs": 2}, "8 bytes of records for 2 pairs"),
        ({"data": "?"}, "not base64"),
        ({"data": None}, "not base64"),
        ({"data": base64.b64encode(b"\xff" + 7 * b"\0").decode()}, "255 is no state of a pair"),
    ],
)
def test_damaged_records_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode({**encode([Record(State.REPLY)]), **change})


@given(st.text(max_size=40), st.integers(min_value=0, max_value=5))
def test_any_text_is_refused_or_read_and_nothing_else(data: str, pairs: int) -> None:
    try:
        assert decode({"version": 2, "pairs": pairs, "data": data}).pairs == pairs
    except ValueError as error:
        assert str(error)  # noqa: PT017  (either outcome is right; only another exception is wrong)
