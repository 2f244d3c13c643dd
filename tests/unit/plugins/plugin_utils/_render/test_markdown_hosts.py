# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host reaches which, as tables."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._markdown_hosts import hosts_tables

from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.markdown_page import Page, row_of
from tests.unit.plugins.plugin_utils._render.reports import REPORTS


def tables(report: dict[str, Any]) -> str:
    """Return the tables as they stand in the document."""
    return "\n".join(hosts_tables(report))


def test_hosts_are_a_matrix_that_is_read_without_colour() -> None:
    page = Page(tables(REPORTS["changes"]()))
    assert row_of(page, "from \\ to") == ["host1", "host2", "host3"]
    assert [row for row in page.rows if row[0] == "host1"] == [["host1", "✅ 6/6", "❌ 0/9", "✅ 9/9"]]
    assert page.text.rstrip().endswith("✅ as expected, ❌ some are not as expected")


def test_families_that_agree_are_one_table_and_others_are_not() -> None:
    assert "### office: ipvlan l2, IPv4 and IPv6\n" in tables(REPORTS["healthy"]())
    differ = tables(REPORTS["families-differ"]())
    assert "### office: ipvlan l2, IPv4\n" in differ
    assert "### office: ipvlan l2, IPv6\n" in differ


def test_of_a_large_fleet_the_worst_hosts_are_shown() -> None:
    page = Page(tables(REPORTS["fifty-hosts"]()))
    assert row_of(page, "host")[:2] == ["as source", "as target"]
    assert sum(row[0].startswith("node") for row in page.rows) == 10
    assert "37 of 50 hosts have all their pairs as expected" not in page.text
    assert "more have pairs that are not" in page.text


def test_hosts_without_data_have_a_sign_of_their_own() -> None:
    page = Page(tables(REPORTS["no-data"]()))
    assert [row[1] for row in page.rows[1:]] == ["❔ 0/6", "❔ 0/9", "❔ 0/9"]
    assert "❔ some are without data" in page.text


def test_the_other_network_has_a_table_of_its_own() -> None:
    page = Page(tables(REPORTS["two-networks"]()))
    assert [row for row in page.rows if row[0] == "host2"] == [["host2", "✅ 4/4", "✅ 2/2"], ["host2", "·", "❌ 0/1"]]
    assert "office to voice, IPv4" in page.text


def test_the_worst_host_comes_first() -> None:
    page = Page(tables(large_report(20, 3)))
    assert [row[0] for row in page.rows[1:3]] == ["node002", "node001"]


def test_many_tables_are_cut_short() -> None:
    report = REPORTS["healthy"]()
    report["networks"] = [{**report["networks"][0], "name": str(number)} for number in range(30)]
    report["matrix"] = [{**block, "network": str(number)} for number in range(30) for block in report["matrix"]]
    text = tables(report)
    assert text.count("### ") == 24
    assert text.endswith("And 6 more of these tables.")
