# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probe every pair of the mesh whose source is on this host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ping_mesh
short_description: Ping from every endpoint of a host to the others it is paired with
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Sends ICMP and ICMPv6 echo requests from every endpoint of a host, its containers and the host itself, to all
    endpoints that the mesh pairs it with, and returns one packed record per pair.
  - All probes of a host run in one process, which opens a socket in the network namespace of each container. Neither
    the host nor a container needs any tool for it. Everything is in flight at once, so it takes the time of the sends
    plus at most one O(timeout), however many targets are silent.
  - Where namespaces cannot be entered, the containers' own C(ping) is run through the API of the engine. That is
    slower, and knows less.
  - In the same call it asks for gateways, for the path MTU and for names, and collects as evidence what deviates, such
    as ICMP errors, neighbour entries of silent targets and the state of the parent links.
  - Changes nothing.
extends_documentation_fragment:
  - dockerlan.fleet.docker
options:
  mesh:
    description: The mesh of the whole fleet, as M(dockerlan.fleet.mesh) returns it.
    type: dict
    required: true
  host:
    description: Name of this host in the mesh.
    type: str
    required: true
  count:
    description: How many probes to send for each pair.
    type: int
    default: 2
  interval:
    description:
      - How long to wait between two probes of a pair, in seconds.
      - With the method V(exec) it is 0.2 seconds at least.
    type: float
    default: 0.2
  timeout:
    description:
      - How long to wait for replies after the last probe, in seconds.
      - With the method V(exec) it is rounded up to whole seconds.
    type: float
    default: 1.0
  rate:
    description:
      - How many packets to send per second at most, over all pairs; V(0) for as many as possible.
      - Does not count for the method V(exec).
    type: float
    default: 5000.0
  size:
    description: Bytes of payload in each probe; 28 (IPv4) or 48 (IPv6) bytes of headers are added.
    type: int
    default: 56
  dont_fragment:
    description:
      - Forbid that probes are fragmented, also on this host.
      - With the method V(exec) it needs the C(ping) of iputils in the containers.
    type: bool
    default: false
  method:
    description:
      - How to send from containers. V(netns) opens sockets in their network namespaces, which needs root and an engine
        on this host. V(exec) runs their own C(ping).
      - V(auto) takes the first where it works, else the second, and says why.
    type: str
    choices: [auto, netns, exec]
    default: auto
  path_mtu:
    description:
      - Send packets of the MTU of each network, that must not be fragmented, to one endpoint of each other host.
      - Not with the method V(exec).
    type: bool
    default: true
  names:
    description:
      - Ask Docker's resolver within each container for the names of the other containers on the same host and network.
      - At most 1000 names. Not with the method V(exec).
    type: bool
    default: true
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
  - Needs root on the managed host to enter the network namespaces of the containers. The method V(exec) needs a user
    who may use the engine's socket.
"""

EXAMPLES = r"""
- name: Probe the share of this host
  dockerlan.fleet.ping_mesh:
    mesh: "{{ mesh.mesh }}"
    host: "{{ inventory_hostname }}"
    count: 5

- name: Probe with large packets from a host without root
  dockerlan.fleet.ping_mesh:
    mesh: "{{ mesh.mesh }}"
    host: "{{ inventory_hostname }}"
    size: 1400
    method: exec
"""

RETURN = r"""
records:
  description:
    - One record per pair, as columns of bytes in base64, in the order of the pairs.
    - Per pair the state, the loss, and minimum, average and maximum of the round-trip time. docs/interfaces.md has
      the format.
  returned: success
  type: dict
  sample: {version: 2, pairs: 1, data: "AAAIAAgACAA="}
method:
  description: How it was probed, V(netns) or V(exec).
  returned: success
  type: str
  sample: netns
method_reason:
  description: Why V(auto) did not take V(netns); null when it did, or when the method was given.
  returned: success
  type: str
  sample: the network namespace of web cannot be entered (Permission denied); that needs root on this host
batches:
  description: How many batches it took, one after the other, so that the neighbour table of the kernel suffices.
  returned: success
  type: int
  sample: 1
errors:
  description:
    - Local errors, at most 100, with C(source) and C(target) as indexes of endpoints, C(family) and C(text).
    - C(target) is null when the source could not be used at all.
  returned: success
  type: list
  elements: dict
  sample: [{source: 3, target: null, family: ipv4, text: the container is not running}]
