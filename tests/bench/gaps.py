# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a record of pings says about an interruption. Pure: times in milliseconds in, milliseconds out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Stream:
    """The pings to one address: how many were sent, and when each reply came, in order of time."""

    sent: int
    replies: tuple[float, ...]

    @property
    def lost(self) -> int:
        """Count the pings that were never answered."""
        return self.sent - len(self.replies)


@dataclass(frozen=True)
class Record:
    """What a pinger has written down: its streams by address, and how long it watched before the change and in all."""

    quiet_until: float
    until: float
    streams: Mapping[str, Stream]

    def silence(self, address: str) -> tuple[float | None, float | None]:
        """Return the last reply before and the first after the longest silence of an address.

        None for the former: it had not answered before; for the latter: it did not answer any more.
        """
        times = self.streams[address].replies
        before, after = max(pairwise((0.0, *times, self.until)), key=lambda pair: pair[1] - pair[0])
        return (before if before in times else None, after if after in times else None)

    def interruption(self, old: str, new: str) -> float | None:
        """Return for how long a container was silent that has moved from the address ``old`` to ``new``, or has stayed.

        None: it was not heard any more. Somebody else may have got its old address, and it that of somebody else, so it
        is the end of one address's silence that counts and the beginning of the other's.
        """
        before, after = self.silence(old)[0], self.silence(new)[1]
        return None if before is None or after is None else after - before

    def quiet_gap(self) -> float:
        """Return the longest time between two replies in the second before the change: how fine the ruler is."""
        first = self.quiet_until - 1000
        windows = [[at for at in one.replies if first <= at <= self.quiet_until] for one in self.streams.values()]
        return max((after - before for times in windows for before, after in pairwise(times)), default=0.0)


def record_of(data: Mapping[str, Any]) -> Record:
    """Read what a pinger has printed. Of a ping that was answered twice the first reply counts."""
    streams = {
        address: Stream(one["sent"], tuple(sorted(dict(reversed(one["replies"])).values())))
        for address, one in data["addresses"].items()
    }
    return Record(data["quiet_until"], data["until"], streams)


def middle_and_worst(values: Sequence[float | None]) -> tuple[float, float] | None:
    """Return median and maximum of the values that are there; None when none is."""
    there = [value for value in values if value is not None]
    return (median(there), max(there)) if there else None
