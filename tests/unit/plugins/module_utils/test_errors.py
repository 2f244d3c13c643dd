# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's error texts are told as cause and cure."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._errors import MEANINGS, explain, translate
from hypothesis import given
from hypothesis import strategies as st

# One real text for every line of the table, and words that have to be in its cause.
TEXTS = [
    ("requested macvlan mode 'bridged' is not valid, 'bridge' mode is the macvlan driver default", "no mode 'bridged'"),
    ("requested ipvlan mode 'l4' is not valid", "the ipvlan driver has no mode 'l4'"),
    ("invalid subinterface vlan name nope0, example formatting is eth0.10", "'nope0' does not exist"),
    ("failed to create eth0.20 vlan link: file exists", "has its VLAN id under another name"),
    ("vlan id must be between 1-4094, received: 5000", "no VLAN id"),
    ("the requested parent interface eth9 was not found on the Docker host", "'eth9' does not exist"),
    ("failed to create the macvlan port: device or resource busy", "other driver"),
    ("failed to create the ipvlan port: operation not supported", "cannot make links of this type"),
    ("failed to create the macvlan port: Operation not supported", "cannot make links of this type"),
    ("network dm-a43ca732fd2d is already using parent interface eth0", "begins with a43ca732fd2d"),
    ("network di-a43ca732fd2d is already using parent interface eth0", "uses the parent 'eth0'"),
    ("Pool overlaps with other one on this address space", "overlaps"),
    ("failed to set gateway while updating gateway: Address already in use", "already given out"),
    ("no available addresses on this pool", "no free address"),
    ("no available IPv4 addresses on this network's address pools", None),
    ("requested address is out of range", "outside of its subnet"),
    ("invalid gateway 10.0.0.1: parent subnet 192.168.58.0/24 doesn't contain this address", "10.0.0.1 is not within"),
    ("could not find a network matching network mode voice: network voice not found", "--network voice, and no"),
    ("container c7c15e789fd52ba0 is not connected to network office", "c7c15e789fd5 has no endpoint on"),
    ("container c7c15e789fd52ba0 is not connected to the network office", "the network 'office' any more"),
    ("network with name office already exists", "'office' came into being"),
    (
        'error while removing network: network office has active endpoints (name:"web")',
        "attached to the network 'office'",
    ),
    (
        "error while removing network: network office id 387c4fca5d1e has active endpoints",
        "attached to the network 'office'",
    ),
]


@pytest.mark.parametrize(("text", "words"), TEXTS)
def test_known_texts(text: str, words: str | None) -> None:
    if words is None:
        assert explain(text) is None
        return
    known = explain(text)
    assert known is not None
    assert words in known[0]
    assert translate(text) == f"{known[0]}. Cure: {known[1]}. Docker says: {text}"


def test_every_line_of_the_table_is_tested() -> None:
    causes = {explain(text) for text, _words in TEXTS} - {None}
    assert {cure for _cause, cure in causes} == {meaning.cure for meaning in MEANINGS}  # type: ignore[misc]


def test_an_unknown_text_is_passed_on() -> None:
    assert translate("it is broken") == "Docker says: it is broken"


@given(st.text(max_size=60))
def test_no_text_raises_and_none_is_lost(text: str) -> None:
    assert text in translate(text)
