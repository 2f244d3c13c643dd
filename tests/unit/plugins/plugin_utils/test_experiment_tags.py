# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags select modes as they select tasks: compared with Ansible itself."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.playbook.task import Task
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_modes import MODES, Mode
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_tags import selected, skipping
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.sets(st.sampled_from([mode.name for mode in MODES]))
WORDS = ["all", "tagged", "untagged", "always", "never", "bridge", "nobody"]


def sets(most: int, words: list[str] = WORDS) -> list[set[str]]:
    """Return all sets of at most so many words."""
    return [set(chosen) for count in range(most + 1) for chosen in combinations(words, count)]


def ansibles_choice(mode: Mode, run: set[str], skip: set[str]) -> bool:
    loader = DataLoader()
    play = Play.load({"hosts": "all", "tasks": [{"debug": None, "tags": sorted(mode.tags)}]}, loader=loader)
    [task] = [one for block in play.tasks for one in block.block if isinstance(one, Task)]
    return bool(task.evaluate_tags(run, skip, {}))


def test_a_mode_runs_when_a_task_with_its_tags_would() -> None:
    for more, run, skip in product(sets(2, ["always", "never"]), sets(2), sets(2)):
        mode = MODES[0]._replace(groups=(*MODES[0].groups, *more))
        assert bool(selected(run, skip, [mode])) == ansibles_choice(mode, run, skip), (more, run, skip)


def names(modes: Any) -> list[str]:
    return [mode.name for mode in modes]


def test_a_group_selects_its_modes_in_their_order() -> None:
    assert names(selected(["macvlan"], [])) == ["macvlan-bridge", "macvlan-private", "macvlan-vepa", "macvlan-passthru"]
    assert names(selected(["ipvlan-l3"], [])) == ["ipvlan-l3", "ipvlan-l3-routed"]
    assert names(selected(["isolation"], ["ipvlan"])) == ["macvlan-private", "no-parent"]


@given(NAMES, NAMES)
def test_what_is_said_to_skip_modes_skips_them(chosen: set[str], concerned: set[str]) -> None:
    modes = [mode for mode in MODES if mode.name in chosen]
    unwanted = concerned & chosen
    left = set(names(selected(["all"], skipping(unwanted, modes), modes)))
    assert not left & unwanted
    # A name that is a group as well takes the others of the group along.
    assert all(unwanted & set(mode.groups) for mode in modes if mode.name not in unwanted | left)


def test_a_whole_group_is_skipped_by_its_name() -> None:
    modes = selected(["macvlan", "ipvlan"], [])
    assert skipping(["macvlan-bridge", "macvlan-private", "macvlan-vepa", "macvlan-passthru"], modes) == ["macvlan"]
    assert skipping(["macvlan-bridge", "internal"], modes) == ["macvlan-bridge", "internal"]
