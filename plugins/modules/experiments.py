#!/usr/bin/python
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the experiments' plan. The code is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: experiments
short_description: Plan what every host builds to show Docker's network modes
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Selects network modes by the tags of the run, and plans for each of them, as an experiment of its own, which
    networks and containers every host builds, which of them ping each other by name, what is done to them, and which
    routes they need.
  - Gives every member of the group a slice of its own in each subnet, as M(dockerlan.fleet.plan) does for LANs. Hosts
    that could not be asked keep their places, and the others get the same slices as with them.
  - Refuses, with all problems of all modes at once, whatever cannot work; among others a parent that is missing, down
    or taken by another network, a kernel that cannot make such links, a network of somebody else with the name of a
    mode, and slices that are too small. What an earlier run of an experiment has left is in nobody's way.
  - Run it once, with C(run_once), after M(dockerlan.fleet.host_info) on every host.
extends_documentation_fragment:
  - dockerlan.fleet.controller
options:
  lan:
    description:
      - Where the modes that are on the LAN of the hosts are built, as an entry of C(dockerlan_lans) that
        P(dockerlan.fleet.network#role) documents. Its driver, mode and flag do not matter.
      - What C(dockerlan_parents) and C(dockerlan_slices) of single hosts say of a LAN with this name counts.
    type: dict
    required: true
  private_subnets:
    description:
      - Subnets in which no host has an address, at most one per address family, for the modes of ipvlan that route, and
        for networks on VLANs or without a parent.
      - They are declared like those of a LAN, but have no gateway, and without a range all of the subnet is used.
    type: list
    elements: dict
  vlans:
    description: Two VLAN ids that the switch carries between the hosts, for V(vlan) and V(macvlan-passthru).
    type: list
    elements: int
  containers:
    description: How many containers each host has on a network, 2 at least. Some modes have a number of their own.
    type: int
    default: 2
  group:
    description: The inventory group that is the fleet; also its members outside of C(--limit) count.
    type: str
    default: docker_fleet
  facts_from:
    description:
      - The name of the variable in which every host registered the result of M(dockerlan.fleet.host_info).
    type: str
    required: true
  run_tags:
    description:
      - The tags of the modes that are selected, usually C(ansible_run_tags). A mode has its name and its groups as
        tags.
      - Tags such as V(all) and V(tagged) mean what they mean to Ansible.
    type: list
    elements: str
    default: [all]
  skip_tags:
    description: The tags of the modes that are left out, usually C(ansible_skip_tags).
    type: list
    elements: str
    default: []
seealso:
  - module: dockerlan.fleet.host_info
  - module: dockerlan.fleet.experiment
  - module: dockerlan.fleet.mesh
  - module: dockerlan.fleet.verdict
"""

EXAMPLES = r"""
- name: Ask every host what it is
  dockerlan.fleet.host_info:
  register: fleet_host_info

- name: Plan the network modes that the tags select
  dockerlan.fleet.experiments:
    lan: "{{ dockerlan_lans | first }}"
    private_subnets:
      - subnet: 198.18.0.0/16
    vlans: [21, 22]
    facts_from: fleet_host_info
    run_tags: "{{ ansible_run_tags }}"
    skip_tags: "{{ ansible_skip_tags }}"
  run_once: true
  register: fleet_experiments
"""

RETURN = r"""
modes:
  description: The names of the modes that were selected, in the order in which they are run.
  returned: success
  type: list
  elements: str
  sample: [bridge, ipvlan-l2]
probe:
  description:
    - For every host the addresses that any of the modes will use, once each, as M(dockerlan.fleet.wire_check) takes
      them.
  returned: success
  type: dict
  sample:
    host1: [{network: ipvlan-l2, parent: eth0, slices: [192.168.56.128/28]}]
experiments:
  description:
    - For every mode what it shows, its networks, the parents of the hosts, what is expected beside the contract, and
      what each host builds. C(networks), C(containers), C(names) and C(steps) are for M(dockerlan.fleet.experiment),
      C(routes) for M(dockerlan.fleet.routes).
  returned: success
  type: dict
  sample:
    ipvlan-l2:
      name: ipvlan-l2
      shows: "One MAC address per host: everybody reaches everybody, only a host and its own containers do not."
      lans:
        - name: ipvlan-l2
          driver: ipvlan
          mode: l2
          flag: bridge
          parent: eth0
          internal: false
          subnets:
            - subnet: 192.168.56.0/24
              gateway: 192.168.56.1
              range: 192.168.56.128/25
              slice_prefix: 28
              reserved: []
      own: []
      parents:
        host1: {ipvlan-l2: eth0}
      expectations: []
      routed: false
      hosts:
        host1:
          networks:
            - name: ipvlan-l2
              driver: ipvlan
              internal: false
              enable_ipv6: false
              options: {parent: eth0, ipvlan_mode: l2}
              labels: {dockerlan.fleet.experiment: ipvlan-l2}
              ipam:
                - subnet: 192.168.56.0/24
                  ip_range: 192.168.56.128/28
                  gateway: 192.168.56.1
                  aux_addresses: {}
          containers:
            - name: dockerlan-ipvlan-l2-1
              network: ipvlan-l2
              starts: true
          names: []
          steps: []
          routes: []
problems:
  description:
    - Everything that is wrong, when the settings or the modes are refused. C(network) names the modes concerned.
  returned: when refused
  type: list
  elements: dict
  sample:
    - host: host2
      network: macvlan-bridge, macvlan-private, macvlan-vepa
      problem: "the live network office (ipvlan) is also on eth0: macvlan and ipvlan cannot share a parent"
      cure: "Remove that network, or give the LAN a parent of its own; or leave them out: --skip-tags macvlan"
"""
