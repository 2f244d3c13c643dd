# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of network something is, and which way of a relation is meant, in words. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Mapping

from .._contract import LAN_DRIVERS, OPEN, differs_by_direction, kind_of

Network = Mapping[str, Any]

OUTWARDS, INWARDS = "outwards", "inwards"
_OWN = {
    ("bridge", "default"): "Docker's default bridge",
    ("bridge", "user_defined"): "user-defined bridge",
    ("host", ""): "the host's own stack",
    ("null", ""): "no network, only lo",
    ("container", "bridge"): "another container's stack",
}


def kind_words(network: Network) -> str:
    """Return the kind of a network: ``ipvlan l2``, ``macvlan private, no parent``, ``Docker's default bridge``."""
    if network["driver"] not in LAN_DRIVERS:
        return _OWN[network["driver"], network["mode"]]
    flag = f" {network['flag']}" if network["flag"] not in ("", "bridge") else ""
    internal = ", internal" if network["internal"] else ""
    # Without any host that is known it has no parents either.
    parent = ", no parent" if network["slices"] and not network["parents"] else ""
    return f"{network['driver']} {network['mode']}{flag}{internal}{parent}"


def direction_of(network: Network, group: Mapping[str, Any]) -> str:
    """Return which way a row of the report's relations means: "" for both, outwards is from a container.

    ``network`` is that of the row. Of a bridge the contract expects one thing of the way out and another of the way in.
    """
    by_contract = group["why"] is None and group["to_network"] is None
    if not by_contract or not differs_by_direction(kind_of(network), group["relation"]):
        return ""
    return OUTWARDS if group["expected"] == OPEN else INWARDS
