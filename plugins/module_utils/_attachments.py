# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a container hangs on a network: what has to be kept when the network is made anew. PRIVATE to the collection.

Pure. An attachment is plain JSON, because it is kept in the journal (docs/interfaces.md). What engines do with it was
measured on 20.10.24, 26.1.5 and 28.5.2.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Dict, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers

Attachment = Dict[str, Any]

# Engine 25 was the first that takes a MAC address per network; before, one belongs to the container for good.
API_WITH_MAC_PER_NETWORK = (1, 44)
# Engine 24 (24.0.7) was the first that looks for the network of a container's mode before it connects or starts it.
API_WITH_MODE_LOOKED_UP = (1, 43)
_FAMILIES = {"ipv4": ("IPv4Address", "IPAddress"), "ipv6": ("IPv6Address", "GlobalIPv6Address")}
# Kept as the engine lists them. DriverOpts, IPAMConfig and MacAddress are kept field by field.
_KEPT_SETTINGS = ("Links", "GwPriority")


# What is wrong with a container that its engine does not let go, and the cure.
_AILMENTS = {
    "restarting": ("is being restarted again and again", "Stop it (docker stop {name}) or mend it, then run again"),
    "removing": ("is being removed", "Wait until it is gone, then run again"),
    "dead": ("is dead: its removal has failed", "Remove it (docker rm -f {name}), then run again"),
}


class Obstacle(NamedTuple):
    """Why a container cannot be attached again as it was, and the cure."""

    problem: str
    cure: str

    def __str__(self) -> str:
        return f"{self.problem}. {self.cure}"


def attachment_of(container: _answers.Answer, network: _answers.Answer) -> Attachment | None:
    """Record how an inspected container hangs on a network (a spec with id); None when it does not.

    What a failed connect leaves behind at a running container is no attachment: it asks for what it could not get.
    """
    entry = _answers.entry_of(container, network)
    running = _answers.process_of(container) is not None
    if entry is None or (running and not (entry.get("NetworkID") or entry.get("EndpointID"))):
        return None
    return {
        "container": _answers.container_name(container),
        "container_id": container["Id"],
        "network": network["name"],
        "running": running,
        "restarts": _restarts(container),
        **{
            family: _answers.plain_address(entry.get(live)) if running else None
            for family, (_asked, live) in _FAMILIES.items()
        },
        "mac": (entry.get("MacAddress") or None) if running else None,
        "fixed": _answers.fixed_of(container, network, entry),
        "settings": _settings(container, entry),
        "network_mode": _answers.mode_of(container),
        "ailing": _answers.ailing_of(container),
    }


def attachments_of(containers: Iterable[_answers.Answer], networks: Iterable[_answers.Answer]) -> list[Attachment]:
    """Record how inspected containers hang on networks (specs with id)."""
    listed = list(networks)
    rows = (attachment_of(container, network) for container in containers for network in listed)
    return [row for row in rows if row is not None]


def kept_address(attachment: Mapping[str, Any], family: str, spec: Mapping[str, Any]) -> str | None:
    """Tell the address that the container asks for on the network ``spec``; None leaves the choice to Docker.

    A fixed address is always kept. One that Docker chose is kept when it lies in what the network gives out.
    """
    fixed: str | None = attachment["fixed"][family]
    live: str | None = attachment[family]
    if fixed or not live:
        return fixed
    return live if any(_gives_out(pool, live) for pool in spec["ipam"]) else None


def kept_mac(attachment: Mapping[str, Any], spec: Mapping[str, Any]) -> str | None:
    """Tell the MAC address that the container is to have on the network ``spec``; on ipvlan none has its own: None.

    One that Docker chose goes with its address: engines up to 27 derive it from that, and would give it out again.
    """
    if spec["driver"] != "macvlan":
        return None
    fixed: str | None = attachment["fixed"]["mac"]
    keeps = attachment["ipv4"] and kept_address(attachment, "ipv4", spec) == attachment["ipv4"]
    return fixed or (attachment["mac"] if keeps else None)


