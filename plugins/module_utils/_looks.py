# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen in the containers of an experiment: links, addresses, namespaces, names. PRIVATE to the collection."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Mapping, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _docker, _insides, _ping_output
from ansible_collections.dockerlan.fleet.plugins.module_utils._entry import resolving_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._netns import OWN
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State

_PING_SECONDS = 3  # Docker's resolver answers at once; one that it asks in turn may never do
_NOT_EXECUTABLE = (126, 127)  # exit codes of a command that could not be started
_ANNOUNCED = re.compile(r"PING .*?\((?P<address>[0-9a-fA-F]*[.:][0-9a-fA-F.:]*)\)")
_ROOT = "0"  # of the container


class PingError(Exception):
    """There is no ping in a container, so nothing is known of what it can reach by name."""


class Answered(NamedTuple):
    """What ping made of a name: the address, null where it has found none, whether a reply came, and its own words."""

    answer: str | None
    reached: bool
    said: str


def own_namespace(*, local: bool) -> int | None:
    """Tell the number of this host's network namespace; null where the engine is not on this host."""
    return Path(OWN).stat().st_ino if local else None


def look(engine: _docker.Engine, ids: Mapping[str, str], after: str, *, local: bool) -> dict[str, Any]:
    """Look at all containers of an experiment, as docs/interfaces.md has it; ``ids`` by name. One call for each.

    Containers are only looked into where the engine is ``local``. One that somebody has removed is no longer there.
    """
    containers = _docker.inspect_containers(engine, ids.values())
    insides = _insides.look_into(containers) if local else {}
    names = {container_id: name for name, container_id in ids.items()}
    return {
        "after": after,
        "containers": [seen(answer, insides.get(key), names) for key, answer in containers.items()],
    }


def seen(answer: _answers.Answer, inside: _insides.Inside | None, names: Mapping[str, str]) -> dict[str, Any]:
    """Present an inspected container and its inside; ``names`` of the experiment's containers are by id."""
    name, joined = _answers.container_name(answer), _answers.joined_by(answer)
    resolving = resolving_of({name: answer}).get(name)
    attached = (answer.get("NetworkSettings") or {}).get("Networks") or {}
    return {
        "name": name,
        "running": _answers.process_of(answer) is not None,
        "namespace": inside.number if inside else None,
        "joined": names.get(joined, joined) if joined else None,
        "resolver": resolving is not None and resolving.uses_docker,
        "links": [_link(link) for link in inside.links] if inside else None,
        "networks": {key: _attached(answer, entry or {}) for key, entry in sorted(attached.items())},
    }


def ping_by_name(engine: _docker.Engine, container_id: str, name: str) -> Answered:
    """Let a container ping a name once, with its own ping. PingError when it has none.

    Errors of the engine come through as they are.
    """
    client = engine.client
    command = ["timeout", str(_PING_SECONDS), "ping", "-c", "1", "-W", "1", name]
    ran = client.exec_create(container_id, command, stdout=True, stderr=True, user=_ROOT)["Id"]
    text = "\n".join((part or b"").decode("utf-8", "replace") for part in client.exec_start(ran, demux=True))
    answered = read_answer(text)
    if answered.answer is None and client.exec_inspect(ran).get("ExitCode") in _NOT_EXECUTABLE:
        raise PingError(answered.said)
    return answered


def read_answer(text: str) -> Answered:
    """Read what a ping of a name printed; the first line has the address that it has found."""
    announced = next((match for match in map(_ANNOUNCED.match, text.splitlines()) if match), None)
    if announced is None:
        return Answered(None, False, _said(text))
    address = announced["address"]
    outcome = _ping_output.read(text, "", address).outcome
    return Answered(address, outcome is not None and outcome.record.state == State.REPLY, _said(text))


def _said(text: str) -> str:
    """Choose the line that says most: a reply, else a complaint or what was counted, else anything."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("PING ", "---"))]
    return next(iter([*telling, *lines]), f"it printed nothing within {_PING_SECONDS} s")


def _link(link: Mapping[str, Any]) -> dict[str, Any]:
    return {key: link[key] for key in ("name", "mac", "addresses")}


def _attached(answer: _answers.Answer, entry: _answers.Answer) -> dict[str, str | None]:
    """Present an entry about a network. After a crash an engine still lists what a stopped container had."""
    live = entry if _answers.process_of(answer) else {}
    return {
        "ipv4": _answers.plain_address(live.get("IPAddress")),
        "ipv6": _answers.plain_address(live.get("GlobalIPv6Address")),
        "mac": live.get("MacAddress") or None,
        "gateway": _answers.plain_address(live.get("Gateway")),
    }
