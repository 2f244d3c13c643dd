# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pair as it was expected and observed. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from ..module_utils._packing import Record

NO_DATA = "no_data"
AS_EXPECTED = "as_expected"
UNEXPECTED_BLOCKED = "unexpected_blocked"
UNEXPECTED_OPEN = "unexpected_open"
STATUSES = (AS_EXPECTED, UNEXPECTED_BLOCKED, UNEXPECTED_OPEN, NO_DATA)


@dataclass(frozen=True)
class Observation:
    """A pair of endpoints in one address family. Network and ends are those of the mesh, the words the report's."""

    network: Mapping[str, Any]
    family: str
    source: Mapping[str, Any]
    target: Mapping[str, Any]
    relation: str
    expected: str
    observed: str
    status: str
    record: Record | None

    def touches(self, host: str) -> bool:
        """Tell whether one end is on this host."""
        return host in (self.source["host"], self.target["host"])

    def has_container_on(self, host: str) -> bool:
        """Tell whether one end is a container on this host."""
        return any(end["host"] == host and end["kind"] == "container" for end in (self.source, self.target))

    @property
    def off_host(self) -> bool:
        """Tell whether the packets leave the host."""
        return bool(self.source["host"] != self.target["host"])
