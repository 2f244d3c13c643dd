# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's share of a mesh, probed from real namespaces."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _links, _netns, _probing, _sockets
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbour_table import Room
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Outcome, Pace
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import Observed
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import OWN, Namespace, Sources, Ways

from tests.unit.plugins.lan import Lan
from tests.unit.plugins.probed import LOST, REPLY, endpoint, network, observed, share, with_neighbour

PACE = Pace(probes=1, interval=0, timeout=0.3, rate=0)
MAC, OTHER = "02:00:00:00:00:05", "02:00:00:00:00:06"


def stations(lan: Lan, *names: str) -> dict[str, Namespace]:
    """Add stations whose addresses are those of the endpoints in the same order."""
    return {
        name: Namespace(lan.add_station(name, f"192.0.2.{index + 1}/24", f"2001:db8::{index + 1:x}/64"))
        for index, name in enumerate(names)
    }


def probe(ends: list[dict[str, Any]], namespaces: dict[str, Namespace], *networks: dict[str, Any]) -> Observed:
    """Probe the share of h1."""
    with ExitStack() as stack:
        return _probing.probe_host(stack, share(ends, *networks), Ways(OWN, namespaces), PACE)


def states(seen: Observed) -> dict[tuple[str, int, int], State]:
    """Name each record by its pair."""
    return {tuple(pair): record.state for pair, record in zip(seen.share.pairs, seen.records(), strict=True)}


def test_every_pair_in_both_families(lan: Lan) -> None:
    namespaces = stations(lan, "c1", "c2", "far")
    seen = probe([endpoint(0, "h1", "c1"), endpoint(1, "h1", "c2"), endpoint(2, "h2", "far")], namespaces)
    assert len(seen.records()) == 8
    assert {record.state for record in seen.records()} == {State.REPLY}
    assert (seen.errors(), seen.gateways) == ([], [])


def test_records_stand_in_the_order_of_the_pairs(lan: Lan) -> None:
    namespaces = stations(lan, "c1", "c2", "far")
    lan.set_sysctl("far", "ipv4/icmp_echo_ignore_all", "1")
    found = states(probe([endpoint(0, "h1", "c1"), endpoint(1, "h1", "c2"), endpoint(2, "h2", "far")], namespaces))
    assert {pair for pair, state in found.items() if state is State.LOST} == {("ipv4", 0, 2), ("ipv4", 1, 2)}


def test_the_host_itself_is_probed_from_its_own_namespace(lan: Lan) -> None:
    namespaces = stations(lan, "host", "c1")
    ends = [endpoint(0, "h1", None, ipv6=None), endpoint(1, "h1", "c1")]
    with _netns.inside(namespaces["host"].path or ""):
        seen = probe(ends, {"c1": namespaces["c1"]})
    assert states(seen) == {("ipv4", 0, 1): State.REPLY, ("ipv4", 1, 0): State.REPLY}


def test_a_container_that_is_not_there_is_no_source_with_the_reason(lan: Lan) -> None:
    namespaces = stations(lan, "c1")
    ends = [endpoint(0, "h1", "c1"), endpoint(1, "h1", "stopped"), endpoint(2, "h1", "unknown", ipv6=None)]
    seen = probe(ends, {**namespaces, "stopped": Namespace(None, "it is not running")})
    found = states(seen)
    assert {found["ipv4", source, target] for source in (1, 2) for target in (0, 1, 2) if source != target} == {
        State.NO_SOURCE
    }
    assert found["ipv4", 0, 1] is State.LOST
    assert seen.errors() == [
        {"source": 1, "target": None, "family": "ipv4", "text": "it is not running"},
        {"source": 2, "target": None, "family": "ipv4", "text": "there is no such container on this host"},
        {"source": 1, "target": None, "family": "ipv6", "text": "it is not running"},
    ]


def test_an_address_that_the_source_does_not_have_is_no_source(lan: Lan) -> None:
    seen = probe([endpoint(0, "h1", "c1", ipv4="192.0.2.50"), endpoint(1, "h2", "x", ipv6=None)], stations(lan, "c1"))
    assert [record.state for record in seen.records()] == [State.NO_SOURCE]
    assert "192.0.2.50" in seen.errors()[0]["text"]
    assert seen.sources.links == {0: ["eth0"]}


