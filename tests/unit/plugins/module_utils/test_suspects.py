# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A healthy run asks the wire for nothing; a silent target is asked for, and who answers is named."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _links, _netns, _suspects, _wire
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair

from tests.unit.plugins.lan import Lan
from tests.unit.plugins.probed import LOST, REPLY, UNREACHABLE, endpoint, network, observed, share, with_neighbour

MAC = "02:00:00:00:00:05"
ENDS = [
    endpoint(0, "h1", None, ipv6=None),
    endpoint(1, "h1", "a", ipv6=None),
    endpoint(2, "h2", "b", ipv6=None, macs=[MAC]),
]


def test_targets_that_reply_and_those_that_cannot_are_no_suspects() -> None:
    silent_by_design = {("ipv4", 0, 1): UNREACHABLE, ("ipv4", 1, 0): LOST}
    assert _suspects.suspicious_pairs(observed(share(ENDS), silent_by_design)) == []


@pytest.mark.parametrize("outcome", [LOST, UNREACHABLE, with_neighbour(REPLY, "02:00:00:00:00:77")])
def test_silence_and_a_wrong_mac_make_both_ends_suspicious(outcome: Any) -> None:
    seen = observed(share(ENDS), {("ipv4", 1, 2): outcome})
    assert _suspects.suspicious_pairs(seen) == [Pair("ipv4", 1, 2)]
    assert [str(address) for address in _suspects.addresses_by_network(seen)["office"]] == ["192.0.2.2", "192.0.2.3"]


def test_the_right_mac_is_not_suspicious() -> None:
    assert _suspects.suspicious_pairs(observed(share(ENDS), {("ipv4", 1, 2): with_neighbour(REPLY, MAC)})) == []


@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_where_there_is_no_arp_nothing_is_asked(mode: str) -> None:
    assert _suspects.addresses_by_network(observed(share(ENDS, network(mode=mode)), {("ipv4", 1, 2): LOST})) == {}


def test_at_most_so_many_addresses_of_each_network_and_family() -> None:
    ends = [endpoint(0, "h1", None)] + [endpoint(number, "h2", f"c{number}") for number in range(1, 100)]
    of = share(ends)
    wanted = _suspects.addresses_by_network(observed(of, dict.fromkeys(map(tuple, of.pairs), LOST)))
    assert [address.version for address in wanted["office"]] == [4] * 64 + [6] * 64


def test_a_healthy_run_opens_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_links, "read_links", lambda: pytest.fail("nothing is to be asked"))
    assert _suspects.ask_wire(observed(share(ENDS), {})) == []


def test_who_answers_on_a_real_wire_and_who_does_not(lan: Lan) -> None:
    host = lan.add_station("host", "192.0.2.1/24")
    stranger = lan.add_station("stranger", "192.0.2.3/24")
    with _netns.inside(stranger):
        [mac] = [link["mac"] for link in _links.read_links() if link["name"] == "eth0"]
    ends = [*ENDS, endpoint(3, "h2", "gone", ipv6=None)]
    seen = observed(share(ends), {("ipv4", 0, 2): LOST, ("ipv4", 1, 3): LOST})
    with _netns.inside(host):
        assert _suspects.ask_wire(seen) == [
            {"network": "office", "address": "192.0.2.1", "macs": []},
            {"network": "office", "address": "192.0.2.3", "macs": [mac]},
            {"network": "office", "address": "192.0.2.2", "macs": []},
            {"network": "office", "address": "192.0.2.4", "macs": []},
        ]


@pytest.mark.parametrize("changes", [{"parents": {"h1": "eth7"}}, {"parents": {}, "driver": "host", "mode": ""}])
def test_a_parent_that_is_not_there_has_no_rows(lan: Lan, changes: dict[str, Any]) -> None:
    seen = observed(share(ENDS, network(**changes)), {("ipv4", 1, 2): LOST})
    assert _suspects.suspicious_pairs(seen)
    with _netns.inside(lan.add_station("host", "192.0.2.1/24")):
        assert _suspects.ask_wire(seen) == []


def test_asking_takes_a_second_at_most() -> None:
    frames = _suspects.MOST_ADDRESSES * 2 * _suspects._PACE.probes
    assert _suspects._PACE.timeout + frames / _suspects._PACE.rate < 1
    assert isinstance(_suspects._PACE, _wire.Pace)
