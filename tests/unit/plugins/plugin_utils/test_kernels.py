# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kernel must be able to make."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._kernels import kernel_problems
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member

from tests.unit.plugins.fleets import declared_lan, host_facts


def problems_of(driver: str, release: str, makes: Any) -> list[tuple[str, str]]:
    """Check a LAN against a kernel; ``makes`` is what it says of both drivers."""
    [lan], _wrong = parse_lans([declared_lan(driver=driver)])
    facts = {**host_facts(11), "kernel": {"release": release, "links": {"macvlan": makes, "ipvlan": makes}}}
    found = kernel_problems(lan, Member("host1"), facts)
    assert all((item.host, item.network) == ("host1", "office") for item in found)
    return [(item.problem, item.cure) for item in found]


@pytest.mark.parametrize(
    ("driver", "release"), [("ipvlan", "4.2.0-1"), ("ipvlan", "10.0"), ("macvlan", "3.10.0-1160.el7"), ("ipvlan", "?")]
)
@pytest.mark.parametrize("makes", [True, None])
def test_a_kernel_that_can_or_cannot_be_asked_is_fine(driver: str, release: str, makes: bool | None) -> None:
    assert problems_of(driver, release, makes) == []


@pytest.mark.parametrize("makes", [True, False, None])
def test_a_kernel_that_is_too_old_for_ipvlan(makes: bool | None) -> None:
    expected = "the kernel 3.10.0-1160.el7 is too old for ipvlan, which needs 4.2 or later"
    assert problems_of("ipvlan", "3.10.0-1160.el7", makes) == [(expected, "Update the kernel")]
    [(problem, _cure)] = problems_of("ipvlan", "4.1.9", makes)
    assert "too old" in problem


@pytest.mark.parametrize("driver", ["ipvlan", "macvlan"])
def test_a_kernel_without_the_module(driver: str) -> None:
    expected = f"the kernel 6.12.30 cannot make {driver} links, it finds no module for them"
    cure = f"See what 'modprobe {driver}' says; install the package of the distribution that has the module"
    assert problems_of(driver, "6.12.30", False) == [(expected, cure)]


def test_facts_without_a_word_on_the_kernel_are_no_problem() -> None:
    [lan], _wrong = parse_lans([declared_lan()])
    assert kernel_problems(lan, Member("host1"), {}) == []
