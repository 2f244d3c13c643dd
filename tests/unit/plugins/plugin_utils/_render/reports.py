# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports that have golden files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._assertions import evaluate
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._checks import MODE, Check
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._collector import Collector
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import build_report, outcome_of, with_assertions
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import expanded, pairs_in, ranges_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._sections import report_of_sections

from tests.unit.plugins.modes import Odd, lan_section, own_section
from tests.unit.plugins.scenes import SCENES, TWO
from tests.unit.plugins.simulation import NOW, Faults, Fleet, mesh_of, probe, report_of

NO_ROUTE = "Failed to connect to the host via ssh: ssh: connect to host 192.168.56.13 port 22: No route to host"
FIFTY = tuple(f"node{number:02}.example.com" for number in range(1, 51))
HOST2 = frozenset({"host2"})
IPVLAN = Fleet(driver="ipvlan", names="dockerlan-office-{}")
ONE_FAMILY = Fleet(families=("ipv4",), names="dockerlan-office-{}")
ODD = Fleet(
    hosts=("\x1b[31mred", "主机二号", "h" * 60), containers=1, driver="ipvlan", names="evil\x1b]0;x\x07\n\u202e{}"
)
SCRIPT = '</script><script>alert("1")</script> | `code` --> ]]> <!-- [x](javascript:y) ${z} {{ w }}'
HOSTILE_HOSTS = (
    "<b onclick='x'>bold</b>",
    'a|b "quoted" & \\',
    "\U0001f433\n# *next* _line_",
    "@all [x](//evil) #1 ~~",
)
HOSTILE_CONTAINER = "</script>`{}`&amp;|'\"\U0001f680\r\n- x"
WEB = ("dockerlan-office-1", "dockerlan-office-2")
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


def _unproven() -> dict[str, Any]:
    """Return a fleet whose pairs are all as expected, while probe endpoints of two hosts do not run.

    One expectation has a typing error, another one comes too late.
    """
    rules: list[dict[str, Any]] = [
        {
            "from": "*/wbe-*",
            "to": "*/db-*",
            "relation": None,
            "expected": "blocked",
            "why": "dockerlan_expectations[0]",
        },
        {
            "from": "*/*",
            "to": "*/*",
            "relation": "cross_host",
            "expected": "open",
            "why": "all containers are one team",
        },
        {"from": "*/dockerlan-office-1", "to": "*/*", "relation": "cross_host", "expected": "blocked", "why": "apart"},
    ]
    rules = [{"network": "office", "to_network": "office", **rule} for rule in rules]
    fleet = replace(ONE_FAMILY, driver="ipvlan", containers=1, expectations=tuple(rules))
    mesh = mesh_of(fleet)
    rows = {"network": "office", "containers": ["dockerlan-office-2"]}
    mesh["stopped"] = [{**rows, "host": "host2"}, {**rows, "host": "host3"}]
    return build_report(mesh, {host: outcome_of(found) for host, found in probe(fleet, Faults(), mesh).items()}, NOW)


def _two_networks() -> dict[str, Any]:
    """Return a fleet of two LANs of which one must not be reached from the other, and is from one endpoint."""
    report = report_of(Fleet(hosts=("host1", "host2"), containers=1, families=("ipv4",)))
    first = report["networks"][0]
    report["networks"] = [first, {**first, "name": "voice"}]
    phone = {**report["endpoints"][-1], "index": 4, "id": "host2/phone", "network": "voice", "container": "phone"}
    report["endpoints"] = [*report["endpoints"], phone]
    place = {"network": "office", "to_network": "voice", "family": "ipv4"}
    why = "phones are on their own"
    blocked = {"source": 1, "targets": [[4, 4]], "signs": "-", "states": "1", "rtt_us": None, "loss": []}
    blocked.update(causes={}, why={why: [[0, 0]]}, changes={"newly_broken": [], "healed": []})
    reached = {"source": 3, "signs": "!", "states": "0", "rtt_us": {"min": [40], "avg": [55], "max": [90]}}
    report["matrix"].append({**place, "rows": [blocked, {**blocked, **reached}]})
    counts = {"pairs": 2, "as_expected": 1, "unexpected": 1, "no_data": 0}
    times = {"p50": 0.055, "p95": 0.055, "max": 0.09}
    group = {"relation": "other_network", "expected": "blocked", "why": why, "shim": False}
    report["relations"].append({**place, **group, **counts, "rtt_ms": times})
    report["deviations"] = [pair for pair in pairs_in(report) if pair["status"] != "as_expected"]
    report["verdict"] = "fail"
    report["totals"].update(pairs=14, unexpected_open=1, as_expected=13)
    return report


