# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks, read from the results of hosts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import pairs_of, rows_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State, decode, encode
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._checks import Check, checks_of, where_probed
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._judgement import Judge

from tests.unit.plugins.simulation import REPLIED, Faults, Fleet, mesh_of

MESH = mesh_of(Fleet())
ENDS = MESH["endpoints"]
ACROSS = {"network": "voice", "from": "*", "to": "*", "relation": None, "to_network": "office"}
ACROSS |= {"expected": "open", "why": "w"}
GATEWAY = {"network": "office", "family": "ipv4", "source": 4, "address": "192.168.56.1"}


def judged(mesh: Any, state: Any) -> list[Any]:
    """Return the rows of host2 in a mesh; ``state`` gives that of the pair of two endpoints."""
    pairs = [(mesh["endpoints"][pair.source], mesh["endpoints"][pair.target]) for pair in pairs_of(mesh, "host2")]
    columns = decode(encode([REPLIED._replace(state=state(*pair)) for pair in pairs]))
    return list(Judge(mesh).rows(rows_of(mesh, "host2"), columns, 0))


def checked(mesh: Any, state: Any = lambda _source, _target: State.REPLY, **raw: Any) -> list[dict[str, Any]]:
    where = where_probed(mesh["networks"], mesh["endpoints"], judged(mesh, state))
    return [check.row() for check in checks_of(mesh["endpoints"], "host2", raw, where)]


def rows(**raw: Any) -> list[dict[str, Any]]:
    return checked(MESH, **raw)


def with_voice(**changes: Any) -> Any:
    """Return a mesh with a second network, and the same endpoints on it."""
    voice = [{**end, "index": end["index"] + len(ENDS), "network": "voice"} for end in ENDS]
    networks = [MESH["networks"][0], {**MESH["networks"][0], "name": "voice", **changes}]
    return {**MESH, "networks": networks, "endpoints": [*ENDS, *voice]}


def passed(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["kind"], row["network"]) for row in found if row["status"] == "pass"]


NO_FAILURES: Any = {
    "path_mtu": {"probed": 2, "failures": []},
    "names": {"probed": 2, "failures": [], "unavailable": []},
}
EVERYTHING = [("path_mtu", "office"), ("path_mtu", "voice"), ("name", "office"), ("name", "voice")]


def test_each_network_that_was_probed_has_a_row() -> None:
    assert passed(checked(with_voice(), **NO_FAILURES)) == EVERYTHING


def test_a_network_without_a_reply_from_another_host_has_no_path_that_passed() -> None:
    def blocked(source: Any, target: Any) -> State:
        apart = source["network"] == "voice" and source["host"] != target["host"]
        return State.LOST if apart else State.REPLY

    mesh = with_voice()
    assert passed(checked(mesh, blocked, **NO_FAILURES)) == [row for row in EVERYTHING if row != ("path_mtu", "voice")]


def test_what_was_reached_on_another_network_is_no_path_that_passed() -> None:
    mesh = {**with_voice(), "across": [["voice", "office"]], "expectations": [ACROSS]}

    def blocked(source: Any, target: Any) -> State:
        return State.LOST if source["network"] == target["network"] == "voice" else State.REPLY

    assert ("path_mtu", "voice") not in passed(checked(mesh, blocked, **NO_FAILURES))


@pytest.mark.parametrize("mtu", [None, 1279])
def test_a_network_of_no_fitting_mtu_has_no_path_that_passed(mtu: int | None) -> None:
    assert ("path_mtu", "voice") not in passed(checked(with_voice(mtu=mtu), **NO_FAILURES))


def test_names_were_only_asked_where_two_containers_have_a_resolver() -> None:
    first = len(ENDS) + 4
    mesh = with_voice()
    silent = {**NO_FAILURES["names"], "unavailable": [{"source": first + n, "reason": "-"} for n in (0, 1)]}
    assert ("name", "voice") not in passed(checked(mesh, names=silent))
    one = {**silent, "unavailable": silent["unavailable"][:1]}
    assert ("name", "voice") in passed(checked(mesh, names=one))

    def shut(source: Any, _target: Any) -> State:
        return State.NO_SOURCE if source["index"] == first else State.REPLY

    assert ("name", "voice") not in passed(checked(mesh, shut, **NO_FAILURES))
    mesh["endpoints"][first].update(ipv4=None, ipv6=None, stranded=True)
    assert ("name", "voice") not in passed(checked(mesh, **NO_FAILURES))


