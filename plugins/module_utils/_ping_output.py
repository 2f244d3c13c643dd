# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ping of a container prints: that of iputils, and that of busybox. PRIVATE to the collection.

Pure: text in, outcomes out. The texts are those of iputils 20221126 (ping/ping.c, ping6_common.c) and busybox 1.37
(networking/ping.c).
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from typing import Iterable, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import IcmpError, Outcome, Stray

_ADDRESS = r"(?:\S+ \()?(?P<sender>[0-9a-fA-F.:]+?)\)?"
_REPLY = re.compile(rf"\d+ bytes from {_ADDRESS}: (?:icmp_)?seq=(?P<seq>\d+)(?:.*? time=(?P<ms>[\d.]+) ms)?")
_ERROR = re.compile(rf"From {_ADDRESS}:? icmp_seq=\d+ (?P<text>.+)")
_LOCAL = re.compile(r"(?:\S*ping6?: )?(?:(?:sendto|sendmsg|connect)|local error): (?P<text>.+)")
_SENT = re.compile(r"(?P<sent>\d+) packets transmitted")
_MTU = re.compile(r"mtu ?[:=] ?(?P<mtu>\d+)")
# The first that is in an error's text is its word in docs/interfaces.md.
_WORDS = (
    ("Frag needed", "too_big"),
    ("Packet too big", "too_big"),
    ("rohibited", "prohibited"),
    ("Packet filtered", "prohibited"),
    ("exceeded", "time_exceeded"),
    ("Net U", "net_unreachable"),
    ("No route", "net_unreachable"),
    ("Host U", "host_unreachable"),
    ("Address unreachable", "host_unreachable"),
    ("Protocol Unreachable", "protocol_unreachable"),
    ("ort unreachable", "port_unreachable"),
    ("Port Unreachable", "port_unreachable"),
)
_TOO_LONG = "message too long"


class Printed(NamedTuple):
    """The outcome of one pair, or what ping says when it did not even try."""

    outcome: Outcome | None
    problem: str = ""


class _Reply(NamedTuple):
    """One line: who has replied to which number after how many microseconds, and whether that was once too often."""

    sender: str
    seq: str
    rtt: float
    duplicate: bool


def read(text: str, source: str, target: str) -> Printed:
    """Read what a ping of ``target`` printed that was sent from ``source``; both spelt as the kernel does.

    A reply from another address is none, whatever ping itself counts. Round-trip times are 0 where the payload is too
    small for ping to tell them.
    """
    lines = text.splitlines()
    replies = [reply for reply in map(_reply, lines) if reply]
    good = [reply for reply in replies if reply.sender == target and not reply.duplicate]
    sent = [int(match["sent"]) for match in map(_SENT.match, lines) if match]
    if good:
        return Printed(Outcome(_record(good, max([*sent, len(good)])), strays=_strays(replies, target)))
    local = [match["text"] for match in map(_LOCAL.match, lines) if match]
    icmp = _icmp(lines, local, source)
    if icmp:
        state = State.TOO_BIG if icmp.error == "too_big" else State.UNREACHABLE
        return Printed(Outcome(Record(state, 1.0), icmp=icmp, strays=_strays(replies, target)))
    if local:
        return Printed(Outcome(Record(State.SEND_ERROR), f"ping: {local[0]}"))
    if sent:
        return Printed(Outcome(Record(State.LOST, 1.0), strays=_strays(replies, target)))
    return Printed(
        None, next((line.strip() for line in _complaints_first(lines) if line.strip()), "it printed nothing")
    )


def _complaints_first(lines: Iterable[str]) -> list[str]:
    """Order lines so that ping's own words of what is wrong come before its announcement of what it will do."""
    return sorted(lines, key=lambda line: line.startswith("PING "))


def _reply(line: str) -> _Reply | None:
    match = _REPLY.match(line)
    sender = _plain(match["sender"]) if match else None
    if match is None or sender is None:
        return None
    return _Reply(sender, match["seq"], 1000 * float(match["ms"] or 0), line.rstrip().endswith("(DUP!)"))


def _record(replies: list[_Reply], sent: int) -> Record:
    rtts = [reply.rtt for reply in replies]
    return Record(State.REPLY, 1 - len(rtts) / sent, min(rtts), sum(rtts) / len(rtts), max(rtts))


def _strays(replies: Iterable[_Reply], target: str) -> tuple[Stray, ...]:
    counted = Counter(
        ("duplicate" if reply.sender == target else "wrong_sender", reply.sender)
        for reply in replies
        if reply.duplicate or reply.sender != target
    )
    return tuple(Stray(kind, sender, count) for (kind, sender), count in sorted(counted.items()))


def _icmp(lines: Iterable[str], local: Iterable[str], source: str) -> IcmpError | None:
    """Find the first error report; one from the source itself says that the kernel found no neighbour."""
    for text in local:
        if text.lower().startswith(_TOO_LONG):
            return IcmpError("too_big", None, _mtu(text))
    for match in map(_ERROR.match, lines):
        sender = _plain(match["sender"]) if match else None
        if match is None or sender is None:
            continue
        if sender == source:
            return IcmpError("no_neighbour", None, None)
        word = next((word for part, word in _WORDS if part in match["text"]), "other")
        return IcmpError(word, sender, _mtu(match["text"]))
    return None


def _mtu(text: str) -> int | None:
    match = _MTU.search(text)
    return int(match["mtu"]) if match else None


def _plain(address: str) -> str | None:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None
