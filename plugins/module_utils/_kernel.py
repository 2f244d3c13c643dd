# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel of this host is and which links it can make. PRIVATE to the collection."""

from __future__ import annotations

import errno
import os
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netlink
from ansible_collections.dockerlan.fleet.plugins.module_utils._answers import LAN_DRIVERS

# Besides those of its drivers Docker makes VLAN links as parents. It also makes dummy links, where a network is given
# no parent; but to ask for these loads a module that makes the link dummy0 at once (its parameter numdummies is 1).
KINDS = (*LAN_DRIVERS, "vlan")
_NO_MAC = b"\0"  # too short: the kernel takes no such address for any kind of link


def kernel_facts() -> dict[str, Any]:
    """Tell the release, and for each kind of link whether the kernel can make it. OSError when it does not answer."""
    return {"release": os.uname().release, "links": {kind: can_make(kind) for kind in KINDS}}


def can_make(kind: str) -> bool | None:
    """Ask whether the kernel can make links of a kind, without making one; None when it cannot be asked.

    The link asked for has no parent, and a MAC address that is none, for some kinds need no parent. A kernel that knows
    the kind refuses that with EINVAL; one that does not, not even after it has looked for a module (as it would for
    Docker), with EOPNOTSUPP; and with EPERM who may not make links.
    """
    info = _netlink.attribute(_netlink.IFLA_INFO_KIND, kind.encode())
    unfit = _netlink.attribute(_netlink.IFLA_ADDRESS, _NO_MAC)
    link = _netlink.new_link(unfit, _netlink.attribute(_netlink.IFLA_LINKINFO, info))
    answer = _netlink.create(_netlink.RTM_NEWLINK, link)
    return {errno.EINVAL: True, errno.EOPNOTSUPP: False}.get(answer)
