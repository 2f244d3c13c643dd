# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks: what a report proves beside pairs, read from the hosts' results. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Collection, Iterable, Iterator, Mapping, NamedTuple, Sequence

from ..module_utils._own_kinds import resolves_names
from ..module_utils._packing import State
from ._judgement import Row, Unproven
from ._observation import NO_DATA
from ._words import named

GATEWAY, PATH_MTU, NAME = "gateway", "path_mtu", "name"
ENDPOINT, EXPECTATION, ASSERTION, MODE = "endpoint", "expectation", "assertion", "mode"
KINDS = (GATEWAY, PATH_MTU, NAME, ENDPOINT, EXPECTATION, ASSERTION, MODE)
PASSED, FAILED = "pass", "fail"
STATUSES = (PASSED, FAILED, NO_DATA)
_LEAST_BYTES = 1280  # hosts send no large packets on a network of a smaller MTU
_LEAST_NAMES = 2  # one asks for the other

Raw = Mapping[str, Any]
Endpoint = Mapping[str, Any]


class Check(NamedTuple):
    """One row of the report's checks. Source and target are endpoints of the mesh.

    ``answered`` tells of a gateway that it replied to a ping; ``mtu`` and ``sender`` of a path what it lets through, in
    bytes, and who said so; ``number`` is the place in the report.
    """

    kind: str
    status: str
    network: str | None = None
    host: str | None = None
    family: str | None = None
    source: Endpoint | None = None
    target: Endpoint | None = None
    detail: str = ""
    answered: bool = False
    mtu: int | None = None
    sender: str | None = None
    number: int = 0

    def hosts(self) -> list[str]:
        """Return the hosts of both ends, once each."""
        return list(dict.fromkeys(end["host"] for end in (self.source, self.target) if end))

    def row(self, cause: str | None = None) -> dict[str, Any]:
        """Return the row of the report."""
        return {
            "kind": self.kind,
            "status": self.status,
            "network": self.network,
            "host": self.host,
            "family": self.family,
            "source": self.source["id"] if self.source else None,
            "target": self.target["id"] if self.target else None,
            "detail": self.detail,
            "cause": cause,
        }


class Where(NamedTuple):
    """The networks on which a host can have sent large packets, and the containers that it can have asked for names.

    Its result has but a number for all of its networks: without this those of which nothing is known would pass too.
    """

    large: Sequence[str]
    asking: Mapping[str, Collection[int]]  # by network, indexes of endpoints


def where_probed(networks: Sequence[Mapping[str, Any]], endpoints: Sequence[Endpoint], rows: Sequence[Row]) -> Where:
    """Return where a host can have probed more than pairs; ``rows`` are its own, and judged."""
    fitting = {network["name"] for network in networks if (network["mtu"] or 0) >= _LEAST_BYTES}
    reached = [row for row in rows if row.to_network is None and _leaves_host(endpoints, row)]
    asking: dict[str, set[int]] = {}
    for end in (row.source for row in rows if _has_source(row)):
        if end["kind"] == "container" and (end["ipv4"] or end["ipv6"]):
            asking.setdefault(end["network"], set()).add(end["index"])
    nameless = {one["name"] for one in networks if not resolves_names(one["driver"], one["mode"])}
    return Where(
        [name for name in dict.fromkeys(row.source["network"] for row in reached) if name in fitting],
        {name: ends for name, ends in asking.items() if len(ends) >= _LEAST_NAMES and name not in nameless},
    )


def _leaves_host(endpoints: Sequence[Endpoint], row: Row) -> bool:
    """Tell whether anyone on another host answered; large packets are sent to those only."""
    return any(endpoints[target]["host"] != row.source["host"] for target in row.reached())


def _has_source(row: Row) -> bool:
    """Tell whether the source could be used."""
    return row.columns is not None and row.columns.states.count(State.NO_SOURCE) < row.columns.pairs


