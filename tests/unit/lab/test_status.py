# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``status`` shows."""

from __future__ import annotations

import os

from lab import status
from lab.processes import identify
from lab.state import State


def living() -> State:
    this = identify(os.getpid())
    return State(
        *("demo", "/checkout", "native", "debian13", 2, "/hosts.yml", []),
        complete=True,
        lan=this,
        inits={"host1": this},
        faults={"host2": ["filter-mac", "down"]},
    )


def test_no_labs() -> None:
    assert status.render([]) == "no labs"


def test_hosts_and_their_faults() -> None:
    assert status.render([("demo", living())]).splitlines() == [
        "demo: native kernel, engine debian13, from /checkout",
        "  host1  192.168.56.11  fdb2:2c26:f4e4::11  up",
        "  host2  192.168.56.12  fdb2:2c26:f4e4::12  down  filter-mac  down",
    ]


def test_strangers_are_shown() -> None:
    state = living()
    state.strangers = [["192.168.56.130", "fdb2:2c26:f4e4::1:2"], ["192.168.56.131"]]
    assert status.render([("demo", state)]).splitlines()[3:] == [
        "  stranger1  192.168.56.130  fdb2:2c26:f4e4::1:2",
        "  stranger2  192.168.56.131",
    ]


def test_remains_are_named_with_the_cure() -> None:
    assert "python3 -m lab down --name broken" in status.render([("broken", None)])


def test_a_lab_that_up_is_still_at_work_on_is_not_called_dead() -> None:
    state = living()
    state.complete = False
    assert status.render([("demo", state)]) == "demo: not finished: up is at work on it, or was interrupted"
