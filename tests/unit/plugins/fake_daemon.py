# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine does with networks and containers, without anything around it: data, and the rules it follows.

Every rule and every text of an error was measured on Engines 20.10.24, 26.1.5 and 28.5.2; where they differ it is 26.1.
"""

from __future__ import annotations

import ipaddress
from typing import Any

Answer = dict[str, Any]
_FIELDS = {4: ("IPv4Address", "IPAddress"), 6: ("IPv6Address", "GlobalIPv6Address")}
# More than the kernel ever gives out (PID_MAX_LIMIT is 2 ** 22): whoever looks for the process finds none.
PID = 5_000_000
_UNUSED: Answer = {"NetworkID": "", "EndpointID": "", "IPAddress": "", "GlobalIPv6Address": "", "MacAddress": ""}

_ENABLE_IPV4 = "com.docker.network.enable_ipv4"
_OWN_POOL = {"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}


class RefusedError(Exception):
    """The engine answers with an error: status of HTTP, and its words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class FakeDaemon:
    """Networks and containers as an engine inspects them. What is in the public attributes may be changed by a test."""

    def __init__(self) -> None:
        self.networks: list[Answer] = []
        self.containers: list[Answer] = []
        self.images: set[str] = set()
        self.switches_ipv4 = False  # engines from 28 on can make a network without IPv4
        self.short_lived: set[str] = set()  # names of containers that end as soon as they are started
        self._made = {"network": 0, "container": 0, "endpoint": 0}

    def add_network(self, name: str, **values: Any) -> Answer:
        """Add a network as the engine lists it."""
        network = {
            "Id": f"{self._next('network'):064x}",
            "Name": name,
            "Driver": "macvlan",
            "Internal": False,
            "EnableIPv6": False,
            "Options": {"parent": "eth0"},
            "Labels": {},
            "IPAM": {"Driver": "default", "Options": None, "Config": []},
            **values,
        }
        self.networks.append(network)
        return network

    def add_container(
        self, name: str, pid: int, networks: dict[str, Answer], state: str = "", restart: str = "no"
    ) -> Answer:
        """Add a container; it runs when it has a process."""
        container = {
            "Id": f"c{self._next('container'):063x}",
            "Name": f"/{name}",
            "State": {"Status": state or ("running" if pid else "exited"), "Pid": pid},
            "Config": {"Labels": {}},
            "HostConfig": {"RestartPolicy": {"Name": restart}},
            "NetworkSettings": {"Networks": networks},
        }
        self.containers.append(container)
        return container

    def create_network(self, body: Answer) -> Answer:
        """Create a network. The ranges of two may overlap: an engine only looks at pools without a range.

        One that has pools gets one of Docker's own for IPv4 too, unless there is one or IPv4 is switched off.
        """
        if any(network["Name"] == body["Name"] for network in self.networks):
            raise RefusedError(409, f"network with name {body['Name']} already exists")
        known = ("Driver", "Internal", "EnableIPv6", "Attachable", "Options", "Labels", "IPAM")
        made = self.add_network(body["Name"], **{key: body[key] for key in known if key in body})
        pools, off = made["IPAM"]["Config"], (made["Options"] or {}).get(_ENABLE_IPV4) == "false"
        if self.switches_ipv4:
            made["EnableIPv4"] = not off
        if pools and all(":" in pool["Subnet"] for pool in pools) and not (off and self.switches_ipv4):
            made["IPAM"] = {**made["IPAM"], "Config": [*pools, dict(_OWN_POOL)]}
        return made

    def create_container(self, body: Answer) -> Answer:
        """Create a container on the network of its mode, if it has one of its own."""
        name, mode = body["name"], body["HostConfig"]["NetworkMode"]
        for other in self.containers:
            if other["Name"] == f"/{name}":
                whose = f'The container name "/{name}" is already in use by container "{other["Id"]}"'
                raise RefusedError(409, f"Conflict. {whose}. You have to remove (or rename) that container")
        networks = {} if mode.startswith("container:") else {mode: {**_UNUSED}}
        container = self.add_container(name, 0, networks, state="created")
        container["Config"] = {key: value for key, value in body.items() if key not in ("name", "HostConfig")}
        container["HostConfig"].update(body["HostConfig"])
        return container

    def remove_container(self, reference: str) -> None:
        """Remove a container, also one that runs."""
        self.containers.remove(self.container(reference))

    def kill(self, reference: str) -> None:
        """Kill a container, which has to run."""
        if not self.container(reference)["State"]["Pid"]:
            raise RefusedError(409, f"cannot kill container: {reference}: container {reference} is not running")
        self.stop(reference)

    def restart(self, reference: str) -> None:
        """Stop a container, if it runs, and start it."""
        self.stop(reference)
        self.start(reference)

    def remove_network(self, network_id: str) -> None:
        """Remove a network; stopped containers do not keep it, and keep its id."""
        network = self.network(network_id)
        if self._endpoints(network):
            name = network["Name"]
            raise RefusedError(
                403, f"error while removing network: network {name} id {network_id} has active endpoints"
            )
        self.networks.remove(network)

    def connect(self, network_id: str, reference: str, settings: Answer) -> None:
        """Connect a container. A stopped one that is connected already keeps the settings that it had."""
        container, network = self.container(reference), self.network(network_id)
        entries, name = container["NetworkSettings"]["Networks"], network["Name"]
        self._refuse_removed(container)
        if not container["State"]["Pid"]:
            entries.setdefault(name, {**settings, **_UNUSED})
            return
        if entries.get(name, {}).get("EndpointID"):
            endpoint = container["Name"][1:]
            raise RefusedError(403, f"endpoint with name {endpoint} already exists in network {name}")
        self._resolve_mode(container)
        entries[name] = {**settings, **_UNUSED}  # it stays when the rest fails
        self._plug(entries[name], network)

    def disconnect(self, network_id: str, reference: str) -> None:
        """Disconnect a container; a running one only where it has an endpoint, which none has between two restarts."""
        container = self.container(reference)
        self._refuse_removed(container)
        names = {network["Name"] for network in self.networks if network["Id"] == network_id}
        entries, runs = container["NetworkSettings"]["Networks"], container["State"]["Pid"]
        runs = runs or container["State"]["Status"] == "restarting"
        held = [
            key
            for key, entry in entries.items()
            if (entry.get("EndpointID") and entry["NetworkID"] == network_id if runs else key in names)
        ]
        if not held:
            name = next(iter(names), network_id)
            raise RefusedError(500, f"container {container['Id']} is not connected to the network {name}")
        del entries[held[0]]

    def start(self, reference: str) -> None:
        """Start a container: all its networks have to be there."""
        container = self.container(reference)
        if container["State"]["Pid"]:
            raise RefusedError(304, "")
        self._resolve_mode(container)
        for name, entry in container["NetworkSettings"]["Networks"].items():
            self._plug(entry, self.network(entry["NetworkID"] or name))
        container["State"] = {"Status": "running", "Pid": PID}
        if container["Name"][1:] in self.short_lived:
            self.stop(reference)

    def stop(self, reference: str) -> None:
        """Stop a container: it keeps the ids of its networks, and no address."""
        container = self.container(reference)
        container["State"] = {"Status": "exited", "Pid": 0}
        for entry in container["NetworkSettings"]["Networks"].values():
            entry.update({**_UNUSED, "NetworkID": entry["NetworkID"]})

    def reboot(self) -> None:
        """Stop all containers, and start those whose policy says so, as far as their networks are there."""
        running = [container for container in self.containers if container["State"]["Pid"]]
        for container in running:
            self.stop(container["Id"])
        for container in running:
            if container["HostConfig"]["RestartPolicy"]["Name"] != "no":
                try:
                    self.start(container["Id"])
                except RefusedError:
                    self.stop(container["Id"])

    def container(self, reference: str) -> Answer:
        """Find a container by its id or its name."""
        for container in self.containers:
            if reference in (container["Id"], container["Name"][1:]):
                return container
        raise RefusedError(404, f"No such container: {reference}")

    def network(self, reference: str) -> Answer:
        """Find a network by its id or its name."""
        for network in self.networks:
            if reference in (network["Id"], network["Name"]):
                return network
        raise RefusedError(404, f"network {reference} not found")

    def _resolve_mode(self, container: Answer) -> None:
        """Look for the network that a container was made with, as engines from 24.0.7 on do before they connect it."""
        mode = container["HostConfig"].get("NetworkMode", "default")
        if mode in ("default", "bridge", "host", "none") or mode.startswith("container:"):
            return
        if not any(mode == network["Name"] or network["Id"].startswith(mode) for network in self.networks):
            text = f"could not find a network matching network mode {mode}: network {mode} not found"
            raise RefusedError(404, text)

    @staticmethod
    def _refuse_removed(container: Answer) -> None:
        """Refuse what is being removed. This rule was not measured but read in moby, for the state cannot be had."""
        if container["State"]["Status"] in ("removing", "dead"):
            text = "is marked for removal and cannot be connected or disconnected to the network"
            raise RefusedError(500, f"Container {container['Id']} {text}")

    def _plug(self, entry: Answer, network: Answer) -> None:
        """Make an endpoint."""
        self._refuse_busy_parent(network)
        asked = entry.get("IPAMConfig") or {}
        addresses = {live: self._address(network, family, asked.get(key)) for family, (key, live) in _FIELDS.items()}
        entry.update(addresses)
        ids = {"NetworkID": network["Id"], "EndpointID": f"e{self._next('endpoint'):063x}"}
        entry.update({**ids, "MacAddress": _mac(network, addresses["IPAddress"])})

    def _address(self, network: Answer, family: int, wanted: str | None) -> str:
        """Give out an address: the wanted one, or the first of the range that is free."""
        pools = [pool for pool in network["IPAM"]["Config"] if ipaddress.ip_network(pool["Subnet"]).version == family]
        taken = {entry[live] for entry in self._endpoints(network) for _asked, live in _FIELDS.values()}
        if wanted in taken:
            raise RefusedError(403, "Address already in use")
        for pool in pools if not wanted else []:
            held = {pool.get("Gateway"), *(pool.get("AuxiliaryAddresses") or {}).values(), *taken}
            free = (str(one) for one in ipaddress.ip_network(pool.get("IPRange") or pool["Subnet"]))
            return next(address for address in free if address not in held)
        return wanted or ""

    def _endpoints(self, network: Answer) -> list[Answer]:
        entries = [entry for one in self.containers for entry in one["NetworkSettings"]["Networks"].values()]
        return [entry for entry in entries if entry.get("EndpointID") and entry["NetworkID"] == network["Id"]]

    def _refuse_busy_parent(self, network: Answer) -> None:
        """Refuse a second driver on one parent; Docker makes a network's links with its endpoints."""
        for other in self.networks:
            same = other["Options"].get("parent") == network["Options"].get("parent")
            if same and other["Driver"] != network["Driver"] and self._endpoints(other):
                raise RefusedError(500, f"failed to create the {network['Driver']} port: device or resource busy")

    def _next(self, kind: str) -> int:
        self._made[kind] += 1
        return self._made[kind]


def _mac(network: Answer, address: str) -> str:
    """Derive a MAC address as engines up to 27 do; ipvlan has none of its own."""
    if network["Driver"] == "ipvlan" or not address:
        return ""
    return ":".join(["02", "42", *(f"{byte:02x}" for byte in ipaddress.ip_address(address).packed)])
