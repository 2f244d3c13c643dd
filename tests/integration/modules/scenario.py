# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host whose LAN has a container of every sort, and the steps that the code lists for changing that LAN."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils import _steps
from ansible_collections.dockerlan.fleet.plugins.module_utils._answers import spec_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._attachments import attachments_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._compare import compare
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Goal, Live, Step

from tests.integration.modules import engine_proxy
from tests.integration.modules.conftest import HOSTS, IMAGE, Hosts, office

JOURNAL = "/var/lib/dockerlan/journal.json"


class Container(NamedTuple):
    """What the user of a container asked for; the addresses are the last parts of those of the host's slices."""

    name: str
    number: int = 0  # 0: the addresses are Docker's choice
    runs: bool = True
    restart: str = "no"
    options: str = ""  # {place} is the host's: a MAC address must be one in the LAN

    def addresses(self, host: str) -> tuple[str, ...]:
        """Tell the fixed addresses."""
        return addresses(host, self.number) if self.number else ()


CONTAINERS = (
    Container("web", 8),
    Container("store", 9, options="--mac-address 02:42:00:00:0{place}:41 --network-alias db --network-alias goods"),
    Container("unless", 10, restart="unless-stopped"),
    Container("always", restart="always"),
    Container("old", 11, runs=False),
    Container("guest"),  # made anew before each fault, for it asks for its addresses once the module has had it
)


def addresses(host: str, number: int) -> tuple[str, str]:
    """Tell the n-th address of each slice of a host."""
    place = HOSTS.index(host)
    return f"192.168.56.{128 + 16 * place + number}", f"fdb2:2c26:f4e4::{place + 1}:{number:x}"


def in_mode(host: str, mode: str) -> dict[str, Any]:
    """Declare the LAN of a host as macvlan in a mode."""
    return office(host, options={"parent": "eth0", "macvlan_mode": mode})


def as_ipvlan(host: str) -> dict[str, Any]:
    """Declare the LAN of a host as ipvlan."""
    return office(host, driver="ipvlan", options={"parent": "eth0", "ipvlan_mode": "l2"})


@dataclass(frozen=True)
class Stage:
    """One host with the containers on its LAN."""

    hosts: Hosts
    host: str
    states: tuple[dict[str, Any], dict[str, Any]]  # between which the LAN goes back and forth

    def other_state(self) -> dict[str, Any]:
        """Tell the state in which the LAN is not."""
        [live] = self.networks()
        return self.states[not compare(self.states[0], live)]

    def run(self, *options: str, **params: Any) -> dict[str, Any]:
        """Run the module on the host."""
        return self.hosts.run("network", params, *options, hosts=self.host)[self.host]

    def to(self, spec: Mapping[str, Any], *options: str, proxy: bool = False, **params: Any) -> dict[str, Any]:
        """Run the module for a network that may be replaced; with ``proxy`` by way of it."""
        way = {"docker_host": f"unix://{engine_proxy.SOCKET}"} if proxy else {}
        return self.run(*options, networks=[spec], allow_replace=True, **way, **params)

    def shell(self, script: str) -> str:
        """Run a shell script on the host."""
        return self.hosts.shell(self.host, script)

    def build(self) -> None:
        """Make the network in its first state, and all containers on it; whatever was there before goes."""
        self.shell(f"rm -f {JOURNAL}; docker ps -aq | xargs -r docker rm -f; docker network prune -f")
        made = self.to(self.states[0])
        assert not made["failed"], made
        self.shell("; ".join(["set -e", *(self._making(container) for container in CONTAINERS)]))

    def _making(self, container: Container) -> str:
        addresses = [
            f"--{key} {value}" for key, value in zip(("ip", "ip6"), container.addresses(self.host), strict=False)
        ]
        command = "run -d" if container.runs else "create"
        options = [f"--name {container.name} --network office --restart {container.restart}", *addresses]
        more = container.options.format(place=HOSTS.index(self.host))
        return f"docker {command} {' '.join(options)} {more} {IMAGE} sleep 3600"

    def ready(self) -> None:
        """Start what an earlier crash has stopped, and make the container anew whose addresses Docker chooses."""
        running = " ".join(one.name for one in CONTAINERS if one.runs and one.number)
        guest = CONTAINERS[-1]
        self.shell(f"set -e; docker rm -f {guest.name}; {self._making(guest)}; docker start {running} always")

    def serve(self) -> None:
        """Start the proxy on the host, where none runs since it was booted."""
        source = Path(engine_proxy.__file__).read_text(encoding="utf-8")
        script = f"""
            [ -S {engine_proxy.SOCKET} ] && exit 0
            printf %s {shlex.quote(source)} >/run/engine_proxy.py
            setsid python3 /run/engine_proxy.py >/run/engine-proxy.out 2>&1 </dev/null &
            for i in $(seq 100); do [ -S {engine_proxy.SOCKET} ] && exit 0; sleep 0.1; done
            exit 1"""
        self.shell(script)

    def arm(self, fault: Mapping[str, Any]) -> None:
        """Say what goes wrong from now on, and begin to count."""
        plan = shlex.quote(json.dumps(fault))
        self.shell(f"echo {plan} >{engine_proxy.FAULT}; : >{engine_proxy.LOG}")

    def calls(self) -> list[str]:
        """List the calls that the proxy has counted."""
        return self.shell(f"cat {engine_proxy.LOG}").splitlines()

    def await_engine(self) -> None:
        """Wait until the engine answers, which a service manager starts again."""
        self.shell("for i in $(seq 300); do docker version >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1")

    def journal(self) -> dict[str, Any] | None:
        """Read the journal; None when no change is under way."""
        text = self.shell(f"cat {JOURNAL} 2>/dev/null || true")
        return dict(json.loads(text)) if text else None

    def networks(self) -> list[dict[str, Any]]:
        """List the networks named office, as specs with id."""
        text = self.shell("docker network ls -q --filter name=office | xargs -r docker network inspect")
        return [spec_of(answer) for answer in json.loads(text or "[]")]

    def containers(self) -> dict[str, dict[str, Any]]:
        """Inspect all containers, by name."""
        text = self.shell("docker ps -aq | xargs -r docker inspect")
        return {answer["Name"].lstrip("/"): answer for answer in json.loads(text or "[]")}


