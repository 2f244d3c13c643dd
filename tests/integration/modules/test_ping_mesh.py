# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ping_mesh between real containers on two real hosts."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State, decode

from tests.integration.modules.conftest import HOSTS, Hosts, office


def build(hosts: Hosts) -> list[dict[str, Any]]:
    """Give both hosts the LAN and two containers, and list the endpoints of the fleet."""
    for host in HOSTS:
        hosts.run("network", {"networks": [office(host)]}, hosts=host)
        for name in ("one", "two"):
            hosts.start(host, name, "office")
    ends: list[dict[str, Any]] = []
    facts = {host: result["facts"] for host, result in hosts.run("host_info", {}).items()}
    for host in HOSTS:
        [eth0] = [link for link in facts[host]["links"] if link["name"] == "eth0"]
        own = [address.split("/")[0] for address in eth0["addresses"] if not address.startswith("fe80")]
        addresses = {"ipv4": own[0], "ipv6": own[1]}
        rows = [{"container": None, **addresses}] + facts[host]["endpoints"]
        for row in rows:
            ends.append(
                {
                    "index": len(ends),
                    "network": "office",
                    "host": host,
                    "lost": False,
                    **{key: row[key] for key in ("container", "ipv4", "ipv6")},
                }
            )
    return ends


def states(ends: list[dict[str, Any]], host: str, result: dict[str, Any]) -> dict[tuple[str, int, int], State]:
    """Name each record of a host's result by its pair."""
    assert not result["failed"], result
    records = decode(result["records"])
    return {tuple(pair): record.state for pair, record in zip(pairs_of(ends, host), records, strict=True)}


def test_the_table_of_macvlan_from_real_pings(hosts: Hosts) -> None:
    ends = build(hosts)
    found: dict[tuple[str, int, int], State] = {}
    for host in HOSTS:
        params = {"endpoints": ends, "host": host, "timeout": 0.5}
        [result] = hosts.run("ping_mesh", params, "--check", hosts=host).values()
        assert result["errors"] == []
        found.update(states(ends, host, result))
    assert len(found) == 2 * 6 * 5
    for (_family, source, target), state in found.items():
        one, other = ends[source], ends[target]
        own = one["host"] == other["host"] and None in (one["container"], other["container"])
        assert (state is State.REPLY) is not own, (one, other, state)


def test_a_stopped_container_is_no_source_and_a_silent_target(hosts: Hosts) -> None:
    ends = build(hosts)
    hosts.docker("host1", "stop", "-t", "0", "two")
    [stopped] = [end["index"] for end in ends if (end["host"], end["container"]) == ("host1", "two")]
    [result] = hosts.run("ping_mesh", {"endpoints": ends, "host": "host1", "timeout": 0.5}, hosts="host1").values()
    found = states(ends, "host1", result)
    assert {state for pair, state in found.items() if pair[1] == stopped} == {State.NO_SOURCE}
    assert {state for pair, state in found.items() if pair[2] == stopped} <= {State.LOST, State.UNREACHABLE}
    assert {error["text"] for error in result["errors"]} == {"the container is not running"}
