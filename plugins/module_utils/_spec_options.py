# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network specs (docs/interfaces.md) as parameters of a module. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Mapping

_POOL_OPTIONS: dict[str, Any] = {
    "subnet": {"type": "str", "required": True},
    "ip_range": {"type": "str", "required": True},
    "gateway": {"type": "str", "required": True},
    "aux_addresses": {"type": "dict", "default": {}},
}
_DRIVER_OPTIONS: dict[str, Any] = {
    "parent": {"type": "str"},
    "ipvlan_mode": {"type": "str", "choices": ["l2", "l3", "l3s"]},
    "ipvlan_flag": {"type": "str", "choices": ["bridge", "private", "vepa"]},
    "macvlan_mode": {"type": "str", "choices": ["bridge", "private", "vepa", "passthru"]},
}
# Those of a LAN: its driver, and at least one pool.
NETWORK_OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "driver": {"type": "str", "required": True, "choices": ["ipvlan", "macvlan"]},
    "internal": {"type": "bool", "default": False},
    "enable_ipv6": {"type": "bool", "default": False},
    "options": {"type": "dict", "default": {}, "options": _DRIVER_OPTIONS},
    "labels": {"type": "dict", "default": {}},
    "ipam": {"type": "list", "elements": "dict", "required": True, "options": _POOL_OPTIONS},
}
# A network of an experiment may also be a bridge, to which the engine gives a subnet.
EXPERIMENT_NETWORK_OPTIONS: dict[str, Any] = {
    **NETWORK_OPTIONS,
    "driver": {"type": "str", "required": True, "choices": ["bridge", "ipvlan", "macvlan"]},
    "ipam": {"type": "list", "elements": "dict", "default": [], "options": _POOL_OPTIONS},
}


def declared(network: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the options that were not given: an argument spec sets them to null."""
    options = {key: value for key, value in (network["options"] or {}).items() if value is not None}
    return {**network, "options": options}
