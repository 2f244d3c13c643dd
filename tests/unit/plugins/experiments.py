# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan experiments on small fleets, and say what was seen in their containers."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_modes import BY_NAME, MODES
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_settings import Raw, Settings, read_settings
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiments import Experiments, plan_experiments

from tests.unit.plugins.fleets import declared_lan, host_facts

PRIVATE: Any = [{"subnet": "198.18.0.0/16"}, {"subnet": "2001:2:0:56::/64"}]
LO = {"name": "lo", "mac": None, "addresses": ["127.0.0.1/8", "::1/128"]}


def two() -> dict[str, Any]:
    """Return the facts of two hosts."""
    return {"host1": host_facts(11), "host2": host_facts(12)}


def settings_of(
    lan: Any = None,
    private: Any = PRIVATE,
    vlans: Any = (21, 22),
    containers: int = 2,
    hosts: tuple[str, ...] = ("host1", "host2"),
    **variables: Any,
) -> Settings:
    """Return right settings; ``variables`` are those of single hosts."""
    raw = Raw(lan or declared_lan(), private, vlans and list(vlans), containers)
    settings, problems = read_settings(raw, {host: variables.get(host, {}) for host in hosts})
    assert not problems
    assert settings
    return settings


def plan(*names: str, facts: Any = None, settings: Settings | None = None) -> Experiments:
    """Plan these modes, or all of them."""
    modes = [BY_NAME[name] for name in names] or MODES
    return plan_experiments(settings or settings_of(), modes, two() if facts is None else facts)


def planned(name: str, **arguments: Any) -> dict[str, Any]:
    """Return the entry of one mode, which nothing stands against."""
    found = plan(name, **arguments)
    assert [str(problem) for problem in found.problems] == []
    return found.experiments[name]


def eth0(*addresses: str, mac: str = "02:42:ac:11:00:02") -> dict[str, Any]:
    """Return a link as it was seen in a container."""
    return {"name": "eth0", "mac": mac, "addresses": list(addresses)}


def seen(name: str, *links: Any, network: str | None = None, ipv4: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return what was seen of a running container: its links beside lo, and what its engine says of one network."""
    said = {network: {"ipv4": ipv4, "ipv6": None, "mac": "02:42:ac:11:00:02", "gateway": None}} if network else {}
    found = {"name": name, "running": True, "namespace": 7, "joined": None, "resolver": True}
    return {**found, "links": [LO, *links], "networks": said, **changes}


def observed(*looks: Any, number: int = 11, **experiment: Any) -> dict[str, Any]:
    """Return the facts of a host that has built an experiment; each look lists the containers that were seen."""
    numbered = [{"after": "start", "containers": list(look)} for look in looks]
    found = {"namespace": 1, "looks": numbered, "names": [], "refused": []}
    return {**host_facts(number), "experiment": {**found, **experiment}}
