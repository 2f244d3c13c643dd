# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test arranges on the hosts before a run and clears away after it, and how it sees that nothing has changed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.integration.fleet import ROOT, Fleet, Run

IMAGE = "dockerlan/endpoint:1"
# Containers and networks, then every link that neither the lab nor Docker has made at the start, then the settings.
_CLEAR = """
docker ps -aq | xargs -r docker rm -f
docker network prune -f
for link in $(ip -o link | sed 's/^[0-9]*: \\([^:@]*\\).*/\\1/'); do
    case $link in lo | eth0 | docker0) ;; *) ip link delete "$link" 2>&1 || true ;; esac
done
ip link set eth0 mtu 1500
rm -rf /run/scene
"""
# Not what changes by itself: an engine makes its own networks anew when it starts, carriers come and go. The mode of
# ipvlan links belongs to their parent: a second one can switch that of those that are there.
_SNAPSHOT = """
docker network ls --no-trunc --filter type=custom
docker ps -aq --no-trunc | sort | xargs -r docker inspect --format \
    '{{.Name}} {{.Id}} {{.State.Status}} {{.State.StartedAt}} {{json .NetworkSettings.Networks}}'
docker images --no-trunc --quiet
{ ip -o link; ip -o -details link show type ipvlan; } 2>/dev/null |
    sed 's/,LOWER_UP//; s/NO-CARRIER,//; s/ state [A-Z]*//'
ip route | sed 's/ linkdown//'
"""


def subnet(**changes: Any) -> dict[str, Any]:
    """Declare the IPv4 subnet of the lab's LAN, changed."""
    declared = {"subnet": "192.168.56.0/24", "gateway": "192.168.56.1", "range": "192.168.56.128/25"}
    return {key: value for key, value in {**declared, **changes}.items() if value is not None}


def lan(**changes: Any) -> dict[str, Any]:
    """Declare the lab's LAN, changed."""
    return {"name": "office", "driver": "macvlan", "parent": "eth0", "subnets": [subnet()], **changes}


def created(name: str, *options: str, driver: str = "macvlan", parent: str = "eth0", subnet: str = "192.168.56") -> str:
    """Return the command that makes a network by hand."""
    words = ["docker network create -d", driver, "-o", f"parent={parent}", *options]
    return " ".join([*words, f"--subnet {subnet}.0/24 --gateway {subnet}.1", name])


def started(name: str, *options: str) -> str:
    """Return the command that starts a container that only sleeps."""
    return f"docker run -d --name {name} {' '.join(options)} {IMAGE} sleep 3600"


def python_of(command: str) -> str:
    """Return the commands that make an interpreter of its own, /run/scene/python, which runs ``command``."""
    script = f'#!/bin/sh\n{command} "$@"\n'
    return f"mkdir /run/scene; printf '%s' '{script}' > /run/scene/python; chmod +x /run/scene/python"


def per_host(**values: str) -> str:
    """Return a template that is another value on every host."""
    return "{{ " + json.dumps(values) + "[inventory_hostname] }}"


def load_image(fleet: Fleet) -> None:
    """Bring the image of the endpoints to every host."""
    for host in fleet.hosts:
        with (ROOT / ".cache" / "endpoint.tar").open("rb") as archive:
            command = [sys.executable, "-m", "lab", "exec", "--name", fleet.name, host, "--", "docker", "load"]
            subprocess.run(command, cwd=ROOT, stdin=archive, check=True, timeout=60, capture_output=True)


def snapshot(fleet: Fleet) -> dict[str, str]:
    """Return by host what a run could have changed there: networks, containers, images, links and routes, as text."""
    return {host: fleet.on(host, "sh", "-c", _SNAPSHOT) for host in fleet.hosts}


@contextmanager
def arranged(fleet: Fleet, scripts: Mapping[str, str]) -> Iterator[None]:
    """Run a script on each of the hosts, and clear these hosts in the end."""
    try:
        for host, script in scripts.items():
            fleet.on(host, "sh", "-ec", script)
        yield
    finally:
        clear(fleet, scripts)


def clear(fleet: Fleet, hosts: Iterable[str]) -> None:
    """Remove from the hosts what neither the lab nor the start of Docker has made."""
    for host in hosts:
        fleet.on(host, "sh", "-c", _CLEAR)


@dataclass(frozen=True)
class Row:
    """A bad input: variables, scripts that make a host bad, and what the run must say (line breaks do not count)."""

    about: str
    says: str
    lans: list[dict[str, Any]] = field(default_factory=lambda: [lan()])
    variables: Mapping[str, Any] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()

    def play(self, fleet: Fleet, playbook: str = "site.yml") -> Run:
        """Run a playbook with the variables of the row."""
        extra = {"dockerlan_lans": self.lans, **self.variables}
        return fleet.play(playbook, "-e", json.dumps(extra), *self.arguments)

    def prove(self, fleet: Fleet) -> Run:
        """See the run refused in the words of the row, with no host changed."""
        with arranged(fleet, self.hosts):
            before = snapshot(fleet)
            run = self.play(fleet)
            after = snapshot(fleet)
        if after != before:
            clear(fleet, fleet.hosts)  # or the rows after this one would fail as well
        assert after == before
        refused(run, self.says)
        return run


def refused(run: Run, says: str) -> None:
    """See that a run failed with these words, without a traceback and without a change on any host."""
    assert run.code != 0, run.output
    assert " ".join(says.split()) in " ".join(run.output.split()), run.output
    assert "Traceback" not in run.output
    assert {counts["changed"] for counts in run.recap().values()} == {0}, run.output
