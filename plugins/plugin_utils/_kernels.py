# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the kernel of a host can make the links of a LAN. PRIVATE to the collection."""

from __future__ import annotations

import re

from ._facts import Facts
from ._lans import Lan
from ._members import Member
from ._problems import Problem

# The first kernels whose driver Docker takes (moby, drivers/ipvlan and drivers/macvlan).
_OLDEST = {"ipvlan": (4, 2), "macvlan": (3, 9)}


def kernel_problems(lan: Lan, member: Member, facts: Facts) -> list[Problem]:
    """Return why the kernel of this host cannot make the links of the LAN; what it could not be asked is no problem."""
    kernel = facts.get("kernel") or {}
    release, oldest = str(kernel.get("release") or ""), _OLDEST[lan.driver]
    found = re.match(r"(\d+)\.(\d+)", release)
    if found and (int(found[1]), int(found[2])) < oldest:
        problem = f"the kernel {release} is too old for {lan.driver}, which needs {oldest[0]}.{oldest[1]} or later"
        return [Problem(problem, "Update the kernel", member.name, lan.name)]
    if (kernel.get("links") or {}).get(lan.driver) is False:
        problem = f"the kernel {release} cannot make {lan.driver} links, it finds no module for them"
        cure = f"See what 'modprobe {lan.driver}' says; install the package of the distribution that has the module"
        return [Problem(problem, cure, member.name, lan.name)]
    return []
