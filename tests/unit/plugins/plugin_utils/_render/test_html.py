# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page without a browser: its parts, its policy, its size. tests/browser looks at it with one."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.html import PAGE, SCRIPTS, render, script, style
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.page import data_of, parsed
from tests.unit.plugins.plugin_utils._render.reports import REPORTS
from tests.unit.plugins.simulation import Faults, Fleet, report_of

HOSTILE = st.sampled_from(
    [
        "</script>",
        "<!--",
        "<script>",
        "]]>",
        '"',
        "'",
        "`",
        "&lt;",
        "${x}",
        "$data",
        "\u2028",
        "\0",
        "🦊",
        "|",
    ]
)
NAMES = st.lists(
    st.lists(HOSTILE | st.text(min_size=1), min_size=1, max_size=4).map("".join), unique=True, min_size=1, max_size=4
)


def shell(page: str) -> str:
    """Return the page with the names of its assets in place of what is in them."""
    page = page.replace(script(), "(the scripts)").replace(style(), "(style.css)")
    return re.sub(r"sha256-[\w+/=]+", "sha256-(hash)", page)


@pytest.mark.parametrize("name", ["one-host", "hostile-names"])
def test_the_page_is_the_golden_one(name: str, golden: Any) -> None:
    golden(f"{name}.html", shell(render(REPORTS[name]())))


@pytest.mark.parametrize("name", REPORTS)
def test_it_says_verdict_causes_and_lost_hosts_without_javascript(name: str) -> None:
    report = REPORTS[name]()
    text = parsed(render(report)).text("text")
    assert f"Reachability: {report['verdict']}" in text
    wanted = [cause["title"] for cause in report["causes"]]
    wanted += [" ".join(host["name"].split()) for host in report["hosts"] if host["lost"]]
    assert [words for words in wanted if words not in " ".join(text.split())] == []


@settings(max_examples=100)
@given(NAMES)
def test_names_come_back_as_they_were_and_add_no_element(hosts: list[str]) -> None:
    container = hosts[0].replace("{", "{{").replace("}", "}}")
    lost = {name: ("failed", name) for name in hosts[1:2]}
    fleet = Fleet(hosts=tuple(hosts), containers=1, families=("ipv4",), names=f"{container}{{}}")
    page = render(report_of(fleet, Faults(cut=frozenset(hosts[:1]), lost=lost)))
    data = data_of(page)
    assert [host["name"] for host in data["hosts"]] == hosts
    assert {end[2] for end in data["endpoints"]} == {None, f"{hosts[0]}1"}
    assert elements(page) == elements(render(REPORTS["healthy"]()))


def elements(page: str) -> list[Any]:
    """Return the elements of the page but for the paragraphs of what it says without JavaScript."""
    return [tag for tag in parsed(page).tags if tag[0] != "p" and tag[1].get("http-equiv") is None]


def test_bytes_that_are_no_text_can_be_written() -> None:
    report = REPORTS["one-host"]()
    report["hosts"][0].update(lost=True, detail="\udcff and \ud800")
    page = render(report)
    assert page.encode()
    assert data_of(page)["hosts"][0]["detail"] == "\udcff and \ud800"


@pytest.mark.parametrize("name", ["healthy", "hostile-names"])
def test_the_policy_lets_these_scripts_run_and_nothing_else(name: str) -> None:
    page = parsed(render(REPORTS[name]()))
    policy = next(attributes["content"] for tag, attributes in page.tags if attributes.get("http-equiv"))
    hashes = {kind: b64encode(sha256(page.text(kind).encode()).digest()).decode() for kind in ("script", "style")}
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_it_names_nothing_outside_of_itself() -> None:
    page = render(REPORTS["healthy"]())
    links = [
        value for _tag, attributes in parsed(page).tags for key, value in attributes.items() if key in ("src", "href")
    ]
    assert links == ["data:,"]
    assert not re.search(r"https?://|url\(|@import|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\bimport\(", page)


def test_its_scripts_never_make_elements_of_text() -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", script()
    )


def test_every_asset_is_used() -> None:
    assert sorted(path.name for path in PAGE.iterdir()) == sorted([*SCRIPTS, "page.html", "style.css"])


def test_the_same_report_gives_the_same_page() -> None:
    assert render(REPORTS["mac-filter"]()) == render(REPORTS["mac-filter"]())


def test_a_million_pairs_take_little_room_and_time() -> None:
    report = large_report()
    started = time.process_time()
    page = render(report)
    assert time.process_time() - started < 1.5  # seconds of the processor
    assert len(page.encode()) < 6_000_000
    assert sum(len(row["signs"]) for row in data_of(page)["blocks"][0]["rows"]) == report["totals"]["pairs"] == 999_000


def test_a_million_pairs_that_all_differ_fit_as_well() -> None:
    report = large_report()
    for number, row in enumerate(report["matrix"][0]["rows"]):
        pairs = len(row["signs"])
        row.update(signs=("oX" * pairs)[:pairs], states=("01" * pairs)[:pairs])
        row["loss"] = [[position, (position + number) % 9 / 10] for position in range(0, pairs, 2)]
    assert len(render(report).encode()) < 6_000_000
