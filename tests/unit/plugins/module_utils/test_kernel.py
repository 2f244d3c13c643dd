# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this kernel can make is asked of this kernel."""

from __future__ import annotations

import errno
import os

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _kernel, _links, _netlink, _netns

from tests.unit.plugins.lan import Lan


def test_the_kernel_says_what_it_can_make_and_makes_nothing(lan: Lan) -> None:
    lan.add_namespace("empty")
    with _netns.inside(lan.path("empty")):
        before = _links.read_links()
        assert _kernel.can_make("no-such-kind") is False
        assert None not in [_kernel.can_make(kind) for kind in _kernel.KINDS]
        # Needs no parent: only the address keeps it from being made.
        assert _kernel.can_make("bridge") is True
        assert _links.read_links() == before


def test_no_kind_is_asked_for_whose_module_makes_a_link_by_itself() -> None:
    assert "dummy" not in _kernel.KINDS


def test_what_can_be_made_is_said_to_be(lan: Lan) -> None:
    path = lan.add_station("a")
    lan.within("a", "ip", "link", "add", "mv0", "link", "eth0", "type", "macvlan")
    with _netns.inside(path):
        assert _kernel.can_make("macvlan") is True


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(errno.EINVAL, True), (errno.EOPNOTSUPP, False), (errno.EPERM, None), (errno.ENOMEM, None)],
)
def test_what_the_answers_of_a_kernel_mean(monkeypatch: pytest.MonkeyPatch, answer: int, expected: bool | None) -> None:
    monkeypatch.setattr(_netlink, "create", lambda *_: answer)
    assert _kernel.can_make("ipvlan") is expected
    assert _kernel.kernel_facts() == {
        "release": os.uname().release,
        "links": {"ipvlan": expected, "macvlan": expected, "vlan": expected},
    }
