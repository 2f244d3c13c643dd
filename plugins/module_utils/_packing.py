# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of probed pairs as packed columns, and back. PRIVATE to the collection.

Pure. Packed, because Ansible copies every result once per enabled callback: a list of dicts with 100 000 rows takes
seconds to copy, a string takes nothing. 8 bytes per pair: state (u8), loss (u8, n/255 of the sent probes), then
minimum, average and maximum round-trip time (u16 each, big-endian, logarithmic), each column for all pairs.
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
import sys
from array import array
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Mapping, NamedTuple, Sequence

VERSION = 2
BYTES_PER_PAIR = 8
_RTT_STEPS = 2048  # per doubling: half a step is 0.017 %
_RTT_MAX = 0xFFFF
RTT_CODES = _RTT_MAX + 1
_LOSS_MAX = 0xFF


class State(IntEnum):
    """What became of the probes of one pair."""

    REPLY = 0
    LOST = 1
    UNREACHABLE = 2
    SEND_ERROR = 3
    NO_ADDRESS = 4
    NO_SOURCE = 5
    STRANDED = 6
    TOO_BIG = 7
    IMPOSTOR = 8


_STATES = bytes(State)


class Record(NamedTuple):
    """Result of one pair: state, share of the sent probes that were lost (0.0 to 1.0), round-trip times in µs.

    Times are 0.0 where there was no reply.
    """

    state: State
    loss: float = 0.0
    rtt_min: float = 0.0
    rtt_avg: float = 0.0
    rtt_max: float = 0.0


def encode(records: Sequence[Record]) -> dict[str, Any]:
    """Pack records, in their order, into ``{version, pairs, data}`` with base64 in ``data``."""
    count = len(records)
    columns = [
        bytes(int(record.state) for record in records),
        bytes(_encode_loss(record.loss) for record in records),
        *(
            struct.pack(f">{count}H", *(_encode_rtt(getattr(record, name)) for record in records))
            for name in ("rtt_min", "rtt_avg", "rtt_max")
        ),
    ]
    return {"version": VERSION, "pairs": count, "data": base64.b64encode(b"".join(columns)).decode("ascii")}


@dataclass(frozen=True)
class Columns:
    """The records of some pairs, in their order, a column for each part of them.

    A fleet may have a million pairs, so there is no object for each. ``states`` are numbers of ``State``, ``losses``
    n/255 of the sent probes, ``rtt_min``, ``rtt_avg`` and ``rtt_max`` codes for ``microseconds``.
    """

    states: bytes
    losses: bytes
    rtt_min: Sequence[int]
    rtt_avg: Sequence[int]
    rtt_max: Sequence[int]

    @property
    def pairs(self) -> int:
        """Return how many pairs there are."""
        return len(self.states)

    def part(self, start: int, end: int) -> Columns:
        """Return the columns of some of the pairs, from ``start`` to before ``end``."""
        return Columns(
            self.states[start:end],
            self.losses[start:end],
            self.rtt_min[start:end],
            self.rtt_avg[start:end],
            self.rtt_max[start:end],
        )

    def record(self, position: int) -> Record:
        """Return the record of one pair."""
        times = (self.rtt_min, self.rtt_avg, self.rtt_max)
        return Record(
            State(self.states[position]),
            self.losses[position] / _LOSS_MAX,
            *(microseconds(column[position]) for column in times),
        )


def decode(packed: Mapping[str, Any]) -> Columns:
    """Unpack what ``encode`` made. ValueError for another version, a wrong length, or an unknown state."""
    if packed.get("version") != VERSION:
        raise ValueError(
            f"records of version {packed.get('version')!r}, where version {VERSION} is expected: "
            "use one release of the collection dockerlan.fleet to make and to read them"
        )
    count = int(packed["pairs"])
    data = _from_base64(packed["data"])
    if len(data) != BYTES_PER_PAIR * count:
        raise ValueError(f"{len(data)} bytes of records for {count} pairs, expected {BYTES_PER_PAIR * count}")
    states = data[:count]
    if states.translate(None, _STATES):
        raise ValueError(f"{max(states)} is no state of a pair")
    times = array("H", data[2 * count :])
    if sys.byteorder == "little":
        times.byteswap()
    return Columns(states, data[count : 2 * count], times[:count], times[count : 2 * count], times[2 * count :])


def microseconds(code: int) -> float:
    """Return the time that a code of a column of round-trip times stands for."""
    return math.pow(2.0, code / _RTT_STEPS) - 1


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise ValueError(f"records are not base64: {error}") from error


def _encode_loss(loss: float) -> int:
    """Round to n/255, but never a lost probe to "none lost", nor a reply to "all lost"."""
    if not 0.0 <= loss <= 1.0:
        raise ValueError(f"loss {loss} is not between 0 and 1")
    if loss in (0.0, 1.0):
        return int(loss) * _LOSS_MAX
    return min(max(round(loss * _LOSS_MAX), 1), _LOSS_MAX - 1)


def _encode_rtt(microseconds: float) -> int:
    return min(round(_RTT_STEPS * math.log2(1 + max(microseconds, 0.0))), _RTT_MAX)
