# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's share of a mesh, probed from real namespaces."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _netns, _probing, _sockets
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Pace
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import Namespace, probe_host

from tests.unit.plugins.lan import Lan

PACE = Pace(probes=1, interval=0, timeout=0.3, rate=0)


def endpoint(index: int, host: str, container: str | None, **values: Any) -> dict[str, Any]:
    """Build one row of the mesh with the addresses that stations get here."""
    row = {"index": index, "id": f"e{index}", "network": "office", "host": host, "container": container, "lost": False}
    return {**row, "ipv4": f"192.0.2.{index + 1}", "ipv6": f"2001:db8::{index + 1:x}", **values}


def stations(lan: Lan, *names: str) -> dict[str, Namespace]:
    """Add stations whose addresses are those of the endpoints in the same order."""
    return {
        name: Namespace(lan.add_station(name, f"192.0.2.{index + 1}/24", f"2001:db8::{index + 1:x}/64"))
        for index, name in enumerate(names)
    }


def states(ends: list[dict[str, Any]], report: _probing.Report, host: str) -> dict[tuple[str, int, int], State]:
    """Name each record by its pair."""
    pairs = pairs_of(ends, host)
    return {tuple(pair): record.state for pair, record in zip(pairs, report.records, strict=True)}


def test_every_pair_in_both_families(lan: Lan) -> None:
    namespaces = stations(lan, "c1", "c2", "far")
    ends = [endpoint(0, "h1", "c1"), endpoint(1, "h1", "c2"), endpoint(2, "h2", "far")]
    report = probe_host(ends, "h1", namespaces, PACE)
    assert len(report.records) == 8
    assert {record.state for record in report.records} == {State.REPLY}
    assert report.errors == []


def test_records_stand_in_the_order_of_the_pairs(lan: Lan) -> None:
    namespaces = stations(lan, "c1", "c2", "far")
    lan.set_sysctl("far", "ipv4/icmp_echo_ignore_all", "1")
    ends = [endpoint(0, "h1", "c1"), endpoint(1, "h1", "c2"), endpoint(2, "h2", "far")]
    found = states(ends, probe_host(ends, "h1", namespaces, PACE), "h1")
    assert {pair for pair, state in found.items() if state is State.LOST} == {("ipv4", 0, 2), ("ipv4", 1, 2)}


def test_the_host_itself_is_probed_from_its_own_namespace(lan: Lan) -> None:
    namespaces = stations(lan, "host", "c1")
    ends = [endpoint(0, "h1", None, ipv6=None), endpoint(1, "h1", "c1")]
    with _netns.inside(namespaces["host"].path or ""):
        report = probe_host(ends, "h1", {"c1": namespaces["c1"]}, PACE)
    assert states(ends, report, "h1") == {("ipv4", 0, 1): State.REPLY, ("ipv4", 1, 0): State.REPLY}


def test_a_container_that_is_not_there_is_no_source_with_the_reason(lan: Lan) -> None:
    namespaces = stations(lan, "c1")
    ends = [endpoint(0, "h1", "c1"), endpoint(1, "h1", "stopped"), endpoint(2, "h1", "unknown", ipv6=None)]
    report = probe_host(ends, "h1", {**namespaces, "stopped": Namespace(None, "it is not running")}, PACE)
    found = states(ends, report, "h1")
    assert {found["ipv4", source, target] for source in (1, 2) for target in (0, 1, 2) if source != target} == {
        State.NO_SOURCE
    }
    assert found["ipv4", 0, 1] is State.LOST
    assert report.errors == [
        {"source": 1, "target": None, "family": "ipv4", "text": "it is not running"},
        {"source": 2, "target": None, "family": "ipv4", "text": "there is no such container on this host"},
        {"source": 1, "target": None, "family": "ipv6", "text": "it is not running"},
    ]


def test_an_address_that_the_source_does_not_have_is_no_source(lan: Lan) -> None:
    namespaces = stations(lan, "c1")
    ends = [endpoint(0, "h1", "c1", ipv4="192.0.2.50"), endpoint(1, "h2", "x", ipv6=None)]
    report = probe_host(ends, "h1", namespaces, PACE)
    assert [record.state for record in report.records] == [State.NO_SOURCE]
    assert "192.0.2.50" in report.errors[0]["text"]
    assert "Cannot assign requested address" in report.errors[0]["text"]


def test_a_namespace_that_is_gone_is_no_source_and_the_process_stays_at_home(lan: Lan) -> None:
    home = os.stat(_netns.OWN).st_ino  # noqa: PTH116
    namespaces = stations(lan, "c1")
    ends = [endpoint(0, "h1", "c1"), endpoint(1, "h1", "gone")]
    report = probe_host(ends, "h1", {**namespaces, "gone": Namespace("/proc/0/ns/net")}, PACE)
    assert states(ends, report, "h1")["ipv4", 1, 0] is State.NO_SOURCE
    assert os.stat(_netns.OWN).st_ino == home  # noqa: PTH116


def test_lost_ends_have_no_address(lan: Lan) -> None:
    namespaces = stations(lan, "c1")
    lost = {"lost": True, "ipv4": None, "ipv6": None}
    ends = [endpoint(0, "h1", "c1"), endpoint(1, "h2", None, **lost)]
    report = probe_host(ends, "h1", namespaces, PACE)
    assert [record.state for record in report.records] == [State.NO_ADDRESS] * 2
    assert report.errors == []


def test_errors_of_pairs_are_listed_and_limited(lan: Lan) -> None:
    namespaces = stations(lan, "c1")
    ends = [endpoint(0, "h1", "c1", ipv6=None)]
    ends += [endpoint(number, "h2", f"x{number}", ipv4=f"198.51.100.{number}", ipv6=None) for number in range(1, 150)]
    report = probe_host(ends, "h1", namespaces, PACE)
    assert {record.state for record in report.records} == {State.SEND_ERROR}
    assert len(report.errors) == _probing.MAX_ERRORS
    assert report.errors[0] == {
        "source": 0,
        "target": 1,
        "family": "ipv4",
        "text": "Network is unreachable: no route to it",
    }


def test_every_socket_is_closed(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    namespaces = stations(lan, "c1", "c2")
    real, opened = _sockets.open_channel, []

    def remember(family: str, address: str) -> _sockets.Channel:
        opened.append(real(family, address))
        return opened[-1]

    monkeypatch.setattr(_sockets, "open_channel", remember)
    probe_host([endpoint(0, "h1", "c1"), endpoint(1, "h1", "c2")], "h1", namespaces, PACE)
    assert [channel.sock.fileno() for channel in opened] == [-1] * 4


def test_another_spelling_of_the_target_is_the_same_target(lan: Lan) -> None:
    namespaces = stations(lan, "c1", "c2")
    ends = [endpoint(0, "h1", "c1", ipv4=None), endpoint(1, "h2", "c2", ipv4=None, ipv6="2001:DB8:0::0002")]
    assert [record.state for record in probe_host(ends, "h1", namespaces, PACE).records] == [State.REPLY]
