# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python3 -m lab COMMAND``."""

from __future__ import annotations

import argparse
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from lab import base, boot, connect, faults, kernels, labs, paths, preflight, status
from lab import state as states
from lab.errors import LabError
from lab.faults import stranger
from lab.hosts import MOST_HOSTS
from lab.progress import say

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no lab name: lower-case letters, digits and dashes, at most 31")
    return text


def _host_count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_HOSTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of hosts from 1 to {MOST_HOSTS}")
    return int(text)


def _links(text: str) -> list[str]:
    links = text.split(",")
    unknown = [link for link in links if link not in kernels.LINK_TYPES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown link type {', '.join(unknown)}; known: {', '.join(kernels.LINK_TYPES)}"
        )
    return links


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="python3 -m lab", description="Real Docker hosts on this one machine; see docs/lab.md."
    )
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--name", type=_name, default=paths.DEFAULT_LAB, help="which lab (default: %(default)s)")
    engine = argparse.ArgumentParser(add_help=False)
    engine.add_argument(
        "--engine", choices=base.ENGINES, default=base.DEFAULT_ENGINE, help="whose Docker Engine (default: %(default)s)"
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_up(commands.add_parser("up", parents=[named, engine], help="boot a lab, or complete a living one"))
    commands.add_parser("down", parents=[named], help="remove a lab and every trace of it")
    commands.add_parser("status", help="show all labs of this machine")
    commands.add_parser("base", parents=[engine], help="only build the base tree")
    _add_exec(commands.add_parser("exec", parents=[named], help="run a command in a host: exec HOST -- CMD…"))
    _add_fault(commands.add_parser("fault", parents=[named], help="break something: " + ", ".join(faults.FAULTS)))
    _add_stranger(commands.add_parser("stranger", parents=[named], help="add a device that has addresses of the LAN"))
    commands.add_parser("heal", parents=[named], help="undo all faults of a lab and boot its dead hosts")
    connecting = commands.add_parser(
        "connect", parents=[named], help="one ssh connection over standard input and output (for ssh)"
    )
    connecting.add_argument("host")
    return top


def _add_up(command: argparse.ArgumentParser) -> None:
    command.add_argument("--hosts", type=_host_count, default=3, help="how many (default: %(default)s)")
    command.add_argument(
        "--kernel", choices=kernels.KERNELS, default="auto", help="kind of host (default: %(default)s)"
    )
    command.add_argument(
        "--links", type=_links, default=[*kernels.LINK_TYPES], help="link types that must work (default: all)"
    )
    command.add_argument("--inventory", type=Path, help="where to write the inventory")


def _add_exec(command: argparse.ArgumentParser) -> None:
    command.add_argument("host")
    command.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD…")


def _add_fault(command: argparse.ArgumentParser) -> None:
    command.add_argument("fault", choices=faults.FAULTS, metavar="FAULT", help=", ".join(faults.FAULTS))
    command.add_argument("hosts", nargs="+", metavar="HOST")


def _add_stranger(command: argparse.ArgumentParser) -> None:
    command.add_argument("--answers-pings", action="store_true", help="let it answer pings (default: it ignores them)")
    command.add_argument("addresses", nargs="+", metavar="ADDRESS")


def _up(arguments: argparse.Namespace) -> None:
    preflight.check()
    inventory = arguments.inventory or paths.default_inventory(arguments.name)
    kernel = kernels.choose(arguments.kernel, arguments.links)
    labs.up(labs.Order(arguments.name, arguments.hosts, kernel, arguments.engine, inventory.resolve()))


def _down(arguments: argparse.Namespace) -> None:
    labs.down(arguments.name)


def _status(_arguments: argparse.Namespace) -> None:
    say(status.render([(name, states.load(name)) for name in states.names()]))


def _base(arguments: argparse.Namespace) -> None:
    preflight.check()
    base.ensure(arguments.engine)
    say(f"{base.tree(arguments.engine)} is ready")


def _exec(arguments: argparse.Namespace) -> None:
    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    if not argv:
        raise LabError("exec wants a command: python3 -m lab exec HOST -- CMD…")
    state = states.load_alive(arguments.name)
    boot.replace_by(state, state.host(arguments.host), argv)


def _fault(arguments: argparse.Namespace) -> None:
    with states.locked(arguments.name):
        state = states.load_alive(arguments.name)
        faults.inject(state, arguments.fault, [state.host(name) for name in arguments.hosts])


def _stranger(arguments: argparse.Namespace) -> None:
    with states.locked(arguments.name):
        state = states.load_alive(arguments.name)
        stranger.add(state, arguments.addresses, answers_pings=arguments.answers_pings)


def _heal(arguments: argparse.Namespace) -> None:
    with states.locked(arguments.name):
        faults.heal(states.load_alive(arguments.name))


def _connect(arguments: argparse.Namespace) -> None:
    connect.connect(arguments.name, arguments.host)


_COMMANDS = {
    "up": _up,
    "down": _down,
    "status": _status,
    "base": _base,
    "exec": _exec,
    "fault": _fault,
    "stranger": _stranger,
    "heal": _heal,
    "connect": _connect,
}
_CHANGING = ("up", "down", "fault", "stranger", "heal")


def _end(number: int, _frame: object) -> NoReturn:
    """Let a polite signal run the same clean-up as Ctrl-C."""
    sys.exit(128 + number)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 1 for what cannot be done, 2 for a wrong machine or command line."""
    arguments = parser().parse_args(argv)
    if arguments.command in _CHANGING:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _end)
    try:
        preflight.check_root()
        _COMMANDS[arguments.command](arguments)
    except LabError as error:
        sys.stderr.write(f"lab: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("lab: interrupted\n")
        return 128 + signal.SIGINT
    return 0
