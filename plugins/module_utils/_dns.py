# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS queries for addresses, and their answers. PRIVATE to the collection.

Pure: values in, bytes out, and back. Whatever is not a well-formed answer is None, never an exception: the bytes come
from a socket. Format: RFC 1035, 4.1; AAAA: RFC 3596.
"""

from __future__ import annotations

import ipaddress
import struct
from typing import NamedTuple

TYPES = {"ipv4": 1, "ipv6": 28}  # A, AAAA
NO_ERROR, SERVER_FAILURE, NAME_ERROR, REFUSED = 0, 2, 3, 5

_HEADER = struct.Struct("!HHHHHH")  # id, flags, number of questions, answers, authorities, additional records
_QUESTION = struct.Struct("!HH")  # type, class
_RECORD = struct.Struct("!HHIH")  # type, class, time to live, size of the data
_IN = 1
_RESPONSE, _RECURSION_DESIRED, _RCODE = 0x8000, 0x0100, 0x000F
_LABEL_BYTES, _NAME_BYTES = 63, 253
_POINTER = 0xC0
_ADDRESS_BYTES = {TYPES["ipv4"]: 4, TYPES["ipv6"]: 16}


class Answer(NamedTuple):
    """The id and the question that are answered, the response code, and the addresses of the type asked for."""

    ident: int
    name: str
    kind: int
    rcode: int
    addresses: list[str]


def query(ident: int, name: str, family: str) -> bytes:
    """Build a query for the addresses of a name. ValueError when the name does not fit into one."""
    labels = name.encode("ascii", "strict").split(b".")
    if len(name) > _NAME_BYTES or not all(0 < len(label) <= _LABEL_BYTES for label in labels):
        raise ValueError(f"{name} is no name that DNS could carry")
    encoded = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return _HEADER.pack(ident, _RECURSION_DESIRED, 1, 0, 0, 0) + encoded + _QUESTION.pack(TYPES[family], _IN)


def parse_answer(data: bytes) -> Answer | None:
    """Read the answer to one question; None for everything else.

    Records of any owner count: it may be an alias of the name (CNAME). What was cut off (TC) is not missed.
    """
    if len(data) < _HEADER.size:
        return None
    ident, flags, questions, answers, _authorities, _additional = _HEADER.unpack_from(data)
    named = _read_name(data, _HEADER.size) if flags & _RESPONSE and questions == 1 else None
    if named is None or len(data) < named[1] + _QUESTION.size:
        return None
    name, position = named
    kind, _class = _QUESTION.unpack_from(data, position)
    return Answer(ident, name, kind, flags & _RCODE, _addresses(data, position + _QUESTION.size, answers, kind))


def _addresses(data: bytes, position: int, count: int, wanted: int) -> list[str]:
    """Collect the addresses among records; the first malformed one ends the list."""
    found = []
    for _number in range(count):
        start = _skip_name(data, position)
        if start is None or len(data) < start + _RECORD.size:
            break
        kind, kind_class, _ttl, size = _RECORD.unpack_from(data, start)
        position = start + _RECORD.size + size
        value = data[start + _RECORD.size : position]
        if (kind, kind_class) == (wanted, _IN) and len(value) == size == _ADDRESS_BYTES.get(kind):
            found.append(str(ipaddress.ip_address(value)))
    return found


def _read_name(data: bytes, position: int) -> tuple[str, int] | None:
    """Read a name that is not compressed, as the first one of a message cannot be, and where it ends."""
    labels: list[str] = []
    while position < len(data):
        length = data[position]
        position += 1
        if length == 0:
            return ".".join(labels), position
        if length > _LABEL_BYTES or position + length > len(data):
            return None
        labels.append(data[position : position + length].decode("ascii", "replace"))
        position += length
    return None


def _skip_name(data: bytes, position: int) -> int | None:
    """Find the end of a name; a pointer to a part of another one ends it (RFC 1035, 4.1.4)."""
    while position < len(data):
        length = data[position]
        if length & _POINTER == _POINTER:
            return position + 2
        position += 1 + length
        if length == 0:
            return position
        if length > _LABEL_BYTES:
            return None
    return None
