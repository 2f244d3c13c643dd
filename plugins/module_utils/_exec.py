# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes by the containers' own ping, through the API of the engine. PRIVATE to the collection.

For where network namespaces cannot be entered. One call of ping is one pair; some run side by side.
"""

from __future__ import annotations

import math
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _ping_output
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Outcome, Pace
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import Observed, probe_host
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import Share, SourceKey
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import MISSING, Namespace, Sources, Ways

WORKERS = 16
_NOT_EXECUTABLE = (126, 127)  # exit codes of a command that could not be started
_SHORTEST_INTERVAL = 0.2  # ping of iputils refuses users less; older ones even root within a container
# How ping says that it does not know an option, or a kind of address; so says an engine that it is not there.
_MISUNDERSTOOD = re.compile(r"option|usage|not found|no such file|unknown host|bad address|address family", re.I)
_ROOT = "0"  # of the container: whoever it runs as may lack the right to ping


class Target(NamedTuple):
    """A container by its id, or the reason why nothing can be run in it."""

    container_id: str = ""
    reason: str | None = MISSING.reason


class _Dialect(NamedTuple):
    """A program, and whether it takes all the options that are wanted or only the oldest."""

    program: str
    full: bool


# A ping that knows no -6 addresses has a sibling; one that knows fewer options is asked with fewer.
_DIALECTS: Mapping[str, Sequence[_Dialect]] = {
    "ipv4": (_Dialect("ping", True), _Dialect("ping", False)),
    "ipv6": (
        _Dialect("ping", True),
        _Dialect("ping", False),
        _Dialect("ping6", True),
        _Dialect("ping6", False),
    ),
}


class Pinger:
    """Runs pings in containers over as many connections as there are threads that call it."""

    def __init__(self, docker_host: str, docker_timeout: int, pace: Pace, *, dont_fragment: bool) -> None:
        self.docker_host = docker_host
        self.pace = pace
        self.dont_fragment = dont_fragment
        # A ping of a silent target says nothing until its end.
        self.timeout = docker_timeout + math.ceil(pace.probes * max(pace.interval, 1.0) + pace.timeout)
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self._local = threading.local()

    def __enter__(self) -> Pinger:
        return self

    def __exit__(self, *error: Any) -> None:
        """Close all connections; an error of the engine on its way out becomes what ``_docker.connected`` says."""
        self._stack.__exit__(*error)

    def command(self, dialect: _Dialect, source: str, target: str) -> list[str]:
        """Build the command line that pings one address from another one."""
        pace = self.pace
        waiting = ["-c", str(pace.probes), "-W", str(max(math.ceil(pace.timeout), 1)), "-s", str(pace.size)]
        more = ["-n", "-i", f"{max(pace.interval, _SHORTEST_INTERVAL):g}", "-I", source] if dialect.full else []
        forbid = ["-M", "do"] if self.dont_fragment else []
        return [dialect.program, *waiting, *more, *forbid, target]

    def run(self, container_id: str, command: Sequence[str]) -> tuple[str, bool]:
        """Run a command in a container, and return what it printed, and whether it could be started at all."""
        client = self._client()
        ran = client.exec_create(container_id, list(command), stdout=True, stderr=True, user=_ROOT)["Id"]
        parts = client.exec_start(ran, demux=True)
        text = "\n".join((part or b"").decode("utf-8", "replace") for part in parts)
        started = "bytes" in text or client.exec_inspect(ran).get("ExitCode") not in _NOT_EXECUTABLE
        return text, started

    def _client(self) -> Any:
        """Lend the connection of the calling thread."""
        if not hasattr(self._local, "client"):
            with self._lock:
                engine = self._stack.enter_context(_docker.connected(self.docker_host, self.timeout))
            self._local.client = engine.client
        return self._local.client


def probe_host_by_exec(
    stack: ExitStack, share: Share, own: Namespace, targets: Mapping[str, Target], pinger: Pinger
) -> Observed:
    """Probe every pair of a host: from its containers by their ping, from the host itself by a socket where possible.

    Errors of the engine that are about more than one container come through as they are.
    """
    of_host = probe_host(stack, share, Ways(own, {}), pinger.pace, dont_fragment=pinger.dont_fragment)
    reasons = {key: text for key, text in of_host.sources.reasons.items() if share.is_host(key[0])}
    outcomes = dict(of_host.outcomes)
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        groups = _pairs_of_containers(share)
        firsts = list(pool.map(lambda key: _first(share, targets, groups[key][0], pinger), groups))
        rest: list[tuple[Pair, _Dialect]] = []
        for (key, pairs), (dialect, printed) in zip(groups.items(), firsts):
            if printed.outcome is None:
                reasons[key] = printed.problem
                continue
            outcomes[pairs[0]] = printed.outcome
            rest += [(pair, dialect) for pair in pairs[1:]]
        outcomes.update(pool.map(lambda item: (item[0], _next(share, targets, item, pinger)), rest))
    in_order = {pair: outcomes[pair] for pair in share.pairs if pair in outcomes}
    return Observed(share, in_order, Sources(of_host.sources.channels, reasons), of_host.rooms)


def _pairs_of_containers(share: Share) -> dict[SourceKey, list[Pair]]:
    """Group the pairs that begin with a container and have both addresses by their source."""
    groups: dict[SourceKey, list[Pair]] = {}
    for pair in share.pairs:
        addresses = [share.address(index, pair.family) for index in (pair.source, pair.target)]
        if all(addresses) and not share.is_host(pair.source):
            groups.setdefault((pair.source, pair.family), []).append(pair)
    return groups


def _first(
    share: Share, targets: Mapping[str, Target], pair: Pair, pinger: Pinger
) -> tuple[_Dialect, _ping_output.Printed]:
    """Make the first ping of a source, which shows what its ping understands.

    Of several problems the first one tells the most that is not about options and kinds of addresses.
    """
    target = targets.get(share.ends[pair.source]["container"], Target())
    dialects = _DIALECTS[pair.family]
    first = _ping_output.Printed(None, target.reason or "")
    for dialect in dialects if target.reason is None else ():
        printed = _ping(share, target, pair, dialect, pinger)
        if printed.outcome or not _MISUNDERSTOOD.search(printed.problem):
            return dialect, printed
        first = first if first.problem else printed
    return dialects[0], first


def _next(share: Share, targets: Mapping[str, Target], item: tuple[Pair, _Dialect], pinger: Pinger) -> Outcome:
    pair, dialect = item
    printed = _ping(share, targets[share.ends[pair.source]["container"]], pair, dialect, pinger)
    return printed.outcome or Outcome(Record(State.NO_SOURCE), printed.problem)


def _ping(share: Share, target: Target, pair: Pair, dialect: _Dialect, pinger: Pinger) -> _ping_output.Printed:
    addresses = [share.address(index, pair.family) or "" for index in (pair.source, pair.target)]
    try:
        text, started = pinger.run(target.container_id, pinger.command(dialect, *addresses))
    except _docker.ENGINE_ERRORS as error:
        if not _docker.is_answer(error):
            raise
        return _ping_output.Printed(None, f"nothing can be run in it: {_docker.error_text(error)}")
    printed = _ping_output.read(text, *addresses)
    if printed.outcome:
        return printed
    what = "its ping does not work" if started else f"there is no {dialect.program} in it"
    return printed._replace(problem=f"{what}: {printed.problem}")
