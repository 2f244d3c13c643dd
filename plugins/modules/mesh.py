#!/usr/bin/python
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the mesh. The code is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mesh
short_description: Find out which endpoints the fleet has, and which pairs of them are probed
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
    description:
      - The LANs of the fleet, the value of C(dockerlan_lans) as P(dockerlan.fleet.network#role) documents it.
      - Either this or O(experiment) is required.
    type: list
    elements: dict
  expectations:
    description:
      - What is expected of single pairs, the value of C(dockerlan_expectations) as P(dockerlan.fleet.reachability#role)
        documents it.
      - Pairs of two LANs are probed only where an expectation is about them.
    type: list
    elements: dict
    default: []
  experiment:
    description:
      - An entry of RV(dockerlan.fleet.experiments#module:experiments), for the mesh of an experiment. Its networks and
        expectations are used instead of O(lans) and O(expectations), and the numbers of its containers instead of
        O(endpoints_per_host).
      - The first of O(facts_from) is then the result of M(dockerlan.fleet.experiment).
    type: dict
  facts_from:
    description:
      - The name of the variable in which every host registered the result of M(dockerlan.fleet.host_info).
      - Further names are results of earlier tasks. They are only asked why a host was lost.
    type: list
    elements: str
    required: true
  endpoints_per_host:
    description:
      - How many probe endpoints a host has on each LAN on which it runs no container of its own.
      - A lost host is taken to have them. One of them that exists and does not run is a failed check of the report.
    type: int
    default: 2
  endpoints_always:
    description: Whether the hosts that run containers of their own have probe endpoints as well.
    type: bool
    default: false
  topology:
    description:
      - Which pairs are probed. V(full) is every pair.
      - V(hosts) is everything within a host, and between two hosts the endpoints with the same number.
      - V(ring) is each host with the O(neighbours) next ones on a ring, and each endpoint with the next one of its
        host.
      - V(auto) takes the first of the three that has no more pairs than O(limit), and V(ring) if none has.
    type: str
    choices: [auto, full, hosts, ring]
    default: auto
  neighbours:
    description: How many hosts each host probes in the topology V(ring).
    type: int
    default: 10
  limit:
    description: The most pairs, of the whole fleet, that V(auto) takes.
    type: int
    default: 200000
seealso:
  - module: dockerlan.fleet.host_info
  - module: dockerlan.fleet.experiments
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

- name: Find out who pings whom in an experiment
  dockerlan.fleet.mesh:
    experiment: "{{ fleet_experiments.experiments['ipvlan-l2'] }}"
    facts_from: [fleet_built, fleet_host_info]
  run_once: true
  register: fleet_experiment_mesh

- name: Ping every endpoint of the fleet
  dockerlan.fleet.ping_mesh:
    mesh: "{{ fleet_mesh.mesh }}"
    host: "{{ inventory_hostname }}"
  register: fleet_records
"""

RETURN = r"""
mesh:
  description: The networks, the hosts and the endpoints of the fleet, and which pairs are probed.
  returned: success
  type: dict
  contains:
    section:
      description: The name of the experiment that this is the mesh of, or null.
      type: str
    networks:
      description: The LANs as declared, each with the parents and the slices of the hosts.
      type: list
      elements: dict
    topology:
      description: The topology that was chosen, how many pairs it has, and what was asked for.
      type: dict
    across:
      description: The pairs of LANs that are probed because an expectation is about them.
      type: list
      elements: list
    expectations:
      description: The expectations with all of their keys.
      type: list
      elements: dict
    hosts:
      description:
        - The hosts of the play in inventory order, for the lost ones the reason, and the other networks that cannot
          share a parent with a LAN.
      type: list
      elements: dict
    endpoints:
      description: The endpoints, by LAN, then by host, the host itself first.
      type: list
      elements: dict
  sample:
    section: null
    networks:
      - name: office
        driver: ipvlan
        mode: l2
        flag: bridge
        internal: false
        families: [ipv4]
        subnets: {ipv4: 192.168.56.0/24, ipv6: null}
        gateways: {ipv4: 192.168.56.1, ipv6: null}
        parents: {host1: eth0}
        slices: {host1: [192.168.56.128/28]}
        mtu: 1500
    topology: {kind: full, neighbours: null, asked: auto, pairs: 0, limit: 200000}
    across: []
    expectations: []
    hosts:
      - name: host1
        lost: false
        reason: null
        detail: null
        virtualization: null
        addresses: {office: {ipv4: 192.168.56.11, ipv6: null}}
        conflicts: []
    endpoints:
      - index: 0
        id: host1
        network: office
        host: host1
        kind: host
        container: null
        ipv4: 192.168.56.11
        ipv6: null
        macs: ["02:00:00:00:00:01"]
        shim: []
        stranded: false
        joined: null
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