def test_a_source_with_nothing_but_lo_is_stranded(lan: Lan) -> None:
    lan.add_namespace("c1")
    ends = [endpoint(0, "h1", "c1", ipv6=None), endpoint(1, "h2", "x", ipv6=None)]
    ends.append(endpoint(2, "h2", "gone", lost=True, ipv4=None, ipv6=None))
    seen = probe(ends, {"c1": Namespace(lan.path("c1"))})
    assert set(states(seen).values()) == {State.STRANDED}
    assert seen.errors()[0]["text"] == "its network namespace has no link but lo"


def test_ends_that_the_mesh_calls_stranded_are_not_probed(lan: Lan) -> None:
    namespaces = stations(lan, "c1")
    stranded = {"stranded": True, "ipv4": None, "ipv6": None}
    seen = probe([endpoint(0, "h1", "c1"), endpoint(1, "h1", "s", **stranded)], namespaces)
    assert set(states(seen).values()) == {State.STRANDED}
    assert len(states(seen)) == 4


def test_a_namespace_that_is_gone_is_no_source_and_the_process_stays_at_home(lan: Lan) -> None:
    home = os.stat(_netns.OWN).st_ino  # noqa: PTH116
    ends = [endpoint(0, "h1", "c1"), endpoint(1, "h1", "gone")]
    seen = probe(ends, {**stations(lan, "c1"), "gone": Namespace("/proc/0/ns/net")})
    assert states(seen)["ipv4", 1, 0] is State.NO_SOURCE
    assert os.stat(_netns.OWN).st_ino == home  # noqa: PTH116


def test_lost_ends_have_no_address(lan: Lan) -> None:
    lost = {"lost": True, "ipv4": None, "ipv6": None}
    seen = probe([endpoint(0, "h1", "c1"), endpoint(1, "h2", None, **lost)], stations(lan, "c1"))
    assert [record.state for record in seen.records()] == [State.NO_ADDRESS] * 2
    assert seen.errors() == []


def test_errors_of_pairs_are_listed_and_limited(lan: Lan) -> None:
    ends = [endpoint(0, "h1", "c1", ipv6=None)]
    ends += [endpoint(number, "h2", f"x{number}", ipv4=f"198.51.100.{number}", ipv6=None) for number in range(1, 150)]
    seen = probe(ends, stations(lan, "c1"))
    assert {record.state for record in seen.records()} == {State.SEND_ERROR}
    assert len(seen.errors()) == _probing.MAX_ERRORS
    first = seen.errors()[0]
    assert (first["source"], first["target"], first["family"]) == (0, 1, "ipv4")
    assert "Network is unreachable" in first["text"]