def settings_for(attachment: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Build what the engine's API takes to connect the container to the network ``spec``.

    Addresses of Docker's choice are marked as such. A MAC address is not among it: no engine heeds one there. See
    ``_presence``.
    """
    settings = dict(attachment["settings"])
    addresses = {family: kept_address(attachment, family, spec) for family in _FAMILIES}
    asked = {_FAMILIES[family][0]: address for family, address in addresses.items() if address}
    choices = [address for family, address in addresses.items() if address and not attachment["fixed"][family]]
    if choices:
        settings["DriverOpts"] = {**settings.get("DriverOpts", {}), _answers.KEPT_CHOICE: ",".join(choices)}
    return {**settings, "IPAMConfig": {**settings.get("IPAMConfig", {}), **asked}}


def without_choice(attachment: Attachment) -> Attachment:
    """Forget what Docker chose: with ``settings_for`` it is then free to choose again."""
    return {**attachment, "ipv4": None, "ipv6": None, "mac": None}


def obstacles(attachment: Mapping[str, Any], spec: Mapping[str, Any], api: Sequence[int]) -> list[Obstacle]:
    """Say why the container cannot be attached to the network ``spec`` with what its user asked for.

    ``api`` is the version of the engine's API, such as (1, 45).
    """
    name, fixed = attachment["container"], attachment["fixed"]
    reasons = {family: _why_not(fixed[family], spec) for family in _FAMILIES}
    found = [
        Obstacle(f"{name} has the fixed address {fixed[family]}, {why}", "Make the container anew with another address")
        for family, why in reasons.items()
        if why
    ]
    return [*found, *(_mac_obstacles(attachment, spec, api) if fixed["mac"] else [])]


def _mac_obstacles(attachment: Mapping[str, Any], spec: Mapping[str, Any], api: Sequence[int]) -> list[Obstacle]:
    """Say why a container would not have its fixed MAC address: only one that runs can be given it back."""
    named = f"{attachment['container']} was made with the MAC address {attachment['fixed']['mac']}"
    if spec["driver"] == "ipvlan" and tuple(api) < API_WITH_MAC_PER_NETWORK:
        problem = f"{named}: ipvlan refuses that, and engines before 25 never let a container forget it"
        return [Obstacle(problem, "Make the container anew without it, or update the engine")]
    if spec["driver"] == "macvlan" and not attachment["running"] and tuple(api) >= API_WITH_MAC_PER_NETWORK:
        problem = f"{named} and is stopped: engines from 25 on forget it when they connect a container anew"
        return [Obstacle(problem, f"Start it (docker start {attachment['container']}), or remove it")]
    return []


def ailments(attachment: Mapping[str, Any]) -> list[Obstacle]:
    """Say why the engine would not let the container go. A row of an older journal does not tell, and has none."""
    name, ailing = attachment["container"], attachment.get("ailing")
    if not ailing:
        return []
    problem, cure = _AILMENTS[ailing]
    return [Obstacle(f"{name} {problem}", cure.format(name=name))]


def mode_obstacles(
    attachment: Mapping[str, Any], network: Mapping[str, Any], lasting: Mapping[str, str] | None, api: Sequence[int]
) -> list[Obstacle]:
    """Say why the engine would not take the container back once the network, a spec with id, was made anew.

    It wants the network there that the container was made with. ``lasting`` are those that are there both before and
    after the change, id by name, the id empty where it changes; None when they are not known.
    """
    mode = attachment.get("network_mode") or ""
    lost = _answers.is_id_of(mode, network) or not (lasting is None or _answers.finds_network(mode, lasting))
    if tuple(api) < API_WITH_MODE_LOOKED_UP or not lost:
        return []
    problem = (
        f"{attachment['container']} was made with --network {mode}, by which no network goes both before and after "
        "the change: the engine would neither attach nor start it again"
    )
    return [Obstacle(problem, f"Make the container anew with --network {network['name']}")]


def is_attached_as(attachment: Mapping[str, Any], container: _answers.Answer, network: _answers.Answer) -> bool:
    """Tell whether an inspected container hangs on the network (a spec with id) with all that its user asked for.

    After a connect that failed, engines list the network without its id and that of the endpoint.
    """
    entry = _answers.entry_of(container, network)
    if entry is None:
        return False
    runs = _answers.process_of(container) is not None
    waits = not runs and entry.get("NetworkID") in ("", None, network["id"])
    known = waits or (runs and _answers.is_connected(container, network))
    return known and _has_addresses(attachment, entry, runs) and _has_aliases(attachment, entry)


def _has_addresses(attachment: Mapping[str, Any], entry: _answers.Answer, runs: bool) -> bool:
    """Compare the fixed addresses with those that the container has, or will ask for when it starts."""
    live = {family: _answers.plain_address(entry.get(live)) for family, (_asked, live) in _FAMILIES.items()}
    have, fixed = live if runs else _answers.asked_of(entry), attachment["fixed"]
    return all(have[family] == fixed[family] for family in _FAMILIES if fixed[family])


def _has_aliases(attachment: Mapping[str, Any], entry: _answers.Answer) -> bool:
    return set(attachment["settings"].get("Aliases") or []) <= set(entry.get("Aliases") or [])


def _settings(container: _answers.Answer, entry: _answers.Answer) -> dict[str, Any]:
    """Take what a later connect needs as it is.

    Not the short id, which engines up to 25 list and add by themselves, and not our mark, which is made anew.
    """
    options = {key: value for key, value in (entry.get("DriverOpts") or {}).items() if key != _answers.KEPT_CHOICE}
    aliases = [alias for alias in entry.get("Aliases") or [] if alias != container["Id"][:12]]
    link_local = (entry.get("IPAMConfig") or {}).get("LinkLocalIPs")
    taken = {
        **{name: entry.get(name) for name in _KEPT_SETTINGS},
        "DriverOpts": options,
        "Aliases": aliases,
        "IPAMConfig": {"LinkLocalIPs": link_local} if link_local else None,
    }
    return {name: value for name, value in taken.items() if value}


def _restarts(container: _answers.Answer) -> bool:
    """Tell whether the engine is to run the container again when it ends without having been told to."""
    policy = (container.get("HostConfig") or {}).get("RestartPolicy") or {}
    return policy.get("Name") not in (None, "", "no")


def _why_not(address: str | None, spec: Mapping[str, Any]) -> str:
    """Say why no container can have the address on the network; empty when one can."""
    if not address:
        return ""
    pools = [pool for pool in spec["ipam"] if _within(address, pool["subnet"])]
    if not pools:
        subnets = ", ".join(pool["subnet"] for pool in spec["ipam"])
        return f"which is not in {subnets}"
    held = [pools[0].get("gateway"), *(pools[0].get("aux_addresses") or {}).values()]
    if address in [_answers.plain_address(other) for other in held]:
        return "which is the gateway's or held back"
    return ""


def _gives_out(pool: Mapping[str, Any], address: str) -> bool:
    held = [pool.get("gateway"), *(pool.get("aux_addresses") or {}).values()]
    return _within(address, pool.get("ip_range") or pool["subnet"]) and address not in [
        _answers.plain_address(one) for one in held
    ]


def _within(address: str, network: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
