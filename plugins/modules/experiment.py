# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the networks and containers of an experiment, look into them, and remove them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: experiment
short_description: Build a Docker network mode as an experiment, look into it, and remove it
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Makes the networks and containers that show a Docker network mode on a host, looks into the containers, and returns
    what it saw together with the facts that M(dockerlan.fleet.host_info) returns. The role C(modes) says what to make.
  - Everything that it makes has the label C(dockerlan.fleet.experiment) with the name of the experiment. By that it is
    found again, and nothing else is ever removed. It has no label of a LAN, so that no plan takes it for one.
  - The containers only sleep, may do nothing but ping, and cannot write. They have no restart policy, so that an
    experiment does not outlive a reboot of the host or a restart of its engine.
  - What an earlier run of the same experiment has left is removed first. Any error takes away what was made.
  - An image is never pulled. It has to be on the host.
extends_documentation_fragment:
  - dockerlan.fleet.docker
  - dockerlan.fleet.journal
options:
  name:
    description:
      - The name of the experiment.
      - Required with O(state=present). With O(state=absent) all experiments are removed when it is left out.
    type: str
  image:
    description:
      - The image of the containers. It needs a C(sleep) that knows V(infinity), and for O(names) also C(ping) and
        C(timeout).
      - Required with O(state=present).
    type: str
  networks:
    description: The networks to make, in the shape that M(dockerlan.fleet.network) takes.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the network.
        type: str
        required: true
      driver:
        description: Driver of the network.
        type: str
        required: true
        choices: [bridge, ipvlan, macvlan]
      internal:
        description: Whether the containers get no default route.
        type: bool
        default: false
      enable_ipv6:
        description: Whether the network has IPv6.
        type: bool
        default: false
      options:
        description: Options of the driver.
        type: dict
        default: {}
        suboptions:
          parent:
            description: The link of the host that the network uses. Without one the network ends at the host.
            type: str
          ipvlan_mode:
            description: Mode of an ipvlan network.
            type: str
            choices: [l2, l3, l3s]
          ipvlan_flag:
            description: Flag of an ipvlan network.
            type: str
            choices: [bridge, private, vepa]
          macvlan_mode:
            description: Mode of a macvlan network.
            type: str
            choices: [bridge, private, vepa, passthru]
      labels:
        description: Not used. An experiment has its own label only.
        type: dict
        default: {}
      ipam:
        description: The address pools, one per address family. Without any Docker chooses a subnet.
        type: list
        elements: dict
        default: []
        suboptions:
          subnet:
            description: The subnet.
            type: str
            required: true
          ip_range:
            description: The part of the subnet that this host gives out.
            type: str
            required: true
          gateway:
            description: The gateway.
            type: str
            required: true
          aux_addresses:
            description: Addresses that Docker must not give out, by a name for each.
            type: dict
            default: {}
  containers:
    description: The containers to make and start, in this order.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the container.
        type: str
        required: true
      network:
        description:
          - A network of O(networks), one of Docker's own (V(bridge), V(host), V(none)), or C(container:NAME) for the
            network namespace of a container that is before it in the list.
        type: str
        required: true
      starts:
        description:
          - Whether it can start. When it is V(false), the container is tried to be started all the same, and is in
            RV(facts.experiment.refused) when the host refuses that.
        type: bool
        default: true
  names:
    description: The pings by name to be made, with the containers' own C(ping), before the first of O(steps).
    type: list
    elements: dict
    default: []
    suboptions:
      source:
        description: The container that pings.
        type: str
        required: true
      target:
        description: The container that it pings.
        type: str
        required: true
  steps:
    description: What to do with the containers one after the other, with a look at all of them after each.
    type: list
    elements: dict
    default: []
    suboptions:
      do:
        description: What to do.
        type: str
        required: true
        choices: [kill, start, restart]
      container:
        description: The container to do it with.
        type: str
        required: true
  subnets:
    description: The subnets to list routes for, as M(dockerlan.fleet.host_info) does.
    type: list
    elements: str
    default: []
  state:
    description:
      - V(present) builds the experiment anew, and looks.
      - V(absent) removes its containers and networks. A network with containers of somebody else on it is refused, and
        nothing is removed then.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Can run in check mode and return what it would do, without doing it.
    support: full
    details: Nothing can be seen then of what is not there, so that RV(facts.experiment.looks) is empty.
  diff_mode:
    description: Returns what has changed, or would, in diff mode.
    support: full
  idempotent:
    description: Does nothing when run again.
    support: partial
    details: An experiment is built anew each time with O(state=present).
