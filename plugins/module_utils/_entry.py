# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to get into the containers of this host, and what their engine says of them. PRIVATE to the collection.

A process id of an engine means something only where the engine is: a namespace is entered when the process is seen to
be the container's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _docker, _netns
from ansible_collections.dockerlan.fleet.plugins.module_utils._exec import Target
from ansible_collections.dockerlan.fleet.plugins.module_utils._names import RESOLVER, Resolving
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import OWN, Namespace, Ways, within

NETNS, EXEC, AUTO = "netns", "exec", "auto"
METHODS = (AUTO, NETNS, EXEC)
NOT_RUNNING = "the container is not running"
_LOCAL_SCHEMES = ("unix://", "http+unix://")
_ADDRESSES = ("IPAddress", "GlobalIPv6Address")

Containers = Mapping[str, Mapping[str, Any]]  # inspected ones, by name


class Choice(NamedTuple):
    """How to probe, and why not as ``auto`` would like to."""

    method: str
    reason: str | None = None


def find_containers(names: Sequence[str], docker: tuple[str, int]) -> Containers:
    """Inspect containers by name. An engine also takes the start of an id; that is not believed.

    The engine is not asked when there are no names.
    """
    if not names:
        return {}
    with _docker.connected(*docker) as engine:
        found = _docker.inspect_containers(engine, names)
    return {name: answer for name, answer in found.items() if _answers.container_name(answer) == name}


def is_local(docker_host: str) -> bool:
    """Tell whether an engine is reached over a socket of this host."""
    return docker_host.startswith(_LOCAL_SCHEMES)


def choose(asked: str, docker_host: str, containers: Containers) -> Choice:
    """Choose the method: namespaces where one can be entered, or there is none to enter; else the containers' ping."""
    if asked != AUTO:
        return Choice(asked)
    if not is_local(docker_host):
        return Choice(EXEC, _elsewhere(docker_host))
    reasons = [
        _refusal(name, namespace_of(answer)) for name, answer in containers.items() if _answers.process_of(answer)
    ]
    return Choice(EXEC, reasons[0]) if reasons and all(reasons) else Choice(NETNS)


def ways_into(docker_host: str, containers: Containers) -> Ways:
    """Tell where the sockets of the host and of its containers are opened."""
    if is_local(docker_host):
        return Ways(OWN, {name: namespace_of(answer) for name, answer in containers.items()})
    return Ways(own_way(docker_host), {name: Namespace(None, _elsewhere(docker_host)) for name in containers})


def own_way(docker_host: str) -> Namespace:
    """Tell whether the host of the engine is the one that this process is on."""
    return OWN if is_local(docker_host) else Namespace(None, _elsewhere(docker_host))


def namespace_of(answer: Mapping[str, Any]) -> Namespace:
    """Find the network namespace of an inspected container."""
    pid = _answers.process_of(answer)
    if pid is None:
        return Namespace(None, NOT_RUNNING)
    if not is_process_of(pid, answer):
        return Namespace(None, f"process {pid} is not the container's: its engine is not on this host")
    return Namespace(_netns.path_of(pid))


def is_process_of(pid: int, answer: Mapping[str, Any], proc: Path = Path("/proc")) -> bool:
    """Tell whether a process of this host is that of a container.

    Engines put a container into a cgroup with its id, and keep a handle of its network namespace as a file
    (NetworkSettings.SandboxKey). One of them is enough; a process that may not be looked at is not ruled out.
    """
    try:
        if str(answer["Id"]) in (proc / str(pid) / "cgroup").read_text(encoding="utf-8", errors="replace"):
            return True
        handle = str((answer.get("NetworkSettings") or {}).get("SandboxKey") or "")
        return bool(handle) and Path(handle).stat().st_ino == (proc / str(pid) / "ns" / "net").stat().st_ino
    except PermissionError:
        return True
    except OSError:
        return False


def targets_of(containers: Containers) -> dict[str, Target]:
    """Tell in which containers something can be run."""
    return {
        name: Target(str(answer["Id"]), None if _answers.process_of(answer) else NOT_RUNNING)
        for name, answer in containers.items()
    }


def resolving_of(containers: Containers) -> dict[str, Resolving]:
    """Tell of running containers whether they use Docker's resolver, and all of their addresses."""
    return {
        name: Resolving(_uses_docker_resolver(answer), _addresses_of(answer))
        for name, answer in containers.items()
        if _answers.process_of(answer)
    }


def _uses_docker_resolver(answer: Mapping[str, Any]) -> bool:
    """Read the file that the engine mounts into the container; in the container itself it could be anything."""
    try:
        text = Path(str(answer.get("ResolvConfPath") or "")).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(line.split()[:2] == ["nameserver", RESOLVER] for line in text.splitlines())


def _addresses_of(answer: Mapping[str, Any]) -> frozenset[str]:
    attached = (answer.get("NetworkSettings") or {}).get("Networks") or {}
    found = {_answers.plain_address((entry or {}).get(key)) for entry in attached.values() for key in _ADDRESSES}
    return frozenset(address for address in found if address)


def _refusal(name: str, namespace: Namespace) -> str | None:
    """Tell why a container cannot be entered; None when it can."""
    if namespace.reason is not None:
        return f"{name}: {namespace.reason}"
    try:
        with within(namespace):
            return None
    except OSError as error:
        return f"the network namespace of {name} cannot be entered ({error.strerror}); that needs root on this host"


def _elsewhere(docker_host: str) -> str:
    return f"the engine at {docker_host} is not reached over a socket of this host"