def _asserted() -> dict[str, Any]:
    report = report_of(ONE_FAMILY)
    demands = [
        {"that": "length(hosts) == `3`"},
        {"that": "max(relations[].rtt_ms.p95) < `0.01`", "msg": "the LAN is slow"},
    ]
    return with_assertions(report, evaluate(demands, report))


def _hostile_names() -> dict[str, Any]:
    """Return a fleet whose names, reasons and messages try to leave their place in every format."""
    rule = {"network": "office", "to_network": "office", "from": "*", "to": "*", "expected": "open", "why": SCRIPT}
    fleet = Fleet(hosts=HOSTILE_HOSTS, containers=1, driver="ipvlan", families=("ipv4",), names=HOSTILE_CONTAINER)
    fleet = replace(fleet, expectations=({**rule, "relation": "cross_host"},))
    faults = Faults(lost={HOSTILE_HOSTS[3]: ("failed", f"boom {SCRIPT}")}, walls={HOSTILE_HOSTS[1]: "echo"})
    report = report_of(fleet, faults)
    return with_assertions(report, evaluate([{"that": "length(hosts) == `1`", "msg": SCRIPT}], report))


def _no_data() -> dict[str, Any]:
    return report_of(IPVLAN, Faults(lost=dict.fromkeys(IPVLAN.hosts, ("host_down", NO_ROUTE))))


def _changes() -> dict[str, Any]:
    """Return a report that is compared with the last run: what host2 sends is newly broken, host1 reaches host3 again.

    Its round-trip times differ, and some probes are lost.
    """
    pairs = [Pair("ipv4", source, target) for source in (0, 1, 2) for target in (6, 7, 8)]
    uneven = {pair: Record(State.REPLY, n / 10, 90.0, 150.0 + 400 * n, 20000.0) for n, pair in enumerate(pairs)}
    report = report_of(replace(IPVLAN, families=("ipv4",)), Faults(cut=HOST2), uneven)
    examples: dict[str, list[dict[str, Any]]] = {"newly_broken": [], "healed": [], "still_broken": []}
    for row in report["matrix"][0]["rows"]:
        targets = expanded(row["targets"])
        named: dict[str, list[int]] = {name: [] for name in examples}
        for position, sign in enumerate(row["signs"]):
            if sign == "X":
                named["newly_broken" if row["source"] in (3, 4, 5) else "still_broken"].append(position)
            elif row["source"] in (1, 2) and targets[position] in (7, 8):
                named["healed"].append(position)
        row["changes"] = {name: ranges_of(named[name]) for name in ("newly_broken", "healed")}
        for name, positions in named.items():
            examples[name] += [_example(report, row["source"], targets[position]) for position in positions]
    report["changes"] = {
        "since": "2026-01-30T12:00:00Z",
        "baseline": False,
        **{name: len(rows) for name, rows in examples.items()},
        "examples": {name: rows[:10] for name, rows in examples.items()},
        "endpoints_come": ["host1/dockerlan-office-2"],
        "endpoints_gone": ["host3/dockerlan-office-3", "host4"],
    }
    return report


def _example(report: Mapping[str, Any], source: int, target: int) -> dict[str, Any]:
    ends = (report["endpoints"][source]["id"], report["endpoints"][target]["id"])
    return {"network": "office", "to_network": None, "family": "ipv4", "source": ends[0], "target": ends[1]}


def _one_way() -> dict[str, Any]:
    there = frozenset((f"host3/{name}", f"host1/{other}") for name in WEB for other in WEB)
    return report_of(replace(IPVLAN, families=("ipv4",)), Faults(silent=there))


def _apart(source: str, target: str) -> dict[str, Any]:
    ends = {"network": source, "to_network": target, "from": "*/*", "to": "*/*", "relation": None}
    return {**ends, "expected": "blocked", "why": "Docker keeps bridges apart"}


def _unrouted(relation: str) -> dict[str, Any]:
    why = "no host has a route to the others' slices yet"
    place = {"network": "office", "to_network": "office", "from": "*", "to": "*"}  # the section will rename it
    return {**place, "relation": relation, "expected": "blocked", "why": why}


