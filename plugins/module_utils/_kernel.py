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


def kernel_facts() -> dict[str, Any]:
    """Tell the release, and for each driver whether the kernel can make its links. OSError when it does not answer."""
    return {"release": os.uname().release, "links": {driver: can_make(driver) for driver in LAN_DRIVERS}}


def can_make(kind: str) -> bool | None:
    """Ask whether the kernel can make links of a kind, without making one; None when it cannot be asked.

    The link asked for has no parent. A kernel that knows the kind refuses that with EINVAL; one that does not, not even
    after it has looked for a module (as it would for Docker), with EOPNOTSUPP; and with EPERM who may not make links.
    """
    info = _netlink.attribute(_netlink.IFLA_INFO_KIND, kind.encode())
    answer = _netlink.create(_netlink.RTM_NEWLINK, _netlink.new_link(_netlink.attribute(_netlink.IFLA_LINKINFO, info)))
    return {errno.EINVAL: True, errno.EOPNOTSUPP: False}.get(answer)
