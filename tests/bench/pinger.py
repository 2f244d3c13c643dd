# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ping addresses every 10 ms and write down when each reply came. Runs on a host of the lab, with nothing but Python.

    pinger.py PATIENCE KNOWN [UNSEEN]         addresses with commas between them

It prints a line as soon as all known addresses have answered for a second without a break. Then it reads a line from
its input: the addresses that have to answer before it ends, as JSON. When they have done so for a second, or
``PATIENCE`` seconds are over, it prints its record as JSON, times in milliseconds:

    {"quiet_until": 2050, "until": 9120, "addresses": {"192.168.56.128": {"sent": 911, "replies": [[0, 1.2], ..]}}}

An unseen address is one that nobody has yet. Linux would ask for the MAC of such an address once a second only, so
the entry in the neighbour table is dropped before every ping until the first reply. Those of known addresses are never
touched: what others remember is part of what is measured.
"""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field

TICK = 0.010
STEADY_MS = 1000.0
BREAK_MS = 100.0  # a longer silence is a break
_ECHO_REQUEST, _ECHO_REPLY = 8, 0
_HEADER = struct.Struct("!BBHHH")
_IDENT = os.getpid() & 0xFFFF
_SOL_RAW, _ICMP_FILTER = 255, 1  # linux/socket.h, linux/icmp.h
_SIOCDARP = 0x8953  # linux/sockios.h
_ARPREQ = struct.Struct("=HH4s8x16xi16x16s")  # struct arpreq of linux/if_arp.h
_LINK = b"eth0"


@dataclass
class Stream:
    """One address, the socket its pings leave by, and what came back: sequence number and time of each reply."""

    address: str
    unseen: bool
    sock: socket.socket
    sent: int = 0
    replies: list[tuple[int, float]] = field(default_factory=list)
    unbroken_since: float = 0.0

    def ping(self) -> None:
        """Send one ping. One that the kernel does not take counts as sent: to the user it is as lost as any other."""
        if self.unseen and not self.replies:
            forget(self.sock, self.address)
        head = _HEADER.pack(_ECHO_REQUEST, 0, 0, _IDENT, self.sent & 0xFFFF)
        packet = _HEADER.pack(_ECHO_REQUEST, 0, checksum(head), _IDENT, self.sent & 0xFFFF)
        with suppress(OSError):
            self.sock.sendto(packet, (self.address, 0))
        self.sent += 1

    def take(self, seq: int, now: float) -> None:
        """Write a reply down."""
        if not self.replies or now - self.replies[-1][1] > BREAK_MS:
            self.unbroken_since = now
        self.replies.append((seq, now))

    def steady(self, now: float) -> bool:
        """Tell whether it has answered for a second without a break, and still does."""
        return bool(self.replies) and now - self.replies[-1][1] < BREAK_MS and now - self.unbroken_since >= STEADY_MS


@dataclass
class Pinger:
    """All streams by address, the socket that receives for all, and the time of the start on the monotonic clock."""

    streams: dict[str, Stream]
    incoming: socket.socket
    selector: selectors.BaseSelector
    start: float
    due: float = 0.0

    def now(self) -> float:
        """Return the milliseconds since the start."""
        return (time.monotonic() - self.start) * 1000

    def run(self, needed: list[str], patience: float) -> bool:
        """Ping until every address in ``needed`` is steady; False: ``patience`` seconds were over before."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            self.turn()
            if all(self.streams[address].steady(self.now()) for address in needed):
                return True
        return False

    def run_until_told(self, seconds: float) -> list[str]:
        """Ping until a line comes in, and return the addresses in it; none when the input ends or the time is over."""
        self.selector.register(0, selectors.EVENT_READ)
        end, line = time.monotonic() + seconds, b""
        while time.monotonic() < end and not line:
            line = os.read(0, 4096) if self.turn() else b""
        self.selector.unregister(0)
        needed: list[str] = json.loads(line or b"[]")
        return needed

    def turn(self) -> bool:
        """Ping everybody when it is time, and take what has come back; True: there is something on the input."""
        if time.monotonic() >= self.due:
            self.due = max(self.due + TICK, time.monotonic())
            for stream in self.streams.values():
                stream.ping()
        ready = {key.fileobj for key, _events in self.selector.select(max(self.due - time.monotonic(), 0))}
        if self.incoming in ready:
            self.receive()
        return 0 in ready

    def receive(self) -> None:
        """Take all replies that are there."""
        while True:
            try:
                packet, (sender, _port) = self.incoming.recvfrom(2048)
            except BlockingIOError:
                return
            _kind, _code, _sum, ident, seq = _HEADER.unpack_from(packet, (packet[0] & 0x0F) * 4)
            if ident == _IDENT and sender in self.streams:
                self.streams[sender].take(seq, self.now())

    def record(self) -> dict[str, object]:
        """Return what was sent and what came back."""
        return {one.address: {"sent": one.sent, "replies": one.replies} for one in self.streams.values()}


def open_pinger(known: list[str], unseen: list[str]) -> Pinger:
    """Open the sockets for all addresses."""
    incoming, selector = raw_socket(1 << _ECHO_REPLY), selectors.DefaultSelector()
    selector.register(incoming, selectors.EVENT_READ)
    addresses = {**dict.fromkeys(known, False), **dict.fromkeys(unseen, True)}
    streams = {address: Stream(address, new, raw_socket(0)) for address, new in addresses.items()}
    return Pinger(streams, incoming, selector, time.monotonic())


def raw_socket(accepted: int) -> socket.socket:
    """Open a socket that receives the ICMP types whose bits are set in ``accepted``.

    Every stream sends by a socket of its own: pings that wait for a MAC fill its buffer, and must not hold up others.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sock.setblocking(False)
    sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", ~accepted & 0xFFFFFFFF))
    return sock


def forget(sock: socket.socket, address: str) -> None:
    """Drop the entry of an address from the neighbour table; there may be none."""
    with suppress(OSError):
        fcntl.ioctl(sock, _SIOCDARP, _ARPREQ.pack(socket.AF_INET, 0, socket.inet_aton(address), 0, _LINK))


def checksum(data: bytes) -> int:
    """Sum up an even number of bytes as RFC 1071 says."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def main() -> None:
    """Ping, and print the record."""
    patience = float(sys.argv[1])
    known, unseen = ([one for one in text.split(",") if one] for text in (*sys.argv[2:], "")[:2])
    pinger = open_pinger(known, unseen)
    if not pinger.run(known, patience):
        sys.exit("the containers did not answer before anything was changed")
    quiet_until = pinger.now()
    print("steady", flush=True)
    pinger.run(pinger.run_until_told(5 * patience), patience)
    print(json.dumps({"quiet_until": quiet_until, "until": pinger.now(), "addresses": pinger.record()}), flush=True)


if __name__ == "__main__":
    main()
