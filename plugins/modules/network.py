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
    too much, is replaced when O(allow_replace) is set, and else refused with all differences of all networks, before
    anything is changed.
  - A replacement detaches every container, running or stopped, and attaches it again with the addresses, the aliases,
    the links and the driver options that it had, and on macvlan with its MAC address. A container whose address was
    Docker's choice keeps it when the new network gives it out; the address is fixed from then on.
  - Before anything is detached or removed, the state before and the one to come are written to a journal on the
    host's own disk. Any error puts back what was there. When the module is killed, the engine crashes or the host is
    rebooted half-way, the next call finds the journal and finishes the change or undoes it, before it does anything
    else.
  - Ctrl-C at the controller or a lost connection does not break off a change that has begun. The module ignores
    SIGHUP, SIGINT and SIGTERM until it is complete or put back.
  - Networks are found by their exact name, never by an id or the start of one.
  - No network is taken from a container that is being restarted again and again, is being removed or is dead, for the
    engine does not let it go. None is replaced while a container on it was made with C(--network) and the id of the
    network, or with another network that is gone or goes, for Docker Engine 24.0.7 and later would neither attach nor
    start it again. Both are refused, whatever is allowed.
extends_documentation_fragment:
  - dockerlan.fleet.docker
  - dockerlan.fleet.journal
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
  absent:
    description:
      - The names of networks that must not be there, with O(state=present); they go in the same transaction.
      - The same rules as with O(state=absent) apply.
    type: list
    elements: str
    default: []
  allow_replace:
    description:
      - Whether a network that differs may be replaced. Its containers are without it for the time that this takes.
    type: bool
    default: false
  allow_detach:
    description:
      - Whether a network may be removed for good while containers are attached to it. They lose it.
    type: bool
    default: false
  names:
    description:
      - The names of the networks that must not be there.
      - Required with O(state=absent).
    type: list
    elements: str
  state:
    description:
      - V(present) creates what is missing and replaces what differs.
      - V(absent) removes the networks O(names), but only those whose label C(dockerlan.fleet.lan) is their own name,
        and only when no container is attached, running or stopped, or O(allow_detach) is set. Anything else is
        refused, and nothing is removed then. Links that Docker has made for them go too, all others stay.
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
    # macvlan before: the containers move over and keep their addresses
    allow_replace: true

- name: Remove it again
  dockerlan.fleet.network:
    names: [office]
    state: absent
"""

RETURN = r"""
networks:
  description:
    - What was done, or would be done in check mode, in the order of the declaration; after a refusal, what is refused.
    - C(action) is V(created), V(kept), V(replaced), V(removed), V(absent) or V(refused). C(id) is null for what is not
      there.
    - C(differences) lists C(field), the C(live) and the C(wanted) value.
  returned: success, and when something is refused
  type: list
  elements: dict
  sample: [{name: office, action: created, id: 7f1c2a90, differences: []}]
steps:
  description:
    - The steps that were taken, or would be in check mode, in their order.
    - C(step) is V(detach), V(remove), V(create), V(attach) or V(start).
  returned: success
  type: list
  elements: dict
  sample: [{step: detach, network: office, container: web}, {step: remove, network: office, container: null}]
containers:
  description:
    - The containers of replaced networks, as they are attached afterwards; in check mode, as they are before.
    - C(interruption_ms) is the time in milliseconds from the detach to the end of the attach, null in check mode.
  returned: success
  type: list
  elements: dict
  sample:
    - {container: web, network: office, running: true, ipv4: 192.168.56.130, ipv6: null, mac: null,
       interruption_ms: 640}
recovered:
  description:
    - The change that had been broken off and was brought to an end first; null when there was none.
    - C(goal) is V(new) when it was finished and V(old) when it was undone, C(since) the time when it began, C(steps)
      what was done.
  returned: success, and when something is refused
  type: dict
  sample: {goal: old, since: "2026-01-31T12:00:00Z", steps: [{step: attach, network: office, container: web}]}
diff:
  description: The networks before and after, by name.
  returned: success
  type: dict
  sample: {before: {}, after: {office: {driver: ipvlan}}}
reason:
  description:
    - Why it failed, for machines.
    - V(refused) and V(busy) say that this call has changed nothing, V(change_failed) that what was there was put back,
      or will be by the next call.
    - One of V(refused), V(busy), V(change_failed), V(journal), V(engine_down), V(sdk_missing), V(sdk_too_old),
      V(engine_too_old), V(engine_error), V(failed).
  returned: failure
  type: str
  sample: refused