evidence:
  description:
    - What else the host saw. Lists have what deviates, at most 200 rows each. Ends are indexes of endpoints.
  returned: success
  type: dict
  contains:
    icmp:
      description: ICMP errors with C(error), the address C(from) which they came, and C(mtu) where they tell one.
      type: list
      elements: dict
      returned: success
      sample: [{source: 1, target: 5, family: ipv4, error: no_neighbour, from: null, mtu: null}]
    strays:
      description: Replies that count for nothing, with C(kind) V(duplicate) or V(wrong_sender), C(from) and C(count).
      type: list
      elements: dict
      returned: success
      sample: []
    neighbours:
      description: Neighbour entries of targets that did not reply, or that have another MAC than the mesh says.
      type: list
      elements: dict
      returned: success
      sample: [{source: 1, target: 5, family: ipv4, state: failed, mac: null}]
    wire:
      description:
        - Which MACs answer for the addresses of such targets, asked from the parent link.
        - None of this host's own are among them. An empty list means that nobody answers.
      type: list
      elements: dict
      returned: success
      sample: [{network: office, address: 192.168.56.130, macs: ["02:00:00:00:00:05"]}]
    links:
      description: The parent links of the networks on this host.
      type: list
      elements: dict
      returned: success
      sample:
        - network: office
          name: eth0
          present: true
          up: true
          carrier: true
          mtu: 1500
          mac: "02:00:00:00:00:01"
          kind: ""
          vlan: null
          base: null
    sources:
      description: The links but lo in the network namespaces of sources that could not be used.
      type: list
      elements: dict
      returned: success
      sample: [{source: 2, links: []}]
    routes:
      description: The routes of the host into the subnets of networks with the modes l3 and l3s.
      type: list
      elements: dict
      returned: success
      sample: []
    neighbour_table:
      description: By address family the C(limit) of the kernel's neighbour table, and how much was C(used) before.
      type: dict
      returned: success
      sample: {ipv4: {limit: 1024, used: 7}, ipv6: {limit: 1024, used: 9}}
    truncated:
      description: Names of the lists that had more rows.
      type: list
      elements: str
      returned: success
      sample: []
