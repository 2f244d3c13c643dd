# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to the engine, through the real SDK and a real socket."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _docker

from tests.unit.plugins.fake_engine import FakeEngine

pytest.importorskip("docker")


def test_facts_of_the_engine(engine: FakeEngine) -> None:
    with _docker.connected(engine.url, 5) as connection:
        assert _docker.engine_facts(connection) == {
            "version": "26.1.5+dfsg1",
            "api_version": "1.45",
            "id": "engine-1",
            "security_options": ["name=seccomp"],
        }
    assert _answers.version_tuple(_docker.sdk_version()) >= (5,)


def test_networks_are_listed_by_name_in_one_call(engine: FakeEngine) -> None:
    for name in ("b", "a", "c"):
        engine.add_network(name)
    with _docker.connected(engine.url, 5) as connection:
        before = len(engine.calls)
        assert [spec["name"] for spec in _docker.list_networks(connection)] == ["a", "b", "c"]
    assert engine.calls[before:] == ["GET /networks"]


def test_endpoints_cost_one_call_and_one_per_container_on_a_lan(engine: FakeEngine) -> None:
    bridge = engine.add_network("bridge", Driver="bridge")
    lans = [engine.add_network(f"lan{number}") for number in range(5)]
    everywhere = {lan["Name"]: {"NetworkID": lan["Id"], "IPAddress": "192.0.2.1"} for lan in lans}
    engine.add_container("stopped", 0, everywhere)
    engine.add_container("running", 4711, everywhere)
    engine.add_container("paused", 4712, {"lan0": {"NetworkID": lans[0]["Id"]}}, state="paused")
    engine.add_container("elsewhere", 4713, {"bridge": {"NetworkID": bridge["Id"]}})
    with _docker.connected(engine.url, 5) as connection:
        networks = _docker.list_networks(connection)
        before = len(engine.calls)
        found = _docker.containers_on(connection, networks[1:])
    assert sorted(engine.calls[before:]) == sorted(
        ["GET /containers/json", *(f"GET /containers/c{number:063x}/json" for number in (1, 2, 3))]
    )
    rows = _answers.all_endpoints(found.values(), networks[1:])
    assert [(row["container"], row["network"], row["pid"]) for row in rows] == [
        ("paused", "lan0", 4712),
        *(("running", f"lan{number}", 4711) for number in range(5)),
        *(("stopped", f"lan{number}", None) for number in range(5)),
    ]


def test_containers_that_joined_one_on_the_lan_are_inspected_when_asked_for(engine: FakeEngine) -> None:
    lan = engine.add_network("lan")
    web = engine.add_container("web", 4711, {"lan": {"NetworkID": lan["Id"]}})
    for name, joined in (("sidecar", web["Id"]), ("stranger", "f" * 64)):
        engine.add_container(name, 4712, {})["HostConfig"]["NetworkMode"] = f"container:{joined}"
    with _docker.connected(engine.url, 5) as connection:
        networks = _docker.list_networks(connection)
        plain = _docker.containers_on(connection, networks)
        joining = _docker.containers_on(connection, networks, joining=True)
    assert [_answers.container_name(answer) for answer in plain.values()] == ["web"]
    assert [_answers.container_name(answer) for answer in joining.values()] == ["web", "sidecar"]


def test_a_container_that_goes_away_meanwhile_is_left_out(engine: FakeEngine) -> None:
    lan = engine.add_network("lan")
    engine.add_container("web", 4711, {"lan": {"NetworkID": lan["Id"]}})
    engine.failures[f"GET /containers/{engine.containers[0]['Id']}/json"] = (404, "No such container")
    with _docker.connected(engine.url, 5) as connection:
        assert _docker.containers_on(connection, _docker.list_networks(connection)) == {}


def test_another_error_comes_through_with_the_words_of_the_engine(engine: FakeEngine) -> None:
    engine.failures["GET /containers/web/json"] = (500, "it is broken")
    with _docker.connected(engine.url, 5) as connection, pytest.raises(_docker.ENGINE_ERRORS) as caught:
        _docker.inspect_containers(connection, ["web"])
    assert _docker.error_text(caught.value) == "it is broken"
    assert _docker.is_answer(caught.value)


