# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the gateway of each network is there: asked once per network and address family. PRIVATE to the collection.

Pure: what to ask, and what an outcome says.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Iterable, Mapping, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Neighbour
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Job, Outcome
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import L3_MODES, Share
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import Sources

_WITHOUT_MAC = frozenset({"incomplete", "failed", "noarp"})


class Question(NamedTuple):
    """Which gateway to ask for, and from which source: a container where there is one, else the host."""

    network: str
    family: str
    source: int
    address: str


def questions(share: Share, sources: Sources) -> list[Question]:
    """List the gateways that can be asked for, each from one source that has a socket."""
    found = []
    for name, network in share.networks.items():
        for family, gateway in network["gateways"].items():
            senders = [index for index in share.senders(name, family) if (index, family) in sources.channels]
            if gateway and senders and network["mode"] not in L3_MODES:
                found.append(Question(name, family, senders[0], str(ipaddress.ip_address(gateway))))
    return found


def job(question: Question, sources: Sources) -> Job:
    """Build the probe of a gateway."""
    return Job(sources.channels[question.source, question.family], question.address)


def row(question: Question, outcome: Outcome) -> dict[str, Any]:
    """Say what became of it; not every gateway answers pings, but each has to have a MAC."""
    replied = outcome.record.state is State.REPLY
    return {**question._asdict(), "mac": mac_of(outcome.neighbour), "replied": replied}


def is_doubtful(row: Mapping[str, Any]) -> bool:
    """Tell whether all that speaks for a gateway is a neighbour entry, which outlives the gateway by half a minute."""
    return bool(row["mac"]) and not row["replied"]


def confirmed(rows: Iterable[Mapping[str, Any]], wire: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows; a doubtful gateway has no MAC when the wire was asked for it and nobody answered with that.

    ``wire`` has rows of ``evidence.wire`` (docs/interfaces.md).
    """
    answers = {(answer["network"], answer["address"]): answer["macs"] for answer in wire}
    return [
        {**row, "mac": None}
        if is_doubtful(row) and row["mac"] not in answers.get((row["network"], row["address"]), [row["mac"]])
        else dict(row)
        for row in rows
    ]


def mac_of(neighbour: Neighbour | None) -> str | None:
    """Tell the MAC that a neighbour entry stands for; None when nobody has answered for it."""
    return neighbour.mac if neighbour and neighbour.state not in _WITHOUT_MAC else None
