# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences about a change that failed: why, and what became of it. PRIVATE to the collection."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _steps
from ansible_collections.dockerlan.fleet.plugins.module_utils._errors import translate
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Step


def described(step: Step) -> str:
    """Name a step."""
    what = f"{step.kind} {step.container or step.network}"
    link = {_steps.ATTACH: "to", _steps.DETACH: "from"}.get(step.kind)
    return f"{what} {link} {step.network}" if link else what


def listed(steps: Iterable[Step]) -> str:
    """Name steps."""
    return ", ".join(described(step) for step in steps)


def sentences(*texts: str) -> str:
    """Put sentences together; empty ones are left out."""
    return ". ".join(text for text in texts if text)


def text(error: Exception) -> str:
    """Say what went wrong."""
    if isinstance(error, _steps.ConflictError):
        return (
            f"the network {str(error)!r} is neither what it was nor what it was to become, so somebody has changed it "
            "meanwhile: bring it into order by hand, then remove the journal"
        )
    return str(error) if not isinstance(error, _docker.ENGINE_ERRORS) else translate(_docker.error_text(error))


def failed(cause: Exception, put_back: Sequence[Step]) -> str:
    """Say what failed, and that what was there before is there again, by which steps."""
    outcome = f"What was there before was put back: {listed(put_back)}" if put_back else "Nothing was changed"
    return sentences(text(cause), outcome)


def stuck(state_dir: Path, error: Exception) -> str:
    """Say that what was there before is not there again."""
    return (
        f"What was there before is not put back yet: {text(error)}. Cure: mend that and run again; the journal in "
        f"{state_dir} stays until then"
    )


def left(state_dir: Path, error: Exception, asks_for_new: bool) -> str:
    """Say what it means that the journal of a change that was put back could not be removed."""
    again = f"The next run makes the change again, unless you remove {state_dir}/journal.json before"
    return sentences(f"But the journal is still there: {error}", again if asks_for_new else "The next run removes it")
