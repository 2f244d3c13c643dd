# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of faults."""

from __future__ import annotations

from pathlib import Path

from lab import faults


def test_the_faults_that_need_nothing_but_the_lab_are_there() -> None:
    assert {"filter-mac", "partition", "down", "engine-down"} <= set(faults.FAULTS)


def test_every_fault_is_filed_under_its_own_name() -> None:
    assert all(fault.name == name for name, fault in faults.FAULTS.items())


def test_every_file_of_the_folder_is_in_the_table() -> None:
    # A stranger is a fault of the LAN and of no host: it has a command of its own.
    files = {path.stem for path in Path(faults.__file__).parent.glob("*.py")} - {"__init__", "fault", "stranger"}
    assert files == {fault.heal.__module__.rpartition(".")[2] for fault in faults.FAULTS.values()}
