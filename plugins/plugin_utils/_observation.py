# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pair as it was expected and observed. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Tuple

from ..module_utils._packing import Columns, Record, State

NO_DATA = "no_data"
AS_EXPECTED = "as_expected"
UNEXPECTED_BLOCKED = "unexpected_blocked"
UNEXPECTED_OPEN = "unexpected_open"
STATUSES = (AS_EXPECTED, UNEXPECTED_BLOCKED, UNEXPECTED_OPEN, NO_DATA)

PairKey = Tuple[int, int, str]
Ends = Tuple[Mapping[str, Any], Mapping[str, Any]]


class Observation(NamedTuple):
    """A pair of endpoints in one address family. Network and ends are those of the mesh, the words the report's.

    ``number`` is its place in the report; ``why`` is None where the contract says what is expected, and the reason
    where an expectation does. ``state`` is what became of its probes, None when its host brought no records; otherwise
    its record is at ``position`` in ``columns``. A tuple, because a fleet may have a million of them.
    """

    number: int
    network: Mapping[str, Any]
    family: str
    source: Mapping[str, Any]
    target: Mapping[str, Any]
    relation: str
    expected: str
    observed: str
    status: str
    why: str | None
    state: State | None
    columns: Columns | None
    position: int

    @property
    def key(self) -> PairKey:
        """Return what evidence calls the pair: source, target, family."""
        return self.source["index"], self.target["index"], self.family

    @property
    def ends(self) -> Ends:
        """Return source and target."""
        return self.source, self.target

    @property
    def record(self) -> Record | None:
        """Return the whole record of its probes; None when its host brought no records."""
        return None if self.columns is None else self.columns.record(self.position)

    @property
    def off_host(self) -> bool:
        """Tell whether the packets leave the host."""
        return bool(self.source["host"] != self.target["host"])

    @property
    def within_network(self) -> bool:
        """Tell whether both ends are on the same network."""
        return bool(self.source["network"] == self.target["network"])
