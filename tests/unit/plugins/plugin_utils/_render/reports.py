# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports that have golden files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._collector import Collector
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss

from tests.unit.plugins.fleets import (
    SUBNET4,
    Endpoint,
    cut_wire,
    filtering_wire,
    fleet_mesh,
    healthy_wire,
    report_of,
)

NO_ROUTE = "Failed to connect to the host via ssh: ssh: connect to host 192.168.56.13 port 22: No route to host"
FIFTY = [f"node{number:02}.example.com" for number in range(1, 51)]


def _leaking_wire(source: Endpoint, target: Endpoint) -> State:
    return State.REPLY if source["host"] == "host2" else healthy_wire(source, target)


def _aborted() -> dict[str, Any]:
    collector = Collector()
    down = {"unreachable": True, "msg": NO_ROUTE}
    collector.failed("host3", "dockerlan.fleet.host_info", "Ask every host what it is", down)
    report = collector.report(["host3"], "2026-01-31T12:00:00Z")
    assert report is not None
    return report


REPORTS: dict[str, Callable[[], dict[str, Any]]] = {
    "healthy": lambda: report_of(fleet_mesh()),
    "mac-filter": lambda: report_of(fleet_mesh(driver="macvlan"), filtering_wire("host2")),
    "host-down": lambda: report_of(fleet_mesh(lost={"host3": Loss("host_down", NO_ROUTE)})),
    "not-isolated": lambda: report_of(fleet_mesh(subnets=[SUBNET4]), _leaking_wire),
    "families-differ": lambda: report_of(fleet_mesh(), healthy_wire, cut_wire("host2")),
    "empty": lambda: report_of(fleet_mesh([])),
    "aborted": _aborted,
    "odd-names": lambda: report_of(
        fleet_mesh(
            ["\x1b[31mred", "主机二号", "h" * 60], per_host=1, container_name="evil\x1b]0;x\x07\n\u202e{number}"
        ),
        cut_wire("主机二号"),
    ),
    "eight-hosts": lambda: report_of(fleet_mesh([f"host{number}" for number in range(1, 9)]), cut_wire("host5")),
    "fifty-hosts": lambda: report_of(
        fleet_mesh(FIFTY, subnets=[SUBNET4], driver="macvlan"), filtering_wire(*FIFTY[20:33])
    ),
}
