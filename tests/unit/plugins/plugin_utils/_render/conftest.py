# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Golden files: what the renderers printed when someone last looked and found it good.

    pytest tests/unit/plugins/plugin_utils/_render --update-golden

writes them anew; look at the difference before committing it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the golden files; pytest knows it when it is pointed at this folder."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files of the renderers anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return a check of a text against the golden file of a name."""

    def check(name: str, text: str) -> None:
        if request.config.getoption("--update-golden", default=False):
            (GOLDEN / name).write_text(text, encoding="utf-8")
        assert text == (GOLDEN / name).read_text(encoding="utf-8")

    return check
