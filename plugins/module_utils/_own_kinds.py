# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's own kinds of networks, and what hosts and controller have to know of them. PRIVATE to the collection.

Pure. They are no LANs: ``bridge``, ``host``, ``null`` (none), and ``container``, the namespace of another container.
"""

from __future__ import annotations

DEFAULT = "default"  # mode of the bridge that every engine has
# Drivers of which an address means something on its own host only: every host has the same ones.
BRIDGED = ("bridge", "container")
NONE = "null"
# Docker's resolver answers for the containers of a network, except on these.
_NAMELESS = (("bridge", DEFAULT), ("container", "bridge"), ("host", ""), (NONE, ""))


def resolves_names(driver: str, mode: str) -> bool:
    """Tell whether a container on a network of this kind is told the addresses of the others by their names."""
    return (driver, mode) not in _NAMELESS


def follows_from_address(mac: str, ipv4: str | None) -> bool:
    """Tell whether engines up to 27 give this MAC address to whoever has this address on a bridge.

    See GenerateMACFromIP in moby's libnetwork/netutils. On another host another container has both.
    """
    return ipv4 is not None and mac == ":".join(["02:42", *(f"{int(part):02x}" for part in ipv4.split("."))])
