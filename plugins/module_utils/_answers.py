# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the engine's answers into the collection's own shapes (docs/interfaces.md). PRIVATE to the collection.

Pure. The fields were read in the API documents of the Engine versions 1.41 (20.10) to 1.52 (29).
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Iterable, Mapping

Answer = Mapping[str, Any]

LAN_DRIVERS = ("ipvlan", "macvlan")
_SHORT_ID = 12
# Before the name or id of the container whose network namespace another one joins.
JOINING = "container:"
# Modes that name no network which could go.
_MODES_THAT_STAY = ("", "default", "bridge", "host", "none")
# States, in the engine's own words, in which it does not let a container go from a network.
_AILING = ("restarting", "removing", "dead")
# Among the driver options of an endpoint, which macvlan and ipvlan do not read: the addresses of Docker's choice that a
# replacement asked for, so that the container keeps them. To the engine they look like its user's.
KEPT_CHOICE = "dockerlan.fleet.kept"
# Newer engines repeat their flags for the address families among the options.
_ENABLE_IPV4 = "com.docker.network.enable_ipv4"
_ENABLE_IPV6 = "com.docker.network.enable_ipv6"


def spec_of(answer: Answer) -> dict[str, Any]:
    """Bring one network, as listed or inspected, into the shape of a network spec, plus ``id``."""
    return {
        "id": answer["Id"],
        "name": answer["Name"],
        "driver": answer["Driver"],
        "internal": bool(answer.get("Internal")),
        "enable_ipv6": bool(answer.get("EnableIPv6")),
        "attachable": bool(answer.get("Attachable")),
        "other": _other(answer),
        "options": _options(answer),
        "labels": dict(answer.get("Labels") or {}),
        "ipam": sorted(
            (_pool(pool) for pool in (answer.get("IPAM") or {}).get("Config") or [] if pool.get("Subnet")),
            key=lambda pool: ":" in pool["subnet"],
        ),
    }


def endpoints_of(container: Answer, networks: Iterable[Answer]) -> list[dict[str, Any]]:
    """List a container's endpoints on macvlan and ipvlan networks, ordered by network.

    ``container`` is an inspected one; ``networks`` are specs with id. A stopped container has no address but the one it
    will ask for when it starts. ``network_id`` is the one that the container knows: after the network was made anew it
    is no longer that of the network.
    """
    lans = [network for network in networks if network["driver"] in LAN_DRIVERS]
    rows = {}  # by network: an engine lists one that was given by a short id twice, under that and under its name
    for key, attached in sorted(((container.get("NetworkSettings") or {}).get("Networks") or {}).items()):
        network = _network_of(key, attached or {}, lans)
        if network:
            rows[network["id"]] = _endpoint(container, network, attached or {})
    return sorted(rows.values(), key=lambda row: str(row["network"]))


def all_endpoints(containers: Iterable[Answer], networks: Iterable[Answer]) -> list[dict[str, Any]]:
    """List the endpoints of inspected containers as ``endpoints_of`` does, ordered by container and network."""
    lans = list(networks)
    rows = [row for container in containers for row in endpoints_of(container, lans)]
    return sorted(rows, key=lambda row: (str(row["container"]), str(row["network"])))


def container_name(container: Answer) -> str:
    """Name a container; in the list of containers there may be aliases of old-style links, which have more slashes."""
    names = container.get("Names") or [container.get("Name") or ""]
    return str(min(names, key=lambda name: name.count("/"))).lstrip("/")


def process_of(container: Answer) -> int | None:
    """Tell the process id of an inspected container, as its host sees it; None when it is not running."""
    state = container.get("State")
    return (state.get("Pid") or None) if isinstance(state, Mapping) else None


def ailing_of(container: Answer) -> str | None:
    """Tell the state of an inspected container in which its engine does not let it go; None when it would.

    One that waits for its next restart has no process, just as a stopped one, but to the engine it runs.
    """
    state = container.get("State")
    status = state.get("Status") if isinstance(state, Mapping) else None
    return str(status) if status in _AILING else None


def mode_of(container: Answer) -> str:
    """Tell the network mode of a container: what it was made with, such as the name or the id of a network."""
    return str((container.get("HostConfig") or {}).get("NetworkMode") or "")


def finds_network(network_mode: str, networks: Mapping[str, str]) -> bool:
    """Tell whether an engine finds what a network mode names; ``networks`` are those that are there, id by name."""
    if network_mode in _MODES_THAT_STAY or joined_in(network_mode) is not None:
        return True
    return network_mode in networks or any(is_id_of(network_mode, {"id": one}) for one in networks.values())


def entry_of(container: Answer, network: Answer) -> Answer | None:
    """Find what a container's entry says about a network, given as spec with id; None when it has none."""
    attached = (container.get("NetworkSettings") or {}).get("Networks") or {}
    return next((value or {} for key, value in attached.items() if _network_of(key, value or {}, [network])), None)


def fixed_of(container: Answer, network: Answer, entry: Answer) -> dict[str, str | None]:
    """Tell the addresses that an inspected container's user asked for on a network; null where the choice is Docker's.

    ``entry`` is what the container's entry says about the network.
    """
    kept = str((entry.get("DriverOpts") or {}).get(KEPT_CHOICE, "")).split(",")
    wanted = {family: None if address in kept else address for family, address in asked_of(entry).items()}
    return {**wanted, "mac": _fixed_mac(container, network, entry)}


def asked_of(entry: Answer) -> dict[str, str | None]:
    """Tell the addresses that a container asks for whenever it starts; ``entry`` is as in ``fixed_of``."""
    wanted = entry.get("IPAMConfig") or {}
    return {"ipv4": plain_address(wanted.get("IPv4Address")), "ipv6": plain_address(wanted.get("IPv6Address"))}


