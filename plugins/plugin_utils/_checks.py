# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks: what a report proves beside pairs, read from the hosts' results. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Sequence

GATEWAY, PATH_MTU, NAME, ASSERTION, MODE = "gateway", "path_mtu", "name", "assertion", "mode"
KINDS = (GATEWAY, PATH_MTU, NAME, ASSERTION, MODE)
PASSED, FAILED = "pass", "fail"

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


def checks_of(endpoints: Sequence[Endpoint], host: str, raw: Raw) -> list[Check]:
    """Read the checks of one host: each gateway, and of paths and names those that failed.

    A network of the host without any failed one has a row that says so. KeyError and IndexError when they do not fit
    the mesh.
    """
    networks = list(dict.fromkeys(end["network"] for end in endpoints if end["host"] == host and not end["lost"]))
    return [
        *(_gateway(endpoints, host, row) for row in raw.get("gateway") or ()),
        *_group(networks, host, PATH_MTU, raw, [_path(endpoints, host, row) for row in _failures(raw, PATH_MTU)]),
        *_group(networks, host, NAME, raw, [_name(endpoints, host, row) for row in _failures(raw, "names")]),
    ]


def _failures(raw: Raw, name: str) -> Sequence[Raw]:
    failures: Sequence[Raw] = (raw.get(name) or {}).get("failures") or ()
    return failures


def _group(networks: Sequence[str], host: str, kind: str, raw: Raw, failed: Sequence[Check]) -> Iterator[Check]:
    """Yield the failed checks of a kind, and a row for each network in which none failed, if there were any at all."""
    yield from failed
    probed = (raw.get("names" if kind == NAME else kind) or {}).get("probed") or 0
    if not probed:
        return
    for network in networks:
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
