# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the wire whether anything already answers for planned addresses."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wire_check
short_description: Ask the wire whether anything already answers for planned addresses
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Asks for every address of the given slices, from the parent link of their network, with ARP probes (RFC 5227) and
    the neighbour solicitations of IPv6 duplicate address detection (RFC 4862). A device that ignores pings is found
    too.
  - Fails when anything answers, announces one of the addresses, or asks for it in order to take it, and names the MAC
    that has sent the frame. It is in use by somebody then, and Docker would not notice.
  - The probes have no sender address, so nobody on the LAN learns anything from them. Changes nothing.
  - A parent like C(eth0.20) that Docker is yet to make is asked through C(eth0), with tagged frames.
options:
  targets:
    description: The slices to ask for, by network and parent.
    type: list
    elements: dict
    required: true
    suboptions:
      network:
        description: Name of the network.
        type: str
        required: true
      parent:
        description: The link of the host that the network uses or will use.
        type: str
        required: true
      slices:
        description: Networks of addresses that nothing may answer for, for example V(192.168.56.128/28).
        type: list
        elements: str
        required: true
  timeout:
    description:
      - How long to ask and listen, in seconds, from the first probe to the end. The probes of an address are spread
        over it. It takes longer when O(rate) does not let all probes out within it.
      - RFC 5227 waits for some seconds because a link that has just come up may lose frames at first. A parent is up.
    type: float
    default: 1.0
  count:
    description: How many probes to send for each address.
    type: int
    default: 3
  limit:
    description:
      - How many addresses to ask for in each slice at most. They are the first ones, because engines give addresses
        out from the start of a slice.
    type: int
    default: 256
  rate:
    description:
      - How many frames to send per second at most, over all networks. Probes are broadcasts, which every device of the
        LAN has to look at, and which switches drop in a storm.
      - A switch port with a limit for ARP (dynamic ARP inspection) may shut down when it is exceeded. Set a rate below
        that limit there.
    type: float
    default: 2000.0
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
    details: It changes nothing, but asks every time.
notes:
  - Needs root (CAP_NET_RAW) on the managed host, and no engine.
  - This host does not answer itself. Whether one of its own addresses is in a slice can be seen without asking.
  - A container that already has one of the addresses answers, unless it is on this host and uses the same parent.
  - A router that does proxy ARP answers for addresses that it has a route for elsewhere.
"""

EXAMPLES = r"""
- name: Ask whether the slices of this host are free
  dockerlan.fleet.wire_check:
    targets:
      - network: office
        parent: eth0
        slices: [192.168.56.128/28, "fdb2:2c26:f4e4::1:0/112"]
"""

RETURN = r"""
msg:
  description: What has answered; or how many addresses were asked for, and what was left out.
  returned: always
  type: str
  sample: "Asked for 272 addresses, and nothing answers. Only the first 256 of fdb2:2c26:f4e4::1:0/112 were asked for."
probed:
  description: How many addresses were asked for.
  returned: success, and when something has answered
  type: int
  sample: 272
strangers:
  description: What has answered, each with C(network), C(parent), C(address) and C(mac).
  returned: success, and when something has answered
  type: list
  elements: dict
  sample: [{network: office, parent: eth0, address: 192.168.56.130, mac: "02:00:00:00:00:05"}]
unprobed:
  description: The targets that could not be asked for, each with C(network), C(parent) and C(reason).
  returned: success, and when something has answered
  type: list
  elements: dict
  sample: [{network: lab, parent: eth7, reason: the link eth7 does not exist on this host}]
reason:
  description:
    - Why it failed, for machines.
    - One of V(refused), V(failed).
  returned: failure
  type: str
  sample: refused
