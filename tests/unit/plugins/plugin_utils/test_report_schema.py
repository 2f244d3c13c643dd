# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/reachability.schema.json holds for every report, and for nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._checks import KINDS
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._contract import CONTRACT, OTHER_NETWORK, RELATIONS
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import SCHEMA_VERSION
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import NO_RECORD, SIGNS
from jsonschema import Draft202012Validator

from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.reports import REPORTS

DOCS = Path(__file__).parents[4] / "docs"
SCHEMA = json.loads((DOCS / "reachability.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
PARTS = ("hosts", "networks", "endpoints", "relations", "matrix", "deviations", "one_way", "checks", "causes")

Report = dict[str, Any]


def problems(report: Report) -> list[str]:
    """Return what is wrong with a report after it went through JSON."""
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(json.loads(json.dumps(report)))]


def parts_of(schema: Any) -> list[Any]:
    """Return the schema and all that it is made of."""
    found = [schema]
    for item in schema.values() if isinstance(schema, dict) else schema:
        found += parts_of(item) if isinstance(item, (dict, list)) else []
    return found


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_valid(name: str) -> None:
    assert problems(REPORTS[name]()) == []


def test_the_large_report_is_valid() -> None:
    assert problems(large_report(6, 3)) == []


def test_the_schema_itself_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_object_with_keys_of_its_own_needs_them_all_and_has_no_others() -> None:
    closed = [part for part in parts_of(SCHEMA) if isinstance(part, dict) and "additionalProperties" in part]
    strict = [part for part in closed if part["additionalProperties"] is False]
    assert len(strict) > 20
    assert all(part["required"] == list(part["properties"]) for part in strict)
    whole = [part for part in parts_of(SCHEMA) if isinstance(part, dict) and "object" in str(part.get("type"))]
    assert all(part in closed for part in whole)


def test_every_definition_is_described_and_used() -> None:
    used = {part["$ref"] for part in parts_of(SCHEMA) if isinstance(part, dict) and "$ref" in part}
    assert used == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}
    objects = [part for part in parts_of(SCHEMA) if isinstance(part, dict) and "additionalProperties" in part]
    described = {name: part for item in objects for name, part in item.get("properties", {}).items()}
    assert [name for name, part in described.items() if not part.keys() & {"description", "$ref"}] == []
    assert [name for name, part in SCHEMA["$defs"].items() if "description" not in part] == []


def test_it_knows_what_the_code_knows() -> None:
    definitions = SCHEMA["$defs"]
    row = definitions["row"]["properties"]
    assert SCHEMA["properties"]["schema_version"]["const"] == SCHEMA_VERSION
    assert sorted(row["signs"]["pattern"]) == sorted(f"^[{''.join(SIGNS)}]*$")
    assert row["states"]["pattern"] == f"^[{State(0).value}-{max(State).value}{NO_RECORD}]*$"
    states = [*(state.name.lower() for state in State), None]
    assert definitions["deviation"]["properties"]["state"]["enum"] == states
    assert definitions["relation"]["enum"] == [*RELATIONS, OTHER_NETWORK]
    network, check = definitions["network"]["properties"], definitions["check"]["properties"]
    for position, key in enumerate(("driver", "mode", "flag")):
        assert set(network[key]["enum"]) == {kind[position] for kind in CONTRACT}
    assert check["kind"]["enum"] == list(KINDS)


def test_it_knows_the_causes_that_are_documented() -> None:
    text = " ".join((DOCS / "interfaces.md").read_text(encoding="utf-8").split())
    listed = text.partition("Kinds of causes: ")[2].partition(".")[0]
    assert [f"`{kind}`" for kind in SCHEMA["$defs"]["kind"]["enum"]] == listed.split(", ")


def _drop(part: str, key: str) -> Callable[[Report], Any]:
    return lambda report: report[part][0].pop(key)


def _add(part: str) -> Callable[[Report], Any]:
    return lambda report: report[part][0].update(more=1)


def _row(**changes: Any) -> Callable[[Report], Any]:
    return lambda report: report["matrix"][0]["rows"][0].update(changes)


MUTATIONS: dict[str, Callable[[Report], Any]] = {
    **{
        f"{part} without {part[:1]}": _drop(part, key)
        for part, key in zip(
            PARTS,
            ("method", "mtu", "joined", "rtt_ms", "to_network", "one_way", "example", "cause", "cure"),
            strict=True,
        )
    },
    **{f"{part} with more": _add(part) for part in PARTS},
    "no totals": lambda report: report.pop("totals"),
    "another version": lambda report: report.update(schema_version=2),
    "more at the top": lambda report: report.update(pairs=[]),
    "a time without a zone": lambda report: report.update(generated_at="2026-01-31T12:00:00"),
    "another verdict": lambda report: report.update(verdict="good"),
    "a negative number": lambda report: report["totals"].update(pairs=-1),
    "an unknown sign": _row(signs="oX#"),
    "an unknown state": _row(states="09"),
    "a range of one number": _row(targets=[[3]]),
    "a range of three numbers": _row(targets=[[3, 4, 5]]),
    "a time that is no number": _row(rtt_us={"min": [1.5], "avg": [2], "max": [3]}),
    "times without a maximum": _row(rtt_us={"min": [1], "avg": [2]}),
    "a loss of nothing": _row(loss=[[1, 0]]),
    "a loss of more than all": _row(loss=[[1, 1.1]]),
    "a loss with more": _row(loss=[[1, 0.5, 2]]),
    "causes that are positions": _row(causes={"x": [1]}),
    "changes of another kind": _row(changes={"newly_broken": [], "healed": [], "still_broken": []}),
    "an unknown state of a pair": lambda report: report["deviations"][0].update(state="dead"),
    "a status that is not what was observed": lambda report: report["deviations"][0].update(observed="open"),
    "an unknown kind of a cause": lambda report: report["causes"][0].update(kind="magic"),
    "an unknown kind of a check": lambda report: report["checks"][0].update(kind="magic"),
    "changes without a time": lambda report: report["changes"].pop("since"),
    "an example without a family": lambda report: report["changes"]["examples"]["healed"][0].pop("family"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_is_no_report_is_refused(name: str) -> None:
    report = {**REPORTS["changes"](), "one_way": REPORTS["one-way"]()["one_way"]}
    assert problems(report) == []
    MUTATIONS[name](report)
    assert problems(report)
