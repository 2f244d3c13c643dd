# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What network modes show beside pairs."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._checks import MODE, Check
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._shown import Shown, shown_lines, shown_on
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._text import width_of


def check(host: str | None, detail: str, status: str = "pass", **values: Any) -> dict[str, Any]:
    return Check(**{"kind": MODE, "status": status, "network": "none", "host": host, "detail": detail, **values}).row()


CHECKS = [
    check("host1", "only lo"),
    check("host2", "eth0", "fail"),
    check("host3", "only lo"),
    check(None, "nobody reaches anybody"),
    check("host1", "elsewhere", network="host"),
    check("host1", "web is unknown", kind="name"),
]


def test_what_is_the_same_on_several_hosts_is_one_and_failures_come_first() -> None:
    assert shown_on("none", CHECKS) == [
        Shown(False, "host2", "eth0"),
        Shown(True, "host1 and host3", "only lo"),
        Shown(True, "", "nobody reaches anybody"),
    ]


def test_the_lines_say_how_it_came_out() -> None:
    assert list(shown_lines("none", CHECKS, colour=False)) == [
        "",
        "   FAIL  host2: eth0",
        "   ok    host1 and host3: only lo",
        "   ok    nobody reaches anybody",
    ]
    assert list(shown_lines("bridge", CHECKS, colour=False)) == []
    assert "\x1b[31mFAIL\x1b[0m" in "".join(shown_lines("none", CHECKS, colour=True))


def test_long_words_keep_to_the_width() -> None:
    lines = list(shown_lines("none", [check("host1", "word " * 40)], colour=False))
    assert len(lines) > 3
    assert max(map(width_of, lines)) <= 80


def test_of_very_much_the_first_is_shown_and_what_failed_is_counted() -> None:
    many = [check("host1", f"finding {number}", "fail") for number in range(23)]
    many += [check("host1", f"other {number}") for number in range(5)]
    lines = list(shown_lines("none", many, colour=False))
    assert len(lines) == 1 + 20 + 1
    assert lines[-1] == "         and 8 more, 3 of them FAIL"
    assert list(shown_lines("none", many[-21:], colour=False))[-1].endswith("FAIL") is False
