# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection with tasks that hand out prepared results, so that real runs of ansible-playbook need no fleet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.unit.plugins.playbook import ROOT
from tests.unit.plugins.simulation import HEALTHY, Faults, Fleet, mesh_of, probe

MESH = "dockerlan.fleet.mesh"
PING_MESH = "dockerlan.fleet.ping_mesh"
HOST_INFO = "dockerlan.fleet.host_info"

# What a task returns is in a file of its own name and the host's, or of its own name. A host that has the variable
# ``answers_after`` takes so many seconds for its pings, and leaves a file while it does.
_ACTION = """
import json
import time
from pathlib import Path

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        action = self._task.resolved_action.rpartition(".")[2]
        if action == "ping_mesh" and "answers_after" in task_vars:
            Path(task_vars["handed_out"], "waiting-" + task_vars["inventory_hostname"]).touch()
            time.sleep(task_vars["answers_after"])
        files = [Path(task_vars["handed_out"]) / f"{name}.json" for name in (
            f"{action}-{task_vars['inventory_hostname']}", action
        )]
        return json.loads(next(file for file in files if file.exists()).read_text(encoding="utf-8"))
"""

_STANDING_IN = ("host_info", "mesh", "ping_mesh")


def collection(folder: Path) -> Path:
    """Make the collection in a folder; return the path for ANSIBLE_COLLECTIONS_PATH."""
    fleet = folder / "collections" / "ansible_collections" / "dockerlan" / "fleet"
    actions = fleet / "plugins" / "action"
    actions.mkdir(parents=True)
    for name in ("meta", "galaxy.yml"):
        (fleet / name).symlink_to(ROOT / name)
    for part in (ROOT / "plugins").iterdir():
        if part.name != "action":
            (fleet / "plugins" / part.name).symlink_to(part)
    for name in _STANDING_IN:
        (actions / f"{name}.py").write_text(_ACTION, encoding="utf-8")
    return folder / "collections"


def hand_out(folder: Path, results: Mapping[str, Any]) -> None:
    """Let tasks return these results, by ``action-host`` or ``action``."""
    folder.mkdir(exist_ok=True)
    for name, result in results.items():
        (folder / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")


def results_of(fleet: Fleet, faults: Faults = HEALTHY, hosts: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the results of a fleet: the mesh, and what each host, or each of ``hosts``, brings from its pings."""
    mesh = mesh_of(fleet, faults)
    found = probe(fleet, faults, mesh)
    pings = {f"ping_mesh-{host}": found[host] for host in hosts or found}
    return {"host_info": {"facts": {}}, "mesh": {"mesh": mesh}, **pings}