def test_an_answered_error_leaves_the_block_as_it_is(engine: FakeEngine) -> None:
    engine.failures["GET /networks"] = (500, "it is broken")
    with pytest.raises(_docker.ENGINE_ERRORS, match="it is broken"), _docker.connected(engine.url, 5) as connection:
        _docker.list_networks(connection)


def test_no_engine_is_engine_down_with_the_cure(tmp_path: Path) -> None:
    with (
        pytest.raises(_docker.HostFailureError, match="systemctl status docker") as caught,
        _docker.connected(f"unix://{tmp_path}/none.sock", 5),
    ):
        pytest.fail("there is no engine")
    assert caught.value.reason == "engine_down"


def test_a_silent_engine_is_engine_down_after_the_timeout(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        with (
            pytest.raises(_docker.HostFailureError, match="does not answer") as caught,
            _docker.connected(f"unix://{tmp_path}/s", 1),
        ):
            pytest.fail("the engine is silent")
    assert caught.value.reason == "engine_down"


def test_an_engine_that_goes_away_meanwhile_is_engine_down(engine: FakeEngine) -> None:
    engine.silent.add("GET /networks")
    with (
        pytest.raises(_docker.HostFailureError, match="does not answer"),
        _docker.connected(engine.url, 1) as connection,
    ):
        _docker.list_networks(connection)


@pytest.mark.parametrize("version", ["20.10.0", "20.10.24+dfsg1", "29.0.0-rc.1", "dev"])
def test_engines_from_20_10_on_are_taken(engine: FakeEngine, version: str) -> None:
    engine.version["Version"] = version
    with _docker.connected(engine.url, 5) as connection:
        assert connection.version["Version"] == version


def test_older_engines_are_refused(engine: FakeEngine) -> None:
    engine.version["Version"] = "19.03.15"
    with pytest.raises(_docker.HostFailureError, match=r"19\.03\.15") as caught, _docker.connected(engine.url, 5):
        pytest.fail("this engine is too old")
    assert caught.value.reason == "engine_too_old"


def test_a_missing_sdk_is_told_with_the_cure(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_docker, "IMPORT_ERROR", "No module named 'docker'")
    with (
        pytest.raises(_docker.HostFailureError, match="install python3-docker") as caught,
        _docker.connected(engine.url, 5),
    ):
        pytest.fail("there is no SDK")
    assert caught.value.reason == "sdk_missing"


@pytest.mark.parametrize("version", ["1.10.6", "4.4.4", "4.99.0.dev0"])
def test_an_old_sdk_is_told_with_the_cure(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(_docker.docker, "__version__", version)
    with pytest.raises(_docker.HostFailureError, match=r"5\.0\.3 or later") as caught, _docker.connected(engine.url, 5):
        pytest.fail("this SDK is too old")
    assert caught.value.reason == "sdk_too_old"
    assert f"is {version}. Cure: " in str(caught.value)


@pytest.mark.parametrize("version", ["5.0.0", "5.0.3", "7.1.0", "unknown"])
def test_newer_sdks_are_taken(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(_docker.docker, "__version__", version)
    with _docker.connected(engine.url, 5):
        assert _docker.sdk_version() == version


def test_an_sdk_that_does_not_fit_its_libraries_is_no_fault_of_the_engine() -> None:
    failure = _docker._not_reached("unix:///x", "Error: Not supported URL scheme http+docker")
    assert failure.reason == "sdk_missing"
    assert "7.1 or later" in str(failure)


@pytest.mark.parametrize(
    ("text", "numbers"), [("20.10.24+dfsg1", (20, 10, 24)), ("28.5.2", (28, 5, 2)), ("29", (29,)), ("dev", ())]
)
def test_versions_are_compared_as_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert _answers.version_tuple(text) == numbers
