# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory as Ansible will read it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab import hosts, inventory, paths
from lab.state import State


def state_with(path: Path, count: int = 2) -> State:
    return State("t-unit", "/checkout", "native", "debian13", count, str(path), [])


@given(st.integers(min_value=1, max_value=hosts.MOST_HOSTS))
def test_it_is_yaml_with_every_host_in_the_fleets_group(count: int) -> None:
    group = yaml.safe_load(inventory.render("demo", hosts.all_hosts(count)))["all"]["children"]["docker_fleet"]
    assert group["hosts"] == {host.name: {"ansible_host": host.ipv4} for host in hosts.all_hosts(count)}


def test_variables_are_about_the_connection_only() -> None:
    group = yaml.safe_load(inventory.render("demo", hosts.all_hosts(1)))["all"]["children"]["docker_fleet"]
    others = {name for name in group["vars"] if not name.startswith("ansible_")}
    assert others == {"lab_endpoint_image_archive"}
    assert group["vars"]["lab_endpoint_image_archive"] == str(paths.CHECKOUT / ".cache/endpoint.tar")


def test_two_labs_share_no_connection() -> None:
    one, two = inventory.connection_variables("one"), inventory.connection_variables("two")
    different = {name for name in one if one[name] != two[name]}
    assert different == {"ansible_ssh_private_key_file", "ansible_ssh_common_args", "ansible_control_path_dir"}


def test_write_and_remove(tmp_path: Path) -> None:
    path = tmp_path / "new" / "hosts.yml"
    inventory.write(state_with(path))
    assert path.read_text() == inventory.render("t-unit", hosts.all_hosts(2))
    assert [entry.name for entry in path.parent.iterdir()] == ["hosts.yml"]
    inventory.remove(state_with(path))
    assert not path.exists()


@pytest.mark.parametrize("count", [2, 3])
def test_remove_leaves_what_another_lab_wrote(tmp_path: Path, count: int) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text(inventory.render("other", hosts.all_hosts(count)))
    inventory.remove(state_with(path))
    assert path.exists()


def test_remove_of_a_missing_file_is_nothing(tmp_path: Path) -> None:
    inventory.remove(state_with(tmp_path / "gone.yml"))
