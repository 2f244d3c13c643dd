# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: what it takes, what it refuses, and what the defaults are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import cli


def parse(line: str) -> dict[str, object]:
    return vars(cli.parser().parse_args(line.split()))


def test_defaults_of_up() -> None:
    assert parse("up") == {
        "command": "up",
        "name": "demo",
        "hosts": 3,
        "kernel": "auto",
        "engine": "debian13",
        "links": ["ipvlan", "macvlan"],
        "inventory": None,
    }


def test_exec_keeps_the_command_as_it_is() -> None:
    assert parse("exec --name a host1 -- ls -l --name b")["argv"][-4:] == ["ls", "-l", "--name", "b"]  # type: ignore[index]


def test_exec_needs_no_dashes_and_keeps_the_commands_own() -> None:
    assert parse("exec host1 ls -l -- x")["argv"] == ["ls", "-l", "--", "x"]


def test_fault_takes_several_hosts() -> None:
    assert parse("fault filter-mac host1 host2")["hosts"] == ["host1", "host2"]


def test_a_stranger_takes_several_addresses() -> None:
    assert parse("stranger --name a 192.168.56.130 fdb2:2c26:f4e4::1:2")["addresses"] == [
        "192.168.56.130",
        "fdb2:2c26:f4e4::1:2",
    ]


def test_a_stranger_is_mute_unless_told_otherwise() -> None:
    assert parse("stranger 192.168.56.130")["answers_pings"] is False
    assert parse("stranger --answers-pings 192.168.56.130")["answers_pings"] is True


def test_every_command_of_the_parser_is_run_by_something() -> None:
    for command in cli._COMMANDS:
        with pytest.raises(SystemExit) as end:
            cli.parser().parse_args([command, "--help"])
        assert end.value.code == 0


@pytest.mark.parametrize(
    "line",
    [
        "",
        "fly",
        "up --hosts 0",
        "up --hosts 101",
        "up --hosts three",
        "up --name UPPER",
        "up --name ../x",
        "up --name a/b",
        "up --engine debian11",
        "up --kernel xen",
        "up --links token-ring",
        "up --links ipvlan,",
        "fault",
        "fault filter-mac",
        "fault fire host1",
    ],
)
def test_refused_with_exit_code_2(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(line)
    assert end.value.code == 2
    assert "error:" in capsys.readouterr().err


@given(st.text(min_size=1))
def test_a_name_that_is_taken_is_one_plain_path_component(text: str) -> None:
    try:
        name = cli._name(text)
    except Exception:
        return
    assert name not in (".", "..")
    assert not set(name) & set("/ \n.")
