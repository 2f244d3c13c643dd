# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds defaults/main.yml and meta/argument_specs.yml of every role together.

Ansible checks values against the specs, but takes the defaults from the other file: nothing but this test keeps the two
from telling users different things.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[3] / "roles"
NAMES = sorted(path.name for path in ROLES.iterdir() if path.is_dir())


def specs_of(role: str) -> dict[str, Any]:
    """Return the documented entry points of a role, by name."""
    loaded = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    return dict(loaded["argument_specs"])


def defaults_of(role: str) -> dict[str, Any]:
    """Return the defaults of a role; a role without the file has none."""
    file = ROLES / role / "defaults" / "main.yml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")) or {}) if file.exists() else {}


def every_option(options: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield ``(dotted path, option)`` for all options and, recursively, their suboptions."""
    for name, option in options.items():
        yield path + name, option
        yield from every_option(option.get("options", {}), f"{path}{name}.")


def test_there_are_roles() -> None:
    assert {"prepare", "network", "reachability"} <= set(NAMES)


@pytest.mark.parametrize("role", NAMES)
def test_every_default_in_the_specs_is_the_default(role: str) -> None:
    for entry, spec in specs_of(role).items():
        documented = {name: option["default"] for name, option in spec["options"].items() if "default" in option}
        real = {name: value for name, value in defaults_of(role).items() if name in spec["options"]}
        assert documented == real, f"{role}, entry point {entry}"


@pytest.mark.parametrize("role", NAMES)
def test_every_variable_in_the_defaults_is_documented(role: str) -> None:
    assert set(defaults_of(role)) <= set(specs_of(role)["main"]["options"])


@pytest.mark.parametrize("role", NAMES)
def test_a_required_option_has_no_default_anywhere(role: str) -> None:
    for entry, spec in specs_of(role).items():
        required = {name for name, option in spec["options"].items() if option.get("required")}
        assert not required & set(defaults_of(role)), f"{role}, entry point {entry}"
        for path, option in every_option(spec["options"]):
            assert not (option.get("required") and "default" in option), f"{role}, entry point {entry}: {path}"


@pytest.mark.parametrize("role", NAMES)
def test_every_entry_point_is_described_and_a_file(role: str) -> None:
    specs = specs_of(role)
    assert "main" in specs
    for entry, spec in specs.items():
        assert spec["short_description"]
        assert (ROLES / role / "tasks" / f"{entry}.yml").is_file(), f"{role}: tasks/{entry}.yml"


@pytest.mark.parametrize("role", NAMES)
def test_every_option_and_suboption_has_a_description_and_a_type(role: str) -> None:
    for entry, spec in specs_of(role).items():
        for path, option in every_option(spec["options"]):
            assert option.get("description"), f"{role}, entry point {entry}: {path} has no description"
            assert option.get("type"), f"{role}, entry point {entry}: {path} has no type"


@pytest.mark.parametrize("role", NAMES)
def test_every_role_is_introduced(role: str) -> None:
    assert (ROLES / role / "README.md").is_file()
