# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create, keep and remove the Docker networks of a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: network
short_description: Create, keep and remove the macvlan and ipvlan networks of a host
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Brings the macvlan and ipvlan networks of a host to what O(networks) says, as one transaction.
  - A missing network is created, an identical one is kept. A network that differs in anything, also in what it has
    too much, is refused with all differences of all networks, before anything is created.
  - When an error occurs, everything that the same call has created is removed again.
  - Networks are found by their exact name, never by an id or the start of one.
extends_documentation_fragment:
  - dockerlan.fleet.docker
options:
  networks:
    description:
      - The networks that have to be there. Other networks are left alone.
      - Required with O(state=present).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the network.
        type: str
        required: true
      driver:
        description: Driver of the network.
        type: str
        required: true
        choices: [ipvlan, macvlan]
      internal:
        description: Whether the containers get no default route. It is no isolation on these networks.
        type: bool
        default: false
      enable_ipv6:
        description: Whether the network has IPv6.
        type: bool
        default: false
      options:
        description: Options of the driver. Docker ignores options that it does not know; this module refuses them.
        type: dict
        default: {}
        suboptions:
          parent:
            description: The link of the host that the network uses.
            type: str
          ipvlan_mode:
            description: Mode of an ipvlan network. Docker's own default is V(l2).
            type: str
            choices: [l2, l3, l3s]
          ipvlan_flag:
            description: Flag of an ipvlan network. Docker's own default is V(bridge).
            type: str
            choices: [bridge, private, vepa]
          macvlan_mode:
            description: Mode of a macvlan network. Docker's own default is V(bridge).
            type: str
            choices: [bridge, private, vepa, passthru]
      labels:
        description:
          - Labels of the network.
          - The label C(dockerlan.fleet.lan) with the name of the network marks it as one that O(state=absent) may
            remove.
        type: dict
        default: {}
      ipam:
        description: The address pools, one per address family.
        type: list
        elements: dict
        required: true
        suboptions:
          subnet:
            description: The subnet of the LAN, the same on all hosts.
            type: str
            required: true
          ip_range:
            description:
              - The slice of the subnet that this host gives out. Without one Docker gives out the whole subnet.
            type: str
            required: true
          gateway:
            description: The gateway. Without one Docker takes an address on its own, or none, depending on its version.
            type: str
            required: true
          aux_addresses:
            description: Addresses that Docker must not give out, by a name for each.
            type: dict
            default: {}
  names:
    description:
      - The names of the networks that must not be there.
      - Required with O(state=absent).
    type: list
    elements: str
  state:
    description:
      - V(present) creates what is missing.
      - V(absent) removes the networks O(names), but only those whose label C(dockerlan.fleet.lan) is their own name,
        and only when no container is attached, running or stopped. Anything else is refused, and nothing is removed
        then.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Can run in check mode and return what it would do, without doing it.
    support: full
  diff_mode:
    description: Returns what has changed, or would, in diff mode.
    support: full
  idempotent:
    description: Does nothing when run again.
    support: full
"""

EXAMPLES = r"""
- name: Give the host its share of the LAN
  dockerlan.fleet.network:
    networks:
      - name: office
        driver: ipvlan
        options:
          parent: eth0
          ipvlan_mode: l2
        labels:
          dockerlan.fleet.lan: office
        ipam:
          - subnet: 192.168.56.0/24
            ip_range: 192.168.56.128/28
            gateway: 192.168.56.1

- name: Remove it again
  dockerlan.fleet.network:
    names: [office]
    state: absent
"""

RETURN = r"""
networks:
  description:
    - What was done, or would be done in check mode, in the order of the declaration; after a refusal, what is refused.
    - C(action) is V(created), V(kept), V(removed), V(absent) or V(refused). C(id) is null for what is not there.
    - C(differences) lists C(field), the C(live) and the C(wanted) value.
  returned: success, and when something is refused
  type: list
  elements: dict
  sample: [{name: office, action: created, id: 7f1c2a90, differences: []}]
diff:
  description: The networks before and after, by name.
  returned: success
  type: dict
  sample: {before: {}, after: {office: {driver: ipvlan}}}
