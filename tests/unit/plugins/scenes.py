# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faulty fleets, each with the causes that its report has to name."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.plugins.simulation import Faults, Fleet

MACVLAN = Fleet()
IPVLAN = Fleet(driver="ipvlan")
L3 = Fleet(driver="ipvlan", mode="l3")
VLAN = Fleet(driver="ipvlan", parent="eth0.20")
TWO = ("host1", "host2")
HOST2 = frozenset({"host2"})
ALL = frozenset(MACVLAN.hosts)
EVERY_WAY = frozenset((a, b) for a in L3.hosts for b in L3.hosts if a != b)
BUSY = ("failed", "Start: failed to create the ipvlan port: device or resource busy")

# Per case: the fleet, the fault, and the causes that are named, each with its hosts.
SCENES: dict[str, tuple[Fleet, Faults, list[tuple[str, list[str]]]]] = {
    "host down": (MACVLAN, Faults(lost={"host3": ("host_down", "no route")}), [("host_down", ["host3"])]),
    "host dies meanwhile": (
        MACVLAN,
        Faults(dies={"host2": {"unreachable": True, "msg": "gone"}}, cut=HOST2),
        [("host_down", ["host2"])],
    ),
    "engine down": (IPVLAN, Faults(lost={"host1": ("engine_down", "start it")}), [("engine_down", ["host1"])]),
    "failed": (IPVLAN, Faults(lost={"host1": ("failed", "boom")}), [("failed", ["host1"])]),
    "conflict told": (IPVLAN, Faults(lost={"host2": BUSY}), [("parent_conflict", ["host2"])]),
    "conflict known": (
        MACVLAN,
        Faults(lost={"host2": ("failed", "Start: x")}, conflicts={"host2": ("old", "ipvlan")}),
        [("parent_conflict", ["host2"])],
    ),
    "conflict while alive": (
        MACVLAN,
        Faults(conflicts={"host2": ("old", "ipvlan")}, unusable=frozenset({"host2/web-1", "host2/web-2"})),
        [("parent_conflict", ["host2"])],
    ),
    "unplugged": (MACVLAN, Faults(unplugged=HOST2), [("parent_down", ["host2"])]),
    "unplugged, ipvlan": (IPVLAN, Faults(unplugged=HOST2), [("parent_down", ["host2"])]),
    "unplugged everywhere": (IPVLAN, Faults(unplugged=ALL), [("parent_down", list(IPVLAN.hosts))]),
    "parent gone": (MACVLAN, Faults(gone=HOST2), [("parent_down", ["host2"])]),
    "partition": (MACVLAN, Faults(cut=HOST2), [("partition", ["host2"])]),
    "partition, cached": (MACVLAN, Faults(cut=HOST2, warm=True), [("partition", ["host2"])]),
    "partition, ipvlan": (IPVLAN, Faults(cut=HOST2), [("partition", ["host2"])]),
    "partition, l3": (L3, Faults(cut=HOST2), [("partition", ["host2"])]),
    "partition of two": (IPVLAN, Faults(cut=frozenset({"host1", "host3"})), [("partition", ["host1", "host3"])]),
    "partition, two hosts": (Fleet(hosts=TWO), Faults(cut=HOST2), [("partition", ["host2"])]),
    "partition, hosts not on the LAN": (
        Fleet(hosts_have_addresses=False, driver="ipvlan"),
        Faults(cut=HOST2),
        [("partition", ["host2"])],
    ),
    "vlan": (VLAN, Faults(cut=HOST2), [("vlan_not_trunked", ["host2"])]),
    "vlan nowhere": (VLAN, Faults(cut=ALL), [("vlan_not_trunked", list(VLAN.hosts))]),
    "vlan, hosts not on the LAN": (
        replace(VLAN, hosts_have_addresses=False),
        Faults(cut=HOST2),
        [("vlan_not_trunked", ["host2"])],
    ),
    "vlan, macvlan": (replace(VLAN, driver="macvlan"), Faults(cut=HOST2), [("vlan_not_trunked", ["host2"])]),
    "mac filter": (MACVLAN, Faults(filtered=HOST2), [("mac_filter", ["host2"])]),
    "mac filter, cached": (MACVLAN, Faults(filtered=HOST2, warm=True), [("mac_filter", ["host2"])]),
    "mac filter, nothing out": (MACVLAN, Faults(filtered=HOST2, silent_filter=True), [("mac_filter", ["host2"])]),
    "mac filter everywhere": (MACVLAN, Faults(filtered=ALL), [("mac_filter", list(MACVLAN.hosts))]),
    "mac filter, two hosts": (Fleet(hosts=TWO), Faults(filtered=HOST2), [("mac_filter", ["host2"])]),
    "mac filter, one container": (Fleet(containers=1), Faults(filtered=HOST2), [("mac_filter", ["host2"])]),
    "mac filter, hosts not on the LAN": (
        Fleet(hosts_have_addresses=False),
        Faults(filtered=HOST2),
        [("mac_filter", ["host2"])],
    ),
    "mac filter, two hosts not on the LAN": (
        Fleet(hosts=TWO, hosts_have_addresses=False),
        Faults(filtered=HOST2, silent_filter=True),
        [("mac_filter", ["host2"])],
    ),
    "mac filter, private": (Fleet(mode="private"), Faults(filtered=HOST2), [("mac_filter", ["host2"])]),
    "address filter": (IPVLAN, Faults(filtered=HOST2), [("address_filter", ["host2"])]),
    "stranger": (MACVLAN, Faults(strangers={"host1/web-1": False}), [("duplicate_address", ["host1"])]),
    "stranger, ipvlan": (IPVLAN, Faults(strangers={"host1/web-1": False}), [("duplicate_address", ["host1"])]),
    "stranger that answers": (MACVLAN, Faults(strangers={"host1/web-1": True}), [("duplicate_address", ["host1"])]),
    "stranger with a host's address": (
        IPVLAN,
        Faults(strangers={"host2": False}),
        [("duplicate_address", ["host2"])],
    ),
    "stranger, one container": (
        Fleet(containers=1),
        Faults(strangers={"host1/web-1": False}),
        [("duplicate_address", ["host1"])],
    ),
    "two endpoints with one address": (
        MACVLAN,
        Faults(same_address={"host1/web-2": "host2/web-1"}),
        [("duplicate_address", ["host1", "host2"])],
    ),
    "two endpoints with one address, ipvlan": (
        IPVLAN,
        Faults(same_address={"host1/web-2": "host2/web-1"}),
        [("duplicate_address", ["host1", "host2"])],
    ),
    "stale": (
        MACVLAN,
        Faults(stale={("host1/web-1", "host2/web-2"): "stale"}),
        [("stale_neighbour", ["host1"])],
    ),
    "stale by hand": (
        IPVLAN,
        Faults(stale={("host1/web-1", "host2/web-2"): "permanent"}),
        [("stale_neighbour", ["host1"])],
    ),
    "stale within a host": (
        MACVLAN,
        Faults(stale={("host1/web-1", "host1/web-2"): "permanent"}),
        [("stale_neighbour", ["host1"])],
    ),
    "stale everywhere": (
        Fleet(containers=1),
        Faults(
            stale={(source, "host2/web-1"): "reachable" for source in ("host1", "host1/web-1", "host3", "host3/web-1")}
        ),
        [("stale_neighbour", ["host1", "host3"])],
    ),
    "mtu": (MACVLAN, Faults(mtu={"host2": 1450}), [("mtu_mismatch", ["host2"])]),
    "mtu, two hosts": (Fleet(hosts=TWO), Faults(mtu={"host2": 1450}), [("mtu_mismatch", ["host2"])]),
    "mtu left in a container": (MACVLAN, Faults(stuck_mtu={"host2/web-1": 1450}), [("mtu_mismatch", ["host2"])]),
    "mtu in between": (
        MACVLAN,
        Faults(narrow=frozenset({frozenset({"host1", "host3"}), frozenset({"host2", "host3"})})),
        [("mtu_mismatch", ["host3"])],
    ),
    "mtu and large probes": (
        MACVLAN,
        Faults(mtu={"host2": 1450}, large_probes=1500),
        [("mtu_mismatch", ["host2"])],
    ),
    "no routes": (L3, Faults(no_route=EVERY_WAY), [("l3_no_route", list(L3.hosts))]),
    "no routes, l3s": (replace(L3, mode="l3s"), Faults(no_route=EVERY_WAY), [("l3_no_route", list(L3.hosts))]),
    "no route one way": (L3, Faults(no_route=frozenset({("host2", "host1")})), [("l3_no_route", ["host2"])]),
    "no routes, hosts not on the LAN": (
        replace(L3, hosts_have_addresses=False),
        Faults(no_route=EVERY_WAY),
        [("l3_no_route", list(L3.hosts))],
    ),
    "only lo": (MACVLAN, Faults(stranded=frozenset({"host1/web-2"})), [("only_lo", ["host1"])]),
    "only lo, one container": (
        Fleet(containers=1),
        Faults(stranded=frozenset({"host1/web-1"})),
        [("only_lo", ["host1"])],
    ),
    "full table": (IPVLAN, Faults(full_table=frozenset({"host1"})), [("neighbour_overflow", ["host1"])]),
    "full table, macvlan": (MACVLAN, Faults(full_table=frozenset({"host1"})), [("neighbour_overflow", ["host1"])]),
    "wall that drops all": (MACVLAN, Faults(walls={"host2/web-1": "drop"}), [("container_firewall", ["host2"])]),
    "wall that ignores pings": (MACVLAN, Faults(walls={"host2/web-1": "echo"}), [("container_firewall", ["host2"])]),
    "wall, ipvlan": (IPVLAN, Faults(walls={"host2/web-1": "echo"}), [("container_firewall", ["host2"])]),
    "wall, one container": (
        Fleet(containers=1),
        Faults(walls={"host2/web-1": "echo"}),
        [("container_firewall", ["host2"])],
    ),
    "wall that rejects": (IPVLAN, Faults(walls={"host2/web-1": "reject"}), [("container_firewall", ["host2"])]),
    "wall to the outside": (IPVLAN, Faults(walls={"host2/web-1": "out"}), [("container_firewall", ["host2"])]),
    "wall, l3": (L3, Faults(walls={"host2/web-1": "echo"}), [("container_firewall", ["host2"])]),
    "wall on a host": (IPVLAN, Faults(walls={"host2": "echo"}), [("host_firewall", ["host2"])]),
    "gateway of one": (IPVLAN, Faults(gateway=HOST2), [("gateway_unreachable", ["host2"])]),
    "gateway of all": (MACVLAN, Faults(gateway=ALL), [("gateway_unreachable", list(MACVLAN.hosts))]),
    "leak": (MACVLAN, Faults(leaks=HOST2), [("not_isolated", ["host2"])]),
    "leak, private": (Fleet(mode="private"), Faults(together=HOST2), [("not_isolated", ["host2"])]),
    "leak, vepa": (Fleet(mode="vepa"), Faults(together=HOST2), [("not_isolated", ["host2"])]),
    "leak, ipvlan private": (
        Fleet(driver="ipvlan", flag="private"),
        Faults(together=HOST2),
        [("not_isolated", ["host2"])],
    ),
    "not probed": (IPVLAN, Faults(unusable=frozenset({"host2/web-1"})), [("not_probed", ["host2"])]),
    "unexplained": (
        IPVLAN,
        Faults(silent=frozenset({("host3/web-1", "host1/web-2")})),
        [("unexplained", ["host3", "host1"])],
    ),
}
TOGETHER: dict[str, tuple[Fleet, Faults, list[tuple[str, list[str]]]]] = {
    "unplugged and filtered": (
        MACVLAN,
        Faults(unplugged=HOST2, filtered=frozenset({"host1"})),
        [("parent_down", ["host2"]), ("mac_filter", ["host1"])],
    ),
    "cut off and filtered": (
        MACVLAN,
        Faults(cut=HOST2, filtered=frozenset({"host1"})),
        [("partition", ["host2"]), ("mac_filter", ["host1"])],
    ),
    "lost and cut off": (
        MACVLAN,
        Faults(lost={"host3": ("host_down", "no route")}, cut=HOST2),
        [("host_down", ["host3"]), ("partition", ["host2"])],
    ),
    "lost and filtered": (
        MACVLAN,
        Faults(lost={"host3": ("host_down", "no route")}, filtered=HOST2),
        [("host_down", ["host3"]), ("mac_filter", ["host2"])],
    ),
    "lost and stranded": (
        MACVLAN,
        Faults(lost={"host3": ("engine_down", "x")}, stranded=frozenset({"host1/web-2"})),
        [("engine_down", ["host3"]), ("only_lo", ["host1"])],
    ),
    "cut off and walled": (
        MACVLAN,
        Faults(cut=HOST2, walls={"host1/web-1": "drop"}),
        [("partition", ["host2"]), ("container_firewall", ["host1"])],
    ),
    "cut off and small": (
        MACVLAN,
        Faults(cut=HOST2, mtu={"host3": 1450}),
        [("mtu_mismatch", ["host3"]), ("partition", ["host2"])],
    ),
    "cut off and without a gateway": (
        MACVLAN,
        Faults(cut=HOST2, gateway=frozenset({"host1"})),
        [("partition", ["host2"]), ("gateway_unreachable", ["host1"])],
    ),
    "filtered and stale": (
        MACVLAN,
        Faults(filtered=HOST2, stale={("host1/web-1", "host3/web-2"): "stale"}),
        [("stale_neighbour", ["host1"]), ("mac_filter", ["host2"])],
    ),
    "filtered and a stranger": (
        MACVLAN,
        Faults(filtered=HOST2, strangers={"host1/web-1": False}),
        [("duplicate_address", ["host1"]), ("mac_filter", ["host2"])],
    ),
    "filtered and full": (
        MACVLAN,
        Faults(filtered=HOST2, full_table=frozenset({"host1"})),
        [("neighbour_overflow", ["host1"]), ("mac_filter", ["host2"])],
    ),
    "cut off and without routes": (
        L3,
        Faults(cut=HOST2, no_route=frozenset({("host3", "host1")})),
        [("partition", ["host2"]), ("l3_no_route", ["host3"])],
    ),
}
