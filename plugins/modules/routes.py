# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring the routes of a host that are the fleet's to what is asked."""

from __future__ import annotations

DOCUMENTATION = r"""
module: routes
short_description: Install the routes to the slices of other hosts, and remove those that are not needed
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Brings the fleet's own routes in the main table of a host to exactly what O(routes) says. ipvlan networks in the
    modes V(l3) and V(l3s) need one to the slice of each other host.
  - Its own routes carry the protocol number O(protocol), so that C(ip route show proto 111) lists them. They have the
    default metric. Routes of anybody else are never changed or removed.
  - A route of somebody else that leads to the same destination the same way, for example a static one or one from
    BGP, will do; nothing is added then. One to the same destination that leads another way is refused, before anything
    is changed. Of several the ones with the lowest metric count.
  - Any error half-way undoes what was done in this run.
  - It talks to the kernel itself (rtnetlink), and needs no C(ip) command. What it adds is gone after a reboot, and when
    its link is set down, until the next run.
options:
  routes:
    description: The routes that have to be there, at most one per destination. Without any, all of its own are removed.
    type: list
    elements: dict
    default: []
    suboptions:
      destination:
        description: The network that the route leads to, for example V(192.168.56.144/28).
        type: str
        required: true
      gateway:
        description: The address of the host that has the destination. It must be a neighbour on O(routes[].link).
        type: str
        required: true
      link:
        description: The link of the host that the gateway is on.
        type: str
        required: true
  purge:
    description:
      - Whether to remove its own routes to other destinations than those in O(routes). One to the same destination that
        leads another way is replaced in any case.
    type: bool
    default: true
  protocol:
    description:
      - The number that its own routes carry. V(111) marks those of the fleet's LANs, V(112) those of an experiment of
        the role P(dockerlan.fleet.modes#role). Those with the other number count as somebody else's.
    type: int
    choices: [111, 112]
    default: 111
attributes:
  check_mode:
    description: Can run in check mode and return what it would do, without doing it.
    support: full
    details: Whether the kernel takes a gateway shows only when a route is added.
  diff_mode:
    description: Returns what has changed, or would, in diff mode.
    support: full
  idempotent:
    description: Does nothing when run again.
    support: full
notes:
  - Needs root (CAP_NET_ADMIN) on the managed host, and no engine. Check mode does not need root.
"""

EXAMPLES = r"""
- name: Lead to the slices of two other hosts
  dockerlan.fleet.routes:
    routes:
      - destination: 192.168.56.144/28
        gateway: 192.168.56.12
        link: eth0
      - destination: fdb2:2c26:f4e4::2:0/112
        gateway: fdb2:2c26:f4e4::12
        link: eth0

- name: Remove them all
  dockerlan.fleet.routes:
    routes: []
"""

RETURN = r"""
added:
  description: The routes that were added, or would be in check mode.
  returned: success
  type: list
  elements: dict
  sample: [{destination: 192.168.56.144/28, gateway: 192.168.56.12, link: eth0}]
removed:
  description:
    - Its own routes that were removed, or would be in check mode. One that was replaced is here and in RV(added).
    - C(gateway) is null for a route without one, which somebody has marked as its own.
  returned: success
  type: list
  elements: dict
  sample: [{destination: 192.168.56.144/28, gateway: 192.168.56.13, link: eth0}]
kept:
  description:
    - The routes of O(routes) that were there already, its own or somebody else's; and with O(purge=false) the others of
      its own.
  returned: success
  type: list
  elements: dict
  sample: [{destination: 192.168.56.160/28, gateway: 192.168.56.13, link: eth0}]
diff:
  description: The routes that this call is about, before and after, one per line.
  returned: success
  type: dict
  sample: {before: "", after: "192.168.56.144/28 via 192.168.56.12 dev eth0\n"}
problems:
  description: All that is wrong with O(routes), each with C(destination), C(problem) and C(cure).
  returned: when something is refused
  type: list
  elements: dict
  sample:
    - {destination: 192.168.56.144/28, problem: the link eth7 does not exist on this host, cure: check the name}
reason:
  description:
    - Why it failed, for machines.
    - V(refused) says that nothing was changed, V(change_failed) that what had been changed was undone; when that failed
      too, RV(msg) says what is left.
    - One of V(refused), V(change_failed), V(failed).
  returned: failure
  type: str
  sample: refused
msg:
  description: What is wrong, and what to do about it.
  returned: failure
  type: str
  sample: "The routes are refused, nothing was changed."
"""

