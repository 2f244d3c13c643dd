# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts and controller know of Docker's own kinds of networks."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._own_kinds import follows_from_address, resolves_names


@pytest.mark.parametrize(
    ("driver", "mode", "known"),
    [
        ("bridge", "default", False),
        ("bridge", "user_defined", True),
        ("container", "bridge", False),
        ("host", "", False),
        ("null", "", False),
        ("ipvlan", "l2", True),
        ("macvlan", "bridge", True),
    ],
)
def test_where_docker_knows_names(driver: str, mode: str, known: bool) -> None:
    assert resolves_names(driver, mode) is known


@pytest.mark.parametrize(
    ("mac", "address", "follows"),
    [
        ("02:42:ac:11:00:02", "172.17.0.2", True),
        ("02:42:ac:11:00:03", "172.17.0.2", False),
        ("6e:0d:5a:11:00:02", "172.17.0.2", False),
        ("02:42:ac:11:00:02", None, False),
    ],
)
def test_mac_addresses_that_follow_from_the_address(mac: str, address: str | None, follows: bool) -> None:
    assert follows_from_address(mac, address) is follows
