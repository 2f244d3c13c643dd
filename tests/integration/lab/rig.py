# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small lab in the hands of a test."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass

from lab import paths
from lab.errors import LabError
from lab.processes import wait_until
from tests.integration.fleet import ROOT, run_lab

# The endpoint of each host is the first address of its slice.
ENDPOINTS = {"host1": "192.168.56.144", "host2": "192.168.56.160"}
HOSTS = {"host1": "192.168.56.11", "host2": "192.168.56.12"}
GATEWAYS = ("192.168.56.1", "fdb2:2c26:f4e4::1")

# One reply is enough: the first ones may be lost while neighbours are still looked for, on a machine that is busy.
_PING = "for try in 1 2 3; do {} -c 1 -W 1 {} && exit 0; done; exit 1"


@dataclass(frozen=True)
class Rig:
    """A lab of two hosts by name."""

    name: str

    def lab(self, command: str, *arguments: str) -> str:
        """Run a lab command that must succeed, and return what it prints."""
        done = run_lab(command, "--name", self.name, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def try_in(self, host: str, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a host; the caller judges the exit code."""
        done = run_lab("exec", "--name", self.name, host, "--", *argv, timeout=60)
        sys.stdout.write(f"{host}: {' '.join(argv)}: {done.returncode}\n{done.stdout}{done.stderr}")  # seen on failure
        return done

    def run_in(self, host: str, *argv: str) -> str:
        """Run a command in a host that must succeed, and return what it prints."""
        done = self.try_in(host, *argv)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def load_image(self, host: str) -> None:
        """Load the endpoint image through the standard input of ``exec``."""
        command = [sys.executable, "-m", "lab", "exec", "--name", self.name, host, "--", "docker", "load"]
        with paths.ENDPOINT_ARCHIVE.open("rb") as archive:
            subprocess.run(command, cwd=ROOT, stdin=archive, capture_output=True, timeout=60, check=True)

    def add_network(self, driver: str) -> None:
        """Give every host the network "office", its slice of it, and a container "endpoint" there."""
        for host in HOSTS:
            self.add_endpoint(host, driver)

    def add_endpoint(self, host: str, driver: str) -> None:
        """Give one host the network "office" and a container "endpoint" there."""
        self.load_image(host)
        addresses = f"--subnet=192.168.56.0/24 --gateway=192.168.56.1 --ip-range={ENDPOINTS[host]}/28"
        create = f"docker network create --driver={driver} --opt=parent=eth0 {addresses} office"
        self.run_in(host, *create.split())
        self.run_in(host, *"docker run --detach --name=endpoint --network=office dockerlan/endpoint:1".split())

    def containers(self, host: str) -> dict[str, str]:
        """Return the states of all containers of a host by name, like ``{"endpoint": "running"}``."""
        lines = self.run_in(host, "docker", "ps", "--all", "--format={{.Names}} {{.State}}").splitlines()
        return dict(line.split() for line in lines)

    def wait_for_containers(self, host: str, wanted: dict[str, str], timeout: float = 20) -> None:
        """Wait until the containers of a host are in these states; restart policies take their time."""
        with suppress(LabError):  # the comparison says more
            wait_until(lambda: self.containers(host) == wanted, timeout, "containers are late")
        assert self.containers(host) == wanted

    def pings(self, host: str, target: str) -> bool:
        """Tell whether the container of a host reaches an address (options of ping may stand before it)."""
        return self.try_in(host, *"docker exec endpoint sh -c".split(), _PING.format("ping", target)).returncode == 0

    def host_pings(self, host: str, target: str) -> bool:
        """Tell whether a host itself reaches an address."""
        return self.try_in(host, "sh", "-c", _PING.format("busybox ping", target)).returncode == 0
