# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All probes of one host: open a socket in each source's namespace, probe, and line up the records. PRIVATE.

Knows nothing of Docker or Ansible: it is told which namespace belongs to which container.
"""

from __future__ import annotations

import ipaddress
from contextlib import ExitStack, nullcontext
from typing import Any, Iterable, Mapping, NamedTuple, Sequence, Tuple

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netns, _sockets
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Endpoint, Pair, pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Job, Outcome, Pace, probe

MAX_ERRORS = 100

SourceKey = Tuple[int, str]  # index of the source endpoint, address family


class Namespace(NamedTuple):
    """Path of a container's network namespace, or the reason why it has none."""

    path: str | None = None
    reason: str = "there is no such container on this host"


class Report(NamedTuple):
    """One record per pair in the order of ``pairs_of``, and the local errors, at most ``MAX_ERRORS``.

    ``target`` is None in an error that is about the source as such.
    """

    records: list[Record]
    errors: list[dict[str, Any]]


class _Sources(NamedTuple):
    """Open sockets, and why the others could not be opened."""

    channels: dict[SourceKey, _sockets.Channel]
    reasons: dict[SourceKey, str]


def probe_host(endpoints: Sequence[Endpoint], host: str, namespaces: Mapping[str, Namespace], pace: Pace) -> Report:
    """Probe every pair whose source belongs to ``host``.

    ``namespaces`` has the containers of the host by name; the host itself is probed from where this process is.
    CannotReturnError when this process got stuck in another namespace.
    """
    pairs = pairs_of(endpoints, host)
    by_index = {end["index"]: end for end in endpoints}
    with ExitStack() as stack:
        sources = _open_sources(stack, _sources_of(pairs, by_index), by_index, namespaces)
        probed = [pair for pair in pairs if _is_probed(pair, by_index, sources)]
        jobs = [
            Job(sources.channels[pair.source, pair.family], _address(by_index[pair.target], pair)) for pair in probed
        ]
        outcomes = dict(zip(probed, probe(jobs, pace)))
    records = [outcomes[pair].record if pair in outcomes else _not_probed(pair, by_index) for pair in pairs]
    return Report(records, _errors(sources.reasons, outcomes)[:MAX_ERRORS])


def _sources_of(pairs: Iterable[Pair], by_index: Mapping[int, Endpoint]) -> list[SourceKey]:
    """Select the sources that have an address, once each, in order."""
    return list(dict.fromkeys((pair.source, pair.family) for pair in pairs if by_index[pair.source].get(pair.family)))


def _open_sources(
    stack: ExitStack, keys: Iterable[SourceKey], by_index: Mapping[int, Endpoint], namespaces: Mapping[str, Namespace]
) -> _Sources:
    sources = _Sources({}, {})
    for key in keys:
        index, family = key
        container = by_index[index].get("container")
        namespace = namespaces.get(container, Namespace()) if container else None
        if namespace and namespace.path is None:
            sources.reasons[key] = namespace.reason
            continue
        try:
            with _netns.inside(namespace.path) if namespace and namespace.path else nullcontext():
                channel = _sockets.open_channel(family, by_index[index][family])
        except OSError as error:
            sources.reasons[key] = f"no socket at {by_index[index][family]}: {error}"
            continue
        stack.callback(channel.sock.close)
        sources.channels[key] = channel
    return sources


def _is_probed(pair: Pair, by_index: Mapping[int, Endpoint], sources: _Sources) -> bool:
    return bool(by_index[pair.target].get(pair.family)) and (pair.source, pair.family) in sources.channels


def _address(end: Endpoint, pair: Pair) -> str:
    """Spell the target as the kernel's answers will."""
    return str(ipaddress.ip_address(end[pair.family]))


def _not_probed(pair: Pair, by_index: Mapping[int, Endpoint]) -> Record:
    known = by_index[pair.source].get(pair.family) and by_index[pair.target].get(pair.family)
    return Record(State.NO_SOURCE if known else State.NO_ADDRESS)


def _errors(reasons: Mapping[SourceKey, str], outcomes: Mapping[Pair, Outcome]) -> list[dict[str, Any]]:
    """List what kept sources and pairs from being probed, sources first: they explain the most."""
    of_sources = [
        {"source": index, "target": None, "family": family, "text": text} for (index, family), text in reasons.items()
    ]
    of_pairs = [
        {"source": pair.source, "target": pair.target, "family": pair.family, "text": outcome.error}
        for pair, outcome in outcomes.items()
        if outcome.error
    ]
    return of_sources + of_pairs