def joined_by(container: Answer) -> str | None:
    """Tell the id of the container whose network namespace a container, listed or inspected, has joined."""
    return joined_in(mode_of(container))


def joined_in(network_mode: str) -> str | None:
    """Tell the name or id of the container that a network mode joins; None for any other mode."""
    return network_mode[len(JOINING) :] if network_mode.startswith(JOINING) else None


def version_tuple(text: str) -> tuple[int, ...]:
    """Read the numbers at the start of a version; what distributions add is left out."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(number) for number in found.group().split(".")) if found else ()


def plain_address(text: str | None) -> str | None:
    """Spell an address the usual way; older engines add a prefix length here and there."""
    return str(ipaddress.ip_interface(text).ip) if text else None


def is_connected(container: Answer, network: Answer) -> bool:
    """Tell whether a running container has an endpoint on a network: what a failed connect leaves behind has none."""
    entry = entry_of(container, network) or {}
    return entry.get("NetworkID") == network["id"] and bool(entry.get("EndpointID"))


def is_attached(container: Answer, network: Answer) -> bool:
    """Tell whether a container, running or stopped, is attached to a network, given as spec with id."""
    return entry_of(container, network) is not None


def is_id_of(text: str, network: Answer) -> bool:
    """Tell whether a text is the id of a network, in full or cut to what ``docker network ls`` shows of it."""
    return len(text) >= _SHORT_ID and str(network["id"]).startswith(text)


def _network_of(key: str, attached: Answer, networks: Iterable[Answer]) -> Answer | None:
    """Find the network that a container's entry means.

    The id decides; before the first start it is empty, and after the network was made anew it is nobody's. Then the
    name does. The key is what the user wrote, which may be an id or the start of one.
    """
    candidates = list(networks)
    by_id = [network for network in candidates if attached.get("NetworkID") == network["id"]]
    by_name = [network for network in candidates if key == network["name"]]
    by_key = [network for network in candidates if is_id_of(key, network)]
    return next(iter(by_id + by_name + by_key), None)


def _endpoint(container: Answer, network: Answer, attached: Answer) -> dict[str, Any]:
    """Build a row. After a crash an engine still lists what a stopped container had: it has it no more."""
    pid = process_of(container)
    asked, live = asked_of(attached), attached if pid else {}
    return {
        "container": container_name(container),
        "container_id": container["Id"],
        "running": pid is not None,
        "pid": pid,
        "network": network["name"],
        "network_id": attached.get("NetworkID") or network["id"],
        "ipv4": plain_address(live.get("IPAddress")) or asked["ipv4"],
        "ipv6": plain_address(live.get("GlobalIPv6Address")) or asked["ipv6"],
        "mac": _mac(live.get("MacAddress")),
        "fixed": fixed_of(container, network, attached),
        "network_mode": mode_of(container),
        "ailing": ailing_of(container),
    }


def _fixed_mac(container: Answer, network: Answer, entry: Answer) -> str | None:
    """Tell the MAC address of ``docker run``, which belongs to the network that the container was made for.

    Engines up to 24 keep it with the container and never apply it to a network that was given by an id. Newer ones
    forget it when the container is connected anew (moby issue 48192), but go on showing it, and show what was asked for
    an endpoint that is not in use.
    """
    mode = mode_of(container)
    asked, shown = _mac((container.get("Config") or {}).get("MacAddress")), _mac(entry.get("MacAddress"))
    runs = process_of(container) is not None
    if mode == network["name"] and asked:
        return asked
    if is_id_of(mode, network) and asked and (asked == shown or not runs):
        return asked
    in_use = runs or entry.get("IPAddress") or entry.get("GlobalIPv6Address")
    return None if in_use else shown


def _options(answer: Answer) -> dict[str, str]:
    """Read the driver's options. A switched-off IPv4 is kept among them: no spec asks for it, so it is a difference."""
    options = dict(answer.get("Options") or {})
    options.pop(_ENABLE_IPV6, None)
    ipv4 = str(options.pop(_ENABLE_IPV4, answer.get("EnableIPv4", True))).lower()
    return options if ipv4 == "true" else {**options, _ENABLE_IPV4: ipv4}


def _other(answer: Answer) -> dict[str, Any]:
    """Read what no spec can ask for, where it is not what a network has that was made by a plain create."""
    ipam = answer.get("IPAM") or {}
    found = {
        "scope": (answer.get("Scope"), "local"),
        "ipam_driver": (ipam.get("Driver"), "default"),
        "ipam_options": (ipam.get("Options"), {}),
        "config_from": ((answer.get("ConfigFrom") or {}).get("Network"), ""),
        "config_only": (answer.get("ConfigOnly"), False),
    }
    return {name: value for name, (value, usual) in found.items() if value and value != usual}


def _pool(pool: Answer) -> dict[str, Any]:
    reserved = pool.get("AuxiliaryAddresses") or pool.get("AuxAddress") or {}
    return {
        "subnet": _network(pool["Subnet"]),
        "ip_range": _network(pool.get("IPRange")),
        "gateway": plain_address(pool.get("Gateway")),
        "aux_addresses": {name: plain_address(address) for name, address in sorted(reserved.items())},
    }


def _network(text: str | None) -> str | None:
    return str(ipaddress.ip_network(text, strict=False)) if text else None


def _mac(text: str | None) -> str | None:
    """Spell a MAC address with colons; an engine keeps the spelling that the user chose."""
    digits = re.sub(r"[:.-]", "", text or "").lower()
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2)) or None
