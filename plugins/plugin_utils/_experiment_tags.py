# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which modes the tags of a run select, as they select tasks. PRIVATE to the collection."""

from __future__ import annotations

from typing import Collection, Sequence

from ._experiment_modes import MODES, Mode

ALL, TAGGED, ALWAYS, NEVER = "all", "tagged", "always", "never"


def selected(run_tags: Collection[str], skip_tags: Collection[str], modes: Sequence[Mode] = MODES) -> list[Mode]:
    """Return the modes that run, in their order. The arguments are Ansible's ``--tags`` and ``--skip-tags``."""
    return [mode for mode in modes if _runs(mode.tags, run_tags) and not _is_skipped(mode.tags, skip_tags)]


def _runs(tags: frozenset[str], run_tags: Collection[str]) -> bool:
    """Decide as Ansible does for a task with these tags, of which there is one at least (playbook/taggable.py)."""
    if not run_tags or ALWAYS in tags or not tags.isdisjoint(run_tags):
        return True
    return NEVER not in tags and (ALL in run_tags or TAGGED in run_tags)


def _is_skipped(tags: frozenset[str], skip_tags: Collection[str]) -> bool:
    if ALL in skip_tags:
        return ALWAYS not in tags or ALWAYS in skip_tags
    return not tags.isdisjoint(skip_tags) or TAGGED in skip_tags


def skipping(names: Collection[str], modes: Sequence[Mode]) -> list[str]:
    """Return the tags that skip these of the modes: a group's where all of its modes are among them, else the name."""
    rest = [mode for mode in modes if mode.name in names]
    found: list[str] = []
    for group in dict.fromkeys(group for mode in modes for group in mode.groups):
        members = [mode for mode in modes if group in mode.tags]
        if len(members) > 1 and all(mode in rest for mode in members):
            found.append(group)
            rest = [mode for mode in rest if mode not in members]
    return [*found, *(mode.name for mode in rest)]
