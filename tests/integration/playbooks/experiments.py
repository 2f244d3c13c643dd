# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the network modes, what a test breaks while they are built, and which of them are not as expected then."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in

from tests.integration.fleet import Fleet, Run
from tests.integration.playbooks import scene
from tests.integration.playbooks.breakage import broken, inside, report_of, run_on

_LOG = logging.getLogger(__name__)
# Waits for an event of the engine and does something at once, while others are still being started.
_AMBUSH = """
mkdir -p /run/scene
cat > /run/scene/{name}.sh <<'END'
{command}
END
setsid sh -c 'docker events {filters} --format ready |
    while read -r word; do sh /run/scene/{name}.sh; done' >/run/scene/{name}.log 2>&1 </dev/null &
echo $! > /run/scene/{name}.pid
"""
_END = "kill -- -$(cat /run/scene/{name}.pid); rm -f /run/scene/{name}.*"
# A line for each link, as "1: lo: …", and for everything else another one.
_LEFT = """
docker network ls --quiet --filter type=custom
docker ps --all --quiet
ip -o link
ip -4 route show proto 112
ip -6 route show proto 112
"""


def modes(fleet: Fleet, *tags: str, **variables: Any) -> Run:
    """Run the network modes that have one of the tags."""
    return fleet.play("playbooks/modes.yml", "--tags", ",".join(tags), "-e", json.dumps(variables))


def lent(fleet: Fleet) -> Iterator[Fleet]:
    """Lend a fleet, empty but for the image of the containers, and leave it empty."""
    scene.clear(fleet, fleet.hosts)
    scene.load_image(fleet)
    yield fleet
    scene.clear(fleet, fleet.hosts)


@contextmanager
def _ambush(fleet: Fleet, host: str, name: str, command: str, **filters: str) -> Iterator[None]:
    options = " ".join(f"--filter {key}={value}" for key, value in filters.items())
    waits = _AMBUSH.format(name=name, command=command, filters=options)
    with broken(fleet, host, by=(waits,), cured_by=(_END.format(name=name),)):
        yield


def ambush_on_host(fleet: Fleet, host: str, container: str, command: str) -> AbstractContextManager[None]:
    """Run shell commands on a host as soon as one of its containers is started.

    The engine tells of the start while it goes on to start the next container, long before anything is probed.
    """
    return _ambush(fleet, host, container, command, type="container", event="start", container=container)


def ambush_on_network(fleet: Fleet, host: str, network: str, command: str) -> AbstractContextManager[None]:
    """Run shell commands on a host each time a container has joined a network, before its process is started."""
    return _ambush(fleet, host, network, command, type="network", event="connect", network=network)


def ambush(fleet: Fleet, host: str, container: str, command: str) -> AbstractContextManager[None]:
    """Run a command in the network namespace of a container as soon as that is started."""
    return ambush_on_host(fleet, host, container, inside(container, command))


def red(run: Run) -> set[str]:
    """Name the networks of a run that failed in which a pair or a check is not as expected; log how."""
    report = report_of(run)
    assert run.code != 0, run.output
    pairs = [pair for pair in pairs_in(report) if pair["status"] != "as_expected"]
    checks = [check for check in report["checks"] if check["status"] == "fail"]
    for found in (*pairs, *checks, *report["causes"]):
        _LOG.warning("%s", json.dumps(found))
    return {found["network"] for found in (*pairs, *checks)}


def green(run: Run) -> set[str]:
    """Name the networks of a run that passed."""
    report = report_of(run)
    assert run.code == 0, run.output
    assert report["verdict"] == "pass", run.output
    return {network["name"] for network in report["networks"]}


def failed_checks(run: Run, network: str) -> list[str]:
    """Return what the failed checks of a mode say, each after the name of its host."""
    checks = [check for check in report_of(run)["checks"] if check["network"] == network and check["kind"] == "mode"]
    return [f"{check['host']}: {check['detail']}" for check in checks if check["status"] == "fail"]


def relations(run: Run, network: str) -> set[str]:
    """Name the relations in which a pair of a network is not as expected."""
    rows = [row for row in report_of(run)["relations"] if row["network"] == network]
    return {row["relation"] for row in rows if row["as_expected"] != row["pairs"]}


def nothing_left(fleet: Fleet) -> None:
    """See that no host has a container, a network, a link or a route that an experiment could have made."""
    for host in fleet.hosts:
        lines = run_on(fleet, host, _LEFT).splitlines()
        names = {line.split(": ")[1].split("@")[0] for line in lines if ": " in line}
        # The first network without a parent loads the module dummy, which makes a link of its own.
        assert names - {"dummy0"} == {"lo", "eth0", "docker0"}, lines
        assert len(lines) == len(names), lines
