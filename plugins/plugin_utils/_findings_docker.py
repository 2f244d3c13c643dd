# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about Docker's own kinds: bridge, host, none, container. PRIVATE to the collection."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface
from typing import Any, Iterator, Mapping

from ..module_utils._sources import FALLBACK_TUNNELS
from ._checks import Check
from ._facts import Facts, link, live_network
from ._findings_words import LO, Experiment, Known, Look, between, last_look, links_of, looks_of, row_of, told
from ._words import named

_BRIDGE_NAME = "com.docker.network.bridge.name"
_DOCKER0 = "docker0"
_USER_DEFINED = "user_defined"

Seen = Mapping[str, Any]


def bridge_addresses(experiment: Experiment, host: str, facts: Known) -> Iterator[Check]:
    """Show that the addresses are from the bridge's subnet, and that other hosts give out the same ones."""
    having = _on_bridge(facts[host])
    if not having:
        return
    bridge = _bridge_of(facts[host])
    nets = [ip_interface(text).network for text in (link(facts[host], bridge) or {}).get("addresses") or []]
    stray = [name for name, address in having.items() if all(ip_address(address) not in net for net in nets)]
    listed = named([f"{name} has {address}" for name, address in having.items()])
    subnets = named([str(net) for net in nets if not net.is_link_local]) or "none"
    if stray:
        detail = f"{listed}, expected addresses from the subnet of {bridge} ({subnets})"
    else:
        same = [other for other in facts if other != host and {*_on_bridge(facts[other]).values()} & {*having.values()}]
        detail = f"{listed}, from the subnet of {bridge} ({subnets})"
        detail += f"; {named(same)} gave out the same" if same else ""
    yield row_of(experiment, host, not stray, detail)


def known_names(experiment: Experiment, host: str, facts: Known) -> Iterator[Check]:
    """Show which containers reach each other by name: those on one bridge, unless it is Docker's default one."""
    if last_look(facts[host]) is None:
        return
    tried = {(item["source"], item["target"]): item for item in facts[host]["experiment"]["names"]}
    networks = {item["name"]: item["network"] for item in experiment["hosts"][host]["containers"]}
    own = {item["name"]: item for item in experiment["own"]}
    for planned in experiment["hosts"][host]["names"]:
        source, target = ends = planned["source"], planned["target"]
        network = networks[source]
        wanted = network == networks[target] and own[network]["mode"] == _USER_DEFINED
        address = _address(facts[host], target, network)
        passed, detail = _by_name(tried.get(ends), ends, address) if wanted else _not_by_name(tried.get(ends), ends)
        yield between(row_of(experiment, host, passed, detail)._replace(network=network), *ends)


def stack_of_host(experiment: Experiment, host: str, facts: Known) -> Iterator[Check]:
    """Show that the containers have the namespace, the links and the addresses of their host."""
    theirs = _with_addresses(facts[host].get("links") or [])
    namespace = (facts[host].get("experiment") or {}).get("namespace")
    for seen in _inside(last_look(facts[host])):
        mine, name = _with_addresses(seen["links"]), seen["name"]
        if namespace is not None and seen["namespace"] != namespace:
            passed, detail = False, f"{name} is in a network namespace of its own, expected that of the host"
        elif mine != theirs:
            passed, detail = False, f"{name} has {told(mine)}, expected what the host has: {told(theirs)}"
        else:
            passed, detail = True, f"{name} has the host's own links and addresses: {told(mine)}"
        yield between(row_of(experiment, host, passed, detail), name)


def only_lo(experiment: Experiment, host: str, facts: Known) -> Iterator[Check]:
    """Show that the containers have no link but lo."""
    for seen in _inside(last_look(facts[host])):
        mine = links_of(seen["links"])
        passed = set(mine) == {LO}
        detail = f"{seen['name']} has {told(mine)}" + ("" if passed else f", expected only {LO}")
        yield between(row_of(experiment, host, passed, detail), seen["name"])


