# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab of the measurement: a host with a network and three containers, and a host that pings them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.gaps import Record, record_of
from tests.integration.fleet import ROOT, clean_environment, lab_name, run_lab, tool

NETWORK = "office"
ALIAS = "www"
CHANGED, WATCHING = "host1", "host2"
IMAGE = "dockerlan/endpoint:1"
# What Docker gives out first, in its order: a container that has lost its address gets one of these.
FIRST_ADDRESSES = ("192.168.56.128", "192.168.56.129", "192.168.56.130")
PATIENCE_SECONDS = 90  # a neighbour with an old MAC in its table notices after 23 to 53 seconds
_MODULE_SECONDS = 180
_POOL = {"subnet": "192.168.56.0/24", "gateway": "192.168.56.1"}
_RANGE = "192.168.56.128/29"
_PINGER = Path(__file__).with_name("pinger.py")


@dataclass(frozen=True)
class Container:
    """A container, what is said of it in the tables, and how it is started."""

    name: str
    words: str
    options: tuple[str, ...] = ()
    mac: str | None = None

    @property
    def has_alias(self) -> bool:
        """Tell whether it was given an alias."""
        return "--network-alias" in self.options


# The first one gets the first address, both from Docker and from docker_network, which attaches them in this order.
CONTAINERS = (
    Container("dynamic", "dynamic address"),
    Container("fixed", "fixed address", ("--ip", "192.168.56.133")),
    Container(
        "named",
        "fixed address, alias and (macvlan) MAC",
        ("--ip", "192.168.56.134", "--network-alias", ALIAS),
        "02:00:5e:00:53:01",
    ),
)


@dataclass(frozen=True)
class Kind:
    """A driver and its mode."""

    driver: str
    mode: str

    @property
    def options(self) -> dict[str, str]:
        """Return the options of the driver."""
        return {"parent": "eth0", f"{self.driver}_mode": self.mode}

    def __str__(self) -> str:
        return f"{self.driver} {self.mode}"


@dataclass(frozen=True)
class Endpoint:
    """How a container is attached: the address Docker says, whether its link has it, its aliases, the link's MAC."""

    address: str
    on_link: bool
    aliases: tuple[str, ...]
    mac: str