BRIDGES = (_apart("user-defined", "another-bridge"), _apart("another-bridge", "user-defined"))
MACVLAN = Fleet(hosts=TWO, families=("ipv4",), names="dockerlan-macvlan-bridge-{}")
L3 = Fleet(
    hosts=TWO,
    driver="ipvlan",
    mode="l3",
    families=("ipv4",),
    names="dockerlan-ipvlan-l3-{}",
    expectations=(_unrouted("cross_host"), _unrouted("other_host")),
)
NO_ROUTES = frozenset({TWO, TWO[::-1]})


def _modes(odd: Mapping[str, Odd], l3: Faults, failed: Mapping[str, str]) -> dict[str, Any]:
    """Return the report of some network modes. ``odd`` is by network, ``failed`` has what was seen instead by what."""
    own = [("bridge",), ("host",), ("none",), ("container",), ("user-defined", "another-bridge")]
    rules = {"user-defined": BRIDGES}
    sections = [
        own_section(*names[:1], *names, hosts=TWO, odd=odd.get(names[0], Odd()), expectations=rules.get(names[0], ()))
        for names in own
    ]
    sections += [lan_section("macvlan-bridge", MACVLAN), lan_section("ipvlan-l3", L3, l3)]
    report = report_of_sections(sections, NOW)
    rows = [
        Check(MODE, "fail" if f"{host}: {text}" in failed else "pass", network, host, detail=_seen(failed, host, text))
        for network, host, text in _findings()
    ]
    return with_assertions(report, [row.row() for row in rows])


def _seen(failed: Mapping[str, str], host: str | None, text: str) -> str:
    return failed.get(f"{host}: {text}", text)


def _findings() -> Iterator[tuple[str, str | None, str]]:
    for host in TWO:
        yield "bridge", host, "both containers have an address of docker0's subnet 172.17.0.0/16"
        yield "bridge", host, "dockerlan-bridge-2 does not know the name dockerlan-bridge-1"
        yield "host", host, "dockerlan-host-1 has the host's own links and addresses, and its network namespace"
        yield "none", host, "dockerlan-none-1 has no link but lo"
        yield "container", host, "dockerlan-container-2 is in the network namespace of dockerlan-container-1"
        yield "container", host, "dockerlan-container-2 has only lo left when dockerlan-container-1 is killed"
        yield "user-defined", host, "dockerlan-user-defined-2 reaches dockerlan-user-defined-1 by its name"
    yield "ipvlan-l3", None, "no host has a route to another one's slice: 8 of 8 pairs across hosts are blocked"


def _healthy_modes() -> dict[str, Any]:
    return _modes({}, Faults(no_route=NO_ROUTES), {})


def _broken_modes() -> dict[str, Any]:
    """Return modes of which several go wrong: a host lacks Docker's rules, one was lost once, leaks, findings."""
    leak = ("host1/dockerlan-user-defined-1", "host1/dockerlan-another-bridge-1")
    odd = {
        "bridge": Odd(without_rules=frozenset({"host2"})),
        "host": Odd(lost={"host2": ("failed", "Build the mode host: no space left on device")}),
        "user-defined": Odd(states={leak: State.REPLY}),
    }
    failed = {
        "host2: dockerlan-none-1 has no link but lo": "dockerlan-none-1 has eth0, expected only lo",
        "host1: dockerlan-container-2 has only lo left when dockerlan-container-1 is killed": "dockerlan-container-2 "
        "still has eth0 after dockerlan-container-1 was killed",
    }
    report = _modes(odd, Faults(no_route=frozenset({TWO})), failed)
    return with_assertions(report, [Check(MODE, "fail", detail="vlan: no host came as far as to probe it").row()])


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
    "unproven": _unproven,
    "two-networks": _two_networks,
    "assertions": _asserted,
    "one-host": lambda: report_of(replace(IPVLAN, hosts=("host1",))),
    "ipv6-only": lambda: report_of(replace(IPVLAN, families=("ipv6",)), Faults(cut=HOST2)),
    "hostile-names": _hostile_names,
    "no-data": _no_data,
    "changes": _changes,
    "one-way": _one_way,
    "modes": _healthy_modes,
    "modes-broken": _broken_modes,
    **{
        name: (lambda of=of, name=name: scene(of, virtualization={"host2": "vmware"} if "vmware" in name else {}))
        for name, of in CAUSES.items()
    },
}

# A golden file of one of these would be too large to be looked at.
LARGE = ("eight-hosts", "fifty-hosts")
SMALL = [name for name in REPORTS if name not in LARGE]