def joined(experiment: Experiment, host: str, facts: Known) -> Iterator[Check]:
    """Show that a container shares all with the one that it joined, and what it loses when that one dies."""
    planned = experiment["hosts"][host]
    names = [item["name"] for item in planned["containers"]]
    when = ["", *(f"after {step['do']} {step['container']}: " for step in planned["steps"])]
    lonely = False
    for step, prefix, look in zip([None, *planned["steps"]], when, looks_of(facts[host])):
        # It gets back what it shared when it is started anew, and not when the other one is.
        if step is not None:
            lonely = step["container"] == names[0]
        first, second = (next((seen for seen in look if seen["name"] == name), None) for name in names)
        if first is None or second is None or second["links"] is None:
            continue
        passed, detail = _left_alone(second) if lonely else _sharing(first, second)
        yield between(row_of(experiment, host, passed, prefix + detail), names[1], names[0])


def _left_alone(second: Seen) -> tuple[bool, str]:
    mine = links_of(second["links"])
    passed = second["running"] and set(mine) == {LO}
    return passed, f"{second['name']} has {told(mine)}" + ("" if passed else f", expected only {LO}")


def _sharing(first: Seen, second: Seen) -> tuple[bool, str]:
    name, other = second["name"], first["name"]
    if second["joined"] != other:
        return False, f"{name} has joined {second['joined'] or 'nobody'}, expected {other}"
    if first["links"] is None:
        return False, f"{other} has no links, expected those of {name}: {told(links_of(second['links']))}"
    mine, theirs = links_of(second["links"]), links_of(first["links"])
    if mine != theirs or set(mine) <= {LO}:
        return False, f"{name} has {told(mine)}, {other} has {told(theirs)}, expected the same, and more than {LO}"
    if second["namespace"] != first["namespace"]:
        return False, f"{name} is in another network namespace than {other}, expected the same"
    return True, f"{name} has the links, the addresses and the namespace of {other}, {LO} too: {told(mine)}"


def _by_name(tried: Mapping[str, Any] | None, ends: tuple[str, str], address: str | None) -> tuple[bool, str]:
    source, target = ends
    if tried is not None and tried["reached"] and tried["answer"] == address:
        return True, f"{source} reaches {target} by its name, as {address}"
    what = _answered(tried)
    return False, f"{source} does not reach {target}, which is {address}, by its name: {what}"


def _not_by_name(tried: Mapping[str, Any] | None, ends: tuple[str, str]) -> tuple[bool, str]:
    source, target = ends
    if tried is not None and tried["answer"] is None and not tried["reached"]:
        return True, f"{source} does not know the name {target}: {tried['said']}"
    return False, f"{source} must not know the name {target}: {_answered(tried)}"


def _answered(tried: Mapping[str, Any] | None) -> str:
    if tried is None:
        return "it was not tried"
    return f"it is {tried['answer'] or 'nobody'} there ({tried['said']})"


def _inside(look: Look | None) -> list[Seen]:
    """Return the running containers that could be looked into."""
    return [seen for seen in look or [] if seen["running"] and seen["links"] is not None]


def _with_addresses(links: Any) -> Any:
    """Return the links that have addresses: others, of other containers, come and go meanwhile."""
    known = links_of(item for item in links if item["name"] not in FALLBACK_TUNNELS)
    return {name: found for name, found in known.items() if found[1]}


def _on_bridge(facts: Facts) -> dict[str, str]:
    """Return the addresses of the running containers on the default bridge, by container."""
    look = [seen for seen in last_look(facts) or [] if seen["running"]]
    found = {seen["name"]: (seen["networks"].get("bridge") or {}).get("ipv4") for seen in look}
    return {name: address for name, address in found.items() if address}


def _address(facts: Facts, name: str, network: str) -> str | None:
    for seen in last_look(facts) or []:
        if seen["name"] == name:
            return str((seen["networks"].get(network) or {}).get("ipv4"))
    return None


def _bridge_of(facts: Facts) -> str:
    options = (live_network(facts, "bridge") or {}).get("options") or {}
    return str(options.get(_BRIDGE_NAME) or _DOCKER0)
