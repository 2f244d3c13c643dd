#!/usr/bin/python
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the check of a declaration. The code is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: validate
short_description: Refuse a wrong declaration before any host is touched
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Reads O(lans), and C(dockerlan_lans), C(dockerlan_parents), C(dockerlan_slices) and C(dockerlan_expectations) of
    every member of the group.
  - Checks names, drivers and modes, subnets, gateways, ranges, reserved addresses, parents and slices, that no two LANs
    overlap, what is expected of pairs, and that the declaration is the same on every host.
  - Refuses with all problems at once, each with the variable, the host, what was expected, and a cure.
  - Run it once, with C(run_once).
extends_documentation_fragment:
  - dockerlan.fleet.controller
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
  expectations:
    description:
      - What is expected of single pairs, the value of C(dockerlan_expectations) as P(dockerlan.fleet.reachability#role)
        documents it.
    type: list
    elements: dict
    default: []
  assertions:
    description:
      - Assertions about the report, as M(dockerlan.fleet.verdict) takes them. Their JMESPath expressions are compiled.
    type: list
    elements: dict
    default: []
seealso:
  - module: dockerlan.fleet.plan
"""

EXAMPLES = r"""
- name: Check the declaration of the LANs
  dockerlan.fleet.validate:
    lans: "{{ dockerlan_lans }}"
  run_once: true
"""

RETURN = r"""
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
