# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What containers really have in their namespaces: pure parts, and the namespace of this process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _insides
from ansible_collections.dockerlan.fleet.plugins.module_utils._insides import (
    Inside,
    look_into,
    stranded,
    with_true_macs,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import OWN

NETWORKS = [{"id": "n1", "name": "office", "driver": "macvlan"}, {"id": "n2", "name": "voice", "driver": "ipvlan"}]
LO = {"name": "lo", "loopback": True, "mac": "00:00:00:00:00:00", "addresses": ["127.0.0.1/8"]}
ETH0 = {"name": "eth0", "loopback": False, "mac": "02:00:00:00:00:30", "addresses": ["192.168.56.130/24"]}
LINKED = Inside(1, [LO, ETH0])
EMPTY = Inside(2, [LO])


def container(name: str, pid: int, mode: str = "office", networks: tuple[str, ...] = ()) -> dict[str, Any]:
    ids = {network["name"]: network["id"] for network in NETWORKS}
    attached = {network: {"NetworkID": ids[network], "IPAddress": ""} for network in networks}
    return {
        "Id": f"id-{name}",
        "Name": f"/{name}",
        "State": {"Pid": pid},
        "HostConfig": {"NetworkMode": mode},
        "NetworkSettings": {"Networks": attached},
    }


def by_id(*containers: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {answer["Id"]: answer for answer in containers}


WEB = container("web", 100, networks=("office", "voice"))
SIDECAR = container("sidecar", 101, mode="container:id-web")


def row(**values: Any) -> dict[str, Any]:
    return {"container_id": "id-web", "ipv4": "192.168.56.130", "ipv6": None, "mac": "02:42:00:00:00:01", **values}


def test_the_mac_of_the_link_that_has_the_address_wins_over_the_word_of_the_engine() -> None:
    assert with_true_macs([row()], {"id-web": LINKED}) == [row(mac="02:00:00:00:00:30")]


@pytest.mark.parametrize("insides", [{}, {"id-web": EMPTY}, {"id-other": LINKED}])
def test_without_that_link_the_engine_is_believed(insides: dict[str, Inside]) -> None:
    assert with_true_macs([row()], insides) == [row()]


def test_a_container_that_shares_a_living_network_is_not_stranded() -> None:
    assert stranded(by_id(WEB, SIDECAR), NETWORKS, {"id-web": LINKED, "id-sidecar": LINKED}) == []


@pytest.mark.parametrize("pid", [0, 200])
def test_one_whose_container_died_or_was_started_again_is_stranded(pid: int) -> None:
    web = container("web", pid, networks=("office", "voice"))
    insides = {"id-sidecar": EMPTY, **({"id-web": LINKED} if pid else {})}
    assert stranded(by_id(web, SIDECAR), NETWORKS, insides) == [
        {
            "container": "sidecar",
            "container_id": "id-sidecar",
            "pid": 101,
            "joined": "web",
            "networks": ["office", "voice"],
        }
    ]


def test_one_that_cannot_be_looked_into_is_not_called_stranded() -> None:
    assert stranded(by_id(container("web", 0, networks=("office",)), SIDECAR), NETWORKS, {}) == []


def test_one_that_has_another_link_by_now_is_not_stranded() -> None:
    web = container("web", 0, networks=("office",))
    assert stranded(by_id(web, SIDECAR), NETWORKS, {"id-sidecar": LINKED}) == []


def test_a_process_is_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid():
        pytest.skip("needs root, to enter a namespace")
    monkeypatch.setattr(
        "ansible_collections.dockerlan.fleet.plugins.module_utils._entry.is_process_of", lambda *_: True
    )
    found = look_into(by_id(container("me", os.getpid()), container("stopped", 0)))
    assert list(found) == ["id-me"]
    assert found["id-me"].number == Path("/proc/self/ns/net").stat().st_ino
    assert found["id-me"].macs()["127.0.0.1"] == "00:00:00:00:00:00"
    assert "lo" in {link["name"] for link in found["id-me"].links}


def test_what_the_kernel_puts_into_every_namespace_is_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    tunnel = {"name": "tunl0", "loopback": False, "mac": None, "addresses": []}
    monkeypatch.setattr(_insides._links, "link_facts", lambda *_: [LO, tunnel, ETH0])
    monkeypatch.setattr(_insides, "namespace_of", lambda _answer: OWN._replace(path="/proc/self/ns/net"))
    assert look_into(by_id(WEB))["id-web"].links == [LO, ETH0]


def test_a_process_that_is_not_the_containers_is_left_alone() -> None:
    assert look_into(by_id(container("me", os.getpid()))) == {}


def test_a_namespace_that_is_gone_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = _insides.namespace_of(container("stopped", 0))._replace(path="/nowhere", reason=None)
    monkeypatch.setattr(_insides, "namespace_of", lambda _answer: gone)
    assert look_into(by_id(WEB)) == {}
