# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell what a host is: engine, kernel, links, networks, endpoints."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_info
short_description: Tell what a Docker host is and which endpoints it has
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Collects, in one call, everything that planning and probing have to know about a host - its engine, kernel,
    network links, routes, Docker networks, and the endpoints of its containers on macvlan and ipvlan networks.
  - Stopped containers are among the endpoints, because their addresses are taken.
  - Changes nothing. To learn which links the kernel can make it is asked for one without a parent and with a MAC
    address that is none, which it refuses; it loads the module for that if there is one, as it would for Docker.
options:
  subnets:
    description:
      - The subnets to list routes for, such as those of the declared LANs.
      - Other routes are left out, so that a router with the routes of half the world stays quick.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - dockerlan.fleet.docker
  - dockerlan.fleet.journal
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
"""

EXAMPLES = r"""
- name: Look at the host
  dockerlan.fleet.host_info:
  register: host

- name: Look at the host, and at its routes into the LAN
  dockerlan.fleet.host_info:
    subnets: [192.168.56.0/24]
  register: host

- name: Name the links that could be a parent
  ansible.builtin.debug:
    msg: "{{ host.facts.links | selectattr('up') | map(attribute='name') }}"
"""

RETURN = r"""
facts:
  description: What the host is.
  returned: success
  type: dict
  contains:
    engine:
      description: The Docker Engine, with its C(version), C(api_version), C(id) and C(security_options).
      type: dict
      returned: success
      sample: {version: "26.1.5", api_version: "1.45", id: "5cf9f0c8", security_options: ["name=seccomp"]}
    sdk:
      description: The Docker SDK for Python, with its C(version).
      type: dict
      returned: success
      sample: {version: "7.1.0"}
    kernel:
      description:
        - The kernel, with its C(release), and in C(links) whether it can make the links of each driver, and VLAN links.
        - That is null where the module may not ask, because it does not run as root.
      type: dict
      returned: success
      sample: {release: "6.12.30", links: {ipvlan: true, macvlan: true, vlan: true}}
    virtualization:
      description:
        - The hypervisor or cloud that the host runs on, V(vmware), V(hyper-v), V(kvm), V(xen), V(virtualbox),
          V(amazon) or V(google).
        - Null where nothing says so.
      type: str
      returned: success
      sample: vmware
    links:
      description:
        - The network links in the order of their index.
        - C(kind) is empty for a physical link. C(up) means set up and with a carrier. C(parent) and C(master) are
          names, and null where there is none or where it is in another network namespace.
        - C(mode) is that of macvlan and ipvlan links, and null for others.
        - C(vlan) is the id of a VLAN link with the usual tag (802.1Q), whatever its name, and null for others.
      type: list
      elements: dict
      returned: success
      sample:
        - name: eth0
          index: 2
          kind: ""
          mac: "02:00:00:00:00:01"
          mtu: 1500
          up: true
          loopback: false
          wireless: false
          mode: null
          vlan: null
          parent: null
          master: null
          addresses: ["192.168.56.11/24"]
    routes:
      description:
        - The unicast routes of the main table that lie within O(subnets), ordered by destination.
        - A route with several next hops is listed once for each. C(link) and C(gateway) are null where there is none.
      type: list
      elements: dict
      returned: success
      sample: [{destination: 192.168.56.0/24, link: eth0, gateway: null}]
    networks:
      description: All Docker networks, in the shape that M(dockerlan.fleet.network) takes, plus C(id).
      type: list
      elements: dict
      returned: success
    endpoints:
      description:
        - One entry per container and macvlan or ipvlan network, ordered by container and network.
        - A stopped container has no C(pid) and C(mac), and no address but the one it will ask for when it starts.
        - C(network_id) is the one that the container knows; after the network was made anew it is no longer that of
          the network.
        - C(fixed) has the addresses that its user asked for; all others are Docker's choice.
        - C(mac) is read in the container's own network namespace where that can be entered, else it is the engine's
          word.
        - C(network_mode) is what the container was made with (C(--network)). C(ailing) is V(restarting), V(removing) or
          V(dead) where the engine would not let the container go from a network, else null.
      type: list
      elements: dict
      returned: success
      sample:
        - container: web
          container_id: 0c3c5d1f
          running: true
          pid: 4711
          network: office
          network_id: 7f1c2a90
          ipv4: 192.168.56.130
          ipv6: null
          mac: "02:42:c0:a8:38:82"
          fixed: {ipv4: 192.168.56.130, ipv6: null, mac: null}
          network_mode: office
          ailing: null
    stranded:
      description:
        - The running containers that have joined the network namespace of another one (C(--network container:NAME)) and
          have only the loopback link left, because that one died or was started again since.
        - C(joined) is the other one's name, C(networks) are the macvlan and ipvlan networks that it is on.
      type: list
      elements: dict
      returned: success
      sample: [{container: sidecar, container_id: 1d4d6e20, pid: 4712, joined: web, networks: [office]}]
    unfinished:
      description:
        - A change of M(dockerlan.fleet.network) that was broken off; null when there is none.
        - The next change brings the host to C(networks), with the containers C(attachments), and makes sure that
          C(absent) are not there. C(goal) is V(new) when that finishes the change and V(old) when it undoes it,
          C(since) is when the change began.
      type: dict
      returned: success
      sample: null
reason:
  description:
    - Why it failed, for machines.
    - One of V(engine_down), V(sdk_missing), V(sdk_too_old), V(engine_too_old), V(engine_error),
      V(journal), V(failed).
  returned: failure
  type: str
  sample: engine_down
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _host_facts
from ansible_collections.dockerlan.fleet.plugins.module_utils._entry import is_local
from ansible_collections.dockerlan.fleet.plugins.module_utils._module import (
    CONNECTION_OPTIONS,
    JOURNAL_OPTIONS,
    connection,
    failures_reported,
)

ARGUMENTS: dict[str, Any] = {
    **CONNECTION_OPTIONS,
    **JOURNAL_OPTIONS,
    "subnets": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    with failures_reported(module):
        with _docker.connected(*connection(module)) as engine:
            facts = _host_facts.collect(engine, module.params["subnets"], local=is_local(module.params["docker_host"]))
        facts["unfinished"] = _host_facts.unfinished(Path(module.params["state_dir"]), str(facts["engine"]["id"]))
        module.exit_json(changed=False, facts=facts)


if __name__ == "__main__":
    main()
