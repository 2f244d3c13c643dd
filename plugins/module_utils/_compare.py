# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences between a declared network and a live one, both ways. PRIVATE to the collection.

Pure. Both sides have the shape of a network spec (docs/interfaces.md); ``_answers.spec_of`` brings an answer of an
engine into it. What Docker leaves out because it is the default counts as said, what is live but was not declared
counts as a difference.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Dict, Iterable, Mapping

Spec = Mapping[str, Any]
Difference = Dict[str, Any]

# What the engine does when an option is missing (moby, drivers/ipvlan and drivers/macvlan, tags 20.10 to 29).
OPTION_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "ipvlan": {"ipvlan_mode": "l2", "ipvlan_flag": "bridge"},
    "macvlan": {"macvlan_mode": "bridge"},
}
# Without it every engine adds an IPv4 pool of its own. Engines up to 27 do so all the same, and keep the option.
_NO_IPV4: Mapping[str, str] = {"com.docker.network.enable_ipv4": "false"}


def compare(spec: Spec, live: Spec) -> list[Difference]:
    """List ``{field, live, wanted}`` for every difference; empty when equal. An absent value is None.

    Pools are matched by subnet, so their order does not matter; addresses are compared as addresses, not as text.
    ValueError when a side holds something that is no address.
    """
    found = _differences(_scalars(live), _scalars(spec))
    live_pools, wanted_pools = _pools(live), _pools(spec)
    for subnet in _union(wanted_pools, live_pools):
        field = f"ipam[{subnet}]"
        on_live, on_wanted = live_pools.get(subnet), wanted_pools.get(subnet)
        if on_live is None or on_wanted is None:
            found.append({"field": field, "live": on_live, "wanted": on_wanted})
        else:
            found += _differences(on_live, on_wanted, prefix=f"{field}.")
    return found


def options_of(spec: Spec) -> dict[str, str]:
    """Return the options that a network is made with: those of its spec, and the one that a lack of IPv4 pools means.

    Without any pool Docker shall choose one.
    """
    pools = spec.get("ipam") or []
    only_ipv6 = pools and all(":" in pool["subnet"] for pool in pools)
    return {**(_NO_IPV4 if only_ipv6 else {}), **_texts(spec.get("options"))}


def sentence(difference: Difference) -> str:
    """Say a difference in words, for both ends: ``driver is 'macvlan', declared is 'ipvlan'``."""
    return f"{difference['field']} is {_said(difference['live'])}, declared is {_said(difference['wanted'])}"


def named(name: str, networks: Iterable[Spec]) -> list[Spec]:
    """Select the networks with exactly this name. Docker's own look-up also takes an id or the start of one."""
    return [network for network in networks if network["name"] == name]


def _said(value: Any) -> str:
    return "not set" if value is None else repr(value)


def _differences(live: Mapping[str, Any], wanted: Mapping[str, Any], prefix: str = "") -> list[Difference]:
    return [
        {"field": prefix + field, "live": live.get(field), "wanted": wanted.get(field)}
        for field in _union(wanted, live)
        if live.get(field) != wanted.get(field)
    ]


def _union(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """All keys, once, those of ``first`` first: a stable order for messages."""
    return list(dict.fromkeys([*first, *second]))


def _scalars(spec: Spec) -> dict[str, Any]:
    """Everything but the pools, one entry per comparable field, defaults filled in."""
    driver = spec["driver"]
    fields: dict[str, Any] = {"name": spec["name"], "driver": driver}
    fields.update({flag: bool(spec.get(flag)) for flag in ("internal", "enable_ipv6", "attachable")})
    options = {**OPTION_DEFAULTS.get(driver, {}), **options_of(spec)}
    for group, values in (
        ("options", options),
        ("labels", _texts(spec.get("labels"))),
        ("other", spec.get("other") or {}),
    ):
        fields.update({f"{group}.{key}": values[key] for key in sorted(values)})
    return fields


def _texts(values: Mapping[str, Any] | None) -> dict[str, str]:
    """Docker knows only text here; null is an empty mapping. Booleans are spelled as Docker's clients do."""
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in (values or {}).items()}


def _pools(spec: Spec) -> dict[str, dict[str, Any]]:
    """Address pools by subnet, each with all its fields, in one spelling."""
    return {_network(pool["subnet"]): _pool(pool) for pool in spec.get("ipam") or []}


def _pool(pool: Mapping[str, Any]) -> dict[str, Any]:
    reserved = pool.get("aux_addresses") or {}
    return {
        "ip_range": _network(pool["ip_range"]) if pool.get("ip_range") else None,
        "gateway": _address(pool["gateway"]) if pool.get("gateway") else None,
        "aux_addresses": {name: _address(reserved[name]) for name in sorted(reserved)},
    }


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text, strict=False))


def _address(text: str) -> str:
    """Spell an address the usual way, also when an engine lists a gateway with a prefix length."""
    return str(ipaddress.ip_interface(text).ip)
