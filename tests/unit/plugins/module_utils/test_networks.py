# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks are created and removed as one transaction, against an engine's API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _networks

from tests.unit.plugins.fake_engine import FakeEngine

pytest.importorskip("docker")


def spec(name: str, **changes: Any) -> dict[str, Any]:
    """Build a declared network whose subnet depends on its name."""
    third = ord(name[0])
    pool = {"subnet": f"10.0.{third}.0/24", "ip_range": f"10.0.{third}.16/28", "gateway": f"10.0.{third}.1"}
    return {
        "name": name,
        "driver": "macvlan",
        "internal": False,
        "enable_ipv6": False,
        "options": {"parent": "eth0"},
        "labels": {"dockerlan.fleet.lan": name},
        "ipam": [{**pool, "aux_addresses": {}}],
        **changes,
    }


@pytest.fixture
def connection(engine: FakeEngine) -> Iterator[_docker.Engine]:
    """Connect to the engine; a call is given up after a second."""
    with _docker.connected(engine.url, 1) as connected:
        yield connected


def names(engine: FakeEngine) -> list[str]:
    """Name the networks that the engine has."""
    return [network["Name"] for network in engine.networks]


def test_create_and_find_it_identical(engine: FakeEngine, connection: _docker.Engine) -> None:
    specs = [spec("a"), spec("b", enable_ipv6=True, internal=True)]
    created = _networks.create_all(connection, specs)
    steps = _networks.decide_present(specs, _docker.list_networks(connection))
    assert [(step.action, step.id) for step in steps] == [("kept", created["a"]), ("kept", created["b"])]
    assert engine.networks[0]["IPAM"]["Config"] == [
        {"Subnet": "10.0.97.0/24", "IPRange": "10.0.97.16/28", "Gateway": "10.0.97.1", "AuxiliaryAddresses": {}}
    ]


def test_missing_ones_are_to_be_created(connection: _docker.Engine) -> None:
    [step] = _networks.decide_present([spec("a")], _docker.list_networks(connection))
    assert step.row() == {"name": "a", "action": "created", "id": None, "differences": []}
    assert _networks.refusal([step]) == ""


def test_every_difference_of_every_network_is_refused(connection: _docker.Engine) -> None:
    _networks.create_all(connection, [spec("a"), spec("b")])
    wanted = [spec("a", internal=True, options={"parent": "eth1"}), spec("b", labels={}), spec("c")]
    steps = _networks.decide_present(wanted, _docker.list_networks(connection))
    assert [step.action for step in steps] == ["refused", "refused", "created"]
    assert _networks.refusal(steps).splitlines() == [
        "a: internal is False, declared is True",
        "a: options.parent is 'eth0', declared is 'eth1'",
        "b: labels.dockerlan.fleet.lan is 'b', declared is not set",
    ]


def test_a_name_that_is_there_twice_is_refused(engine: FakeEngine, connection: _docker.Engine) -> None:
    engine.add_network("a")
    engine.add_network("a")
    [step] = _networks.decide_present([spec("a")], _docker.list_networks(connection))
    assert step.action == "refused"
    assert "2 networks have this name" in _networks.refusal([step])


def test_an_id_is_no_name(engine: FakeEngine, connection: _docker.Engine) -> None:
    engine.add_network("x", Id="abcdef")
    [step] = _networks.decide_present([spec("abc")], _docker.list_networks(connection))
    assert step.action == "created"


def test_an_error_takes_back_what_was_created(engine: FakeEngine, connection: _docker.Engine) -> None:
    engine.add_network("other")
    engine.failures["POST /networks/create c"] = (400, "invalid subinterface vlan name nope0, example formatting is x")
    with pytest.raises(_networks.ChangeError) as caught:
        _networks.create_all(connection, [spec("a"), spec("b"), spec("c"), spec("d")])
    assert names(engine) == ["other"]
    assert "Network 'c': the parent link 'nope0' does not exist" in str(caught.value)
    assert "Removed again: a, b" in str(caught.value)


def test_an_error_at_the_first_one_changes_nothing(engine: FakeEngine, connection: _docker.Engine) -> None:
    engine.failures["POST /networks/create a"] = (500, "it is broken")
    with pytest.raises(_networks.ChangeError, match=r"Docker says: it is broken\. Nothing was changed"):
        _networks.create_all(connection, [spec("a")])
    assert not [call for call in engine.calls if call.startswith("DELETE")]


