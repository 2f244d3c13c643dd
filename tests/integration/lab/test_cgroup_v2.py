# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Native hosts on cgroup version 2, where this machine has version 1: a user-mode Linux host stands for that one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from lab import cgroups, paths
from lab import state as states
from tests.integration.fleet import lab_name
from tests.integration.lab.rig import Rig

OUTER, INNER = Rig(lab_name("v2")), "t-inner"
# The inner lab finds its base tree built and has native hosts: nobody calls these programs that the preflight asks for.
PREPARE = (
    "mount -t hostfs -o hostfs=/tmp/checkout none /srv; cd /usr/local/bin; "
    "for name in mmdebstrap mke2fs; do printf '#!/bin/sh\nexit 1\n' > $name; chmod +x $name; done"
)


def inside(command: str) -> str:
    """Run a command of the inner lab on the user-mode Linux host."""
    return OUTER.run_in("host1", "sh", "-c", f"cd /srv && PYTHONDONTWRITEBYTECODE=1 python3 -m lab {command}")


def show_checkout_to(state: states.State) -> None:
    """Put the checkout where the kernel of host1 sees it: in a mount namespace that ends with it."""
    temporary = paths.host_directory(OUTER.name, "host1") / "tree" / "tmp" / "checkout"
    script = f'mkdir "{temporary}" && mount --bind "{paths.CHECKOUT}" "{temporary}"'
    pid = state.inits["host1"].pid
    subprocess.run(["nsenter", f"--mount=/proc/{pid}/ns/mnt", "sh", "-c", script], check=True, timeout=10)


@pytest.fixture(scope="module", autouse=True)
def machine() -> Iterator[None]:
    """Boot the machine of version 2 and a native lab on it."""
    if cgroups.version() == "v2":
        pytest.skip("this machine has cgroup version 2, every other test runs on it")
    try:
        OUTER.lab("up", "--hosts", "1", "--kernel", "uml")
        state = states.load(OUTER.name)
        assert state is not None
        show_checkout_to(state)
        OUTER.run_in("host1", "sh", "-c", PREPARE)
        inside(f"up --name {INNER} --hosts 1 --kernel native")
        yield
    finally:
        OUTER.lab("down")


def test_controllers_are_handed_down_to_containers() -> None:
    inside(f"exec --name {INNER} host1 -- docker load --input /dev/stdin < .cache/endpoint.tar")
    inside(f"exec --name {INNER} host1 -- docker run --detach --name=endpoint --memory=64m dockerlan/endpoint:1")
    limit = "cat /sys/fs/cgroup/docker/*/memory.max"
    assert inside(f"exec --name {INNER} host1 -- sh -c '{limit}'") == f"{64 << 20}\n"


def test_down_leaves_no_cgroup() -> None:
    inside(f"down --name {INNER}")
    assert OUTER.run_in("host1", "find", "/sys/fs/cgroup", "-name", cgroups.TOP) == ""
