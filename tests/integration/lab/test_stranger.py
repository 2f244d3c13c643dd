# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stranger is there for ARP and neighbour discovery, and for nothing else, until it is healed or the lab ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import cgroups, lan
from lab import state as states
from lab.faults import stranger
from lab.state import State
from tests.integration.fleet import lab_name, run_lab
from tests.integration.lab import traces
from tests.integration.lab.rig import Rig

ADDRESSES = ("192.168.56.130", "fdb2:2c26:f4e4::1:2")


@pytest.fixture(params=["native", "uml"])
def healed(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Hand out a lab of each kind, and heal it afterwards."""
    lab: Rig = request.getfixturevalue(request.param)
    yield lab
    lab.lab("heal")


def state_of(lab: Rig) -> State:
    """Read the state file."""
    found = states.load(lab.name)
    assert found is not None
    return found


def test_it_is_a_neighbour_that_does_not_answer_pings(healed: Rig) -> None:
    healed.lab("stranger", *ADDRESSES)
    for address in ADDRESSES:
        assert not healed.host_pings("host1", address)
    neighbours = healed.run_in("host1", "ip", "neigh", "show", "dev", "eth0")
    for address in ADDRESSES:
        assert f"{address} lladdr {stranger.mac(1)}" in neighbours


def test_it_answers_pings_when_told_to(healed: Rig) -> None:
    healed.lab("stranger", "--answers-pings", *ADDRESSES)
    for address in ADDRESSES:
        assert healed.host_pings("host1", address)


def test_strangers_are_shown_until_they_are_healed(healed: Rig) -> None:
    before = lan.ip(state_of(healed), "-o", "link", "show")
    healed.lab("stranger", *ADDRESSES)
    healed.lab("stranger", ADDRESSES[0])
    assert state_of(healed).strangers == [list(ADDRESSES), [ADDRESSES[0]]]
    assert f"stranger1  {'  '.join(ADDRESSES)}" in run_lab("status").stdout
    healed.lab("heal")
    healed.lab("heal")
    state = state_of(healed)
    assert state.strangers == []
    assert lan.ip(state, "-o", "link", "show") == before
    assert not [top for top in state.cgroup_tops if (top / stranger.name(1)).exists()]


@pytest.mark.parametrize("address", ["192.168.57.1", "nonsense"])
def test_an_address_that_is_not_on_the_lan_is_refused(healed: Rig, address: str) -> None:
    done = run_lab("stranger", "--name", healed.name, ADDRESSES[0], address)
    assert done.returncode == 1
    assert address in done.stderr
    assert state_of(healed).strangers == []


def test_it_ends_with_the_lab() -> None:
    lab = Rig(lab_name("stranger"))
    try:
        lab.lab("up", "--hosts", "1", "--kernel", "native")
        lab.lab("stranger", *ADDRESSES)
        assert cgroups.processes(cgroups.tops(lab.name), stranger.name(1))
        found = traces.of(lab.name)
    finally:
        lab.lab("down")
    assert found.left() == []