seealso:
  - module: dockerlan.fleet.host_info
  - module: dockerlan.fleet.network
"""

EXAMPLES = r"""
- name: Show that containers of a network of their own find each other by name
  dockerlan.fleet.experiment:
    name: user-defined
    image: dockerlan/endpoint:1
    networks:
      - name: user-defined
        driver: bridge
    containers:
      - {name: dockerlan-user-defined-1, network: user-defined}
      - {name: dockerlan-user-defined-2, network: user-defined}
    names:
      - {source: dockerlan-user-defined-1, target: dockerlan-user-defined-2}
  register: shown

- name: Show what a container loses when the one dies whose network it has joined
  dockerlan.fleet.experiment:
    name: container
    image: dockerlan/endpoint:1
    containers:
      - {name: dockerlan-container-1, network: bridge}
      - {name: dockerlan-container-2, network: "container:dockerlan-container-1"}
    steps:
      - {do: kill, container: dockerlan-container-1}
      - {do: start, container: dockerlan-container-1}
      - {do: restart, container: dockerlan-container-2}

- name: Remove all experiments
  dockerlan.fleet.experiment:
    state: absent
"""

RETURN = r"""
networks:
  description:
    - What was done with networks, or would be in check mode, in this order. C(action) is V(created) or V(removed).
    - With O(state=present) those are removed that an earlier run has left.
  returned: success
  type: list
  elements: dict
  sample: [{name: user-defined, action: created}]
containers:
  description:
    - What was done with containers, or would be in check mode, in this order. C(action) is V(started), V(refused) or
      V(removed).
    - C(error) has the engine's words about one that was V(refused), else it is null. In check mode it is always null.
  returned: success
  type: list
  elements: dict
  sample: [{name: dockerlan-user-defined-1, action: started, error: null}]
diff:
  description: The networks and containers of the experiment, before and after, one per line.
  returned: success
  type: dict
  sample: {before: "", after: "network user-defined (bridge)\ncontainer dockerlan-user-defined-1 (user-defined)\n"}
links:
  description: The names of the host's links afterwards, in the order of their index.
  returned: success, with O(state=absent)
  type: list
  elements: str
  sample: [lo, eth0, docker0]
facts:
  description:
    - The facts of the host, as M(dockerlan.fleet.host_info) returns them, after the last of O(steps).
  returned: success, with O(state=present)
  type: dict
  contains:
    experiment:
      description: What was seen.
      returned: success
      type: dict
      contains:
        namespace:
          description: The number of the host's own network namespace; null where the engine is not on this host.
          returned: success
          type: int
          sample: 4026531840
        looks:
          description:
            - What was seen in all containers that were made, once after all were started, and after each of O(steps).
              C(after) says which.
            - C(namespace) is the number of the container's network namespace, C(links) are the links in that, the
              loopback link too, with C(name), C(mac) and C(addresses). Both are null where it cannot be looked into.
            - C(joined) is the container whose namespace it was to join. C(resolver) is whether it uses Docker's
              resolver. C(networks) is the engine's word of its addresses, by network.
          returned: success
          type: list
          elements: dict
          sample:
            - after: start
              containers:
                - name: dockerlan-container-1
                  running: true
                  namespace: 4026532281
                  joined: null
                  resolver: false
                  links:
                    - {name: lo, mac: "00:00:00:00:00:00", addresses: [127.0.0.1/8]}
                    - {name: eth0, mac: "02:42:ac:11:00:02", addresses: [172.17.0.2/16]}
                  networks:
                    bridge: {ipv4: 172.17.0.2, ipv6: null, mac: "02:42:ac:11:00:02", gateway: 172.17.0.1}
        names:
          description:
            - What became of the pings of O(names). C(answer) is the address of the name, null when there was none.
              C(reached) is whether a reply came, C(said) is a line of what C(ping) printed.
          returned: success
          type: list
          elements: dict
          sample:
            - source: dockerlan-user-defined-1
              target: dockerlan-user-defined-2
              answer: 172.18.0.3
              reached: true
              said: "64 bytes from 172.18.0.3: seq=0 ttl=64 time=0.101 ms"
        refused:
          description: The containers that did not start, as they must not, with the engine's words.
          returned: success
          type: list
          elements: dict
          sample: []
