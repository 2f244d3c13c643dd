# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running lab is and does, on hosts of both kinds."""

from __future__ import annotations

import subprocess

import pytest

from lab import base, inventory, paths
from lab import state as states
from tests.integration.fleet import clean_environment, lab_name, run_lab, tool
from tests.integration.lab import traces
from tests.integration.lab.rig import ENDPOINTS, GATEWAYS, HOSTS, Rig


@pytest.fixture(params=["native", "uml"])
def any_lab(request: pytest.FixtureRequest) -> Rig:
    rig = request.getfixturevalue(request.param)
    assert isinstance(rig, Rig)
    return rig


def test_every_host_has_its_own_name_root_and_engine(any_lab: Rig) -> None:
    for host in HOSTS:
        assert any_lab.run_in(host, "hostname").strip() == host
        any_lab.run_in(host, "sh", "-c", "echo $(hostname) > /root/mark")
    assert [any_lab.run_in(host, "cat", "/root/mark").strip() for host in HOSTS] == list(HOSTS)
    engines = {any_lab.run_in(host, "docker", "info", "--format={{.ID}}") for host in HOSTS}
    assert len(engines) == len(HOSTS)


def test_docker_keeps_its_data_where_overlays_work(any_lab: Rig) -> None:
    assert any_lab.run_in("host1", "docker", "info", "--format={{.Driver}}") == "overlay2\n"


@pytest.mark.parametrize("code", [0, 7])
def test_exec_ends_with_the_exit_code_of_the_command(any_lab: Rig, code: int) -> None:
    done = any_lab.try_in("host1", "sh", "-c", f"echo 'a  b'; exit {code}")
    assert (done.returncode, done.stdout) == (code, "a  b\n")


def test_the_gateway_answers_and_nothing_lies_behind_it(any_lab: Rig) -> None:
    assert all(any_lab.host_pings("host1", gateway) for gateway in GATEWAYS)
    for address in ("1.1.1.1", "2606:4700:4700::1111"):
        connect = any_lab.try_in("host1", "timeout", "5", "bash", "-c", f"exec 3<>/dev/tcp/{address}/53")
        assert connect.returncode == 1
        assert "unreachable" in connect.stderr.lower() or "no route" in connect.stderr.lower()


def test_ansible_reaches_every_host_by_the_inventory(any_lab: Rig) -> None:
    hosts_file = paths.default_inventory(any_lab.name)
    command = [tool("ansible"), "-i", str(hosts_file), "docker_fleet", "-m", "ansible.builtin.ping", "--one-line"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=clean_environment(), cwd=paths.CHECKOUT
    )
    assert done.stdout.count('"ping": "pong"') == len(HOSTS), done.stdout + done.stderr


def test_macvlan_between_native_hosts(native: Rig) -> None:
    assert native.pings("host1", ENDPOINTS["host2"])
    assert native.host_pings("host1", ENDPOINTS["host2"])
    assert not native.host_pings("host1", ENDPOINTS["host1"])


def test_ipvlan_between_user_mode_linux_hosts(uml: Rig) -> None:
    assert uml.pings("host1", ENDPOINTS["host2"])
    assert uml.host_pings("host1", ENDPOINTS["host2"])
    assert not uml.host_pings("host1", ENDPOINTS["host1"])


def test_up_again_changes_nothing(any_lab: Rig) -> None:
    before = states.load(any_lab.name)
    kernel = before.kernel if before else ""
    any_lab.lab("up", "--hosts", "2", "--kernel", kernel)
    assert states.load(any_lab.name) == before
    assert any_lab.pings("host1", ENDPOINTS["host2"])


@pytest.mark.parametrize(("option", "value"), [("--hosts", "3"), ("--kernel", "uml"), ("--engine", "debian12")])
def test_up_of_another_shape_is_refused_and_says_what_to_do(native: Rig, option: str, value: str) -> None:
    shape = {"--hosts": "2", "--kernel": "native", "--engine": "debian13", option: value}
    done = run_lab("up", "--name", native.name, *(word for pair in shape.items() for word in pair))
    assert done.returncode == 1
    assert f"not {value}" in done.stderr
    assert f"lab down --name {native.name}" in done.stderr
    assert native.pings("host1", ENDPOINTS["host2"])


def test_two_labs_of_one_kind_side_by_side_do_not_meet(native: Rig) -> None:
    other = Rig(lab_name("beside"))
    try:
        other.lab("up", "--hosts", "2", "--kernel", "native")
        other.run_in("host1", "touch", "/root/other")
        assert native.try_in("host1", "test", "-e", "/root/other").returncode == 1
        other.load_image("host1")
        assert not other.host_pings("host1", ENDPOINTS["host2"])
        found = traces.of(other.name)
    finally:
        other.lab("down")
    assert found.left() == []
    assert native.pings("host1", ENDPOINTS["host2"])


def test_status_names_every_lab_and_host(native: Rig) -> None:
    shown = run_lab("status").stdout
    block = shown[shown.index(f"{native.name}: native kernel") :].splitlines()
    assert [line.split()[0] for line in block[1:3]] == list(HOSTS)


def test_the_inventory_of_another_lab_is_not_touched(native: Rig) -> None:
    state = states.load(native.name)
    assert state is not None
    assert paths.default_inventory(native.name).read_text() == inventory.render(native.name, state.hosts)


@pytest.mark.parametrize("engine", [name for name in base.ENGINES if name != base.DEFAULT_ENGINE])
def test_the_endpoint_image_runs_on_every_other_engine(native: Rig, engine: str) -> None:
    assert native  # only where native hosts can be had
    built = run_lab("base", "--engine", engine)
    if built.returncode != 0:
        pytest.skip(f"no base tree of {engine} can be built today: {built.stderr.strip()}")
    other = Rig(lab_name(engine))
    try:
        other.lab("up", "--hosts", "1", "--kernel", "native", "--engine", engine)
        other.add_endpoint("host1", "macvlan")
        assert other.pings("host1", GATEWAYS[0])
    finally:
        other.lab("down")
