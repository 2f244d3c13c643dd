# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Causes: what the pattern of unexpected and missing pairs says about the fleet. PRIVATE to the collection.

Each detector looks at everything that was observed and returns findings. The findings claim the pairs that they
explain, in the order of ``DETECTORS``: a pair has one cause at most. To add a cause, write a detector and put it into
the list.
"""

from __future__ import annotations

from typing import Any, Callable, Collection, Iterator, Mapping, Sequence

from ._case import Case, Finding, NetworkFamily, network_family, off_host_pairs
from ._contract import BLOCKED, CROSS_HOST, HOST_TO_HOST, OTHER_HOST, OWN_HOST, SAME_HOST
from ._facts import ENGINE_DOWN, FAILED, HOST_DOWN
from ._observation import AS_EXPECTED, NO_DATA, UNEXPECTED_BLOCKED, UNEXPECTED_OPEN, Observation
from ._words import named

_TEXTS_SHOWN = 3


def diagnose(
    observations: Sequence[Observation], hosts: Sequence[Mapping[str, Any]], errors: Mapping[str, Sequence[str]]
) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """Return the causes of the report, and the id of the cause by the number of the observation."""
    case = Case(observations, hosts, errors)
    causes: dict[str, dict[str, Any]] = {}
    cause_of: dict[int, str] = {}
    pending = [number for number, item in enumerate(observations) if item.status != AS_EXPECTED]
    for detector in DETECTORS:
        for finding in detector(case):
            claimed = [number for number in pending if finding.claims(observations[number])]
            if claimed:
                _count(causes, finding, [observations[number] for number in claimed])
                cause_of.update(dict.fromkeys(claimed, finding.id))
                pending = [number for number in pending if number not in cause_of]
    for cause in causes.values():
        cause["explanation"] += _family_note([observations[n] for n, found in cause_of.items() if found == cause["id"]])
    return list(causes.values()), cause_of


def _family_note(claimed: Sequence[Observation]) -> str:
    """Return what to add to an explanation when only one of several address families is affected."""
    families = {item.family for item in claimed}
    if len(families) > 1 or all(len(item.network["families"]) == 1 for item in claimed):
        return ""
    return f" Only IPv{families.pop()[-1]} is affected."


def _count(causes: dict[str, dict[str, Any]], finding: Finding, claimed: Sequence[Observation]) -> None:
    """Add the finding to the causes; the same one in another network is counted with it."""
    cause = causes.setdefault(
        finding.id,
        {
            "id": finding.id,
            "kind": finding.kind,
            "title": finding.title,
            "hosts": list(finding.hosts) or _hosts_of(claimed),
            "networks": [],
            "pairs": 0,
            "explanation": finding.explanation,
            "cure": finding.cure,
        },
    )
    cause["pairs"] += len(claimed)
    for item in claimed:
        if item.network["name"] not in cause["networks"]:
            cause["networks"].append(item.network["name"])


def _hosts_of(observations: Sequence[Observation]) -> list[str]:
    return list(dict.fromkeys(end["host"] for item in observations for end in (item.source, item.target)))


_LOST = {
    HOST_DOWN: (
        "Hosts could not be reached",
        "Ansible could not reach {}, so nothing is known about these rows and columns.",
        "Bring the hosts up, check the way to them, and run again",
    ),
    ENGINE_DOWN: (
        "The Docker engine does not answer",
        "The Docker engine of {} did not answer, so the endpoints there could not be asked for or entered.",
        "Start the engine (systemctl status docker says why it stopped), and run again",
    ),
    FAILED: (
        "Hosts were lost before all was probed",
        "The run ended on {} before all pairs from there were probed.",
        "Mend what the message of each lost host says, and run again",
    ),
}


def _lost_hosts(case: Case) -> Iterator[Finding]:
    for reason, (title, explanation, cure) in _LOST.items():
        lost = [host["name"] for host in case.hosts if host["lost"] and host["reason"] == reason]
        claims = _claims_of_lost(set(lost), down=reason == HOST_DOWN)
        yield Finding(reason, lost, title, explanation.format(named(lost)), cure, claims)


def _claims_of_lost(hosts: Collection[str], *, down: bool) -> Callable[[Observation], bool]:
    """Claim what is missing; a host that went down after the mesh was made also explains why others got no answer."""
    statuses = (NO_DATA, UNEXPECTED_BLOCKED) if down else (NO_DATA,)
    return lambda item: item.status in statuses and (item.source["host"] in hosts or item.target["host"] in hosts)


def _partition(case: Case) -> Iterator[Finding]:
    for where, observations in case.networks().items():
        off_host = off_host_pairs(observations)
        cut_off = [host for host in case.living() if _is_cut_off(off_host.get(host, []))]
        if cut_off:
            yield _partition_of(cut_off, where, [host for host in cut_off if _is_silent(host, observations)])


def _partition_of(hosts: Sequence[str], where: NetworkFamily, silent: Sequence[str]) -> Finding:
    """Return the finding. On ``silent`` hosts the containers do not even reach each other.

    That is how a macvlan link behaves whose parent has no carrier: it has none either (measured; the kernel hands the
    operational state of a parent down to the links on it).
    """
    beside = f" The containers on {named(silent)} do not even reach each other: the parent has no carrier."
    return Finding(
        "partition",
        hosts,
        "Cut off from the LAN",
        f"Nothing on {named(hosts)} reaches any other host on this LAN, nor is reached by one; not even the "
        f"hosts themselves see each other.{beside if silent else ''}",
        "Check the link of the parent, its switch port and its VLAN; when only ping is blocked, the firewalls",
        _claims_cut_off(where, hosts, silent),
    )


def _is_silent(host: str, observations: Sequence[Observation]) -> bool:
    mine = [item for item in observations if item.relation == SAME_HOST and item.source["host"] == host]
    return _all_blocked([item for item in mine if item.observed != NO_DATA])


def _is_cut_off(off_host: Sequence[Observation]) -> bool:
    seen = [item for item in off_host if item.observed != NO_DATA]
    return _all_blocked(seen) and any(item.relation == HOST_TO_HOST for item in seen)


def _all_blocked(observations: Sequence[Observation]) -> bool:
    return bool(observations) and all(item.observed == BLOCKED for item in observations)


def _claims_cut_off(where: NetworkFamily, hosts: Sequence[str], silent: Sequence[str]) -> Callable[[Observation], bool]:
    return lambda item: (
        item.status == UNEXPECTED_BLOCKED
        and network_family(item) == where
        and any(item.touches(host) for host in (hosts if item.off_host else silent))
    )


def _mac_filter(case: Case) -> Iterator[Finding]:
    for where, observations in case.networks().items():
        if observations[0].network["driver"] != "macvlan":
            continue
        off_host = off_host_pairs(observations)
        filtered = [host for host in case.living() if _is_mac_filtered(host, off_host.get(host, []))]
        if filtered:
            yield _mac_filter_before(filtered, where)


def _mac_filter_before(hosts: Sequence[str], where: NetworkFamily) -> Finding:
    return Finding(
        "mac_filter",
        hosts,
        "Unknown MAC addresses are dropped",
        f"Containers on {named(hosts)} reach nothing outside their host and are not reached from there, while the "
        "hosts themselves reach each other. With macvlan every container has a MAC address of its own, and the "
        f"hypervisor or switch port in front of {'it' if len(hosts) == 1 else 'them'} drops frames for MAC addresses "
        "that it does not know.",
        "On VMware accept promiscuous mode and forged transmits on the port group; on Hyper-V turn on MAC address "
        "spoofing; on a switch raise the limit of port security. Or declare the LAN with driver ipvlan and mode l2: "
        "its containers share the MAC address of their host",
        _claims_containers(where, hosts),
    )


def _is_mac_filtered(host: str, off_host: Sequence[Observation]) -> bool:
    """Tell by the pairs of its containers and other hosts, whose own MAC addresses always pass any filter.

    Where no host has an address on the LAN, the containers of two hosts must do.
    """
    if any(item.relation == HOST_TO_HOST and item.observed == BLOCKED for item in off_host):
        return False
    seen = [item for item in off_host if item.has_container_on(host) and item.observed != NO_DATA]
    with_hosts = [item for item in seen if item.relation == OTHER_HOST]
    return _all_blocked(with_hosts or [item for item in seen if item.relation == CROSS_HOST])


def _claims_containers(where: NetworkFamily, hosts: Sequence[str]) -> Callable[[Observation], bool]:
    return lambda item: (
        item.status == UNEXPECTED_BLOCKED
        and network_family(item) == where
        and item.off_host
        and any(item.has_container_on(host) for host in hosts)
    )


def _not_probed(case: Case) -> Iterator[Finding]:
    for host in case.living():
        texts = list(dict.fromkeys(case.errors.get(host, ())))[:_TEXTS_SHOWN]
        said = f" It said: {'; '.join(texts)}." if texts else ""
        yield Finding(
            "not_probed",
            [host],
            "The probes could not be sent",
            f"{host} itself refused to send these probes, so they say nothing about the LAN.{said}",
            "Check the addresses, the routes and the limit of the neighbour table (net.ipv4.neigh.default.gc_thresh3)",
            _claims_no_data_from(host),
        )


def _claims_no_data_from(host: str) -> Callable[[Observation], bool]:
    return lambda item: item.status == NO_DATA and item.source["host"] == host


def _not_isolated(case: Case) -> Iterator[Finding]:
    leaky = {item.source["host"] for item in case.observations if _leaks(item)}
    hosts = [host["name"] for host in case.hosts if host["name"] in leaky]
    if not hosts:
        return
    yield Finding(
        "not_isolated",
        hosts,
        "A host reaches its own containers",
        f"{named(hosts)} and the containers there reach each other, though the kernel keeps a parent link apart from "
        "the links on it. Something carries the packets past it: a macvlan or ipvlan link of the host itself (a shim), "
        "an address of the LAN on another link, or a router that sends them back.",
        "On the host ask `ip route get` for the address of a container, and remove the way that it shows",
        _leaks,
    )


def _leaks(item: Observation) -> bool:
    return item.status == UNEXPECTED_OPEN and item.relation == OWN_HOST


def _unexplained(case: Case) -> Iterator[Finding]:
    left = [item for item in case.observations if item.status != AS_EXPECTED]
    for name in dict.fromkeys(item.network["name"] for item in left):
        yield Finding(
            "unexplained",
            [],
            "No known cause",
            "These pairs fit no pattern that this report knows.",
            "See the pairs in the report. Worth a look: firewalls in the containers, an address that is in use twice "
            "(arping from two hosts), a VLAN that one switch does not carry",
            _claims_all_of(name),
            subject=name,
        )


def _claims_all_of(network: str) -> Callable[[Observation], bool]:
    return lambda item: bool(item.network["name"] == network)


DETECTORS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    _lost_hosts,
    _partition,
    _mac_filter,
    _not_probed,
    _not_isolated,
    _unexplained,
)
