# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large packets go where small ones got through, and what stops them is named."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _path_mtu
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.module_utils._path_mtu import Size
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import IcmpError, Outcome, Pace
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import probe_host
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import OWN, Namespace, Ways

from tests.unit.plugins.lan import Lan, run
from tests.unit.plugins.probed import LOST, endpoint, network, observed, share

PACE = Pace(probes=1, interval=0, timeout=0.3, rate=0)
TWO_HOSTS = [
    endpoint(0, "h1", None),
    endpoint(1, "h1", "a"),
    endpoint(2, "h1", "b"),
    endpoint(3, "h2", None),
    endpoint(4, "h2", "c"),
    endpoint(5, "h3", None),
]


def test_one_pair_for_each_other_host_and_family() -> None:
    seen = observed(share(TWO_HOSTS), {})
    assert _path_mtu.chosen(seen) == [
        Pair("ipv4", 1, 4),
        Pair("ipv4", 1, 5),
        Pair("ipv6", 1, 4),
        Pair("ipv6", 1, 5),
    ]


def test_only_between_ends_whose_small_packets_got_through() -> None:
    lost = {("ipv4", 1, 4): LOST, ("ipv4", 1, 5): LOST, ("ipv4", 2, 5): LOST, ("ipv4", 0, 5): LOST}
    chosen = _path_mtu.chosen(observed(share(TWO_HOSTS), lost))
    assert [pair for pair in chosen if pair.family == "ipv4"] == [Pair("ipv4", 2, 4)]


@pytest.mark.parametrize("mtu", [None, 1279])
def test_a_network_without_a_usable_mtu_is_not_probed(mtu: int | None) -> None:
    assert _path_mtu.chosen(observed(share(TWO_HOSTS, network(mtu=mtu)), {})) == []


def test_not_between_two_networks() -> None:
    ends = [endpoint(0, "h1", "a"), endpoint(1, "h2", "b", network="voice")]
    of = share(ends, network(), network("voice"))
    seen = observed(of, {})
    seen.outcomes[Pair("ipv4", 0, 1)] = Outcome(Record(State.REPLY))
    assert _path_mtu.chosen(seen) == []


def test_the_size_counts_headers() -> None:
    of = share(TWO_HOSTS)
    assert _path_mtu.size_of(of, Pair("ipv4", 1, 4)) == Size(1500, 1472)
    assert _path_mtu.size_of(of, Pair("ipv6", 1, 4)) == Size(1500, 1452)


@pytest.mark.parametrize(
    ("state", "fails"),
    [
        (State.REPLY, False),
        (State.SEND_ERROR, False),
        (State.LOST, True),
        (State.TOO_BIG, True),
        (State.UNREACHABLE, True),
    ],
)
def test_a_failure_is_a_packet_that_was_seen_to_be_lost(state: State, fails: bool) -> None:
    assert _path_mtu.is_failure(Outcome(Record(state))) is fails


def test_a_failure_names_who_said_what() -> None:
    outcome = Outcome(Record(State.TOO_BIG, 1.0), icmp=IcmpError("too_big", "192.0.2.9", 1450))
    row = {"source": 1, "target": 4, "family": "ipv4", "size": 1500}
    assert _path_mtu.failure_row(Pair("ipv4", 1, 4), Size(1500, 1472), outcome) == {
        **row,
        "mtu": 1450,
        "from": "192.0.2.9",
    }
    assert _path_mtu.failure_row(Pair("ipv4", 1, 4), Size(1500, 1472), LOST) == {**row, "mtu": None, "from": None}


def test_a_real_link_with_a_smaller_mtu(lan: Lan) -> None:
    ends = [endpoint(0, "h1", "a"), endpoint(1, "h2", "b"), endpoint(2, "h3", "c")]
    paths = {
        name: Namespace(lan.add_station(name, f"192.0.2.{index}/24", f"2001:db8::{index}/64"))
        for index, name in enumerate("abc", 1)
    }
    run("ip", "-n", f"{lan.prefix}-lan", "link", "set", "p4", "mtu", "1450")
    found = {}
    for mtu in (1500, 1450):
        with ExitStack() as stack:
            seen = probe_host(stack, share(ends, network(mtu=mtu)), Ways(OWN, paths), PACE)
            found[mtu] = _path_mtu.probe_path_mtu(seen, Ways(OWN, paths), PACE)
    assert {state.record.state for state in seen.outcomes.values()} == {State.REPLY}
    assert found[1450] == {"probed": 4, "failures": []}
    assert found[1500]["probed"] == 4
    assert {(row["target"], row["family"], row["size"]) for row in found[1500]["failures"]} == {
        (2, "ipv4", 1500),
        (2, "ipv6", 1500),
    }


def test_the_own_link_is_told_with_its_mtu(lan: Lan) -> None:
    ends = [endpoint(0, "h1", "a", ipv6=None), endpoint(1, "h2", "b", ipv6=None)]
    paths = {name: Namespace(lan.add_station(name, f"192.0.2.{index}/24")) for index, name in enumerate("ab", 1)}
    lan.within("a", "ip", "link", "set", "eth0", "mtu", "1400")
    with ExitStack() as stack:
        seen = probe_host(stack, share(ends), Ways(OWN, paths), PACE)
        found = _path_mtu.probe_path_mtu(seen, Ways(OWN, paths), PACE)
    row = {"source": 0, "target": 1, "family": "ipv4", "size": 1500, "mtu": 1400, "from": None}
    assert found == {"probed": 1, "failures": [row]}
