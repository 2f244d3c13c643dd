#!/usr/bin/python
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the mesh. The code is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mesh
short_description: Find out which endpoints the fleet has
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Lists all endpoints of all hosts of the play, the hosts themselves and every running container on a LAN, in one
    order that all hosts share.
  - A host that was lost keeps its place, so that its pairs are reported as missing, not forgotten.
  - Run it once, with C(run_once), after M(dockerlan.fleet.host_info) on every host.
extends_documentation_fragment:
  - dockerlan.fleet.controller
options:
  lans:
    description: The LANs of the fleet, the value of C(dockerlan_lans) as P(dockerlan.fleet.network#role) documents it.
    type: list
    elements: dict
    required: true
  facts_from:
    description:
      - The name of the variable in which every host registered the result of M(dockerlan.fleet.host_info).
      - Further names are results of earlier tasks. They are only asked why a host was lost.
    type: list
    elements: str
    required: true
  endpoints_per_host:
    description: How many probe endpoints a lost host is taken to have on each LAN.
    type: int
    default: 2
seealso:
  - module: dockerlan.fleet.host_info
  - module: dockerlan.fleet.ping_mesh
  - module: dockerlan.fleet.verdict
"""

EXAMPLES = r"""
- name: Ask every host for its endpoints
  dockerlan.fleet.host_info:
  register: fleet_host_info

- name: Find out who pings whom
  dockerlan.fleet.mesh:
    lans: "{{ dockerlan_lans }}"
    facts_from: fleet_host_info
  run_once: true
  register: fleet_mesh

- name: Ping every endpoint of the fleet
  dockerlan.fleet.ping_mesh:
    endpoints: "{{ fleet_mesh.mesh.endpoints }}"
    host: "{{ inventory_hostname }}"
  register: fleet_records
"""

RETURN = r"""
mesh:
  description: The networks, the hosts and the endpoints of the fleet.
  returned: success
  type: dict
  contains:
    networks:
      description: The LANs as declared, each with the slices of the hosts.
      type: list
      elements: dict
    hosts:
      description: The hosts of the play in inventory order, and for the lost ones the reason.
      type: list
      elements: dict
    endpoints:
      description: The endpoints, by LAN, then by host, the host itself first.
      type: list
      elements: dict
  sample:
    networks:
      - name: office
        driver: ipvlan
        mode: l2
        internal: false
        families: [ipv4]
        slices: {host1: [192.168.56.128/28]}
    hosts:
      - {name: host1, lost: false, reason: null, detail: null}
    endpoints:
      - index: 0
        id: host1
        network: office
        host: host1
        kind: host
        container: null
        ipv4: 192.168.56.11
        ipv6: null
        lost: false
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