def test_one_that_is_answered_too_late_is_taken_back_too(engine: FakeEngine, connection: _docker.Engine) -> None:
    engine.silent.add("POST /networks/create b")
    with pytest.raises(_networks.ChangeError, match="Removed again: a, b"):
        _networks.create_all(connection, [spec("a"), spec("b")])
    assert names(engine) == []


def test_somebody_elses_network_is_never_taken_back(engine: FakeEngine, connection: _docker.Engine) -> None:
    _networks.create_all(connection, [spec("b")])  # by a second controller, meanwhile
    engine.failures["POST /networks/create b"] = (409, "network with name b already exists")
    with pytest.raises(_networks.ChangeError, match="came into being meanwhile"):
        _networks.create_all(connection, [spec("a"), spec("b")])
    assert names(engine) == ["b"]


def test_what_cannot_be_taken_back_is_told(engine: FakeEngine, connection: _docker.Engine) -> None:
    engine.failures["POST /networks/create b"] = (500, "it is broken")
    engine.failures[f"DELETE /networks/{1:064x}"] = (500, "this too")
    with pytest.raises(_networks.ChangeError, match=r"remove by hand if it is there: a \(this too\)"):
        _networks.create_all(connection, [spec("a"), spec("b")])


def test_what_the_engine_makes_differently_is_taken_back(engine: FakeEngine, connection: _docker.Engine) -> None:
    engine.created_with = {"EnableIPv6": True}
    with pytest.raises(_networks.ChangeError, match="b: enable_ipv6 is True, declared is False") as caught:
        _networks.create_all(connection, [spec("b")])
    assert "Removed again: b" in str(caught.value)
    assert names(engine) == []


def test_an_outcome_that_cannot_be_checked_is_taken_back(engine: FakeEngine, connection: _docker.Engine) -> None:
    engine.failures["GET /networks"] = (500, "no list today")
    with pytest.raises(_networks.ChangeError, match="no list today"):
        _networks.create_all(connection, [spec("a")])
    assert names(engine) == []


def test_creating_nothing_asks_nothing(engine: FakeEngine, connection: _docker.Engine) -> None:
    before = len(engine.calls)
    assert _networks.create_all(connection, []) == {}
    assert engine.calls[before:] == []


def test_absent_removes_ours_only(engine: FakeEngine, connection: _docker.Engine) -> None:
    _networks.create_all(connection, [spec("a"), spec("b", labels={}), spec("c", labels={"dockerlan.fleet.lan": "x"})])
    steps = _networks.decide_absent(["a", "b", "c", "d", "a"], _docker.list_networks(connection), [])
    assert [step.action for step in steps] == ["removed", "refused", "refused", "absent"]
    assert _networks.refusal(steps).splitlines() == [
        "b: the network is not ours: its label dockerlan.fleet.lan is not 'b'",
        "c: the network is not ours: its label dockerlan.fleet.lan is not 'c'",
    ]
    _networks.remove_all(connection, steps[:1])
    assert names(engine) == ["b", "c"]


def test_absent_names_the_containers_also_the_stopped_ones(engine: FakeEngine, connection: _docker.Engine) -> None:
    network_id = _networks.create_all(connection, [spec("a")])["a"]
    engine.add_container("web", 4711, {"a": {"NetworkID": network_id}})
    engine.add_container("old", 0, {"a": {"NetworkID": network_id}})
    engine.add_container("elsewhere", 4712, {"b": {"NetworkID": "x"}})
    containers = _docker.list_containers(connection)
    steps = _networks.decide_absent(["a"], _docker.list_networks(connection), containers)
    assert _networks.refusal(steps) == "a: containers are attached: old (exited), web (running)"


def test_an_error_when_removing_says_what_was_removed_before(engine: FakeEngine, connection: _docker.Engine) -> None:
    _networks.create_all(connection, [spec("a"), spec("b")])
    engine.failures[f"DELETE /networks/{2:064x}"] = (403, "network b has active endpoints")
    steps = _networks.decide_absent(["a", "b"], _docker.list_networks(connection), [])
    with pytest.raises(_networks.ChangeError, match=r"Network 'b': containers are attached.*Removed before: \['a'\]"):
        _networks.remove_all(connection, steps)