"""

import ipaddress
from itertools import groupby
from typing import Any, Dict, Iterable, Mapping, Sequence

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dockerlan.fleet.plugins.module_utils import _links, _wire
from ansible_collections.dockerlan.fleet.plugins.module_utils._neighbours import Address
from ansible_collections.dockerlan.fleet.plugins.module_utils._outlets import (
    NoOutletError,
    Outlet,
    first_addresses,
    outlet_of,
    ranges,
)

Wanted = Dict[Outlet, Dict[Address, Mapping[str, Any]]]  # the target of each address, by outlet

TARGET_OPTIONS: dict[str, Any] = {
    "network": {"type": "str", "required": True},
    "parent": {"type": "str", "required": True},
    "slices": {"type": "list", "elements": "str", "required": True},
}
ARGUMENTS: dict[str, Any] = {
    "targets": {"type": "list", "elements": "dict", "required": True, "options": TARGET_OPTIONS},
    "timeout": {"type": "float", "default": 1.0},
    "count": {"type": "int", "default": 3},
    "limit": {"type": "int", "default": 256},
    "rate": {"type": "float", "default": 2000.0},
}
LIMITS = {"timeout": (0.1, 60), "count": (1, 10), "limit": (1, 65536), "rate": (1, 1e5)}
CURE = (
    "Cure: find the device with this MAC (the address table of the switch names its port) and give it another address; "
    "or reserve the address in dockerlan_lans[..].reserved; or choose another slice for this host with dockerlan_slices"
)
NOT_PERMITTED = "Asking the wire needs root (CAP_NET_RAW) on this host. Cure: run the task with become: true"


def check_limits(params: Mapping[str, Any]) -> None:
    """Raise ValueError for a value that makes no sense."""
    for name, (low, high) in LIMITS.items():
        if not low <= params[name] <= high:
            raise ValueError(f"{name} is {params[name]}, expected {low} to {high:g}")


def wanted_by_outlet(
    targets: Iterable[Mapping[str, Any]], links: Sequence[Mapping[str, Any]], limit: int
) -> tuple[Wanted, list[dict[str, str]]]:
    """Find what to ask for, and the rows of the targets that have no outlet."""
    wanted: Wanted = {}
    unprobed = []
    for target in targets:
        addresses = [address for network in target["slices"] for address in first_addresses(network, limit)]
        try:
            outlet = outlet_of(target["parent"], links)
        except NoOutletError as error:
            unprobed.append(unprobed_row(target, str(error)))
        else:
            wanted.setdefault(outlet, {}).update((address, target) for address in addresses)
    return wanted, unprobed


def unprobed_row(target: Mapping[str, Any], reason: str) -> dict[str, str]:
    """Present a target that could not be asked for."""
    return {"network": target["network"], "parent": target["parent"], "reason": reason}


def stranger_rows(wanted: Wanted, findings: _wire.Findings) -> list[dict[str, str]]:
    """Present who has answered: by outlet, address family, address and MAC."""
    rows = []
    for outlet, claims in findings.claims.items():
        for address, mac in sorted(claims, key=lambda found: (found.address.version, int(found.address), found.mac)):
            target = wanted[outlet][address]
            row = {"network": target["network"], "parent": target["parent"], "address": str(address), "mac": mac}
            rows.append(row)
    return rows


def refusal(strangers: Iterable[Mapping[str, str]]) -> str:
    """Say who has answered for what, and what to do; one who answers for everything takes a line and not hundreds."""
    lines = []
    for (network, parent, mac), rows in groupby(strangers, lambda row: (row["network"], row["parent"], row["mac"])):
        for first, last in ranges(ipaddress.ip_address(row["address"]) for row in rows):
            what = f"{first} answers" if first == last else f"{first} to {last} answer"
            lines.append(f"{network} on {parent}: {what} from {mac}")
    head = "Something on the wire already uses planned addresses, or is about to. Nothing was changed."
    return "\n".join([head, *lines, CURE])


def summary(params: Mapping[str, Any], probed: int, unprobed: Sequence[Mapping[str, str]]) -> str:
    """Say how far the answer "nothing" goes."""
    left_out = {(row["network"], row["parent"]) for row in unprobed}
    asked = [target for target in params["targets"] if (target["network"], target["parent"]) not in left_out]
    long = [name for target in asked for name in target["slices"] if is_long(name, params["limit"])]
    parts = [f"Asked for {probed} addresses, and nothing answers."]
    parts += [f"Only the first {params['limit']} of {name} were asked for." for name in long]
    parts += ["Nothing was asked for {network} on {parent}: {reason}.".format(**row) for row in unprobed]
    return " ".join(parts)


def is_long(network: str, limit: int) -> bool:
    """Tell whether a slice has more addresses than are asked for."""
    return ipaddress.ip_network(network).num_addresses > limit


def result_of(wanted: Wanted, findings: _wire.Findings, unprobed: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Build the result; the targets of an outlet that has failed meanwhile join those that had none."""
    failed = [
        unprobed_row({"network": network, "parent": parent}, reason)
        for outlet, reason in findings.failed.items()
        for network, parent in sorted({(target["network"], target["parent"]) for target in wanted[outlet].values()})
    ]
    probed = sum(len(addresses) for outlet, addresses in wanted.items() if outlet not in findings.failed)
    return {"probed": probed, "strangers": stranger_rows(wanted, findings), "unprobed": [*unprobed, *failed]}


def run(module: AnsibleModule) -> None:
    """Ask, and end the module."""
    params = module.params
    check_limits(params)
    links = _links.read_links()
    wanted, unprobed = wanted_by_outlet(params["targets"], links, params["limit"])
    pace = _wire.Pace(params["count"], params["timeout"], params["rate"])
    findings = _wire.ask(wanted, pace, [link["mac"] for link in links if link["mac"]])
    result = result_of(wanted, findings, unprobed)
    if result["strangers"]:
        module.fail_json(msg=refusal(result["strangers"]), reason="refused", **result)
    module.exit_json(changed=False, msg=summary(params, result["probed"], result["unprobed"]), **result)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        run(module)
    except PermissionError:
        module.fail_json(msg=NOT_PERMITTED, reason="failed")
    except (OSError, ValueError) as error:
        module.fail_json(msg=f"{type(error).__name__}: {error}", reason="failed")


if __name__ == "__main__":
    main()
