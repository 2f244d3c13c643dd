# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of a host, as every module returns them that has any. PRIVATE to the collection."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterable

from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _docker, _insides, _journal
from ansible_collections.dockerlan.fleet.plugins.module_utils._kernel import kernel_facts
from ansible_collections.dockerlan.fleet.plugins.module_utils._links import read_links
from ansible_collections.dockerlan.fleet.plugins.module_utils._routes import read_routes
from ansible_collections.dockerlan.fleet.plugins.module_utils._virtualization import read_virtualization


def collect(engine: _docker.Engine, subnets: Iterable[str], *, local: bool) -> dict[str, Any]:
    """Ask engine and kernel for everything but ``unfinished``, in the shape of docs/interfaces.md.

    Containers are only looked into where the engine is ``local``, over a socket of this host.
    """
    networks, links = _docker.list_networks(engine), read_links()
    lans = [network for network in networks if network["driver"] in _answers.LAN_DRIVERS]
    containers = _docker.containers_on(engine, lans, joining=True)
    insides = _insides.look_into(containers) if local else {}
    return {
        "engine": _docker.engine_facts(engine),
        "sdk": {"version": _docker.sdk_version()},
        "kernel": kernel_facts(),
        "virtualization": read_virtualization(),
        "links": links,
        "routes": read_routes(subnets, links),
        "networks": networks,
        "endpoints": _insides.with_true_macs(_answers.all_endpoints(containers.values(), lans), insides),
        "stranded": _insides.stranded(containers, lans, insides),
    }


def unfinished(directory: Path, engine: str) -> dict[str, Any] | None:
    """Tell to what the next change brings the host first, when an earlier one was broken off. ``engine`` is its id.

    JournalError when the journal cannot be read.
    """
    entry = _journal.read(directory, lambda: engine)
    if entry is None:
        return None
    goal, _other = entry.ends()
    return {"goal": entry.goal, "since": entry.since, **goal._asdict()}