def test_every_socket_is_closed(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    namespaces = stations(lan, "c1", "c2")
    real, opened = _sockets.open_channel, []

    def remember(family: str, address: str, **options: Any) -> _sockets.Channel:
        opened.append(real(family, address, **options))
        return opened[-1]

    monkeypatch.setattr(_sockets, "open_channel", remember)
    probe([endpoint(0, "h1", "c1"), endpoint(1, "h1", "c2")], namespaces)
    assert [channel.sock.fileno() for channel in opened] == [-1] * 4


def test_another_spelling_of_the_target_is_the_same_target(lan: Lan) -> None:
    namespaces = stations(lan, "c1", "c2")
    ends = [endpoint(0, "h1", "c1", ipv4=None), endpoint(1, "h2", "c2", ipv4=None, ipv6="2001:DB8:0::0002")]
    assert [record.state for record in probe(ends, namespaces).records()] == [State.REPLY]


@pytest.mark.parametrize(
    ("macs", "outcome", "state"),
    [
        ([MAC], with_neighbour(REPLY, MAC), State.REPLY),
        ([OTHER, MAC], with_neighbour(REPLY, MAC, "stale"), State.REPLY),
        ([], with_neighbour(REPLY, OTHER), State.REPLY),
        ([MAC], REPLY, State.REPLY),
        ([MAC], with_neighbour(REPLY, None), State.REPLY),
        ([MAC], with_neighbour(REPLY, OTHER, "noarp"), State.REPLY),
        ([MAC], with_neighbour(REPLY, OTHER, "failed"), State.REPLY),
        ([MAC], with_neighbour(REPLY, OTHER), State.IMPOSTOR),
        ([MAC], with_neighbour(LOST, OTHER), State.LOST),
    ],
)
def test_a_reply_by_way_of_a_mac_that_the_target_does_not_have(macs: list[str], outcome: Outcome, state: State) -> None:
    ends = [endpoint(0, "h1", "c1", ipv6=None), endpoint(1, "h2", "x", ipv6=None, macs=macs)]
    [record] = observed(share(ends), {("ipv4", 0, 1): outcome}).records()
    assert record == outcome.record._replace(state=state)


TWIN = {"ipv4": "172.17.0.2", "ipv6": None}
DERIVED = "02:42:ac:11:00:02"
BRIDGE = {"driver": "bridge", "mode": "default", "parents": {}}


@pytest.mark.parametrize(
    ("source", "neighbour", "macs", "state"),
    [
        (0, None, [], State.IMPOSTOR),  # its neighbour has the address
        (1, None, [], State.IMPOSTOR),  # it has the address itself
        (0, DERIVED, [DERIVED], State.IMPOSTOR),  # both have that MAC
        (0, MAC, [MAC], State.REPLY),  # that one only the target has
        (0, OTHER, [MAC], State.IMPOSTOR),
    ],
)
@pytest.mark.parametrize("of", [network(), network(**BRIDGE)])
def test_a_reply_of_somebody_at_hand_with_the_address_of_the_target(
    of: dict[str, Any], source: int, neighbour: str | None, macs: list[str], state: State
) -> None:
    ends = [endpoint(0, "h1", "a", ipv6=None), endpoint(1, "h1", "b", **TWIN)]
    ends.append(endpoint(2, "h2", "c", macs=macs, **TWIN))
    seen = observed(share(ends, of), {("ipv4", source, 2): with_neighbour(REPLY, neighbour)})
    assert states(seen)["ipv4", source, 2] is state
    assert states(seen)["ipv4", 0, 1] is State.REPLY


@pytest.mark.parametrize(
    ("target", "changes", "state"),
    [
        ("c", BRIDGE, State.IMPOSTOR),  # a container of the own host that the mesh does not know
        ("c", {}, State.REPLY),  # on a LAN it is the target
        (None, BRIDGE, State.REPLY),  # so are the hosts on theirs
    ],
)
def test_a_stranger_on_the_own_bridge_is_no_container_of_another_host(
    target: str | None, changes: dict[str, Any], state: State
) -> None:
    ends = [endpoint(0, "h1", "a", ipv6=None), endpoint(1, "h2", target, macs=[DERIVED], **TWIN)]
    found = observed(share(ends, network(**changes)), {("ipv4", 0, 1): with_neighbour(REPLY, DERIVED)})
    assert states(found)["ipv4", 0, 1] is state
    silent = observed(share(ends, network(**changes)), {("ipv4", 0, 1): LOST})
    assert states(silent)["ipv4", 0, 1] is State.LOST
    routed = observed(share(ends, network(**changes)), {})
    assert states(routed)["ipv4", 0, 1] is State.REPLY


def test_a_real_impostor(lan: Lan) -> None:
    namespaces = stations(lan, "c1", "x")
    with _netns.inside(namespaces["x"].path or ""):
        [mac] = [link["mac"] for link in _links.read_links() if link["name"] == "eth0"]
    for macs, state in (([mac], State.REPLY), ([MAC], State.IMPOSTOR)):
        ends = [endpoint(0, "h1", "c1", macs=[]), endpoint(1, "h2", "x", macs=macs)]
        assert set(states(probe(ends, namespaces)).values()) == {state}


def test_gateways_are_asked_along_with_the_rest(lan: Lan) -> None:
    namespaces = stations(lan, "c1", "x")
    with _netns.inside(namespaces["x"].path or ""):
        [mac] = [link["mac"] for link in _links.read_links() if link["name"] == "eth0"]
    ends = [endpoint(0, "h1", "c1"), endpoint(1, "h2", "x")]
    seen = probe(ends, namespaces, network(gateways={"ipv4": "192.0.2.2", "ipv6": "2001:db8::99"}))
    common = {"network": "office", "source": 0}
    assert seen.gateways == [
        {**common, "family": "ipv4", "address": "192.0.2.2", "mac": mac, "replied": True},
        {**common, "family": "ipv6", "address": "2001:db8::99", "mac": None, "replied": False},
    ]


def test_the_table_with_the_least_room_counts() -> None:
    plenty, scarce = Room(1024, 24), Room(9000, 8500)
    assert _probing.scarcest([plenty, scarce]) == scarce
    assert _probing.scarcest([plenty, None]) is None
    assert _probing.scarcest([]) is None


def test_the_room_before_the_probes_is_kept(lan: Lan) -> None:
    seen = probe([endpoint(0, "h1", "c1"), endpoint(1, "h2", "x")], stations(lan, "c1"))
    ipv4 = seen.rooms["ipv4"]
    assert ipv4 is None or (ipv4.limit > 0 and ipv4.used >= 0)
    assert seen.batches >= 1
    assert seen.sources != Sources()
