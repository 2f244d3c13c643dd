# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two real hosts for the modules: ordinary ssh, real engines, real macvlan."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fleet import ROOT, boot, clean_environment, lab_name, run_lab, tool

pytest.register_assert_rewrite("tests.integration.modules.rehearsal")

LAB = lab_name("modules")
IMAGE = "dockerlan/endpoint:1"
HOSTS = ("host1", "host2")
_RESULT = re.compile(r"^(?P<host>\S+) \| (?P<status>[A-Z]+)!? => ", re.MULTILINE)


@dataclass(frozen=True)
class Hosts:
    """The hosts of the lab, reached as Ansible reaches them, and looked into without it."""

    inventory: Path
    lab: str = LAB

    def run(self, module: str, params: dict[str, Any], *options: str, hosts: str = "all") -> dict[str, dict[str, Any]]:
        """Run a module once, and return the results by host, each with ``failed``."""
        command = [tool("ansible"), hosts, "-i", str(self.inventory), "-m", f"dockerlan.fleet.{module}", *options]
        ran = subprocess.run(
            [*command, *(["-a", json.dumps(params)] if params else [])],
            cwd=ROOT,
            env=clean_environment(
                ANSIBLE_STDOUT_CALLBACK="ansible.builtin.minimal", ANSIBLE_CALLBACK_RESULT_FORMAT="json"
            ),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        found = {
            match["host"]: {
                **json.JSONDecoder().raw_decode(ran.stdout, match.end())[0],
                "failed": match["status"] not in ("SUCCESS", "CHANGED"),
            }
            for match in _RESULT.finditer(ran.stdout)
        }
        assert found, ran.stdout + ran.stderr
        return found

    def docker(self, host: str, *arguments: str) -> str:
        """Run the docker command on a host, and return what it printed."""
        return self._on(host, "docker", *arguments)

    def shell(self, host: str, script: str) -> str:
        """Run a shell script on a host, and return what it printed."""
        return self._on(host, "sh", "-c", script)

    def _on(self, host: str, *command: str) -> str:
        done = run_lab("exec", "--name", self.lab, host, "--", *command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def networks(self, host: str) -> set[str]:
        """Name the networks of a host that are not Docker's own."""
        return set(self.docker(host, "network", "ls", "--filter", "type=custom", "--format", "{{.Name}}").split())

    def start(self, host: str, name: str, network: str, *options: str) -> None:
        """Start a container that only sleeps."""
        self.docker(host, "run", "-d", "--name", name, "--network", network, *options, IMAGE, "sleep", "3600")

    def clean(self) -> None:
        """Remove all containers, and all networks that are not Docker's own."""
        script = "docker ps -aq | xargs -r docker rm -f; docker network prune -f"
        for host in HOSTS:
            self.shell(host, script)


@contextmanager
def booted(lab: str, links: str, folder: Path, *options: str) -> Iterator[Hosts]:
    """Boot a lab, with the image of the endpoints on every host, and take it down at the end."""
    inventory = folder / "hosts.yml"
    try:
        boot(lab, "--hosts", str(len(HOSTS)), "--links", links, "--inventory", str(inventory), *options)
        hosts = Hosts(inventory, lab)
        load_image(hosts)
        yield hosts
    finally:
        run_lab("down", "--name", lab)


@pytest.fixture(scope="session")
def booted_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Boot native hosts, where the running kernel has macvlan, once for all tests."""
    with booted(LAB, "macvlan", tmp_path_factory.mktemp("modules")) as hosts:
        yield hosts


@pytest.fixture(scope="session")
def booted_ipvlan_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Boot hosts whose kernels have both types of links, once for all tests."""
    with booted(lab_name("modules-ipvlan"), "ipvlan", tmp_path_factory.mktemp("modules-ipvlan")) as hosts:
        yield hosts


def load_image(hosts: Hosts) -> None:
    """Bring the archive, of which the inventory has the path, to every host."""
    found = re.search(r'lab_endpoint_image_archive: "(.*)"', hosts.inventory.read_text(encoding="utf-8"))
    assert found, "the inventory of the lab does not name the archive of the image"
    for host in HOSTS:
        with Path(found[1]).open("rb") as archive:
            command = [tool("python3"), "-m", "lab", "exec", "--name", hosts.lab, host, "--", "docker", "load"]
            subprocess.run(command, cwd=ROOT, stdin=archive, check=True, timeout=60, capture_output=True)


@pytest.fixture
def hosts(booted_hosts: Hosts) -> Iterator[Hosts]:
    """Lend the hosts, empty; what a test leaves behind is removed."""
    yield booted_hosts
    booted_hosts.clean()


@pytest.fixture
def ipvlan_hosts(booted_ipvlan_hosts: Hosts) -> Iterator[Hosts]:
    """Lend the hosts that have ipvlan, empty; what a test leaves behind is removed."""
    yield booted_ipvlan_hosts
    booted_ipvlan_hosts.clean()


def office(host: str, **changes: Any) -> dict[str, Any]:
    """Declare the LAN with the slices of a host."""
    number = HOSTS.index(host)
    pool4 = {"subnet": "192.168.56.0/24", "gateway": "192.168.56.1"}
    pool6 = {"subnet": "fdb2:2c26:f4e4::/64", "gateway": "fdb2:2c26:f4e4::1"}
    return {
        "name": "office",
        "driver": "macvlan",
        "enable_ipv6": True,
        "options": {"parent": "eth0", "macvlan_mode": "bridge"},
        "labels": {"dockerlan.fleet.lan": "office"},
        "ipam": [
            {**pool4, "ip_range": f"192.168.56.{128 + 16 * number}/28"},
            {**pool6, "ip_range": f"fdb2:2c26:f4e4::{number + 1}:0/112"},
        ],
        **changes,
    }
