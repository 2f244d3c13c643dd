# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs that must be kept apart and are not, and expectations that do not hold. PRIVATE to the collection."""

from __future__ import annotations

from typing import Iterator, Sequence

from .._case import Case, Finding, Left
from .._contract import OPEN, OWN_HOST, SAME_HOST
from .._observation import UNEXPECTED_BLOCKED, UNEXPECTED_OPEN, Observation
from .._words import few, named

_SHOWN = 5
_OWN_HOST = (
    "A host reaches its own containers",
    (
        "{} and the containers there reach each other, though the kernel keeps a parent link apart from the links on "
        "it. Something carries the packets past it: a macvlan or ipvlan link of the host itself (a shim), an address "
        "of the LAN on another link, or a router that sends them back."
    ),
    "On the host ask `ip route get` for the address of a container, and remove the way that it shows",
)
_SAME_HOST = (
    "Containers of one host reach each other",
    (
        "Containers on {} reach each other, though the mode of the LAN keeps them apart. Their links are in another "
        "mode than declared, or the switch sends frames back to the port that they came from (hairpin, reflective "
        "relay)."
    ),
    (
        "Look at the mode of the links in the containers (ip -d link show dev eth0) and make the network anew if it "
        "is not the declared one; turn hairpin off on the switch port, or declare that these pairs are expected to "
        "be open"
    ),
)
_OTHER = (
    "Pairs are open that must be blocked",
    "On {} something answers that the network must keep apart.",
    "Look for a way between them (`ip route get` for the address of the target, on the source), and remove it",
)
_TEXTS = {OWN_HOST: _OWN_HOST, SAME_HOST: _SAME_HOST}


def not_isolated(case: Case, left: Left) -> Iterator[Finding]:
    """Find by relation the hosts on which pairs are open that the contract wants blocked."""
    leaks = [item for item in left.pairs if item.status == UNEXPECTED_OPEN and item.why is None]
    # The one that explains the others first: a switch that sends frames back lets the host in as well.
    relations = sorted({item.relation for item in leaks}, key=lambda relation: (relation != SAME_HOST, relation))
    for relation in relations:
        pairs = [item for item in leaks if item.relation == relation]
        hosts = case.in_order({end["host"] for item in pairs for end in item.ends})
        title, explanation, cure = _TEXTS.get(relation, _OTHER)
        shown = few([_line(item) for item in pairs], _SHOWN)
        yield Finding("not_isolated", hosts, title, explanation.format(named(hosts)), cure, pairs, evidence=shown)


def expectations_violated(case: Case, left: Left) -> Iterator[Finding]:
    """Find by their reason the expectations that do not hold."""
    statuses = (UNEXPECTED_OPEN, UNEXPECTED_BLOCKED)
    broken = [item for item in left.pairs if item.why is not None and item.status in statuses]
    for why in dict.fromkeys(item.why for item in broken):
        yield _violated(case, str(why), [item for item in broken if item.why == why])


def _violated(case: Case, why: str, pairs: Sequence[Observation]) -> Finding:
    expected = named(list(dict.fromkeys(item.expected for item in pairs)))
    found = "reached" if expected == OPEN else "kept apart"
    return Finding(
        "expectation_violated",
        case.in_order({end["host"] for item in pairs for end in item.ends}),
        "An expectation does not hold",
        f"These pairs are expected to be {expected} ({why}), but they are not {found}.",
        "Mend the network, its filters or routes, so that it holds; or change dockerlan_expectations, where that is "
        "what expects it",
        pairs,
        evidence=few([_line(item) for item in pairs], _SHOWN),
        subject=why,
    )


def _line(item: Observation) -> str:
    return f"{item.source['id']} -> {item.target['id']} ({item.family}) is {item.observed}"