checks:
  description: What is no pair.
  returned: success
  type: dict
  contains:
    gateway:
      description: Whether each gateway is there, asked from one source per network and address family.
      type: list
      elements: dict
      returned: success
      sample:
        - network: office
          family: ipv4
          source: 1
          address: 192.168.56.1
          mac: "02:00:00:00:00:fe"
          replied: true
    path_mtu:
      description: How many pairs were C(probed) with packets of the full size, and C(failures).
      type: dict
      returned: success
      sample: {probed: 4, failures: [{source: 1, target: 4, family: ipv4, size: 1500, mtu: 1450, from: null}]}
    names:
      description: How many names were C(probed), C(failures), and the sources for which that was C(unavailable).
      type: dict
      returned: success
      sample: {probed: 2, failures: [], unavailable: []}
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
from contextlib import ExitStack
from typing import Any, Mapping

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dockerlan.fleet.plugins.module_utils import _entry, _gateways
from ansible_collections.dockerlan.fleet.plugins.module_utils._evidence import evidence_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._exec import Pinger, probe_host_by_exec
from ansible_collections.dockerlan.fleet.plugins.module_utils._module import (
    CONNECTION_OPTIONS,
    connection,
    failures_reported,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._names import resolve_names
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import encode
from ansible_collections.dockerlan.fleet.plugins.module_utils._path_mtu import probe_path_mtu
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import MIN_SIZE, Pace
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import Observed, probe_host
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import Share, share_of

ARGUMENTS: dict[str, Any] = {
    **CONNECTION_OPTIONS,
    "mesh": {"type": "dict", "required": True},
    "host": {"type": "str", "required": True},
    "count": {"type": "int", "default": 2},
    "interval": {"type": "float", "default": 0.2},
    "timeout": {"type": "float", "default": 1.0},
    "rate": {"type": "float", "default": 5000.0},
    "size": {"type": "int", "default": 56},
    "dont_fragment": {"type": "bool", "default": False},
    "method": {"type": "str", "choices": list(_entry.METHODS), "default": _entry.AUTO},
    "path_mtu": {"type": "bool", "default": True},
    "names": {"type": "bool", "default": True},
}
MESH_KEYS = frozenset({"networks", "topology", "across", "expectations", "endpoints"})
NETWORK_KEYS = frozenset({"name", "driver", "mode", "flag", "subnets", "gateways", "parents", "mtu"})
ENDPOINT_KEYS = frozenset(
    {"index", "id", "network", "host", "kind", "container", "ipv4", "ipv6", "macs", "shim", "stranded", "lost"}
)
MAX_SIZE = 65507  # with both headers this is the longest IPv4 packet
LIMITS = {"count": (1, 1000), "interval": (0, 60), "timeout": (0, 60), "rate": (0, 1e6), "size": (MIN_SIZE, MAX_SIZE)}


def pace_of(params: Mapping[str, Any]) -> Pace:
    """Read how to probe. ValueError for a value that makes no sense."""
    for name, (low, high) in LIMITS.items():
        if not low <= params[name] <= high:
            raise ValueError(f"{name} is {params[name]}, expected {low} to {high:g}")
    return Pace(params["count"], params["interval"], params["timeout"], params["rate"], params["size"])


def check_mesh(mesh: Mapping[str, Any]) -> None:
    """Look for the keys that are needed: a spec for each of thousands of entries would take longer than the probes."""
    _refuse_missing("mesh", mesh, MESH_KEYS)
    for name, keys in (("networks", NETWORK_KEYS), ("endpoints", ENDPOINT_KEYS)):
        for position, entry in enumerate(mesh[name]):
            _refuse_missing(f"mesh.{name}[{position}]", entry, keys)


def _refuse_missing(name: str, entry: Mapping[str, Any], keys: frozenset[str]) -> None:
    missing = keys.difference(entry)
    if missing:
        raise ValueError(f"{name} has no {', '.join(sorted(missing))}")


def observe(
    stack: ExitStack, share: Share, containers: _entry.Containers, method: str, params: Mapping[str, Any]
) -> Observed:
    """Probe all pairs by the chosen method."""
    pace, docker_host = pace_of(params), params["docker_host"]
    whole = bool(params["dont_fragment"])
    if method == _entry.NETNS:
        return probe_host(stack, share, _entry.ways_into(docker_host, containers), pace, dont_fragment=whole)
    with Pinger(docker_host, params["docker_timeout"], pace, dont_fragment=whole) as pinger:
        return probe_host_by_exec(stack, share, _entry.own_way(docker_host), _entry.targets_of(containers), pinger)


def checks_of(
    observed: Observed, containers: _entry.Containers, method: str, params: Mapping[str, Any]
) -> dict[str, Any]:
    """Make the checks beside that of gateways; those that need sockets within containers are empty without them."""
    path_mtu: dict[str, Any] = {"probed": 0, "failures": []}
    names: dict[str, Any] = {"probed": 0, "failures": [], "unavailable": []}
    ways = _entry.ways_into(params["docker_host"], containers)
    if params["path_mtu"] and method == _entry.NETNS:
        path_mtu = probe_path_mtu(observed, ways, pace_of(params))
    if params["names"] and method == _entry.NETNS:
        names = resolve_names(observed.share, observed.sources, ways, _entry.resolving_of(containers))
    return {"path_mtu": path_mtu, "names": names}


def run(module: AnsibleModule) -> dict[str, Any]:
    """Probe, and build the result."""
    started = time.monotonic()
    params = module.params
    pace_of(params)
    check_mesh(params["mesh"])
    share = share_of(params["mesh"], params["host"])
    containers = _entry.find_containers(share.containers(), connection(module))
    method, reason = _entry.choose(params["method"], params["docker_host"], containers)
    with ExitStack() as stack:
        observed = observe(stack, share, containers, method, params)
        checks = checks_of(observed, containers, method, params)
    evidence = evidence_of(observed, host_is_here=_entry.is_local(params["docker_host"]))
    return {
        "changed": False,
        "records": encode(observed.records()),
        "method": method,
        "method_reason": reason,
        "batches": observed.batches,
        "errors": observed.errors(),
        "evidence": evidence,
        "checks": {"gateway": _gateways.confirmed(observed.gateways, evidence["wire"]), **checks},
        "elapsed_ms": round(1000 * (time.monotonic() - started)),
    }


def main() -> None:
    """Run the module. The mesh is not repeated in the result: there it would cost more than the probes."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    invocation = {"module_args": {key: value for key, value in module.params.items() if key != "mesh"}}
    with failures_reported(module, invocation=invocation):
        module.exit_json(invocation=invocation, **run(module))


if __name__ == "__main__":
    main()
