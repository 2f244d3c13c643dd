# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the wire which of many addresses are in use: packet sockets in one event loop. PRIVATE to the collection.

Sockets are opened in the network namespace in which the calling thread is. See packet(7), linux/if_packet.h and
linux/filter.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import selectors
import socket
import struct
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from typing import Collection, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _neighbours
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbours import Address, Claim
from ansible_collections.dockerlan.fleet.plugins.module_utils._outlets import Outlet

# None of them is in Python's socket module.
_SOL_PACKET, _ADD_MEMBERSHIP, _AUXDATA = 263, 1, 8
_MR_PROMISC, _MR_ALLMULTI = 1, 2
_SO_ATTACH_FILTER = 26
_ETH_P_ALL = 3
_MEMBERSHIP = struct.Struct("=iHH8s")  # index of the link, kind, size of the address, address
_AUXILIARY = struct.Struct("=IIIHHHH")  # status, length, captured, offsets of both headers, VLAN tag, its type
_STATUS_VLAN_VALID = 1 << 4
_VLAN_ID_MASK = 0x0FFF

_LOAD_HALF, _LOAD_BYTE, _IF_EQUAL, _RETURN = 0x28, 0x30, 0x15, 0x06
_PACKET_TYPE = 0xFFFFF000 + 4  # SKF_AD_OFF + SKF_AD_PKTTYPE: not in the frame, the kernel knows it
_WHOLE = 0xFFFF
# What the socket shall get, so that a busy link does not drown the answers: nothing that this host sends, but all ARP
# and neighbour discovery. Each row: operation, rows to skip if true, if false, value.
_FILTER: Sequence[tuple[int, int, int, int]] = (
    (_LOAD_BYTE, 0, 0, _PACKET_TYPE),
    (_IF_EQUAL, 9, 0, socket.PACKET_OUTGOING),
    (_LOAD_HALF, 0, 0, 12),  # type of the frame
    (_IF_EQUAL, 6, 0, _neighbours.TYPE_ARP),
    (_IF_EQUAL, 0, 6, _neighbours.TYPE_IPV6),
    (_LOAD_BYTE, 0, 0, 20),  # what follows the IPv6 header
    (_IF_EQUAL, 0, 4, _neighbours.PROTOCOL_ICMPV6),
    (_LOAD_BYTE, 0, 0, 54),  # type of the message
    (_IF_EQUAL, 1, 0, _neighbours.SOLICITATION),
    (_IF_EQUAL, 0, 1, _neighbours.ADVERTISEMENT),
    (_RETURN, 0, 0, _WHOLE),
    (_RETURN, 0, 0, 0),
)

_FRAME_BYTES, _CONTROL_BYTES = 2048, 256
_BATCH = 256
_CATCH_UP_SECONDS = 0.01  # a pause of the machine is not made up for with a burst of broadcasts
_RETRY_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08)  # a full buffer or queue drains
_PASSING = {errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM}
_MOST_CLAIMS = 10_000  # a device that makes up MACs does not fill the memory


class Pace(NamedTuple):
    """How to ask: probes per address; seconds from the first probe to the end of listening; frames per second.

    The seconds are stretched when the rate does not allow for all frames within them.
    """

    probes: int = 3
    timeout: float = 1.0
    rate: float = 2000.0


@dataclass
class Findings:
    """What the wire said: claims to asked addresses by outlet, why an outlet failed, and how many frames were sent."""

    claims: dict[Outlet, set[Claim]]
    failed: dict[Outlet, str] = field(default_factory=dict)
    frames: int = 0


def ask(wanted: Mapping[Outlet, Collection[Address]], pace: Pace, own: Collection[str] = ()) -> Findings:
    """Ask from each outlet for its addresses. Frames from the MACs ``own`` say nothing, like a switch's echo.

    Takes ``pace.timeout`` seconds, or what the rate needs. PermissionError without CAP_NET_RAW; an outlet that fails
    otherwise is left out.
    """
    findings = Findings({outlet: set() for outlet in wanted})
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        run = _Run(wanted, frozenset(own), findings, selector)
        for outlet in wanted:
            run.open(outlet, stack)
        _ask_all(run, pace)
    return findings


def open_socket(outlet: Outlet) -> socket.socket:
    """Open a socket that sends frames as they are, and gets ARP and neighbour discovery that reach the link.

    Answers to a sender without an address go to a multicast group that a link without IPv6 does not listen to. Network
    cards drop frames of VLANs they have no link for, unless they are promiscuous. Both end with the socket.
    """
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
    try:
        _attach_filter(sock)
        sock.setsockopt(_SOL_PACKET, _AUXDATA, 1)
        sock.bind((outlet.link, _ETH_P_ALL))
        kinds = [_MR_ALLMULTI] if outlet.vlan is None else [_MR_ALLMULTI, _MR_PROMISC]
        for kind in kinds:
            index = socket.if_nametoindex(outlet.link)
            sock.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, _MEMBERSHIP.pack(index, kind, 0, b""))
    except OSError:
        sock.close()
        raise
    return sock