def test_a_network_without_names_has_no_row_of_them() -> None:
    assert ("name", "voice") not in passed(checked(with_voice(driver="bridge", mode="default"), **NO_FAILURES))


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        ({"mac": "aa", "replied": True}, "pass", "replies to pings"),
        ({"mac": None, "replied": True}, "pass", "replies to pings"),
        ({"mac": "aa", "replied": False}, "pass", "MAC address aa; it does not reply"),
        ({"mac": None, "replied": False}, "fail", "neither pings nor ARP"),
    ],
)
def test_a_gateway_is_there_when_it_replies_or_has_a_mac(seen: Any, status: str, words: str) -> None:
    (row,) = rows(gateway=[{**GATEWAY, **seen}])
    assert (row["kind"], row["status"], row["host"], row["source"]) == ("gateway", status, "host2", "host2/web-1")
    assert words in row["detail"]


def test_neighbours_are_discovered_in_ipv6() -> None:
    (row,) = rows(gateway=[{**GATEWAY, "family": "ipv6", "mac": None, "replied": False}])
    assert "neighbour discovery" in row["detail"]


def test_paths_that_all_pass_are_one_row() -> None:
    (row,) = rows(path_mtu={"probed": 2, "failures": []})
    assert row == {
        "kind": "path_mtu",
        "status": "pass",
        "network": "office",
        "host": "host2",
        "family": None,
        "source": None,
        "target": None,
        "detail": "all passed",
        "cause": None,
    }


@pytest.mark.parametrize(
    ("seen", "detail"),
    [
        ({"mtu": None, "from": None}, "small packets pass, but one of 1500 bytes does not"),
        ({"mtu": 1450, "from": None}, "small packets pass, but one of 1500 bytes does not: at most 1450 bytes do"),
        (
            {"mtu": 1400, "from": "192.0.2.1"},
            "small packets pass, but one of 1500 bytes does not: at most 1400 bytes do, says 192.0.2.1",
        ),
    ],
)
def test_a_path_that_does_not_pass_says_what_is_known(seen: Any, detail: str) -> None:
    failure = {"source": 4, "target": 7, "family": "ipv4", "size": 1500, **seen}
    (row,) = rows(path_mtu={"probed": 2, "failures": [failure]})
    assert (row["status"], row["source"], row["target"]) == ("fail", "host2/web-1", "host3/web-1")
    assert row["detail"] == detail


@pytest.mark.parametrize(
    ("answers", "reason", "words"),
    [
        (["10.0.0.9"], "", "web-2 is 10.0.0.9 for Docker's resolver, but 192.168.56.162 in truth"),
        ([], "NXDOMAIN", "does not know web-2, which is 192.168.56.162 (NXDOMAIN)"),
    ],
)
def test_a_name_that_is_wrong_or_unknown_fails(answers: list[str], reason: str, words: str) -> None:
    failure = {"source": 4, "target": 5, "family": "ipv4", "name": "web-2", "answers": answers, "reason": reason}
    (row,) = rows(names={"probed": 2, "failures": [failure], "unavailable": []})
    assert (row["kind"], row["status"]) == ("name", "fail")
    assert words in row["detail"]


def test_names_without_a_resolver_are_no_failure() -> None:
    assert rows(names={"probed": 0, "failures": [], "unavailable": [{"source": 4, "reason": "no resolver"}]}) == []


def test_a_network_on_which_the_host_is_lost_has_no_row() -> None:
    mesh = mesh_of(Fleet(), Faults(lost={"host2": ("failed", "x")}))
    assert checked(mesh, lambda _source, _target: State.NO_ADDRESS, **NO_FAILURES) == []


def test_a_host_without_checks_has_none() -> None:
    assert rows() == []


def test_the_hosts_of_a_check_are_those_of_both_ends() -> None:
    assert Check("path_mtu", "fail", source=ENDS[1], target=ENDS[4]).hosts() == ["host1", "host2"]
    assert Check("gateway", "fail", source=ENDS[1]).hosts() == ["host1"]
