# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of single pairs, as tests like to read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, decode


def unpacked(packed: Mapping[str, Any]) -> list[Record]:
    """Return the record of each pair."""
    columns = decode(packed)
    return [columns.record(position) for position in range(columns.pairs)]