def checks_of(endpoints: Sequence[Endpoint], host: str, raw: Raw, where: Where) -> list[Check]:
    """Read the checks of one host: each gateway, and of paths and names those that failed.

    A network of the host on which they were probed and none failed has a row that says so. KeyError and IndexError when
    they do not fit the mesh.
    """
    paths, names = raw.get(PATH_MTU) or {}, raw.get("names") or {}
    mute = {endpoints[row["source"]]["index"] for row in names.get("unavailable") or ()}
    asked = [name for name, ends in where.asking.items() if not mute.issuperset(ends)]
    return [
        *(_gateway(endpoints, host, row) for row in raw.get("gateway") or ()),
        *_group(
            PATH_MTU, host, paths, where.large, [_path(endpoints, host, row) for row in paths.get("failures") or ()]
        ),
        *_group(NAME, host, names, asked, [_name(endpoints, host, row) for row in names.get("failures") or ()]),
    ]


def stopped(mesh: Mapping[str, Any]) -> Iterator[Check]:
    """Yield a failed check for each host and network of a mesh whose probe endpoints do not run.

    They have no source: no other fault of the host explains that.
    """
    for row in mesh.get("stopped") or ():
        names = row["containers"]
        one = len(names) == 1
        detail = (
            f"{named(names)} {'does' if one else 'do'} not run, so no pair of {'it' if one else 'them'} was probed; "
            f"`docker logs {names[0]}` on the host says why, such as an image for another architecture "
            "(reachability_image)"
        )
        yield Check(ENDPOINT, FAILED, row["network"], row["host"], detail=detail)


def expectations_of(found: Iterable[Unproven]) -> Iterator[Check]:
    """Yield a check without data for each expectation that no pair stands for.

    It is no failed one: a run with ``--limit``, or one in which a host is lost, cannot prove them all.
    """
    for item, hidden in found:
        across = item["to_network"] != item["network"]
        ends = f"from {item['from']} to {item['to']}{' on ' + item['to_network'] if across else ''}"
        pairs = f"{ends} ({item['relation']})" if item["relation"] else ends
        if hidden:
            story = f"every pair {pairs} is judged by an earlier one, which says otherwise; put this one before it"
        else:
            story = (
                f"no pair {pairs} was probed, so nothing shows that they are {item['expected']}; check the patterns, "
                "whether the containers run, and what the topology, --limit or lost hosts leave out"
            )
        yield Check(EXPECTATION, NO_DATA, item["network"], detail=f"{item['why']}: {story}")


def _group(kind: str, host: str, raw: Raw, networks: Collection[str], failed: Sequence[Check]) -> Iterator[Check]:
    """Yield the failed checks of a kind, and a row for each network in which none failed, if there were any at all."""
    yield from failed
    for network in networks if raw.get("probed") else ():
        if all(check.network != network for check in failed):
            yield Check(kind, PASSED, network, host, detail="all passed")


def _gateway(endpoints: Sequence[Endpoint], host: str, row: Raw) -> Check:
    source, address, mac, replied = endpoints[row["source"]], row["address"], row["mac"], bool(row["replied"])
    if replied:
        detail = f"{address} replies to pings"
    elif mac:
        detail = f"{address} is there, with the MAC address {mac}; it does not reply to pings"
    else:
        asked = "ARP" if row["family"] == "ipv4" else "neighbour discovery"
        detail = f"{address} answers neither pings nor {asked}"
    status = PASSED if replied or mac else FAILED
    return Check(GATEWAY, status, row["network"], host, row["family"], source, None, detail, replied)


def _path(endpoints: Sequence[Endpoint], host: str, row: Raw) -> Check:
    source, target = endpoints[row["source"]], endpoints[row["target"]]
    detail = f"small packets pass, but one of {row['size']} bytes does not"
    if row["mtu"]:
        detail += f": at most {row['mtu']} bytes do"
    if row["from"]:
        detail += f", says {row['from']}"
    ends = (source, target)
    return Check(
        PATH_MTU, FAILED, source["network"], host, row["family"], *ends, detail, mtu=row["mtu"], sender=row["from"]
    )


def _name(endpoints: Sequence[Endpoint], host: str, row: Raw) -> Check:
    source, target = endpoints[row["source"]], endpoints[row["target"]]
    right = target[row["family"]]
    answers = ", ".join(row["answers"])
    if answers:
        detail = f"{row['name']} is {answers} for Docker's resolver, but {right} in truth"
    else:
        detail = f"Docker's resolver does not know {row['name']}, which is {right}"
    reason = f" ({row['reason']})" if row["reason"] else ""
    return Check(NAME, FAILED, source["network"], host, row["family"], source, target, detail + reason)
