# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be wrong between the declared LANs and one host. PRIVATE to the collection."""

from __future__ import annotations

from typing import Collection, Sequence

from ._facts import Facts
from ._kernels import kernel_problems
from ._lans import Lan
from ._members import Member
from ._overlaps import overlap_problems
from ._parents import parent_problems
from ._problems import Problem
from ._sharing import sharing_problems


def host_problems(lans: Sequence[Lan], member: Member, facts: Facts, touched: Collection[str]) -> list[Problem]:
    """Return what is wrong at one host; the same cause is told once, for the first of the LANs that it concerns.

    ``touched`` has the names of the LANs that will be created or replaced there. What the kernel and the parent cannot
    do counts for these only: what it does to a network that is kept is for the report to say. Who else is on a parent
    or has the same addresses counts for all. A network that the plan removes must not be in ``facts``.
    """
    problems: list[Problem] = []
    for lan in lans:
        if lan.name in touched:
            problems += kernel_problems(lan, member, facts)
            problems += parent_problems(lan, member, facts)
        problems += overlap_problems(lan, lans, member, facts)
    problems += sharing_problems(lans, member, facts)
    return list({(item.host, item.problem): item for item in reversed(problems)}.values())[::-1]
