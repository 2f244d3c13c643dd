# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab host is called and where it sits on the LAN. Pure."""

from __future__ import annotations

from dataclasses import dataclass

LAN_NETWORK4, LAN_NETWORK6 = "192.168.56.0/24", "fdb2:2c26:f4e4::/64"
GATEWAY4, GATEWAY6 = "192.168.56.1", "fdb2:2c26:f4e4::1"
GATEWAY_MAC = "02:00:c0:a8:38:01"  # a bridge without one of its own takes on those of its ports as they come and go
FIRST_ADDRESS = 11
MOST_HOSTS = 100  # .11 to .110; the upper half of the network is the fleet's


@dataclass(frozen=True)
class Host:
    """Host number ``number``, from 1."""

    number: int

    @property
    def name(self) -> str:
        """Its hostname, its name in the inventory, and that of its port on the bridge of the LAN."""
        return f"host{self.number}"

    @property
    def ipv4(self) -> str:
        """Its address without a prefix length."""
        return f"192.168.56.{FIRST_ADDRESS - 1 + self.number}"

    @property
    def ipv6(self) -> str:
        """Its address without a prefix length; the last group reads like the last number of the IPv4 address."""
        return f"fdb2:2c26:f4e4::{FIRST_ADDRESS - 1 + self.number}"

    @property
    def link_local(self) -> str:
        """Its link-local address, which its kernel makes from its MAC (RFC 4291, appendix A)."""
        return f"fe80::c0ff:fea8:38{FIRST_ADDRESS - 1 + self.number:02x}"

    @property
    def mac(self) -> str:
        """The MAC of its eth0: locally administered, then the IPv4 address."""
        return "02:00:" + ":".join(f"{int(part):02x}" for part in self.ipv4.split("."))


def all_hosts(count: int) -> list[Host]:
    """Return host1 to host<count>."""
    return [Host(number) for number in range(1, count + 1)]


def by_name(count: int, name: str) -> Host | None:
    """Return the host of this name in a lab of ``count`` hosts, or None."""
    return next((host for host in all_hosts(count) if host.name == name), None)
