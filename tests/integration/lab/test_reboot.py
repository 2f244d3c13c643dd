# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that went down and was booted again has all that was on its disk, and nothing that was not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import kernels, paths
from tests.integration.fleet import lab_name
from tests.integration.lab.rig import GATEWAYS, Rig

DRIVERS = {"native": "macvlan", "uml": "ipvlan"}
KEPT = "/var/lib/fleet/journal.json"
FRESH = ("/run/mark", "/tmp/mark")  # noqa: S108 (in the host)
WRITE = f"mkdir /var/lib/fleet && echo kept > {KEPT} && rm -r /etc/ssh && touch {' '.join(FRESH)}"


def prepare(lab: Rig, driver: str) -> None:
    """Give host2 a network, a container of each kind, and files."""
    lab.add_endpoint("host2", driver)
    run = "docker run --detach --network=office --restart=always --name=always dockerlan/endpoint:1"
    lab.run_in("host2", *run.split())
    lab.run_in("host2", *"docker create --network=office --name=created dockerlan/endpoint:1".split())
    lab.run_in("host2", "sh", "-c", WRITE)


@pytest.fixture(scope="module", params=list(DRIVERS))
def rebooted(request: pytest.FixtureRequest) -> Iterator[tuple[Rig, str]]:
    """Hand out a lab whose host2 lost its power right after the last write, and the id that its network had."""
    if request.param == "native" and not kernels.creates("macvlan"):
        pytest.skip("the running kernel has no macvlan, so there are no native hosts to test with")
    lab = Rig(lab_name("reboot"))
    try:
        lab.lab("up", "--hosts", "2", "--kernel", request.param)
        prepare(lab, DRIVERS[request.param])
        network = lab.run_in("host2", "docker", "network", "inspect", "--format={{.Id}}", "office")
        lab.run_in("host2", "sh", "-c", f"echo last >> {KEPT}")
        lab.lab("fault", "down", "host2")
        lab.lab("heal")
        yield lab, network
    finally:
        lab.lab("down")
    assert not paths.state_directory(lab.name).exists()


def test_files_are_as_they_were_left(rebooted: tuple[Rig, str]) -> None:
    lab, _ = rebooted
    assert lab.run_in("host2", "cat", KEPT) == "kept\nlast\n"
    assert lab.try_in("host2", "test", "-e", "/etc/ssh").returncode == 1, "what was removed is not there again"


def test_what_lies_in_memory_is_fresh(rebooted: tuple[Rig, str]) -> None:
    lab, _ = rebooted
    for path in FRESH:
        assert lab.try_in("host2", "test", "-e", path).returncode == 1


def test_another_host_has_nothing_of_it(rebooted: tuple[Rig, str]) -> None:
    lab, _ = rebooted
    assert lab.try_in("host1", "test", "-e", KEPT).returncode == 1


def test_networks_are_the_same(rebooted: tuple[Rig, str]) -> None:
    lab, network = rebooted
    assert lab.run_in("host2", "docker", "network", "inspect", "--format={{.Id}}", "office") == network


def test_only_containers_with_a_restart_policy_run_again(rebooted: tuple[Rig, str]) -> None:
    lab, _ = rebooted
    wanted = {"endpoint": "exited", "always": "running", "created": "created"}
    lab.wait_for_containers("host2", wanted)


@pytest.mark.parametrize("name", ["endpoint", "created"])
def test_stopped_containers_start_in_their_network(rebooted: tuple[Rig, str], name: str) -> None:
    lab, _ = rebooted
    lab.run_in("host2", "docker", "start", name)
    assert lab.try_in("host2", "docker", "exec", name, "ping", "-c", "8", "-i", "0.2", GATEWAYS[0]).returncode == 0
