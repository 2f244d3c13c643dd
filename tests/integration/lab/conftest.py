# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs for the tests of the lab: two hosts of each kind, booted once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab import kernels
from tests.integration.fleet import boot, lab_name, run_lab
from tests.integration.lab.rig import Rig


@contextmanager
def rig(name: str, *options: str) -> Iterator[Rig]:
    """Boot a lab of two hosts and take it down whatever happens."""
    try:
        boot(name, "--hosts", "2", *options)
        yield Rig(name)
    finally:
        down = run_lab("down", "--name", name)
        assert down.returncode == 0, down.stdout + down.stderr


@pytest.fixture(scope="session")
def native() -> Iterator[Rig]:
    """Boot a native lab with a macvlan network on both hosts."""
    if not kernels.creates("macvlan"):
        pytest.skip("the running kernel has no macvlan, so there are no native hosts to test with")
    with rig(lab_name("native"), "--kernel", "native") as lab:
        lab.add_network("macvlan")
        yield lab


@pytest.fixture(scope="session")
def uml() -> Iterator[Rig]:
    """Boot a user-mode Linux lab with an ipvlan network on both hosts."""
    with rig(lab_name("uml"), "--kernel", "uml") as lab:
        lab.add_network("ipvlan")
        yield lab
