# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probe every pair of the mesh whose source is on this host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ping_mesh
short_description: Ping from every endpoint of a host to every other endpoint
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Sends ICMP and ICMPv6 echo requests from every endpoint of a host, its containers and the host itself, to every
    other endpoint of the same network, and returns one packed record per pair.
  - All probes of a host run in one process, which opens a socket in the network namespace of each container. Neither
    the host nor a container needs any tool for it.
  - Everything is in flight at once. It takes the time of the sends plus at most one O(timeout), however many targets
    are silent.
  - Changes nothing.
extends_documentation_fragment:
  - dockerlan.fleet.docker
options:
  endpoints:
    description:
      - The endpoints of the whole fleet, in the order of the mesh, as M(dockerlan.fleet.mesh) returns them.
      - Each has C(index), C(network), C(host), C(container) (null for the host itself), C(ipv4), C(ipv6) and C(lost).
    type: list
    elements: dict
    required: true
  host:
    description: Name of this host among the endpoints.
    type: str
    required: true
  count:
    description: How many probes to send for each pair.
    type: int
    default: 2
  interval:
    description: How long to wait between two probes of a pair, in seconds.
    type: float
    default: 0.2
  timeout:
    description: How long to wait for replies after the last probe, in seconds.
    type: float
    default: 1.0
  rate:
    description: How many packets to send per second at most, over all pairs; V(0) for as many as possible.
    type: float
    default: 5000.0
attributes:
  check_mode:
    description: Can run in check mode and return the same.
    support: full
  diff_mode:
    description: Returns what has changed, or would, in diff mode.
    support: none
    details: It changes nothing.
  idempotent:
    description: Does nothing when run again.
    support: full
    details: It changes nothing, but probes every time.
notes:
  - Needs root on the managed host, to enter the network namespaces of the containers.
"""

EXAMPLES = r"""
- name: Probe the share of this host
  dockerlan.fleet.ping_mesh:
    endpoints: "{{ mesh.mesh.endpoints }}"
    host: "{{ inventory_hostname }}"
    count: 5
"""

RETURN = r"""
records:
  description:
    - One record per pair, as columns of bytes in base64, in the order of endpoints.
    - Per pair the state, the loss, and minimum, average and maximum of the round-trip time. docs/interfaces.md has
      the format.
  returned: success
  type: dict
  sample: {version: 1, pairs: 1, data: "AAAIAAgACAA="}
method:
  description: How it was probed.
  returned: success
  type: str
  sample: netns
errors:
  description:
    - Local errors, at most 100, with C(source) and C(target) as indexes of endpoints, C(family) and C(text).
    - C(target) is null when the source could not be used at all.
  returned: success
  type: list
  elements: dict
  sample: [{source: 3, target: null, family: ipv4, text: the container is not running}]
elapsed_ms:
  description: How long it took, in milliseconds.
  returned: success
  type: int
  sample: 412
reason:
  description:
    - Why it failed, for machines.
    - One of V(engine_down), V(sdk_missing), V(sdk_too_old), V(engine_too_old), V(engine_error), V(failed).
  returned: failure
  type: str
  sample: engine_down
"""

import time
from typing import Any, Mapping, Sequence

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _docker, _netns
from ansible_collections.dockerlan.fleet.plugins.module_utils._module import (
    CONNECTION_OPTIONS,
    connection,
    failures_reported,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import encode
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Pace
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import Namespace, probe_host

ARGUMENTS: dict[str, Any] = {
    **CONNECTION_OPTIONS,
    "endpoints": {"type": "list", "elements": "dict", "required": True},
    "host": {"type": "str", "required": True},
    "count": {"type": "int", "default": 2},
    "interval": {"type": "float", "default": 0.2},
    "timeout": {"type": "float", "default": 1.0},
    "rate": {"type": "float", "default": 5000.0},
}
REQUIRED_KEYS = frozenset({"index", "network", "host", "container", "ipv4", "ipv6", "lost"})
LIMITS = {"count": (1, 1000), "interval": (0, 60), "timeout": (0, 60), "rate": (0, 1e6)}


def pace_of(params: Mapping[str, Any]) -> Pace:
    """Read how to probe. ValueError for a value that makes no sense."""
    for name, (low, high) in LIMITS.items():
        if not low <= params[name] <= high:
            raise ValueError(f"{name} is {params[name]}, expected {low} to {high:g}")
    return Pace(params["count"], params["interval"], params["timeout"], params["rate"])


def check_endpoints(endpoints: Sequence[Mapping[str, Any]]) -> None:
    """Look for the keys that are needed: a spec for each of thousands of entries would take longer than the probes."""
    for position, end in enumerate(endpoints):
        missing = REQUIRED_KEYS - set(end)
        if missing:
            raise ValueError(f"endpoints[{position}] has no {', '.join(sorted(missing))}")


def namespaces_of(containers: Sequence[str], docker: tuple[str, int]) -> dict[str, Namespace]:
    """Find the network namespace of each container by its name. The engine is not asked when there are none."""
    if not containers:
        return {}
    with _docker.connected(*docker) as engine:
        found = _docker.inspect_containers(engine, containers)
    return {name: _namespace(answer) for name, answer in found.items() if _answers.container_name(answer) == name}


def _namespace(answer: Mapping[str, Any]) -> Namespace:
    pid = _answers.process_of(answer)
    return Namespace(_netns.path_of(pid)) if pid else Namespace(None, "the container is not running")


def run(module: AnsibleModule) -> dict[str, Any]:
    """Probe, and build the result."""
    started = time.monotonic()
    endpoints, host = module.params["endpoints"], module.params["host"]
    pace = pace_of(module.params)
    check_endpoints(endpoints)
    containers = [end["container"] for end in endpoints if end["host"] == host and end["container"] and not end["lost"]]
    report = probe_host(endpoints, host, namespaces_of(list(dict.fromkeys(containers)), connection(module)), pace)
    return {
        "changed": False,
        "method": "netns",
        "records": encode(report.records),
        "errors": report.errors,
        "elapsed_ms": round(1000 * (time.monotonic() - started)),
    }


def main() -> None:
    """Run the module. The list of endpoints is not repeated in the result: there it would cost more than the probes."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    invocation = {"module_args": {key: value for key, value in module.params.items() if key != "endpoints"}}
    with failures_reported(module, invocation=invocation):
        module.exit_json(invocation=invocation, **run(module))


if __name__ == "__main__":
    main()
