# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network specs come out of the parameters of a module as they were given."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._spec_options import declared


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ({"parent": "eth0", "ipvlan_mode": "l2", "macvlan_mode": None}, {"parent": "eth0", "ipvlan_mode": "l2"}),
        (None, {}),
    ],
)
def test_options_that_were_not_given_are_left_out(options: dict[str, str | None] | None, given: dict[str, str]) -> None:
    assert declared({"name": "office", "options": options}) == {"name": "office", "options": given}
