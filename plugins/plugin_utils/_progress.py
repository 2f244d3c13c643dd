# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a long run is, while its hosts answer. PRIVATE to the collection."""

from __future__ import annotations

from time import monotonic
from typing import Any, Callable, Mapping

from ..module_utils._mesh import rows_of
from ..module_utils._packing import Columns
from ._judgement import Judge
from ._reading import BROKEN
from ._words import counted

EVERY_SECONDS = 1.0

Mesh = Mapping[str, Any]


class Progress:
    """Counts hosts, pairs and unexpected pairs, and says so at most once a second.

    A run whose hosts all answer within a second says nothing. ``say`` prints a line, ``clock`` is in seconds.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = monotonic) -> None:
        self._say = say
        self._clock = clock
        self._mesh: Mesh | None = None
        self._judge: Judge | None = None
        self._answered: set[str] = set()
        self._pairs = self._unexpected = 0
        self._last: float | None = None

    def answered(self, host: str, mesh: Mesh, records: Columns | None) -> None:
        """Count a host, with its records unless it failed; one that answers a second time begins another round."""
        if host in self._answered:
            self._answered, self._pairs, self._unexpected = set(), 0, 0
        self._answered.add(host)
        if records is not None:
            self._pairs += records.pairs
            self._unexpected += self._broken(host, mesh, records)
        now = self._clock()
        if self._last is None:
            self._last = now
        if now - self._last >= EVERY_SECONDS:
            self._last = now
            self._say(self._line(mesh))

    def _broken(self, host: str, mesh: Mesh, records: Columns) -> int:
        rows = rows_of(mesh, host)
        if sum(len(row.targets) for row in rows) != records.pairs:
            return 0
        if self._judge is None or mesh is not self._mesh:
            self._mesh, self._judge = mesh, Judge(mesh)
        return sum(row.signs.count(sign) for row in self._judge.rows(rows, records, 0) for sign in BROKEN)

    def _line(self, mesh: Mesh) -> str:
        hosts = {host["name"] for host in mesh["hosts"] if not host["lost"]} | self._answered
        pairs = counted(self._pairs, "pair")
        return (
            f"reachability: {len(self._answered)} of {len(hosts)} hosts, {pairs}, {self._unexpected} unexpected so far"
        )
