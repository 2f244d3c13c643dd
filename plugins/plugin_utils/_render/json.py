# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JSON: one line per host, endpoint, pair and cause, so that two reports can be compared line by line."""

from __future__ import annotations

import json
from typing import Any, Mapping


def render(report: Mapping[str, Any]) -> str:
    """Return the report as a JSON document in the order of docs/interfaces.md."""
    members = [f"  {json.dumps(key)}: {_value(value)}" for key, value in report.items()]
    return "{\n" + ",\n".join(members) + "\n}\n"


def _value(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n" + ",\n".join(f"    {json.dumps(item)}" for item in value) + "\n  ]"
