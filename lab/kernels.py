# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kind of host can do what: the running kernel is asked by creating links, not by looking for files."""

from __future__ import annotations

from lab import processes

KERNELS = ("auto", "native", "uml")
# Link type -> what "ip link add" wants to hear about it.
LINK_TYPES = {"ipvlan": "type ipvlan mode l2", "macvlan": "type macvlan mode bridge"}


def creates(link_type: str) -> bool:
    """Tell whether the running kernel can create a link of this type; tried in a namespace that is gone at once."""
    script = (
        f"ip link add parent type veth peer name peer && ip link add link parent name probe {LINK_TYPES[link_type]}"
    )
    return processes.works(["unshare", "--net", "--", "sh", "-c", script])


def choose(kernel: str, links: list[str]) -> str:
    """Return ``native`` or ``uml`` for what was asked: ``auto`` is native where all these link types can be created."""
    if kernel != "auto":
        return kernel
    return "native" if all(creates(link_type) for link_type in links) else "uml"