@dataclass(frozen=True)
class Scene:
    """A running lab of two hosts."""

    name: str
    inventory: Path

    def on(self, host: str, *command: str, stdin: str | None = None) -> str:
        """Run a command on a host; return what it printed. RuntimeError when it failed."""
        full = [*self._exec(host), *command]
        done = subprocess.run(full, cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"{host}: {' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def _exec(self, host: str) -> list[str]:
        return [sys.executable, "-m", "lab", "exec", "--name", self.name, host, "--"]

    def prepare(self) -> None:
        """Bring the image and the pinger to the hosts."""
        found = re.search(r'lab_endpoint_image_archive: "(.*)"', self.inventory.read_text(encoding="utf-8"))
        if not found:
            raise RuntimeError("the inventory of the lab does not name the archive of the image")
        with Path(found[1]).open("rb") as archive:
            command = [*self._exec(CHANGED), "docker", "load"]
            subprocess.run(command, cwd=ROOT, stdin=archive, check=True, timeout=60, capture_output=True)
        self.on(WATCHING, "sh", "-c", "cat > /root/pinger.py", stdin=_PINGER.read_text(encoding="utf-8"))

    def set_up(self, kind: Kind, *, macs: bool) -> None:
        """Make the network and its containers anew, by hand; the neighbour table of the other host starts empty too.

        ``macs`` says whether containers are given MACs.
        """
        self.on(CHANGED, "sh", "-c", "docker ps -aq | xargs -r docker rm -f; docker network prune -f")
        options = [word for key, value in kind.options.items() for word in ("-o", f"{key}={value}")]
        pool = ["--subnet", _POOL["subnet"], "--gateway", _POOL["gateway"], "--ip-range", _RANGE]
        self.on(CHANGED, "docker", "network", "create", "-d", kind.driver, *options, *pool, NETWORK)
        for one in CONTAINERS:
            mac = ["--mac-address", one.mac] if one.mac and macs else []
            start = ["docker", "run", "-d", "--name", one.name, "--network", NETWORK, *one.options, *mac]
            self.on(CHANGED, *start, IMAGE, "sleep", "3600")
        self.on(WATCHING, "ip", "neigh", "flush", "all")

    def engine_version(self) -> str:
        """Return the version of the engine."""
        return self.on(CHANGED, "docker", "version", "--format", "{{.Server.Version}}").partition("+")[0]

    def endpoints(self) -> dict[str, Endpoint]:
        """Return how the containers are attached, by name."""
        found = json.loads(self.on(CHANGED, "docker", "inspect", *(one.name for one in CONTAINERS)))
        return {one["Name"].lstrip("/"): self._endpoint(one) for one in found}

    def _endpoint(self, container: dict[str, Any]) -> Endpoint:
        attached = container["NetworkSettings"]["Networks"].get(NETWORK) or {}
        inside = ["nsenter", "-t", str(container["State"]["Pid"]), "-n", "ip", "-j", "address", "show"]
        links = [link for link in json.loads(self.on(CHANGED, *inside)) if link["ifname"] != "lo"]
        held = {one["local"]: link["address"] for link in links for one in link["addr_info"]}
        address = attached.get("IPAddress", "")
        return Endpoint(address, address in held, tuple(attached.get("Aliases") or ()), held.get(address, ""))

    def run(self, module: str, params: dict[str, Any]) -> dict[str, Any]:
        """Run a module on the host that is changed; return its result. RuntimeError unless it changed something."""
        command = [tool("ansible"), CHANGED, "-i", str(self.inventory), "-m", module, "-a", json.dumps(params)]
        minimal = {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
        ran = subprocess.run(
            command,
            cwd=ROOT,
            env=clean_environment(**minimal),
            capture_output=True,
            text=True,
            timeout=_MODULE_SECONDS,
            check=False,
        )
        if not ran.stdout.startswith(f"{CHANGED} | CHANGED => "):
            raise RuntimeError(f"{module}: {ran.stdout}{ran.stderr}")
        result: dict[str, Any] = json.JSONDecoder().raw_decode(ran.stdout, ran.stdout.index("{"))[0]
        return result

    @contextmanager
    def pinging(self, addresses: list[str]) -> Iterator[Pinging]:
        """Ping the addresses, and those that Docker gives out first, every 10 ms from the other host."""
        unseen = [address for address in FIRST_ADDRESSES if address not in addresses]
        arguments = [str(PATIENCE_SECONDS), ",".join(addresses), ",".join(unseen)]
        command = [*self._exec(WATCHING), "timeout", "700", "python3", "/root/pinger.py", *arguments]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
            try:
                yield Pinging(process)
            finally:
                process.kill()


@dataclass(frozen=True)
class Pinging:
    """A pinger at work on the other host."""

    process: subprocess.Popen[str]

    def wait_until_steady(self) -> None:
        """Wait until all containers have answered for a second. RuntimeError when they do not."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        if line != "steady\n":
            raise RuntimeError(f"pinger on {WATCHING}: {line or 'it ended early'}")

    def finish(self, needed: list[str]) -> Record:
        """Go on until the addresses have answered for a second, or patience is over; return the record."""
        output, _errors = self.process.communicate(json.dumps(needed) + "\n", timeout=2 * PATIENCE_SECONDS)
        return record_of(json.loads(output))


@contextmanager
def booted(kernel: str, links: str, engine: str, folder: Path) -> Iterator[Scene]:
    """Boot a lab of two hosts, and take it down whatever happens."""
    name, inventory = lab_name(f"bench-{kernel}"), folder / f"{kernel}.yml"
    options = ["--hosts", "2", "--kernel", kernel, "--links", links, "--engine", engine, "--inventory", str(inventory)]
    try:
        run_lab("down", "--name", name)  # of a run that was killed; it may have had another engine
        up = run_lab("up", "--name", name, *options)
        if up.returncode:
            raise RuntimeError(up.stdout + up.stderr)
        scene = Scene(name, inventory)
        scene.prepare()
        yield scene
    finally:
        run_lab("down", "--name", name)


def pool(range_key: str) -> dict[str, str]:
    """Return the address pool of the network; the two modules call the range differently."""
    return {**_POOL, range_key: _RANGE}
