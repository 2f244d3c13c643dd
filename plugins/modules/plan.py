#!/usr/bin/python
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the plan. The code is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Plan which network every host gets
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Gives every member of the group a slice of its own in each subnet, and tells which networks will be created, kept,
    replaced and removed, and which containers that interrupts.
  - A slice is the one from C(dockerlan_slices), or the one that the live network of the host already has, or the first
    free block of the range in inventory order. Adding, removing and reordering hosts moves nobody.
  - A size in C(dockerlan_slices) is that of a new slice, or the one to which a live slice grows in place. Addresses in
    a slice that belong to something else are handed to Docker as auxiliary addresses, which it never gives out.
  - Refuses, with all problems at once, whatever cannot work or would lose something; among others a live network that
    differs from its declaration unless O(allow_replace) is set, a parent that is missing, down or taken, a kernel that
    cannot make such links, subnets that overlap with other networks or routes of a host, addresses that two in the
    fleet have, a range that is too small, and a new slice while the slices of other members are not known.
  - Run it once, with C(run_once), after M(dockerlan.fleet.host_info) on every host.
extends_documentation_fragment:
  - dockerlan.fleet.controller
attributes:
  diff_mode:
    description: Shows for each host the networks before and after.
    support: full
options:
  lans:
    description: The LANs of the fleet, the value of C(dockerlan_lans) as P(dockerlan.fleet.network#role) documents it.
    type: list
    elements: dict
    required: true
  group:
    description: The inventory group that is the fleet; also its members outside of C(--limit) count.
    type: str
    default: docker_fleet
  facts_from:
    description:
      - The name of the variable in which every host registered the result of M(dockerlan.fleet.host_info).
    type: str
    required: true
  allow_replace:
    description: Whether live networks that differ from their declaration will be replaced.
    type: bool
    default: false
  prune:
    description:
      - Whether networks that were made for a LAN will be removed when it is not declared any more.
      - Without it they are left, and the plan names them.
    type: bool
    default: false
  allow_detach:
    description: Whether networks will be removed also when containers are attached, which then lose them.
    type: bool
    default: false
seealso:
  - module: dockerlan.fleet.host_info
  - module: dockerlan.fleet.network
  - module: dockerlan.fleet.validate
"""

EXAMPLES = r"""
- name: Ask every host what it is
  dockerlan.fleet.host_info:
  register: fleet_host_info

- name: Plan who gets which addresses
  dockerlan.fleet.plan:
    lans: "{{ dockerlan_lans }}"
    facts_from: fleet_host_info
  run_once: true
  register: fleet_plan

- name: Converge to the plan
  dockerlan.fleet.network:
    networks: "{{ fleet_plan.hosts[inventory_hostname].networks }}"
"""

RETURN = r"""
hosts:
  description:
    - For every member that was asked, its network specs in C(networks), and what will be done with each in C(actions),
      where C(action) is V(create), V(keep), V(replace), V(remove), V(leave) or V(recover).
    - C(absent) has the names of the networks that will be removed. C(probe) has the parts of slices that are new, as
      M(dockerlan.fleet.wire_check) takes them.
    - C(routes) are those that the host needs to reach the slices of the other hosts, as M(dockerlan.fleet.routes) takes
      them. There are none unless a LAN has the mode V(l3) or V(l3s).
  returned: success
  type: dict
  sample:
    host1:
      networks:
        - name: office
          driver: ipvlan
          internal: false
          enable_ipv6: false
          options: {parent: eth0, ipvlan_mode: l2}
          labels: {dockerlan.fleet.lan: office}
          ipam:
            - subnet: 192.168.56.0/24
              ip_range: 192.168.56.128/28
              gateway: 192.168.56.1
              aux_addresses: {}
      absent: []
      probe: [{network: office, parent: eth0, slices: [192.168.56.128/28]}]
      actions:
        - network: office
          action: create
          slices: [192.168.56.128/28]
          differences: []
          containers: []
      routes: []
routes:
  description:
    - The routes that LANs in the modes V(l3) and V(l3s) need, to be read; all are empty without such a LAN.
    - C(commands) are those of each host, by host. C(router) are commands for a router that connects the hosts with the
      rest of the world, and C(frr) is the same for FRR. C(missing) says which routes are not known, and why.
  returned: success
  type: dict
  sample:
    commands:
      host1: ["ip route replace 192.168.56.144/28 via 192.168.56.12 dev eth0  # host2, office"]
    router: ["ip route replace 192.168.56.144/28 via 192.168.56.12  # host2, office"]
    frr: ["! host2, office", "ip route 192.168.56.144/28 192.168.56.12"]
    missing: []
summary:
  description:
    - The plan as a table, one line per host and LAN; below a replacement its differences and whom it interrupts.
  returned: success
  type: list
  elements: str
  sample: ["host1  create  office  ipvlan l2 on eth0  192.168.56.128/28"]
diff:
  description: For each host where something will change, the networks concerned before and after.
  returned: success
  type: list
  elements: dict
problems:
  description: Everything that is wrong, when the declaration or the plan is refused.
  returned: when refused
  type: list
  elements: dict
  sample:
    - host: host2
      network: office
      problem: the parent eth9 does not exist, the host has eth0
      cure: Set dockerlan_parents for this host, or create the link
"""
