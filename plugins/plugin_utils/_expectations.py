# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user expects of some pairs, whatever the contract says of them. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Sequence, Tuple

from ..module_utils._mesh import matcher
from ._contract import BLOCKED, OPEN, OTHER_NETWORK, RELATIONS
from ._problems import Problem
from ._reader import Reader

VARIABLE = "dockerlan_expectations"
KEYS = ("network", "from", "to", "relation", "to_network", "expected", "why")
ANY_ENDPOINT = "*"

Networks = Tuple[str, str]  # of the source and of the target


class Pattern:
    """A shell pattern for endpoint ids. It remembers its answers: there are far more pairs than endpoints."""

    def __init__(self, text: str) -> None:
        self._match: Callable[[str], Any] = matcher(text)
        self._known: dict[str, bool] = {}

    def fits(self, endpoint: str) -> bool:
        """Tell whether the id of an endpoint fits."""
        known = self._known.get(endpoint)
        if known is None:
            known = self._known[endpoint] = self._match(endpoint) is not None
        return known


class Expectation(NamedTuple):
    """What is expected of the pairs that fit; ``relation`` is None for any."""

    source: Pattern
    target: Pattern
    relation: str | None
    expected: str
    why: str


Expectations = Dict[Networks, List[Expectation]]


def compiled(expectations: Iterable[Mapping[str, Any]]) -> Expectations:
    """Prepare the ``expectations`` of a mesh, once for all of its pairs."""
    found: Expectations = {}
    for item in expectations:
        ready = Expectation(Pattern(item["from"]), Pattern(item["to"]), item["relation"], item["expected"], item["why"])
        found.setdefault((item["network"], item["to_network"]), []).append(ready)
    return found


def expected_of(
    expectations: Iterable[Expectation], source: Mapping[str, Any], target: Mapping[str, Any], relation: str
) -> Expectation | None:
    """Return the first expectation that is about this pair, or None. ``source`` and ``target`` are endpoints.

    ``expectations`` are those between their two networks.
    """
    for item in expectations:
        about = item.relation is None or item.relation == relation
        if about and item.source.fits(source["id"]) and item.target.fits(target["id"]):
            return item
    return None


def across(expectations: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Return the ordered pairs of different networks that the ``expectations`` of a mesh are about, each once."""
    pairs = dict.fromkeys((item["network"], item["to_network"]) for item in expectations)
    return [[network, to_network] for network, to_network in pairs if network != to_network]


def parse_expectations(raw: Any, networks: Sequence[str]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Read the value of ``dockerlan_expectations``, None for an undefined one; ``networks`` names the declared LANs.

    Returns those that could be understood, with all keys as in the mesh (docs/interfaces.md), and every problem.
    """
    if raw is None:
        return [], []
    if not isinstance(raw, (list, tuple)):
        return [], [Problem(f"{VARIABLE}: is {raw!r}, expected a list of expectations", "Write a list")]
    problems: list[Problem] = []
    found = [item for i, one in enumerate(raw) for item in _parse(f"{VARIABLE}[{i}]", one, networks, problems)]
    return found, problems


def _parse(path: str, raw: Any, networks: Sequence[str], problems: list[Problem]) -> Iterator[dict[str, Any]]:
    """Yield the expectation, unless something is wrong with it."""
    if not isinstance(raw, Mapping):
        problems.append(Problem(f"{path}: is {raw!r}, expected a mapping", f"Use the keys {', '.join(KEYS)}"))
        return
    before = len(problems)
    reader = Reader(path, raw, problems)
    reader.only(KEYS)
    network = _network(reader, "network", networks)
    to_network = network if raw.get("to_network") is None else _network(reader, "to_network", networks)
    found = {
        "network": network,
        "from": reader.text("from", ANY_ENDPOINT),
        "to": reader.text("to", ANY_ENDPOINT),
        "relation": _relation(reader, network, to_network),
        "to_network": to_network,
        "expected": _word(reader, "expected", reader.text("expected"), (OPEN, BLOCKED)),
        "why": reader.text("why", path),
    }
    if len(problems) == before:
        yield found


def _network(reader: Reader, key: str, networks: Sequence[str]) -> str | None:
    name = reader.text(key)
    if name and name not in networks:
        expected = f"expected one of {', '.join(networks) or '(none)'}"
        reader.refuse(f".{key}", f"there is no LAN named {name}, {expected}", "Correct the name or declare the LAN")
    return name


def _relation(reader: Reader, network: str | None, to_network: str | None) -> str | None:
    """Read the relation. Between two LANs there is but one, and it is no relation within a LAN."""
    if reader.raw.get("relation") is None:
        return None
    relations = (OTHER_NETWORK,) if network and to_network and network != to_network else RELATIONS
    cure = "Leave it out for any" if OTHER_NETWORK not in relations else "Leave it out: two LANs have no other relation"
    return _word(reader, "relation", reader.text("relation"), relations, cure)


def _word(reader: Reader, key: str, word: str | None, words: Sequence[str], cure: str = "") -> str | None:
    if word is not None and word not in words:
        reader.refuse(f".{key}", f"is {word!r}, expected {_listed(words)}", cure or f"Write {_listed(words)}")
    return word


def _listed(words: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