"""

from contextlib import nullcontext
from pathlib import Path
from typing import Any, Mapping, Sequence

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _journal, _networks, _steps, _transaction
from ansible_collections.dockerlan.fleet.plugins.module_utils._attachments import Attachment, attachments_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._module import (
    CONNECTION_OPTIONS,
    JOURNAL_OPTIONS,
    connection,
    failures_reported,
    tell,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._networks import Consent, Decision
from ansible_collections.dockerlan.fleet.plugins.module_utils._spec_options import NETWORK_OPTIONS, declared
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Live
from ansible_collections.dockerlan.fleet.plugins.module_utils._transaction import Host, Recovery

ARGUMENTS: dict[str, Any] = {
    **CONNECTION_OPTIONS,
    **JOURNAL_OPTIONS,
    "networks": {"type": "list", "elements": "dict", "options": NETWORK_OPTIONS},
    "absent": {"type": "list", "elements": "str", "default": []},
    "names": {"type": "list", "elements": "str"},
    "allow_replace": {"type": "bool", "default": False},
    "allow_detach": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def decide(module: AnsibleModule, live: Live) -> list[Decision]:
    """Decide about each network."""
    if module.params["state"] == "absent":
        return _networks.decide([], module.params["names"], live.networks)
    wanted = [declared(network) for network in module.params["networks"]]
    return _networks.decide(wanted, module.params["absent"], live.networks)


def judged(module: AnsibleModule, engine: _docker.Engine, live: Live) -> tuple[list[Decision], Live]:
    """Decide about each network, and refuse what may not be; also return ``live`` with the containers concerned."""
    decisions = decide(module, live)
    going = _networks.going(decisions)
    live = live._replace(containers={**_docker.containers_on(engine, going), **live.containers})
    consent = Consent(module.params["allow_replace"], module.params["allow_detach"])
    attachments, api = attachments_of(live.containers.values(), going), _transaction.api_of(engine)
    return [_networks.judge(decision, attachments, consent, api) for decision in decisions], live


def refuse(module: AnsibleModule, decisions: Sequence[Decision], recovered: Recovery | None) -> None:
    """Fail with everything that is refused, if anything is."""
    rows = [decision.row() for decision in decisions if decision.action == _networks.REFUSED]
    if rows:
        before = "A change that was broken off was brought to an end first. " if recovered else ""
        module.fail_json(
            msg=f"{before}Refused, nothing was changed.\n{_networks.refusal(decisions)}",
            reason="refused",
            networks=rows,
            recovered=recovered and recovered.row(),
        )


def carry_out(module: AnsibleModule, host: Host) -> dict[str, Any]:
    """Finish what was broken off, decide, and change; in check mode say what would be done."""
    recovered = _transaction.unfinished(host) if module.check_mode else _transaction.recover(host)
    now = recovered.live if recovered else Live(_docker.list_networks(host.engine), {})
    decisions, now = judged(module, host.engine, now)
    refuse(module, decisions, recovered)
    done = foreseen(decisions, now) if module.check_mode else changed(host, decisions, now)
    for failure in [*(recovered.failures if recovered else ()), *done.pop("failures", ())]:
        module.warn(failure)
    changes = bool(done["steps"]) or recovered is not None
    return {**done, "changed": changes, "recovered": recovered and recovered.row(), "diff": diff_of(decisions)}


def foreseen(decisions: Sequence[Decision], now: Live) -> dict[str, Any]:
    """Return what would be done."""
    old, new = ends(decisions, now)
    steps = _steps.steps_to(new, old, now)
    return {
        "networks": [decision.row() for decision in decisions],
        "steps": [step.row() for step in steps],
        "containers": [container_row(one, None) for one in new.attachments],
    }


def changed(host: Host, decisions: Sequence[Decision], now: Live) -> dict[str, Any]:
    """Do it, and return what was done."""
    old, new = ends(decisions, now)
    if not new.names():
        return foreseen(decisions, now)
    course = _transaction.change(host, old, new)
    rows = [decision.row() for decision in decisions]
    after = attachments_of(course.live.containers.values(), course.live.networks)
    replaced = {spec["name"] for spec in new.networks}
    return {
        "networks": [{**row, "id": course.created.get(row["name"], row["id"])} for row in rows],
        "steps": [step.row() for step in course.taken],
        "containers": [container_row(one, course) for one in after if one["network"] in replaced],
        "failures": course.failures,
    }


def ends(decisions: Sequence[Decision], now: Live) -> tuple[_steps.Goal, _steps.Goal]:
    """Return the states before and after the change."""
    return _networks.goals(decisions, attachments_of(now.containers.values(), _networks.going(decisions)))


def container_row(attachment: Attachment, course: _transaction.Course | None) -> dict[str, Any]:
    """Present a container of a replaced network."""
    shown = {name: attachment[name] for name in ("container", "network", "running", "ipv4", "ipv6", "mac")}
    key = (attachment["container_id"], attachment["network"])
    shown["mac"] = attachment["fixed"]["mac"] or shown["mac"]  # the engine may not know the one that was restored
    return {**shown, "interruption_ms": course.interruptions_ms.get(key) if course else None}


def diff_of(decisions: Sequence[Decision]) -> dict[str, Any]:
    """Show the networks that this call is about, before and after."""
    before = {found.name: shown(found.live) for found in decisions if found.live}
    kept = {found.name: before[found.name] for found in decisions if found.action == _networks.KEPT}
    after = {found.name: kept.get(found.name) or shown(found.spec) for found in decisions if found.spec}
    return {"before": before, "after": after}


def shown(network: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing: the id, and what is not set."""
    return {key: value for key, value in network.items() if key != "id" and value}


def run(module: AnsibleModule) -> None:
    """Converge the host, with nobody else changing it meanwhile. Check mode leaves no trace, not even the lock."""
    directory = Path(module.params["state_dir"])
    alone = nullcontext() if module.check_mode else _journal.locked(directory)
    try:
        with alone, _docker.connected(*connection(module)) as engine:
            result = carry_out(module, Host(engine, directory))
    except _transaction.ChangeError as error:
        module.fail_json(msg=str(error), reason="change_failed")
    except _journal.BusyError as error:
        module.fail_json(msg=str(error), reason="busy")
    tell(module, **result)


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
