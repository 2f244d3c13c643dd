# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import faults
from lab.errors import LabError
from lab.state import State


def dead_lab(kernel: str) -> State:
    return State("t-unit", "/checkout", kernel, "debian13", 2, "/hosts.yml", [])


def test_the_faults_that_need_nothing_but_the_lab_are_there() -> None:
    assert {"filter-mac", "partition", "unplug", "mtu", "down", "engine-down"} <= set(faults.FAULTS)
    assert {"no-vlan", "gateway-down", "neighbour-limit"} <= set(faults.FAULTS)


def test_every_fault_is_filed_under_its_own_name() -> None:
    assert all(fault.name == name for name, fault in faults.FAULTS.items())


def test_every_file_of_the_folder_is_in_the_table() -> None:
    # A stranger is a fault of the LAN and of no host: it has a command of its own.
    files = {path.stem for path in Path(faults.__file__).parent.glob("*.py")} - {"__init__", "fault", "stranger"}
    assert files == {fault.heal.__module__.rpartition(".")[2] for fault in faults.FAULTS.values()}


def test_a_fault_of_a_kernel_is_refused_for_hosts_that_share_the_machines() -> None:
    state = dead_lab("native")
    with pytest.raises(LabError, match=r"the machine's.*\n.*--kernel uml"):
        faults.inject(state, "neighbour-limit", state.hosts)
    assert state.faults == {}


@pytest.mark.parametrize("name", ["partition", "unplug", "mtu", "neighbour-limit"])
def test_what_needs_a_living_host_is_refused_for_a_dead_one(name: str) -> None:
    state = dead_lab("uml")
    with pytest.raises(LabError, match="host1 is down"):
        faults.inject(state, name, state.hosts)
    assert state.faults == {}
