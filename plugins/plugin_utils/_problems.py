# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a declaration or a plan, in words a user can act on. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Sequence


@dataclass(frozen=True)
class Problem:
    """What is wrong and what was expected, and the cure. ``host`` and ``network`` are "" when it concerns all."""

    problem: str
    cure: str
    host: str = ""
    network: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the shape of docs/interfaces.md: ``{host, network, problem, cure}``."""
        return asdict(self)

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.host, self.network) if part)
        return f"{where}: {self.problem}. {self.cure}." if where else f"{self.problem}. {self.cure}."


def wrong_declaration(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the failed result of an action that was given a wrong declaration."""
    return refusal("The declaration of the fleet is wrong:", problems)


def refusal(sentence: str, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the failed result of an action: in ``msg`` a sentence and one problem per line, and all ``problems``."""
    msg = "\n".join([sentence, *(f"- {problem}" for problem in problems)])
    return {"failed": True, "msg": msg, "problems": [problem.as_dict() for problem in problems]}
