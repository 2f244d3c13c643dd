# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of formats."""

from __future__ import annotations

import subprocess
import sys

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._formats import FORMATS, asked_for

from tests.unit.plugins.playbook import ROOT
from tests.unit.plugins.simulation import Fleet, report_of


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_renderer(name: str) -> None:
    assert FORMATS[name].renderer()(report_of(Fleet(hosts=("host1", "host2"))))


def test_no_two_formats_have_the_same_file() -> None:
    assert len({one.file_name for one in FORMATS.values()}) == len(FORMATS)


def test_names_are_taken_once_and_in_the_order_of_the_table() -> None:
    known, unknown = asked_for(["junit", " JSON ", "json"])
    assert ([one.name for one in known], unknown) == (["json", "junit"], [])


def test_names_that_are_no_format_are_returned() -> None:
    known, unknown = asked_for(["pdf", "html", "pdf", ""])
    assert ([one.name for one in known], unknown) == (["html"], ["pdf"])


def test_a_renderer_is_only_loaded_when_it_is_asked_for() -> None:
    program = (
        "import sys\n"
        "from ansible.plugins.loader import init_plugin_loader\n"
        f"init_plugin_loader([{str(ROOT / '.collections')!r}])\n"
        "from ansible_collections.dockerlan.fleet.plugins.plugin_utils._formats import FORMATS\n"
        "FORMATS['json'].renderer()\n"
        "print(*sorted(name.rpartition('.')[2] for name in sys.modules if '_render.' in name))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "json" in done.stdout.split()
    assert not {"html", "markdown", "junit", "prometheus"} & set(done.stdout.split())
