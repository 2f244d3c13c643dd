# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real engines answered; ``module_utils/record.py`` has recorded it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "module_utils" / "recorded"


class Recording(NamedTuple):
    """The answers of one engine about the networks of one driver, and about containers on the last of them."""

    engine: str
    driver: str
    networks: list[dict[str, Any]]  # spec, listed, inspected
    containers: dict[str, dict[str, Any]]  # by name
    listed: list[dict[str, Any]]  # the list of these containers

    def __str__(self) -> str:
        return f"{self.engine}-{self.driver}"


def recordings() -> list[Recording]:
    """Read all recordings."""
    found = []
    for path in sorted(FOLDER.glob("*/*.json")):
        content = json.loads(path.read_text())
        parts = [content[key] for key in ("networks", "containers", "listed")]
        found.append(Recording(path.parent.name, path.stem, *parts))
    return found


RECORDINGS = recordings()
