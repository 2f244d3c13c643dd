# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the probes of one pair."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Neighbour
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._tally import Job, Tally, describe

ANY: Any = None
KNOWN = Neighbour(2, "192.0.2.2", "02:00:00:00:00:02", "reachable")


def tally() -> Tally:
    return Tally(Job(ANY, "192.0.2.2"), (b"\xc0\x00\x02\x02", b""), "192.0.2.1", 2)


@pytest.mark.parametrize("code", [errno.ENOBUFS, errno.EINVAL])
def test_a_packet_that_the_link_drops_is_lost_because_its_neighbour_is_known(code: int) -> None:
    pair = tally()
    pair.refused(code)
    pair.neighbour = KNOWN
    assert pair.outcome().record.state is State.LOST
    assert pair.outcome().error is None


@pytest.mark.parametrize("neighbour", [None, KNOWN._replace(mac=None, state="failed")])
def test_without_a_known_neighbour_the_same_refusal_is_a_local_error(neighbour: Neighbour | None) -> None:
    pair = tally()
    pair.refused(errno.ENOBUFS)
    pair.neighbour = neighbour
    assert pair.outcome().record.state is State.SEND_ERROR
    assert "neighbour table" in str(pair.outcome().error)


def test_another_refusal_is_a_local_error_whatever_is_known() -> None:
    pair = tally()
    pair.refused(errno.EPERM)
    pair.neighbour = KNOWN
    assert pair.outcome().record.state is State.SEND_ERROR
    assert "firewall" in str(pair.outcome().error)


def test_a_reply_makes_up_for_a_refusal() -> None:
    pair = tally()
    pair.refused(errno.ENOBUFS)
    pair.sent = 2
    pair.rtts = [100.0]
    assert pair.outcome().record[:3] == (State.REPLY, 0.5, 100.0)
    assert pair.outcome().error is None


def test_an_error_of_unknown_number() -> None:
    assert describe(4711) == "error 4711"
