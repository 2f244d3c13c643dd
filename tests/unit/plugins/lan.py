# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real network namespaces for the tests of what runs on the hosts: a bridge, and stations on it.

Nothing of it is connected to the machine's own network.
"""

from __future__ import annotations

import os
import secrets
import subprocess


class Lan:
    """A bridge in a namespace of its own; stations are further namespaces with one leg on it."""

    def __init__(self) -> None:
        self.prefix = f"fleet-t{os.getpid()}-{secrets.token_hex(2)}"
        self.namespaces: list[str] = []

    def add_namespace(self, name: str) -> str:
        """Make an empty namespace with its loopback up, and return its full name."""
        full = f"{self.prefix}-{name}"
        run("ip", "netns", "add", full)
        self.namespaces.append(full)
        run("ip", "-n", full, "link", "set", "lo", "up")
        return full

    def build(self) -> None:
        """Make the bridge."""
        bridge = self.add_namespace("lan")
        run("ip", "-n", bridge, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        run("ip", "-n", bridge, "link", "set", "br0", "up")

    def add_station(self, name: str, *addresses: str) -> str:
        """Make a namespace with eth0 on the bridge, and return the path of the namespace."""
        full, bridge = self.add_namespace(name), f"{self.prefix}-lan"
        port = f"p{len(self.namespaces)}"
        run("ip", "-n", bridge, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", full)
        run("ip", "-n", bridge, "link", "set", port, "master", "br0", "up")
        for address in addresses:
            run("ip", "-n", full, "address", "add", address, "dev", "eth0", *(["nodad"] if ":" in address else []))
        run("ip", "-n", full, "link", "set", "eth0", "up")
        return self.path(name)

    def path(self, name: str) -> str:
        """Name the namespace of a station."""
        return f"/run/netns/{self.prefix}-{name}"

    def within(self, name: str, *command: str) -> None:
        """Run a command in the namespace of a station."""
        run("ip", "netns", "exec", f"{self.prefix}-{name}", *command)

    def set_sysctl(self, name: str, key: str, value: str) -> None:
        """Set a network sysctl in the namespace of a station."""
        self.within(name, "sh", "-c", f"echo {value} > /proc/sys/net/{key}")

    def remove(self) -> None:
        """Remove everything; the links go with their namespaces."""
        for full in reversed(self.namespaces):
            run("ip", "netns", "delete", full)


def run(*command: str) -> None:
    """Run a command that has to succeed."""
    subprocess.run(command, check=True, timeout=10, capture_output=True)
