# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan small fleets, and bring their facts to what was planned."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._host_plan import NO_CONSENT, Consent
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import read_fleet
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._plan import Plan, make_plan

from tests.unit.plugins.fleets import SUBNET4, declared_lan, host_facts, live_network

REPLACING = Consent(replace=True)
PRUNING = Consent(prune=True)
OFFICE4 = declared_lan(subnets=[SUBNET4])
SLICE4 = "192.168.56.128/28"


def plan_of(
    facts: dict[str, Any],
    *,
    lans: list[Any] | None = None,
    members: list[str] | None = None,
    consent: Consent = NO_CONSENT,
    **variables: Any,
) -> Plan:
    """Plan a fleet; ``variables`` are those of single hosts."""
    raw = {host: variables.get(host, {}) for host in members or facts}
    fleet = read_fleet(lans or [declared_lan()], raw)
    assert not fleet.problems
    return make_plan(fleet.lans, fleet.members, facts, consent)


def three(**changes: Any) -> dict[str, Any]:
    """Return the facts of three hosts, changed."""
    return {f"host{number}": host_facts(10 + number, **changes) for number in (1, 2, 3)}


def applied(plan: Plan, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts after the plan was carried out."""
    return {
        host: {**known, "networks": [live_network(spec) for spec in plan.hosts[host]["networks"]]}
        for host, known in facts.items()
    }


def office(**changes: Any) -> dict[str, Any]:
    """Return the live network that is as ``OFFICE4`` declares it for the first host, changed."""
    pool = {"subnet": "192.168.56.0/24", "ip_range": SLICE4, "gateway": "192.168.56.1", "aux_addresses": {}}
    options = {"parent": "eth0", "ipvlan_mode": "l2"}
    flags = {"internal": False, "enable_ipv6": False, "attachable": False, "other": {}}
    labels = {"dockerlan.fleet.lan": "office"}
    spec = {"name": "office", "driver": "ipvlan", **flags, "options": options, "labels": labels, "ipam": [pool]}
    return live_network(spec, **changes)


def macvlan_office(**changes: Any) -> dict[str, Any]:
    """Return the same live network with the other driver, changed."""
    return office(driver="macvlan", options={"parent": "eth0", "macvlan_mode": "bridge"}, **changes)


def old(**changes: Any) -> dict[str, Any]:
    """Return a live network that was made for a LAN that is not declared any more, on a parent of its own."""
    pool = {"subnet": "10.9.0.0/24", "ip_range": "10.9.0.16/28", "gateway": "10.9.0.1", "aux_addresses": {}}
    options = {"parent": "eth0.20", "macvlan_mode": "bridge"}
    named = {"id": "e" * 64, "name": "old", "labels": {"dockerlan.fleet.lan": "old"}}
    return office(**{**named, "driver": "macvlan", "options": options, "ipam": [pool], **changes})


def unfinished(
    *networks: Any, absent: list[str] | None = None, goal: str = "old", attachments: list[Any] | None = None
) -> dict[str, Any]:
    """Return what host_info says of a change that was broken off; live networks are turned into specs."""
    specs = [{key: value for key, value in network.items() if key != "id"} for network in networks]
    ends = {"networks": specs, "absent": absent or [], "attachments": attachments or []}
    return {"goal": goal, "since": "2026-01-31T12:00:00Z", **ends}
