# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network module against an engine's API: each change first in check mode, then for real, then again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.plugins.fake_engine import FakeEngine
from tests.unit.plugins.module_runner import run_module

pytest.importorskip("docker")

OFFICE: dict[str, Any] = {
    "name": "office",
    "driver": "ipvlan",
    "options": {"parent": "eth0", "ipvlan_mode": "l2"},
    "labels": {"dockerlan.fleet.lan": "office"},
    "ipam": [{"subnet": "192.168.56.0/24", "ip_range": "192.168.56.128/28", "gateway": "192.168.56.1"}],
}


def network(engine: FakeEngine, params: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
    """Run the module."""
    return run_module("network", {"docker_host": engine.url, **params}, check=check)


def changes(engine: FakeEngine) -> list[str]:
    """List the calls that change something."""
    return [call for call in engine.calls if not call.startswith("GET")]


def test_create_and_keep(engine: FakeEngine) -> None:
    planned = network(engine, {"networks": [OFFICE]}, check=True)
    assert (planned["changed"], changes(engine)) == (True, [])
    made = network(engine, {"networks": [OFFICE]})
    assert (made["changed"], changes(engine)) == (True, ["POST /networks/create"])
    assert made["diff"] == planned["diff"]
    assert made["networks"] == [{**planned["networks"][0], "id": engine.networks[0]["Id"]}]
    assert made["diff"]["before"] == {}
    assert made["diff"]["after"]["office"]["ipam"][0]["ip_range"] == "192.168.56.128/28"
    for check in (True, False):
        again = network(engine, {"networks": [OFFICE]}, check=check)
        assert (again["changed"], again["networks"][0]["action"]) == (False, "kept")
        assert again["diff"]["before"] == again["diff"]["after"] != {}
    assert changes(engine) == ["POST /networks/create"]


@pytest.mark.parametrize("check", [True, False])
def test_a_difference_is_refused_before_anything_is_created(engine: FakeEngine, check: bool) -> None:
    network(engine, {"networks": [OFFICE]})
    wanted = [{**OFFICE, "name": "new", "labels": {}}, {**OFFICE, "internal": True, "options": {"parent": "eth1"}}]
    result = network(engine, {"networks": wanted}, check=check)
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert [(row["name"], [found["field"] for found in row["differences"]]) for row in result["networks"]] == [
        ("office", ["internal", "options.parent"])
    ]
    assert "office: options.parent is 'eth0', declared is 'eth1'" in result["msg"]
    assert changes(engine) == ["POST /networks/create"]


def test_an_error_is_told_and_taken_back(engine: FakeEngine) -> None:
    engine.failures["POST /networks/create lab"] = (400, "invalid subinterface vlan name nope0, example is eth0.10")
    wanted = [OFFICE, {**OFFICE, "name": "lab", "options": {"parent": "nope0"}}]
    result = network(engine, {"networks": wanted})
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert "does not exist on this host" in result["msg"]
    assert engine.networks == []


def test_remove_and_stay_removed(engine: FakeEngine) -> None:
    network(engine, {"networks": [OFFICE]})
    planned = network(engine, {"names": ["office"], "state": "absent"}, check=True)
    assert (planned["changed"], len(engine.networks)) == (True, 1)
    removed = network(engine, {"names": ["office"], "state": "absent"})
    assert (removed["changed"], engine.networks) == (True, [])
    assert removed["networks"] == planned["networks"]
    assert (list(removed["diff"]["before"]), removed["diff"]["after"]) == (["office"], {})
    again = network(engine, {"names": ["office"], "state": "absent"})
    assert again["changed"] is False
    assert again["networks"] == [{"name": "office", "action": "absent", "id": None, "differences": []}]


@pytest.mark.parametrize("check", [True, False])
def test_a_foreign_network_is_not_removed_and_neither_is_ours_beside_it(engine: FakeEngine, check: bool) -> None:
    network(engine, {"networks": [OFFICE]})
    engine.add_network("foreign")
    result = network(engine, {"names": ["office", "foreign"], "state": "absent"}, check=check)
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert "foreign: the network is not ours" in result["msg"]
    assert len(engine.networks) == 2


def test_a_network_with_a_stopped_container_is_not_removed(engine: FakeEngine) -> None:
    network(engine, {"networks": [OFFICE]})
    engine.add_container("old", 0, {"office": {"NetworkID": engine.networks[0]["Id"]}})
    result = network(engine, {"names": ["office"], "state": "absent"})
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert "containers are attached: old (exited)" in result["msg"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "networks"),
        ({"state": "absent"}, "names"),
        ({"networks": [OFFICE], "names": ["x"]}, "mutually exclusive"),
        ({"networks": [{**OFFICE, "driver": "bridge"}]}, "ipvlan, macvlan"),
        ({"networks": [{**OFFICE, "options": {"parent": "eth0", "mtu": "1400"}}]}, "mtu"),
        ({"networks": [{**OFFICE, "ipam": [{"subnet": "192.168.56.0/24"}]}]}, "gateway"),
        ({"networks": [{**OFFICE, "ipam": [{**OFFICE["ipam"][0], "gateway": "x"}]}]}, "x"),
    ],
)
def test_wrong_parameters_are_refused(engine: FakeEngine, params: dict[str, Any], words: str) -> None:
    engine.add_network("office", Driver="ipvlan")
    result = network(engine, params)
    assert result["failed"]
    assert words in result["msg"]
    assert changes(engine) == []
