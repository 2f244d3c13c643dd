# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the matrices in docs/modes.md what a run of the network modes shows.

``.cache/venv/bin/python -m tools.modes_guide REPORT`` writes those that the report has into the guide;
``--check`` changes nothing and ends with 1 when the guide shows another one. ``--rename NETWORK=NAME`` takes the matrix
of this network alone, for that of another name in the guide.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "modes.md"
_UTILS = "ansible_collections.dockerlan.fleet.plugins.plugin_utils"
# A marker, and the block that follows it, once there is one.
_PLACE = re.compile(r"<!-- matrix: (?P<name>[^\n]+?) -->\n(?:\n```text\n.*?\n```\n)?", re.DOTALL)


def matrices(report: Mapping[str, Any]) -> dict[str, str]:
    """Return what the guide shows of each network of a report, and of each pair of networks (``"one -> other"``)."""
    found: dict[str, list[str]] = {}
    for part in report["matrix"]:
        name = part["network"] if part["to_network"] is None else f"{part['network']} -> {part['to_network']}"
        shown = _matrix(report, part) if part["to_network"] is None else _sum(report, part)
        if part["rows"] and shown not in found.setdefault(name, []):
            found[name].append(shown)
    return {name: "\n\n".join(blocks) for name, blocks in found.items() if blocks}


def filled(guide: str, shown: Mapping[str, str]) -> str:
    """Return the guide with these matrices at their places."""

    def place(found: re.Match[str]) -> str:
        name = found["name"]
        return f"<!-- matrix: {name} -->\n\n```text\n{shown[name]}\n```\n" if name in shown else found.group()

    return _PLACE.sub(place, guide)


def differing(guide: str, shown: Mapping[str, str]) -> list[str]:
    """Name the matrices that the guide shows otherwise. It need not show all."""
    places = {found["name"]: found.group() for found in _PLACE.finditer(guide)}
    return [name for name in shown if name in places and filled(places[name], shown) != places[name]]


def main(arguments: Sequence[str]) -> int:
    """Fill or check the guide, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.modes_guide", description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("--check", action="store_true", help="change nothing, and fail when the guide differs")
    parser.add_argument("--rename", metavar="NETWORK=NAME", action="append", default=[])
    options = parser.parse_args(arguments)
    renamed = dict(text.split("=", 1) for text in options.rename)
    found = matrices(json.loads(options.report.read_text(encoding="utf-8")))
    shown = {renamed.get(name, name): text for name, text in found.items() if not renamed or name in renamed}
    guide = GUIDE.read_text(encoding="utf-8")
    wrong = differing(guide, shown)
    if not options.check:
        GUIDE.write_text(filled(guide, shown), encoding="utf-8")
    elif wrong:
        print(f"{GUIDE.name} does not show what this run shows of: {', '.join(wrong)}", file=sys.stderr)
    return 1 if options.check and wrong else 0


def _matrix(report: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    """Return the matrix of a network in one address family, as a terminal shows it."""
    grids = import_module(f"{_UTILS}._render._grids")
    endpoints = [report["endpoints"][index] for index in sorted(_taking_part(part))]
    lines: list[str] = grids.endpoint_grid(endpoints, grids.signs_of(part["rows"]), colour=False)
    return "\n".join(line.rstrip() for line in lines)


def _taking_part(part: Mapping[str, Any]) -> set[int]:
    expanded = import_module(f"{_UTILS}._reading").expanded
    return {index for row in part["rows"] for index in (row["source"], *expanded(row["targets"]))}


def _sum(report: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    """Return how many of the pairs of two networks are as expected."""
    return "\n".join(
        f"{row['as_expected']} of {row['pairs']} pairs {row['expected']}, as expected: {row['why']}"
        for row in _between(report, part)
    )


def _between(report: Mapping[str, Any], part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    place = ("network", "to_network", "family")
    return (row for row in report["relations"] if all(row[key] == part[key] for key in place))


if __name__ == "__main__":
    import_module("tests.conftest")  # from here on the collection can be imported
    sys.exit(main(sys.argv[1:]))