def frames_in(sock: socket.socket, vlan: int | None) -> Iterator[bytes]:
    """Take the frames of one VLAN (None: those without one) that have arrived, at most a batch."""
    for _turn in range(_BATCH):
        try:
            frame, control, _flags, _sender = sock.recvmsg(_FRAME_BYTES, _CONTROL_BYTES)
        except BlockingIOError:
            return
        if _vlan_in(control) == vlan:
            yield frame


@dataclass
class _Run:
    """State of one run of the event loop."""

    wanted: Mapping[Outlet, Collection[Address]]
    own: frozenset[str]
    findings: Findings
    selector: selectors.BaseSelector
    sockets: dict[Outlet, socket.socket] = field(default_factory=dict)

    def open(self, outlet: Outlet, stack: ExitStack) -> None:
        """Open the socket of an outlet, which the stack will close."""
        try:
            sock = stack.enter_context(open_socket(outlet))
        except PermissionError:
            raise
        except OSError as error:
            self._give_up(outlet, error)
            return
        self.sockets[outlet] = sock
        self.selector.register(sock, selectors.EVENT_READ, outlet)

    def listen(self, until: float) -> None:
        """Take what arrives until this moment of the monotonic clock; what is there already is taken in any case."""
        while True:
            for key, _events in self.selector.select(max(until - time.monotonic(), 0)):
                self._receive(key.data)
            if time.monotonic() >= until:
                return

    def send(self, outlet: Outlet, frame: bytes) -> None:
        """Send a frame, again when there is no room for it; an outlet that takes none is given up."""
        for pause in (*_RETRY_SECONDS, None):
            if outlet not in self.sockets:
                return
            try:
                self.sockets[outlet].send(frame)
            except OSError as error:
                if error.errno not in _PASSING or pause is None:
                    self._give_up(outlet, error)
                    return
                self.listen(time.monotonic() + pause)
            else:
                self.findings.frames += 1
                return

    def _receive(self, outlet: Outlet) -> None:
        claims, wanted = self.findings.claims[outlet], self.wanted[outlet]
        try:
            for frame in frames_in(self.sockets[outlet], outlet.vlan):
                found = _neighbours.claim(frame)
                if found and found.address in wanted and found.mac not in self.own and len(claims) < _MOST_CLAIMS:
                    claims.add(found)
        except OSError as error:
            self._give_up(outlet, error)

    def _give_up(self, outlet: Outlet, error: OSError) -> None:
        self.findings.failed[outlet] = f"the link {outlet.link} cannot be used: {os.strerror(error.errno or 0)}"
        sock = self.sockets.pop(outlet, None)
        if sock:
            self.selector.unregister(sock)


def _ask_all(run: _Run, pace: Pace) -> None:
    """Send all probes, round by round, and listen meanwhile and for the rest of the last round."""
    frames = list(chain.from_iterable(_probes(outlet, run.wanted[outlet]) for outlet in run.sockets))
    gap = 1 / pace.rate
    for _round in range(pace.probes if frames else 0):
        due = started = time.monotonic()
        for outlet, frame in frames:
            run.listen(due)
            run.send(outlet, frame)
            due = max(due + gap, time.monotonic() - _CATCH_UP_SECONDS)
        run.listen(max(due, started + pace.timeout / pace.probes))


def _probes(outlet: Outlet, addresses: Collection[Address]) -> Iterator[tuple[Outlet, bytes]]:
    return ((outlet, _neighbours.probe(address, outlet.mac, outlet.vlan)) for address in addresses)


def _vlan_in(control: Sequence[tuple[int, int, bytes]]) -> int | None:
    """Find the VLAN of a frame, whose tag the kernel has taken off; id 0 is a mere priority, and no VLAN."""
    for level, kind, data in control:
        if (level, kind) == (_SOL_PACKET, _AUXDATA) and len(data) >= _AUXILIARY.size:
            status, *_rest, tag, _tag_type = _AUXILIARY.unpack_from(data)
            return (tag & _VLAN_ID_MASK or None) if status & _STATUS_VLAN_VALID else None
    return None


def _attach_filter(sock: socket.socket) -> None:
    """Let the kernel filter. It copies the program, so the memory need not outlive the call."""
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *row) for row in _FILTER))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(_FILTER), ctypes.addressof(program)))
