# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of changes share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _transaction
from ansible_collections.dockerlan.fleet.plugins.module_utils._transaction import Host

from tests.unit.plugins.changes import Clock, prepare
from tests.unit.plugins.fake_engine import FakeEngine


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the clock of the transaction, and nobody else's."""
    made = Clock()
    known = {"strftime": time.strftime, "gmtime": time.gmtime, "monotonic": made.monotonic, "sleep": made.sleep}
    monkeypatch.setattr(_transaction, "time", SimpleNamespace(**known))
    return made


@pytest.fixture
def host(engine: FakeEngine, tmp_path: Path) -> Iterator[Host]:
    """Connect to an engine that has the networks before, with containers of all kinds on the first two."""
    prepare(engine)
    with _docker.connected(engine.url, 5) as connected:
        yield Host(connected, tmp_path)