from functools import partial
from typing import Any, Iterable, Mapping, Sequence

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dockerlan.fleet.plugins.module_utils import _links, _route_changes, _route_table
from ansible_collections.dockerlan.fleet.plugins.module_utils._route_changes import Plan, Problem, Route

ROUTE_OPTIONS: dict[str, Any] = {
    "destination": {"type": "str", "required": True},
    "gateway": {"type": "str", "required": True},
    "link": {"type": "str", "required": True},
}
ARGUMENTS: dict[str, Any] = {
    "routes": {"type": "list", "elements": "dict", "default": [], "options": ROUTE_OPTIONS},
    "purge": {"type": "bool", "default": True},
    "protocol": {
        "type": "int",
        "choices": [_route_table.LANS, _route_table.EXPERIMENT],
        "default": _route_table.LANS,
    },
}
NOT_PERMITTED = "Changing routes needs root (CAP_NET_ADMIN) on this host. Cure: run the task with become: true"


def addresses_of(links: Iterable[Mapping[str, Any]]) -> set[str]:
    """List the addresses of the host, without the lengths of their prefixes."""
    return {address.split("/")[0] for link in links for address in link["addresses"]}


def refuse(module: AnsibleModule, problems: Sequence[Problem]) -> None:
    """Fail with everything that is refused, if anything is."""
    if problems:
        lines = [f"{one.destination}: {one.problem}. Cure: {one.cure}." for one in problems]
        message = "\n".join(["The routes are refused, nothing was changed.", *lines])
        module.fail_json(msg=message, reason="refused", problems=[one._asdict() for one in problems])


def result_of(plan: Plan) -> dict[str, Any]:
    """Present what was done, or would be."""
    lists = {"added": plan.added, "removed": plan.removed, "kept": plan.kept}
    rows = {name: [route._asdict() for route in routes] for name, routes in lists.items()}
    diff = {"before": lines_of([*plan.kept, *plan.removed]), "after": lines_of([*plan.kept, *plan.added])}
    return {"changed": bool(plan.steps), **rows, "diff": diff}


def lines_of(routes: Iterable[Route]) -> str:
    """Write routes one per line, in their order."""
    return "".join(f"{route.line()}\n" for route in _route_changes.in_order(routes))


def run(module: AnsibleModule) -> None:
    """Converge the host, and end the module."""
    links, protocol = _links.read_links(), module.params["protocol"]
    indexes = {link["name"]: link["index"] for link in links}
    wanted, problems = _route_changes.read_wanted(module.params["routes"], indexes, addresses_of(links))
    refuse(module, problems)
    table = _route_table.read_table((route.destination for route in wanted), indexes, protocol)
    plan = _route_changes.plan(wanted, table, purge=module.params["purge"])
    refuse(module, plan.problems)
    if not module.check_mode:
        _route_table.carry_out(plan.steps, partial(_route_table.take_step, links=indexes, protocol=protocol))
    module.exit_json(**result_of(plan))


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        run(module)
    except _route_table.ChangeError as error:
        module.fail_json(msg=str(error), reason="change_failed")
    except PermissionError:
        module.fail_json(msg=NOT_PERMITTED, reason="failed")
    except (OSError, ValueError) as error:
        module.fail_json(msg=f"{type(error).__name__}: {error}", reason="failed")


if __name__ == "__main__":
    main()
