# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every host builds for a mode: containers, pings by name, and steps. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator

from ..module_utils._answers import JOINING
from ..module_utils._experiment import LABEL
from ._contract import PASSTHRU
from ._endpoints import probe_endpoint
from ._experiment_modes import Mode, OwnRow

USER_DEFINED = "user_defined"
# The names of Docker's own networks; a network that is not among them is made for the experiment.
_DOCKERS = {("bridge", "default"): "bridge", ("host", ""): "host", ("null", ""): "none"}


def containers_of(mode: Mode, count: int) -> list[dict[str, Any]]:
    """Return the containers of one host, in the order in which they start; ``count`` on each network."""
    found = [_container(row.name, number, row.name) for row in mode.lans for number in _numbers(row.mode, count)]
    for container in found:
        # The first one has taken over the parent.
        container["starts"] = container["name"] not in _refused(mode)
    return [*found, *(container for own in mode.own for container in _on_own(own, count))]


def names_of(mode: Mode, count: int) -> list[dict[str, str]]:
    """Return the pings by name: from the first container of each bridge to the second, and to that of other bridges."""
    bridges = [own.name for own in mode.own if own.driver == "bridge"]
    return [
        {"source": probe_endpoint(bridge, 1), "target": target}
        for bridge in bridges
        for target in _named_from(bridge, bridges, count)
    ]


def steps_of(mode: Mode) -> list[dict[str, str]]:
    """Return what is done to the containers once all run: the one that was joined dies, both are started again."""
    joined = [own.name for own in mode.own if own.driver == "container"]
    return [
        {"do": do, "container": probe_endpoint(name, number)}
        for name in joined
        for do, number in (("kill", 1), ("start", 1), ("restart", 2))
    ]


def bridges_of(mode: Mode) -> list[dict[str, Any]]:
    """Return the network specs of the bridges that a mode makes; Docker chooses their subnets."""
    return [
        {
            "name": own.name,
            "driver": "bridge",
            "internal": False,
            "enable_ipv6": False,
            "options": {},
            "labels": {LABEL: mode.name},
            "ipam": [],
        }
        for own in mode.own
        if own.mode == USER_DEFINED
    ]


def _numbers(mode: str, count: int) -> range:
    """Return the numbers of the containers of a LAN: in mode passthru one, and one that must not start."""
    return range(1, 3 if mode == PASSTHRU else count + 1)


def _refused(mode: Mode) -> set[str]:
    return {probe_endpoint(row.name, 2) for row in mode.lans if row.mode == PASSTHRU}


def _container(name: str, number: int, network: str) -> dict[str, Any]:
    return {"name": probe_endpoint(name, number), "network": network, "starts": True}


def _on_own(own: OwnRow, count: int) -> Iterator[dict[str, Any]]:
    if own.driver == "container":
        yield _container(own.name, 1, "bridge")
        yield _container(own.name, 2, f"{JOINING}{probe_endpoint(own.name, 1)}")
        return
    network = _DOCKERS.get((own.driver, own.mode), own.name)
    yield from (_container(own.name, number, network) for number in range(1, count + 1))


def _named_from(bridge: str, bridges: list[str], count: int) -> Iterator[str]:
    if count > 1:
        yield probe_endpoint(bridge, 2)
    yield from (probe_endpoint(other, 1) for other in bridges if other != bridge)
