# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of modules and module_utils share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.plugins.fake_engine import FakeEngine, fake_engine
from tests.unit.plugins.lan import Lan


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    """Lend an engine that is only its API. The folder's name is short: that of a socket is limited."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder, fake_engine(Path(folder)) as running:
        yield running


@pytest.fixture
def lan() -> Iterator[Lan]:
    """Lend an empty LAN, or skip where namespaces cannot be made."""
    if os.geteuid() != 0:
        pytest.skip("making network namespaces needs root")
    made = Lan()
    try:
        made.build()
        yield made
    finally:
        made.remove()
