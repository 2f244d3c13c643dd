# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test breaks on a running fleet, puts right again, and reads in the report meanwhile."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in

from lab import lan
from lab import state as states
from lab.state import State
from tests.integration.fleet import Fleet, Run
from tests.integration.playbooks.scene import started

# Runs a command in the network namespace of a container; on native hosts the image has not what it takes.
_INSIDE = "nsenter --target $(docker inspect --format '{{{{.State.Pid}}}}' {container}) --net {command}"
_FORGET = """
ip neigh flush all
for space in /run/docker/netns/*; do nsenter --net="$space" ip neigh flush all 2>/dev/null; done
true
"""


def inside(container: str, command: str) -> str:
    """Return the command for a host that runs ``command`` in the network namespace of one of its containers."""
    return _INSIDE.format(container=shlex.quote(container), command=command)


def run_on(fleet: Fleet, host: str, *commands: str) -> str:
    """Run shell commands on a host, up to the first that fails, which fails the test."""
    return fleet.on(host, "sh", "-ec", "\n".join(commands))


@contextmanager
def fault(fleet: Fleet, name: str, *hosts: str) -> Iterator[None]:
    """Inject a fault of the lab, and heal it whatever happens in between."""
    try:
        fleet.lab("fault", name, *hosts)
        yield
    finally:
        fleet.lab("heal")


@contextmanager
def stranger(fleet: Fleet, *arguments: str) -> Iterator[None]:
    """Put a device with addresses on the LAN, and take it away again; nobody knows of anyone before and after."""
    try:
        fleet.lab("stranger", *arguments)
        forget_neighbours(fleet)
        yield
    finally:
        fleet.lab("heal")
        forget_neighbours(fleet)


@contextmanager
def broken(fleet: Fleet, host: str, *, by: tuple[str, ...], cured_by: tuple[str, ...]) -> Iterator[None]:
    """Run commands on a host, and those that undo them whatever happens in between."""
    try:
        run_on(fleet, host, *by)
        yield
    finally:
        fleet.on(host, "sh", "-c", "; ".join(cured_by))


@contextmanager
def hairpin(fleet: Fleet, host: str) -> Iterator[None]:
    """Let the switch send frames back to the port of a host, which vepa is made for; the host hears them as well."""
    lan.bridge(lab_of(fleet), "link", "set", "dev", host, "hairpin", "on")
    try:
        yield
    finally:
        lan.bridge(lab_of(fleet), "link", "set", "dev", host, "hairpin", "off")


@contextmanager
def guest(fleet: Fleet, host: str, name: str, network: str, *more: str) -> Iterator[None]:
    """Start a user's container, run ``more``, and remove all containers whose names begin with its name."""
    everyone = f"docker ps --all --quiet --filter name=^{name} | xargs --no-run-if-empty docker rm --force"
    with broken(fleet, host, by=(started(name, f"--network {network}"), *more), cured_by=(everyone,)):
        yield


def forget_neighbours(fleet: Fleet) -> None:
    """Empty the neighbour tables of all hosts and containers: what was learned before can hide a fault for a minute."""
    for host in fleet.hosts:
        fleet.on(host, "sh", "-c", _FORGET)


def lab_of(fleet: Fleet) -> State:
    """Return the lab, for what its command line does not do."""
    return states.load_alive(fleet.name)


def endpoint_address(report: dict[str, Any], endpoint: str, family: str = "ipv4") -> str:
    """Return the address that an endpoint of a report has."""
    [found] = [end[family] for end in report["endpoints"] if end["id"] == endpoint]
    return str(found)


def report_of(run: Run) -> dict[str, Any]:
    """Return the report that a run has to have written."""
    assert run.report is not None, run.output
    return run.report


def the_cause(run: Run, kind: str, *hosts: str, says: str = "") -> dict[str, Any]:
    """See that a run failed for one cause alone, of this kind and on these hosts, and that it says so; return it."""
    report = report_of(run)
    named = [(cause["kind"], cause["hosts"]) for cause in report["causes"]]
    assert named == [(kind, list(hosts))], json.dumps(report["causes"], indent=1) + run.output
    assert run.code != 0, run.output
    [cause] = report["causes"]
    printed = _words(run.output)
    for text in (cause["title"], cause["cure"], *hosts):
        assert _words(text) in printed, f"{text!r} is not in {run.output}"
    told = _words(" ".join([cause["explanation"], *cause["evidence"], cause["cure"]]))
    assert _words(says) in told, f"{says!r} is not in {told}"
    missed = [pair for pair in pairs_in(report) if pair["status"] != "as_expected" and pair["cause"] != cause["id"]]
    assert missed == []
    return cause


def healthy(run: Run) -> Run:
    """See that a run passed: every pair and check as expected, and no cause."""
    report = report_of(run)
    assert report["causes"] == [], json.dumps(report["causes"], indent=1) + run.output
    assert run.code == 0, run.output
    assert report["verdict"] == "pass"
    assert report["totals"]["as_expected"] == report["totals"]["pairs"] > 0
    assert report["totals"]["failed_checks"] == 0
    return run


def _words(text: str) -> str:
    """Return a text without its line breaks and indentation, which depend on the width of the screen."""
    return " ".join(text.split())


@dataclass
class Patient:
    """A fleet that is broken and healed, with the variables of its runs, and a count of the healthy ones."""

    fleet: Fleet
    variables: dict[str, Any]
    healthy_runs: int = field(default=0)

    def play(self, playbook: str, **variables: Any) -> Run:
        """Run a playbook with the fleet's variables, changed."""
        return self.fleet.play(playbook, "-e", json.dumps({**self.variables, **variables}))

    def verify(self, **variables: Any) -> Run:
        """Probe and judge; the networks stay as they are."""
        return self.play("playbooks/verify.yml", **variables)

    def prove_healthy(self, **variables: Any) -> dict[str, Any]:
        """See a run pass without a cause, count it, and return its report."""
        run = healthy(self.verify(**variables))
        self.healthy_runs += 1
        return report_of(run)


def verified_beside_stranger(patient: Patient, *arguments: str) -> Run:
    """Verify while a stranger has an address, until there is something to see of it; five times at most.

    Who of the two answers first is a race, and where the right one wins it everywhere all is as it should be.
    """
    for _attempt in range(5):
        with stranger(patient.fleet, *arguments):
            run = patient.verify()
        if report_of(run)["causes"]:
            break
    return run
