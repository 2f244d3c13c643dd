#!/usr/bin/python
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the verdict. The code is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verdict
short_description: Fail the play unless every pair is as expected
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Compares what M(dockerlan.fleet.ping_mesh) observed on every host with what the driver and mode of each LAN
    lead to expect. Blocked as expected is as good as open as expected.
  - Fails when a pair is blocked that must be open, or open that must be blocked, or when data is missing. The message
    says how many pairs, why as far as the pattern tells, and what helps.
  - Run it once, with C(run_once). The report itself comes from the callback P(dockerlan.fleet.reachability#callback).
extends_documentation_fragment:
  - dockerlan.fleet.controller
options:
  mesh:
    description: The mesh that was probed, RV(dockerlan.fleet.mesh#module:mesh).
    type: dict
    required: true
  results_from:
    description:
      - The name of the variable in which every host registered the result of M(dockerlan.fleet.ping_mesh).
    type: str
    required: true
  allow_no_data:
    description: Pass also when pairs have no data, as long as nothing unexpected was observed.
    type: bool
    default: false
seealso:
  - module: dockerlan.fleet.mesh
  - module: dockerlan.fleet.ping_mesh
  - plugin: dockerlan.fleet.reachability
    plugin_type: callback
"""

EXAMPLES = r"""
- name: Judge the fleet
  dockerlan.fleet.verdict:
    mesh: "{{ fleet_mesh.mesh }}"
    results_from: fleet_records
  run_once: true
"""

RETURN = r"""
verdict:
  description: V(fail) when something is unexpected, V(incomplete) when nothing is but data is missing, or V(pass).
  returned: always
  type: str
  sample: pass
totals:
  description: How many pairs there are, and how many of each status.
  returned: always
  type: dict
  sample: {pairs: 144, as_expected: 144, unexpected_blocked: 0, unexpected_open: 0, no_data: 0}
causes:
  description: Why pairs are not as expected, as far as the pattern tells, each with the number of its pairs and a cure.
  returned: always
  type: list
  elements: dict
  sample: []
"""
