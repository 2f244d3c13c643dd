# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The neighbour table of a host's kernel is full. PRIVATE to the collection."""

from __future__ import annotations

from typing import Iterator, Sequence

from ...module_utils._packing import State
from .._case import Case, Finding, Left, LocalError
from .._observation import NO_DATA, UNEXPECTED_BLOCKED, Observation
from .._words import few

_SHOWN = 5
# ENOBUFS, which a full table gives (net/ipv4/ip_output.c, ip_finish_output2), in the words of the C library.
_FULL = "no buffer space"
# EINVAL, which IPv6 gives instead (measured on kernel 7.2). It may mean anything else as well.
_PERHAPS_FULL = "invalid argument"
_DEFAULT_LIMIT = 1024
_STEP = 4096


def overflows(case: Case, left: Left) -> Iterator[Finding]:
    """Find the hosts whose kernel refused to send for want of room, by family, with the limit to set."""
    for host in case.living:
        for family in ("ipv4", "ipv6"):
            told = [error for error in case.errors.get(host, ()) if error.family == family]
            refused = [error for error in told if _is_full(case, host, error)]
            if not refused:
                continue
            pairs = [item for item in left.pairs if item.family == family and _explains(item, host)]
            if any(item.state is State.SEND_ERROR for item in pairs):
                yield _finding(case, left, (host, family), pairs, refused)


def _finding(
    case: Case, left: Left, at: tuple[str, str], pairs: Sequence[Observation], refused: Sequence[LocalError]
) -> Finding:
    host, family = at
    table = case.evidence.tables.get(at)
    wanted = _wanted(case, host, family)
    names = [f"net.{family}.neigh.default.gc_thresh{number}" for number in (1, 2, 3)]
    limit = (
        [f"{host}: {names[2]} is {table.limit}, and {table.used} entries were in use before the probes"]
        if table
        else []
    )
    said = [f"{case.endpoints[error.source]['id']} ({family}): {error.text}" for error in refused]
    return Finding(
        "neighbour_overflow",
        [host],
        "The neighbour table is full",
        f"The kernel of {host} has no room for another neighbour, so it can neither ask for the MAC address of a "
        "target nor answer who asks. The limit counts for the host and all of its containers together.",
        f"On {host}: sysctl -w {names[2]}={wanted} {names[1]}={wanted // 2} {names[0]}={wanted // 4}, and the same in "
        f"/etc/sysctl.d; net.{_other(family)}.neigh.default has limits of its own",
        pairs,
        [check for name in case.networks for check in left.checks_at([host], name, family)],
        [*limit, *few(said, _SHOWN)],
    )


def _other(family: str) -> str:
    return "ipv6" if family == "ipv4" else "ipv4"


def _wanted(case: Case, host: str, family: str) -> int:
    """Return a limit with room for twice the entries that the probes from here need, in steps of 4096."""
    table = case.evidence.tables.get((host, family))
    most = max(case.probed(host, family), table.limit if table else _DEFAULT_LIMIT)
    return -(-2 * most // _STEP) * _STEP


def _is_full(case: Case, host: str, error: LocalError) -> bool:
    if _FULL in error.text.lower():
        return True
    return _PERHAPS_FULL in error.text.lower() and _is_scarce(case, host, error.family)


def _is_scarce(case: Case, host: str, family: str) -> bool:
    """Tell whether the probes from here needed more entries than there was room for, or ran out of it elsewhere."""
    table = case.evidence.tables.get((host, family))
    if table is not None and table.used + case.probed(host, family) >= table.limit:
        return True
    return any(_FULL in error.text.lower() for error in case.errors[host])


def _explains(item: Observation, host: str) -> bool:
    """Tell whether a pair could not be sent from the host, or got no answer with an end there."""
    if item.status == NO_DATA:
        return item.state is State.SEND_ERROR and bool(item.source["host"] == host)
    return item.status == UNEXPECTED_BLOCKED and any(end["host"] == host for end in item.ends)
