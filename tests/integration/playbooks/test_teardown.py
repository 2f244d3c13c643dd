# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run does not change by itself, and what teardown takes away, on three hosts with real macvlan."""

from __future__ import annotations

import pytest

from tests.integration.fleet import Fleet


@pytest.fixture(scope="module")
def healthy(macvlan_fleet: Fleet) -> Fleet:
    """Return the fleet after a run that passed."""
    run = macvlan_fleet.play("site.yml", "-e", "lab_driver=macvlan")
    assert run.code == 0, run.output
    return macvlan_fleet


def test_a_difference_is_refused_with_all_of_them_and_nothing_changes(healthy: Fleet) -> None:
    before = healthy.everything()
    run = healthy.play("site.yml", "-e", "lab_driver=ipvlan")
    assert run.code != 0
    for word in ("host1", "host2", "host3", "driver", "macvlan_mode", "ipvlan_mode"):
        assert word in run.output
    assert healthy.everything() == before


def test_teardown_leaves_nothing_and_may_run_twice(healthy: Fleet) -> None:
    down = healthy.play("playbooks/teardown.yml", "-e", "lab_driver=macvlan")
    assert down.code == 0, down.output
    for host in healthy.hosts:
        assert healthy.networks(host) == {}
        assert healthy.on(host, "docker", "ps", "-aq").strip() == ""
    again = healthy.play("playbooks/teardown.yml", "-e", "lab_driver=macvlan")
    assert again.code == 0, again.output
    assert {counts["changed"] for counts in again.recap().values()} == {0}
