# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of ours, as specs and as the engine's API takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import LAN_LABEL


def spec_of_ours(
    name: str, third: int, options: Mapping[str, str], *, driver: str = "macvlan", slice_: int = 16
) -> dict[str, Any]:
    """Build a declared network with the subnet 10.0.THIRD.0/24, which gives out the /28 from ``slice_`` on."""
    pool = {"subnet": f"10.0.{third}.0/24", "ip_range": f"10.0.{third}.{slice_}/28", "gateway": f"10.0.{third}.1"}
    return {
        "name": name,
        "driver": driver,
        "internal": False,
        "enable_ipv6": False,
        "options": dict(options),
        "labels": {LAN_LABEL: name},
        "ipam": [{**pool, "aux_addresses": {}}],
    }


def body_of(network: Mapping[str, Any]) -> dict[str, Any]:
    """Spell a spec as the engine's API does."""
    fields = {"subnet": "Subnet", "ip_range": "IPRange", "gateway": "Gateway", "aux_addresses": "AuxiliaryAddresses"}
    pools = [{fields[key]: value for key, value in pool.items()} for pool in network["ipam"]]
    same = {key.capitalize(): network[key] for key in ("name", "driver", "internal", "options", "labels")}
    return {**same, "EnableIPv6": network["enable_ipv6"], "IPAM": {"Driver": "default", "Config": pools}}
