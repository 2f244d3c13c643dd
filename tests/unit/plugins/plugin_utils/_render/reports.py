# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports that have golden files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._assertions import evaluate
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._collector import Collector
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import with_assertions

from tests.unit.plugins.scenes import SCENES
from tests.unit.plugins.simulation import Faults, Fleet, report_of

NO_ROUTE = "Failed to connect to the host via ssh: ssh: connect to host 192.168.56.13 port 22: No route to host"
FIFTY = tuple(f"node{number:02}.example.com" for number in range(1, 51))
HOST2 = frozenset({"host2"})
IPVLAN = Fleet(driver="ipvlan", names="dockerlan-office-{}")
ONE_FAMILY = Fleet(families=("ipv4",), names="dockerlan-office-{}")
ODD = Fleet(
    hosts=("\x1b[31mred", "主机二号", "h" * 60), containers=1, driver="ipvlan", names="evil\x1b]0;x\x07\n\u202e{}"
)
TIERS = (
    {"from": "*/web-1", "to": "*/web-2", "relation": "cross_host", "why": "the web tier must not see the database"},
    {"from": "host1/*", "to": "host3", "relation": None, "why": "host3 is off limits to host1"},
)

# One scene for each cause, with the matrices of one address family.
CAUSES = {
    "host-down": "host down",
    "engine-down": "engine down",
    "failed": "failed",
    "parent-conflict": "conflict known",
    "parent-down": "unplugged",
    "vlan-not-trunked": "vlan",
    "partition": "partition",
    "mac-filter-on-vmware": "mac filter",
    "address-filter": "address filter",
    "duplicate-address": "two endpoints with one address",
    "duplicate-stranger": "stranger that answers",
    "stale-neighbour": "stale",
    "mtu-mismatch": "mtu",
    "mtu-in-between": "mtu in between",
    "l3-no-route": "no routes",
    "l3-one-way": "no route one way",
    "only-lo": "only lo",
    "neighbour-overflow": "full table",
    "container-firewall": "wall that ignores pings",
    "host-firewall": "wall on a host",
    "gateway-unreachable": "gateway of one",
    "gateway-down": "gateway of all",
    "not-isolated-private": "leak, private",
    "not-probed": "not probed",
    "unexplained": "unexplained",
}


def scene(name: str, **changes: Any) -> dict[str, Any]:
    """Return the report of a scene in one address family, with changes of the fleet."""
    fleet, faults, _causes = SCENES[name]
    families = fleet.families if "route" in name else ("ipv4",)
    return report_of(replace(fleet, families=families, **changes), faults)


def _aborted() -> dict[str, Any]:
    collector = Collector()
    down = {"unreachable": True, "msg": NO_ROUTE}
    collector.failed("host3", "dockerlan.fleet.host_info", "Ask every host what it is", down)
    report = collector.report(["host3"], "2026-01-31T12:00:00Z")
    assert report is not None
    return report


def _expectations() -> dict[str, Any]:
    rules = tuple({"network": "office", "to_network": "office", "expected": "blocked", **rule} for rule in TIERS)
    apart = frozenset((f"{a}/web-1", f"{b}/web-2") for a in ONE_FAMILY.hosts for b in ("host1", "host2") if a != b)
    return report_of(Fleet(families=("ipv4",), expectations=rules), Faults(silent=apart))


def _two_networks() -> dict[str, Any]:
    """Return a fleet of two LANs of which one must not be reached from the other, and is in one pair."""
    report = report_of(Fleet(hosts=("host1", "host2"), containers=1, families=("ipv4",)))
    first = report["networks"][0]
    report["networks"] = [first, {**first, "name": "voice"}]
    pair = {**report["pairs"][0], "relation": "other_network", "expected": "blocked", "to_network": "voice"}
    pair.update(target="host2/phone", why="phones are on their own", observed="blocked", status="as_expected")
    report["pairs"] += [pair, {**pair, "source": "host1/web-1", "observed": "open", "status": "unexpected_open"}]
    report["verdict"] = "fail"
    report["totals"].update(pairs=14, unexpected_open=1, as_expected=13)
    return report


def _asserted() -> dict[str, Any]:
    report = report_of(ONE_FAMILY)
    demands = [{"that": "length(hosts) == `3`"}, {"that": "max(pairs[].rtt_ms.avg) < `0.01`", "msg": "the LAN is slow"}]
    return with_assertions(report, evaluate(demands, report))


REPORTS: dict[str, Callable[[], dict[str, Any]]] = {
    "healthy": lambda: report_of(IPVLAN),
    "mac-filter": lambda: report_of(replace(IPVLAN, driver="macvlan"), Faults(filtered=HOST2)),
    "families-differ": lambda: report_of(IPVLAN, Faults(cut=HOST2, families=("ipv6",))),
    "not-isolated": lambda: report_of(replace(IPVLAN, families=("ipv4",)), Faults(leaks=HOST2)),
    "empty": lambda: report_of(Fleet(hosts=(), driver="ipvlan")),
    "aborted": _aborted,
    "odd-names": lambda: report_of(ODD, Faults(cut=frozenset({"主机二号"}))),
    "eight-hosts": lambda: report_of(
        replace(IPVLAN, hosts=tuple(f"host{number}" for number in range(1, 9))), Faults(cut=frozenset({"host5"}))
    ),
    "fifty-hosts": lambda: report_of(replace(ONE_FAMILY, hosts=FIFTY), Faults(filtered=frozenset(FIFTY[20:33]))),
    "topology-hosts": lambda: report_of(replace(IPVLAN, topology="hosts")),
    "topology-ring": lambda: report_of(replace(IPVLAN, topology="ring")),
    "shims": lambda: report_of(replace(ONE_FAMILY, shims={"host2": ("ipv4",)}), Faults(leaks=HOST2)),
    "flag": lambda: report_of(Fleet(driver="ipvlan", flag="private", families=("ipv4",))),
    "expectations": _expectations,
    "two-networks": _two_networks,
    "assertions": _asserted,
    **{
        name: (lambda of=of, name=name: scene(of, virtualization={"host2": "vmware"} if "vmware" in name else {}))
        for name, of in CAUSES.items()
    },
}
