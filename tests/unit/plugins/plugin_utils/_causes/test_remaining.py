# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no other cause explains."""

from __future__ import annotations

from tests.unit.plugins.simulation import NO_CONTAINER, Faults, Fleet, report_of


def test_what_a_host_said_is_told_with_the_endpoint() -> None:
    (cause,) = report_of(Fleet(), Faults(unusable=frozenset({"host2/web-1"})))["causes"]
    assert (cause["id"], cause["hosts"]) == ("not-probed:host2", ["host2"])
    assert cause["evidence"] == [f"host2/web-1: {NO_CONTAINER}"]


def test_what_fits_no_pattern_says_so_with_its_hosts_and_what_is_known() -> None:
    faults = Faults(silent=frozenset({("host3/web-1", "host1/web-2")}))
    (cause,) = report_of(Fleet(families=("ipv4",)), faults)["causes"]
    assert (cause["id"], cause["hosts"], cause["pairs"]) == ("unexplained:office", ["host3", "host1"], 1)
    assert "no pattern" in cause["explanation"]
    assert cause["evidence"] == ["host3/web-1 -> host1/web-2 (ipv4): lost; neighbour entry delay, 02:42:00:00:01:02"]