problems:
  description: All that is refused, each with C(name), C(problem) and C(cure).
  returned: when something is refused
  type: list
  elements: dict
  sample:
    - name: user-defined
      problem: a network of this name is there already, and is somebody else's
      cure: Rename or remove that network
reason:
  description:
    - Why it failed, for machines.
    - V(refused) and V(busy) say that this call has changed nothing, V(change_failed) that what it had made was taken
      away again; when that failed too, RV(msg) says what is left.
    - One of V(refused), V(busy), V(change_failed), V(journal), V(engine_down), V(sdk_missing), V(sdk_too_old),
      V(engine_too_old), V(engine_error), V(failed).
  returned: failure
  type: str
  sample: refused
msg:
  description: What is wrong, and what to do about it.
  returned: failure
  type: str
  sample: "The experiment is refused, nothing was changed."
"""

from contextlib import nullcontext
from pathlib import Path
from typing import Any, Sequence

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dockerlan.fleet.plugins.module_utils import (
    _docker,
    _experiment,
    _experiment_build,
    _experiment_course,
    _host_facts,
    _journal,
    _links,
    _looks,
    _presence,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._entry import is_local
from ansible_collections.dockerlan.fleet.plugins.module_utils._experiment import Found, Problem, Wanted
from ansible_collections.dockerlan.fleet.plugins.module_utils._module import (
    CONNECTION_OPTIONS,
    JOURNAL_OPTIONS,
    connection,
    failures_reported,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._spec_options import EXPERIMENT_NETWORK_OPTIONS

CONTAINER_OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "network": {"type": "str", "required": True},
    "starts": {"type": "bool", "default": True},
}
NAME_OPTIONS: dict[str, Any] = {
    "source": {"type": "str", "required": True},
    "target": {"type": "str", "required": True},
}
STEP_OPTIONS: dict[str, Any] = {
    "do": {"type": "str", "required": True, "choices": ["kill", "start", "restart"]},
    "container": {"type": "str", "required": True},
}
ARGUMENTS: dict[str, Any] = {
    **CONNECTION_OPTIONS,
    **JOURNAL_OPTIONS,
    "name": {"type": "str"},
    "image": {"type": "str"},
    "networks": {"type": "list", "elements": "dict", "default": [], "options": EXPERIMENT_NETWORK_OPTIONS},
    "containers": {"type": "list", "elements": "dict", "default": [], "options": CONTAINER_OPTIONS},
    "names": {"type": "list", "elements": "dict", "default": [], "options": NAME_OPTIONS},
    "steps": {"type": "list", "elements": "dict", "default": [], "options": STEP_OPTIONS},
    "subnets": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def refuse_unnamed(module: AnsibleModule) -> None:
    """Fail when name or image is null or empty: a null counts as given, and no name would stand for all experiments."""
    missing = [field for field in ("name", "image") if not module.params[field]]
    if missing and module.params["state"] == "present":
        module.fail_json(msg=f"state is present, but these are empty: {', '.join(missing)}", reason="failed")


def refuse(module: AnsibleModule, problems: Sequence[Problem]) -> None:
    """Fail with everything that is refused, if anything is."""
    if problems:
        rows = [problem._asdict() for problem in problems]
        module.fail_json(msg=_experiment.refusal(problems), reason="refused", problems=rows)


def facts_of(module: AnsibleModule, engine: _docker.Engine) -> dict[str, Any]:
    """Collect what ``host_info`` tells."""
    facts = _host_facts.collect(engine, module.params["subnets"], local=is_local(module.params["docker_host"]))
    return {**facts, "unfinished": _host_facts.unfinished(Path(module.params["state_dir"]), str(facts["engine"]["id"]))}


def show(module: AnsibleModule, engine: _docker.Engine) -> dict[str, Any]:
    """Build the experiment anew, and look; in check mode say what would be done."""
    wanted, found = _experiment.wanted_of(module.params), _experiment_build.find(engine)
    old = _experiment.part_of(found, wanted.name)
    unfit = [*_experiment.flaws(wanted), *_experiment.clashes(wanted, found), *_experiment.guests(old, found)]
    if not _experiment_build.has_image(engine, wanted.image):
        unfit.append(_experiment.missing_image(wanted.image))
    refuse(module, unfit)
    shown = foreseen(module, engine, wanted, old) if module.check_mode else built(module, engine, wanted, old)
    diff = {"before": _experiment.lines_of_found(old, found), "after": _experiment.lines_of_wanted(wanted)}
    return {"changed": True, **shown, "diff": diff}


def foreseen(module: AnsibleModule, engine: _docker.Engine, wanted: Wanted, old: Found) -> dict[str, Any]:
    """Return what would be done."""
    gone, made = _experiment_build.removal_of(old), _experiment_build.making_of(wanted)
    namespace = _looks.own_namespace(local=is_local(module.params["docker_host"]))
    unseen: dict[str, Any] = {"namespace": namespace, "looks": [], "names": [], "refused": []}
    return {
        "networks": [*gone.networks, *made.networks],
        "containers": [*gone.containers, *made.containers],
        "facts": {**facts_of(module, engine), "experiment": unseen},
    }


def built(module: AnsibleModule, engine: _docker.Engine, wanted: Wanted, old: Found) -> dict[str, Any]:
    """Build it, and return what was done and seen."""
    local = is_local(module.params["docker_host"])
    with _experiment_build.taken_away_on_failure(engine, wanted.name):
        gone = _experiment_build.remove(engine, old)
        made = _experiment_build.build(engine, wanted)
        seen = _experiment_course.observe(engine, wanted, made, local=local)
        facts = facts_of(module, engine)
    if local:
        # An experiment gets the addresses of the one before, and neighbours remember whose they were.
        _presence.announce(row for row in facts["endpoints"] if row["container"] in made.ids)
    return {
        "networks": [*gone.networks, *made.networks],
        "containers": [*gone.containers, *made.containers],
        "facts": {**facts, "experiment": seen},
    }


def clear(module: AnsibleModule, engine: _docker.Engine) -> dict[str, Any]:
    """Remove the experiment, or all of them; in check mode say what would be removed."""
    found = _experiment_build.find(engine)
    part = _experiment.part_of(found, module.params["name"])
    refuse(module, _experiment.guests(part, found))
    gone = _experiment_build.removal_of(part) if module.check_mode else _experiment_build.remove(engine, part)
    return {
        "changed": bool(gone.networks or gone.containers),
        "networks": gone.networks,
        "containers": gone.containers,
        "links": [link["name"] for link in _links.read_links()],
        "diff": {"before": _experiment.lines_of_found(part, found), "after": ""},
    }


def run(module: AnsibleModule) -> None:
    """Do it, with nobody else changing the host meanwhile. Check mode leaves no trace, not even the lock."""
    alone = nullcontext() if module.check_mode else _journal.locked(Path(module.params["state_dir"]))
    refuse_unnamed(module)
    act = show if module.params["state"] == "present" else clear
    try:
        with alone, _docker.connected(*connection(module)) as engine:
            result = act(module, engine)
    except _experiment_build.ExperimentError as error:
        module.fail_json(msg=str(error), reason="change_failed")
    except _journal.BusyError as error:
        module.fail_json(msg=str(error), reason="busy")
    module.exit_json(**result)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS, required_if=[("state", "present", ["name", "image"])], supports_check_mode=True
    )
    with failures_reported(module):
        run(module)


if __name__ == "__main__":
    main()
