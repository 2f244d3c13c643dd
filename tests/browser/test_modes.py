# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report of network modes: what each of them shows, and the ways that are open one way only."""

from __future__ import annotations

from tests.browser.conftest import Opener


def test_each_mode_says_what_it_shows_and_whether_it_is_so(opened: Opener) -> None:
    page = opened("modes-broken")
    modes = page.locator("#shown section")
    assert modes.locator("h3").all_inner_texts() == [
        "bridge Docker's default bridge",
        "host the host's own stack",
        "none no network, only lo",
        "container another container's stack",
        "user-defined user-defined bridge",
        "ipvlan-l3 ipvlan l3",
    ]
    lines = modes.nth(2).locator("li")
    assert [" ".join(line.split()) for line in lines.all_inner_texts()] == [
        "✕ not as it must be: host2: dockerlan-none-1 has eth0, expected only lo",
        "✓ as it must be: host1: dockerlan-none-1 has no link but lo",
    ]


def test_the_way_out_of_a_bridge_and_the_way_in_are_told_apart(opened: Opener) -> None:
    rows = opened("modes").locator("#relations tbody").first.locator("tr")
    told = [text.split("\n")[0].split("\t") for text in rows.all_inner_texts()]
    assert told[0] == ["bridge, IPv4 Docker's default bridge"]
    assert ["from a host to another host's container", "blocked"] in [row[:2] for row in told]
    assert ["from a container to another host", "open"] in [row[:2] for row in told]


def test_without_modes_there_is_no_such_part(opened: Opener) -> None:
    assert opened("healthy").locator("#shown").is_hidden()