def _answers_of(
    host: str, spec: Mapping[str, Any], running: Sequence[str], attached: bool
) -> dict[str, dict[str, Any]]:
    """Build what an engine says of the containers, newest first, without having one: for the steps at collection."""
    return {
        one.name: {
            "Id": one.name,
            "Name": f"/{one.name}",
            "State": {"Pid": 1 if one.name in running else 0},
            "HostConfig": {"RestartPolicy": {"Name": one.restart}},
            "NetworkSettings": {"Networks": {"office": _entry(one, host, spec)} if attached else {}},
        }
        for one in reversed(CONTAINERS)
    }


def _entry(container: Container, host: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    fixed = dict(zip(("IPv4Address", "IPv6Address"), container.addresses(host), strict=False))
    chosen = addresses(host, container.number or CONTAINERS.index(container))
    live = dict(zip(("IPAddress", "GlobalIPv6Address"), chosen, strict=True))
    return {"NetworkID": spec["id"], "EndpointID": "1", "IPAMConfig": fixed, **live}


def modes(host: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Declare the LAN of a host in two modes of macvlan."""
    return in_mode(host, "bridge"), in_mode(host, "private")


def drivers(host: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Declare the LAN of a host with both drivers."""
    return in_mode(host, "bridge"), as_ipvlan(host)


def _ends(host: str) -> tuple[Goal, Goal, Live]:
    """Tell both ends of a change, and what is live before it: the steps are the same for all changes of the LAN."""
    old, new = modes(host)
    running = [one.name for one in CONTAINERS if one.runs]
    live = Live([{**old, "id": "1"}], _answers_of(host, {"id": "1"}, running, attached=True))
    attachments = attachments_of(live.containers.values(), live.networks)
    return Goal([old], [], attachments), Goal([new], [], attachments), live


def steps_of_change(host: str) -> list[Step]:
    """List the steps of the change."""
    old, new, live = _ends(host)
    return _steps.steps_to(new, old, live)


def steps_of_recovery(host: str) -> list[Step]:
    """List the steps that put everything back after module and engine were killed when the network had been removed."""
    old, new, _live = _ends(host)
    restarted = [one.name for one in CONTAINERS if one.restart == "always"]
    return _steps.steps_to(old, new, Live([], _answers_of(host, {}, restarted, attached=False)))
