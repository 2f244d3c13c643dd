#!/usr/bin/python
# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the verdict. The code is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verdict
short_description: Fail the play unless every pair is as expected and every check passes
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Compares what M(dockerlan.fleet.ping_mesh) observed on every host with what the driver and mode of each LAN
    lead to expect. Blocked as expected is as good as open as expected.
  - Fails when a pair is blocked that must be open, or open that must be blocked, when a check of a gateway, a path MTU
    or a name fails, when an assertion does not hold, or when data is missing. The message says how many pairs, what
    the causes are, on which hosts they sit, what shows it, and what helps.
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
    description: Pass also when pairs or checks have no data, as long as nothing unexpected was observed.
    type: bool
    default: false
  assertions:
    description:
      - Your own demands on the report, as JMESPath expressions over it. Its shape is in C(docs/interfaces.md).
      - Each one has to be V(true), and nothing else that would count as true. It becomes a check of the report.
      - Needs the Python library C(jmespath) on the controller.
    type: list
    elements: dict
    default: []
    suboptions:
      that:
        description: The expression.
        type: str
        required: true
      msg:
        description: What it means that it does not hold.
        type: str
  experiment:
    description:
      - An entry of RV(dockerlan.fleet.experiments#module:experiments), when the mesh is that of an experiment. What it
        shows beside pairs then becomes checks of the report.
    type: dict
  facts_from:
    description:
      - The name of the variable in which every host registered the result of M(dockerlan.fleet.experiment) with the
        state V(present). Further names only tell why a host was lost.
      - Required with O(experiment).
    type: list
    elements: str
  removed_from:
    description:
      - The name of the variable in which every host registered the result of M(dockerlan.fleet.experiment) with the
        state V(absent), if the experiment was removed already. That links which Docker made are gone is then checked,
        too.
    type: str
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

- name: Judge the fleet, with demands of our own
  dockerlan.fleet.verdict:
    mesh: "{{ fleet_mesh.mesh }}"
    results_from: fleet_records
    assertions:
      - that: "length(hosts[?lost]) == `0`"
        msg: every host has to take part
      - that: "max(relations[].rtt_ms.p95) < `5`"
        msg: the LAN is slower than 5 ms
  run_once: true

- name: Judge an experiment
  dockerlan.fleet.verdict:
    mesh: "{{ fleet_experiment_mesh.mesh }}"
    results_from: fleet_records
    experiment: "{{ fleet_experiments.experiments['ipvlan-l2'] }}"
    facts_from: [fleet_built]
  run_once: true
"""

RETURN = r"""
verdict:
  description: V(fail) when something is unexpected, V(incomplete) when nothing is but data is missing, or V(pass).
  returned: always
  type: str
  sample: pass
totals:
  description: How many pairs there are, how many of each status, and how many checks failed.
  returned: always
  type: dict
  sample: {pairs: 144, as_expected: 144, unexpected_blocked: 0, unexpected_open: 0, no_data: 0, failed_checks: 0}
causes:
  description:
    - Why pairs are not as expected and checks fail, each with its hosts, how many pairs and checks it explains,
      evidence and a cure.
  returned: always
  type: list
  elements: dict
  sample: []
checks:
  description:
    - What an experiment shows beside pairs, and what became of each assertion, as rows of the checks of the report.
  returned: always
  type: list
  elements: dict
  sample: []
"""