reason:
  description:
    - Why it failed, for machines.
    - One of V(refused), V(change_failed), V(engine_down), V(sdk_missing), V(engine_too_old), V(engine_error),
      V(failed).
  returned: failure
  type: str
  sample: refused
"""

from typing import Any, Sequence

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _networks
from ansible_collections.dockerlan.fleet.plugins.module_utils._module import (
    CONNECTION_OPTIONS,
    connection,
    failures_reported,
)

POOL_OPTIONS: dict[str, Any] = {
    "subnet": {"type": "str", "required": True},
    "ip_range": {"type": "str", "required": True},
    "gateway": {"type": "str", "required": True},
    "aux_addresses": {"type": "dict", "default": {}},
}
DRIVER_OPTIONS: dict[str, Any] = {
    "parent": {"type": "str"},
    "ipvlan_mode": {"type": "str", "choices": ["l2", "l3", "l3s"]},
    "ipvlan_flag": {"type": "str", "choices": ["bridge", "private", "vepa"]},
    "macvlan_mode": {"type": "str", "choices": ["bridge", "private", "vepa", "passthru"]},
}
NETWORK_OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "driver": {"type": "str", "required": True, "choices": ["ipvlan", "macvlan"]},
    "internal": {"type": "bool", "default": False},
    "enable_ipv6": {"type": "bool", "default": False},
    "options": {"type": "dict", "default": {}, "options": DRIVER_OPTIONS},
    "labels": {"type": "dict", "default": {}},
    "ipam": {"type": "list", "elements": "dict", "required": True, "options": POOL_OPTIONS},
}
ARGUMENTS: dict[str, Any] = {
    **CONNECTION_OPTIONS,
    "networks": {"type": "list", "elements": "dict", "options": NETWORK_OPTIONS},
    "names": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def decide(module: AnsibleModule, engine: _docker.Engine) -> list[_networks.Step]:
    """Ask the engine what there is, and decide; fail with everything that is refused."""
    live = _docker.list_networks(engine)
    if module.params["state"] == "present":
        steps = _networks.decide_present([declared(network) for network in module.params["networks"]], live)
    else:
        steps = _networks.decide_absent(module.params["names"], live, _docker.list_containers(engine))
    problems = _networks.refusal(steps)
    if problems:
        rows = [step.row() for step in steps if step.action == _networks.REFUSED]
        module.fail_json(msg=f"Refused, nothing was changed.\n{problems}", reason="refused", networks=rows)
    return steps


def declared(network: dict[str, Any]) -> dict[str, Any]:
    """Drop the options that were not given: an argument spec sets them to null."""
    options = {key: value for key, value in (network["options"] or {}).items() if value is not None}
    return {**network, "options": options}


def apply(engine: _docker.Engine, steps: Sequence[_networks.Step]) -> list[_networks.Step]:
    """Take the steps, and return them with the ids of what was created."""
    _networks.remove_all(engine, [step for step in steps if step.action == _networks.REMOVED])
    created = _networks.create_all(engine, [step.spec for step in steps if step.action == _networks.CREATED])
    return [step._replace(id=created.get(step.name, step.id)) for step in steps]


def diff_of(steps: Sequence[_networks.Step]) -> dict[str, Any]:
    """Show the networks that this call is about, before and after."""
    before = {step.name: step.spec for step in steps if step.action in (_networks.KEPT, _networks.REMOVED)}
    after = {step.name: step.spec for step in steps if step.action in (_networks.KEPT, _networks.CREATED)}
    return {"before": before, "after": after}


def run(module: AnsibleModule) -> None:
    """Decide, and take the steps unless in check mode."""
    with _docker.connected(*connection(module)) as engine:
        steps = decide(module, engine)
        if not module.check_mode:
            try:
                steps = apply(engine, steps)
            except _networks.ChangeError as error:
                module.fail_json(msg=str(error), reason="change_failed")
    changed = any(step.action in (_networks.CREATED, _networks.REMOVED) for step in steps)
    module.exit_json(changed=changed, networks=[step.row() for step in steps], diff=diff_of(steps))


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        mutually_exclusive=[("networks", "names")],
        required_if=[("state", "present", ["networks"]), ("state", "absent", ["names"])],
        supports_check_mode=True,
    )
    with failures_reported(module):
        run(module)


if __name__ == "__main__":
    main()
