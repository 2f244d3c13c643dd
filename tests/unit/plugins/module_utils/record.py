# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record what a real engine answers about networks and containers; the answers are kept in ``recorded/``.

It runs on a host of the lab with the image of the probe endpoints, and makes everything with the docker command, as a
user would. What it needs of the host: Python and the Docker SDK. For each engine (debian12, debian13,
debian-unstable) and each driver:

    python3 -m lab up --name record --hosts 1 --engine debian13 --links macvlan
    ssh -F /run/dockerlan-lab/record/ssh_config host1 docker load < .cache/endpoint.tar
    ssh -F /run/dockerlan-lab/record/ssh_config host1 python3 - macvlan \
        < tests/unit/plugins/module_utils/record.py > tests/unit/plugins/module_utils/recorded/26.1/macvlan.json
    python3 -m lab down --name record
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import docker

IMAGE = "dockerlan/endpoint:1"
OTHER_MODE = {"macvlan": "vepa", "ipvlan": "l3"}
USUAL_MODE = {"macvlan": "bridge", "ipvlan": "l2"}
POOL4: dict[str, Any] = {
    "subnet": "192.168.56.0/24",
    "ip_range": "192.168.56.128/28",
    "gateway": "192.168.56.1",
    "aux_addresses": {},
}
POOL6: dict[str, Any] = {
    "subnet": "fdb2:2c26:f4e4::/64",
    "ip_range": "fdb2:2c26:f4e4::1:0/112",
    "gateway": "fdb2:2c26:f4e4::1",
    "aux_addresses": {},
}
HELD_BACK = {"reserved-192.168.56.135": "192.168.56.135", "host-192.168.56.136": "192.168.56.136"}


def specs(driver: str) -> list[dict[str, Any]]:
    """Build the networks that are recorded; the last one gets the containers."""
    plain = {
        "name": "office",
        "driver": driver,
        "internal": False,
        "enable_ipv6": False,
        "options": {"parent": "eth0", f"{driver}_mode": USUAL_MODE[driver]},
        "labels": {"dockerlan.fleet.lan": "office"},
        "ipam": [POOL4],
    }
    held_back = {**POOL4, "aux_addresses": HELD_BACK}
    held_back6 = {**POOL6, "aux_addresses": {"reserved-fdb2:2c26:f4e4::1:5": "fdb2:2c26:f4e4::1:5"}}
    other = {"parent": "eth0", f"{driver}_mode": OTHER_MODE[driver]}
    return [
        plain,
        {**plain, "internal": True, "labels": {}},
        {**plain, "options": other, "enable_ipv6": True, "ipam": [held_back, held_back6]},
        {**plain, "enable_ipv6": True, "ipam": [POOL4, POOL6]},
    ]


def creation(spec: dict[str, Any]) -> list[str]:
    """Spell the command that creates a network."""
    words = ["network", "create", "--driver", spec["driver"]]
    words += ["--internal"] if spec["internal"] else []
    words += ["--ipv6"] if spec["enable_ipv6"] else []
    words += [word for key, value in spec["options"].items() for word in ("--opt", f"{key}={value}")]
    words += [word for key, value in spec["labels"].items() for word in ("--label", f"{key}={value}")]
    for pool in spec["ipam"]:
        words += ["--subnet", pool["subnet"], "--ip-range", pool["ip_range"], "--gateway", pool["gateway"]]
        words += [
            word for key, address in pool["aux_addresses"].items() for word in ("--aux-address", f"{key}={address}")
        ]
    return [*words, spec["name"]]


def containers(driver: str) -> dict[str, list[str]]:
    """Spell the options of ``docker run`` of each recorded container; the names say what is special about them."""
    mac = ["--mac-address", "02:00:00:00:aa:01"] if driver == "macvlan" else []
    return {
        "dynamic": [],
        "fixed": ["--ip", "192.168.56.140"],
        "full": "--ip 192.168.56.141 --ip6 fdb2:2c26:f4e4::1:41 --network-alias www --network-alias mail "
        "--link fixed:db --restart unless-stopped".split()
        + mac,
        "stopped": ["--ip", "192.168.56.142", "--network-alias", "old"],
        "stopped-dynamic": [],
    }


def run(*words: str, check: bool = True) -> None:
    """Run a docker command."""
    subprocess.run(["docker", *words], check=check, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)


def main(driver: str) -> None:
    """Make everything, print what the engine answers, and remove everything."""
    client = docker.APIClient(version="auto")
    networks, made = [], []
    *others, last = specs(driver)
    for spec in others:
        run(*creation(spec))
        networks.append(answers(client, spec))
        run("network", "rm", "office")
    run(*creation(last))
    for name, options in containers(driver).items():
        run("run", "--detach", "--name", name, "--network", "office", *options, IMAGE, "sleep", "1000")
        made.append(name)
    run("stop", "--time", "0", "stopped", "stopped-dynamic")
    run("create", "--name", "new", "--network", "office", "--ip", "192.168.56.143", IMAGE, "sleep", "1000")
    # The address is taken: connecting fails, and leaves something behind.
    run("run", "--detach", "--name", "left-over", "--network", "none", IMAGE, "sleep", "1000")
    run("network", "disconnect", "none", "left-over")
    run("network", "connect", "--ip", "192.168.56.140", "office", "left-over", check=False)
    inspected = {name: client.inspect_container(name) for name in [*made, "new", "left-over"]}
    listed = client.containers(all=True)
    networks.append(answers(client, last))
    run("rm", "--force", *inspected)
    run("network", "rm", "office")
    version = {key: client.version()[key] for key in ("Version", "ApiVersion")}
    recorded = {"version": version, "networks": networks, "containers": inspected, "listed": listed}
    json.dump(recorded, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


def answers(client: docker.APIClient, spec: dict[str, Any]) -> dict[str, Any]:
    """Pair a spec with what the engine says about the network that was made from it."""
    [listed] = [network for network in client.networks() if network["Name"] == spec["name"]]
    return {"spec": spec, "listed": listed, "inspected": client.inspect_network(listed["Id"])}


if __name__ == "__main__":
    main(sys.argv[1])
