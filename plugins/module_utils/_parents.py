# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parents of the LANs as the kernel has them right now. PRIVATE to the collection.

The parser is pure and never raises. Formats: rtnetlink(7), linux/if.h, linux/if_link.h.
"""

from __future__ import annotations

import struct
from typing import Any, Iterable, Mapping, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netlink

_IFINFO_BYTES = 16
_FLAGS = struct.Struct("=8xI")
_IFF_UP = 0x1
_IFLA_INFO_DATA, _IFLA_CARRIER = 2, 33


class State(NamedTuple):
    """A link, whether it is set up and whether it has a carrier (both at once in ``link.up``), and its VLAN id."""

    link: _netlink.Link
    up: bool
    carrier: bool
    vlan: int | None


def read_states() -> dict[str, State]:
    """Ask the kernel for all links, by name. OSError when rtnetlink does not answer."""
    return {state.link.name: state for state in _netlink.dump(_netlink.RTM_GETLINK, parse_state)}


def parse_state(payload: bytes) -> State | None:
    """Read the payload of RTM_NEWLINK."""
    link = _netlink.parse_link(payload)
    if link is None:
        return None
    found = _netlink.attributes(payload[_IFINFO_BYTES:])
    info = _netlink.attributes(found.get(_netlink.IFLA_LINKINFO, b""))
    vlan = _netlink.vlan_id(link.kind, _netlink.attributes(info.get(_IFLA_INFO_DATA, b"")))
    [flags] = _FLAGS.unpack_from(payload)
    return State(link, bool(flags & _IFF_UP), found.get(_IFLA_CARRIER) == b"\1", vlan)


def parent_rows(networks: Iterable[Mapping[str, Any]], host: str, states: Mapping[str, State]) -> list[dict[str, Any]]:
    """Present the parents that the networks of a mesh have on a host, as ``links`` of docs/interfaces.md."""
    names = {state.link.index: name for name, state in states.items()}
    parents = ((network["name"], network["parents"].get(host)) for network in networks)
    return [_row(network, parent, states.get(parent), names) for network, parent in parents if parent]


def _row(network: str, name: str, state: State | None, names: Mapping[int, str]) -> dict[str, Any]:
    link = state.link if state else None
    return {
        "network": network,
        "name": name,
        "present": state is not None,
        "up": bool(state and state.up),
        "carrier": bool(state and state.carrier),
        "mtu": link.mtu if link else None,
        "mac": link.mac if link else None,
        "kind": link.kind if link else None,
        "vlan": state.vlan if state else None,
        "base": names.get(link.parent) if link and link.parent and link.kind == "vlan" else None,
    }
