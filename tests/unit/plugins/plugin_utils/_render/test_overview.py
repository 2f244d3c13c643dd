# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All networks in a line each."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._overview import Line, line_of, overview

from tests.unit.plugins.plugin_utils._render.reports import REPORTS


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        (Line(8, 8, 0, 2, 0), "good"),
        (Line(8, 8, 0, 0, 0), "good"),
        (Line(8, 8, 0, 2, 1), "bad"),
        (Line(8, 7, 1, 2, 0), "bad"),
        (Line(8, 7, 0, 2, 0), "unknown"),
    ],
)
def test_what_a_line_means(line: Line, meaning: str) -> None:
    assert line.meaning == meaning


def test_a_line_counts_pairs_and_what_is_shown() -> None:
    report = REPORTS["modes-broken"]()
    assert line_of(report, "none") == Line(30, 30, 0, 2, 1)
    assert line_of(report, "user-defined") == Line(46, 45, 1, 2, 0)
    assert line_of(report, "host") == Line(30, 6, 0, 2, 0)


def test_there_is_a_line_for_each_network_with_its_sign() -> None:
    lines = list(overview(REPORTS["modes-broken"](), colour=False))
    assert [line.split()[:2] for line in lines[4:]] == [
        ["FAIL", "bridge"],
        ["?", "host"],
        ["FAIL", "none"],
        ["FAIL", "container"],
        ["FAIL", "user-defined"],
        ["ok", "another-bridge"],
        ["ok", "macvlan-bridge"],
        ["FAIL", "ipvlan-l3"],
    ]
    assert lines[4].split()[-2:] == ["28/30", "4/4"]
    assert max(map(len, lines)) <= 80
    assert "\x1b[32mok\x1b[0m" in "".join(overview(REPORTS["modes"](), colour=True))


def test_without_network_modes_there_is_nothing_to_sum_up() -> None:
    assert list(overview(REPORTS["two-networks"](), colour=False)) == []
