# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the probes of one pair, and the words in which the prober says it. PRIVATE to the collection."""

from __future__ import annotations

import errno
import os
from collections import Counter
from typing import NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils._datagrams import Address, unpacked
from ansible_collections.dockerlan.fleet.plugins.module_utils._icmp import ErrorReport
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Neighbour
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.module_utils._sockets import Channel

_DROPPED = (errno.ENOBUFS, errno.EINVAL)
_HINTS = {
    errno.ENOBUFS: "no buffers, or the neighbour table is full (net.ipv4.neigh.default.gc_thresh3)",
    errno.EINVAL: "the neighbour table may be full (net.ipv6.neigh.default.gc_thresh3)",
    errno.EAGAIN: "the send buffer of the socket stayed full",
    errno.EPERM: "a local firewall forbids it",
    errno.ENETUNREACH: "no route to it",
    errno.EHOSTUNREACH: "no route to it",
}


class Job(NamedTuple):
    """One pair to probe: the open socket of its source, and the address of its target in its usual spelling."""

    channel: Channel
    target: str


class IcmpError(NamedTuple):
    """The first error report about a pair: what it says, who sent it, and the MTU (bytes) of the next hop.

    ``error`` is a word of ``evidence.icmp`` in docs/interfaces.md. ``sender`` is None when it was the own kernel.
    """

    error: str
    sender: str | None
    mtu: int | None


class Stray(NamedTuple):
    """Replies that count for nothing: ``duplicate`` or ``wrong_sender``, from whom, how many."""

    kind: str
    sender: str
    count: int  # type: ignore[assignment]  # a tuple has a method of this name, which nobody calls here


class Outcome(NamedTuple):
    """What was seen of one pair.

    ``error`` is the local error that kept it from being probed, ``neighbour`` the entry of the target in the source's
    neighbour table once the pair was done; None: there was none, as for a target behind a router.
    """

    record: Record
    error: str | None = None
    icmp: IcmpError | None = None
    strays: tuple[Stray, ...] = ()
    neighbour: Neighbour | None = None


class Tally:
    """What has become of the probes of one pair so far.

    ``packed`` and ``name`` are the address of its target as the kernel takes it, ``own`` is the address of its source.
    There is one for each of many thousands of pairs, so what is seldom different stays with the class.
    """

    tries = 0
    finished = False
    too_big = False
    refusal: int | None = None  # errno
    icmp: IcmpError | None = None
    neighbour: Neighbour | None = None
    strays: Counter[tuple[str, str]] | None = None

    def __init__(self, job: Job, address: Address, own: str, to_send: int) -> None:
        self.job = job
        self.packed, self.name = address
        self.own = own
        self.to_send = to_send
        self.sent = 0
        self.open = 0
        self.rtts: list[float] = []  # µs

    def refused(self, code: int, mtu: int | None = None) -> None:
        """Note that the kernel did not take a probe; ``mtu`` is what the kernel says about one that is too large."""
        if code == errno.EMSGSIZE:
            self._note(IcmpError("too_big", None, mtu))
        else:
            self.refusal = code

    def failed(self, report: ErrorReport) -> None:
        """Note what happened to a probe on its way.

        A host that finds no neighbour says so to itself in an ICMP error (ipv4_link_failure in the kernel's
        net/ipv4/route.c, ip6_link_failure in net/ipv6/route.c).
        """
        if report.word == "host_unreachable" and report.sender == self.own:
            self._note(IcmpError("no_neighbour", None, None))
        elif report.word:
            self._note(IcmpError(report.word, report.sender, report.mtu))
        elif report.code == errno.EHOSTUNREACH:
            self._note(IcmpError("no_neighbour", None, None))
        else:  # the kernel took the packet and then could not send it: it never left
            self.sent -= 1
            self.refused(report.code, report.mtu)

    def stray(self, sender: bytes) -> None:
        """Count a reply that is none: a second one, or one from another address, which is given packed."""
        self.strays = self.strays or Counter()
        self.strays["duplicate" if sender == self.packed else "wrong_sender", unpacked(sender)] += 1

    def outcome(self) -> Outcome:
        """Sum up."""
        record = self._record()
        error = describe(self.refusal) if record.state is State.SEND_ERROR and self.refusal is not None else None
        strays = (
            tuple(Stray(kind, sender, count) for (kind, sender), count in self.strays.items()) if self.strays else ()
        )
        return Outcome(record, error, self.icmp, strays, self.neighbour)

    def _note(self, error: IcmpError) -> None:
        self.icmp = self.icmp or error
        self.too_big = self.too_big or error.error == "too_big"

    def _record(self) -> Record:
        """Any reply is a reply; without one, an error report says more than silence."""
        if self.rtts:
            count = len(self.rtts)
            return Record(State.REPLY, 1 - count / self.sent, min(self.rtts), sum(self.rtts) / count, max(self.rtts))
        if self.icmp:
            return Record(State.TOO_BIG if self.too_big else State.UNREACHABLE, 1.0)
        return Record(State.LOST, 1.0) if self.sent or self._dropped_by_link() else Record(State.SEND_ERROR)

    def _dropped_by_link(self) -> bool:
        """Tell whether it was the link that did not take the packet, though the kernel knew where to send it.

        ipvlan with the flag private drops what goes to the other links on its parent, and the kernel tells that to a
        sender that wants to know of errors as it tells of a full neighbour table. With a full one there is no entry.
        """
        return self.refusal in _DROPPED and self.neighbour is not None and self.neighbour.mac is not None


def describe(code: int) -> str:
    """Say what a local send error means; whatever number the kernel gives."""
    text = os.strerror(code) if code in errno.errorcode else f"error {code}"
    return f"{text}: {_HINTS[code]}" if code in _HINTS else text
