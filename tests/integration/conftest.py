# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs that the integration tests share: booted once per session and process, taken down at its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.fleet import ROOT, Fleet, boot, lab_name, run_lab

HOSTS = 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the file that takes longest: of two processes that share the files neither waits for it in the end."""
    items.sort(key=lambda item: item.path.name != "test_molecule.py")


@contextmanager
def booted(name: str, folder: Path, *options: str, hosts: int = HOSTS) -> Iterator[Fleet]:
    """Boot a lab, hand it out, and take it down whatever happens.

    The generated hosts file is put beside the group variables of inventories/lab, so that the tests use what users use.
    """
    inventory = folder / "inventory"
    shutil.copytree(ROOT / "inventories" / "lab", inventory, ignore=shutil.ignore_patterns("hosts.yml"))
    hosts_file = inventory / "hosts.yml"
    try:
        boot(name, "--hosts", str(hosts), "--inventory", str(hosts_file), *options)
        yield Fleet(name, tuple(f"host{n}" for n in range(1, hosts + 1)), inventory, folder)
    finally:
        run_lab("down", "--name", name)


@pytest.fixture(scope="session")
def ipvlan_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Three hosts whose kernels have ipvlan; tests run in file order and build on one another's fleet."""
    with booted(lab_name("ipvlan"), tmp_path_factory.mktemp("ipvlan"), "--links", "ipvlan") as fleet:
        yield fleet


@pytest.fixture(scope="session")
def macvlan_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Three hosts with macvlan, native where the running kernel has it."""
    with booted(lab_name("macvlan"), tmp_path_factory.mktemp("macvlan"), "--links", "macvlan") as fleet:
        yield fleet
