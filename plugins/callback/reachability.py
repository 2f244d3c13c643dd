# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect what the fleet observed, and make one report of it at the end of the run."""

from __future__ import annotations

DOCUMENTATION = r"""
name: reachability
type: notification
short_description: Print the fleet's reachability matrix and write the report
version_added: "0.1.0"
author:
  - The dockerlan.fleet maintainers (@dockerlan)
description:
  - Collects the results of M(dockerlan.fleet.mesh) and M(dockerlan.fleet.ping_mesh), remembers which
    hosts were lost and why, and at the end of the run prints the matrix, the checks and the causes, and writes the
    report in the O(formats) that are asked for. Also when the run is interrupted or ends early; the report then says
    what is missing.
  - The meshes of experiments with network modes are sections of one report. A mode that was to be tried, and of which
    no mesh was made, is a failed check in it.
  - On a terminal it says now and then how far the hosts are, while they answer.
  - Says nothing in a run that does neither.
  - The verdict that fails a play comes from M(dockerlan.fleet.verdict), because a callback cannot fail a play. Its
    assertions are in the report as it judged them.
  - A report that cannot be written, or not be compared with the last one, is a warning and changes nothing else.
requirements:
  - Enable it with C(callbacks_enabled=dockerlan.fleet.reachability) in the section C([defaults]) of ansible.cfg.
notes:
  - Its variables are extra variables or variables of a play, because the report is one of all hosts. Those of the last
    play count.
options:
  report_dir:
    description:
      - The folder of the report. It is made if it does not exist.
      - A relative path is relative to the current directory, one in ansible.cfg to the folder of that file.
    type: path
    default: reports
    ini:
      - section: callback_reachability
        key: report_dir
    env:
      - name: DOCKERLAN_REPORT_DIR
    vars:
      - name: dockerlan_report_dir
  formats:
    description:
      - What the report is written as.
      - V(json) is C(reachability.json), the report that the next run compares with. V(html) is C(reachability.html), a
        heat map. V(markdown) is C(reachability.md), a summary. V(junit) is C(reachability.xml), and V(prometheus) is
        C(reachability.prom), metrics for the textfile collector of node_exporter.
      - A name that is none of these is a warning. With an empty list the report is only printed.
    type: list
    elements: str
    default: [json, html]
    ini:
      - section: callback_reachability
        key: formats
    env:
      - name: DOCKERLAN_REPORT_FORMATS
    vars:
      - name: dockerlan_report_formats
  prometheus_dir:
    description:
      - The folder of C(reachability.prom), such as that of node_exporter's textfile collector.
      - The default is O(report_dir).
    type: path
    ini:
      - section: callback_reachability
        key: prometheus_dir
    env:
      - name: DOCKERLAN_REPORT_PROMETHEUS_DIR
    vars:
      - name: dockerlan_report_prometheus_dir
  baseline:
    description:
      - A C(reachability.json) that every run is compared with. The default is that of the last run in O(report_dir).
    type: path
    ini:
      - section: callback_reachability
        key: baseline
    env:
      - name: DOCKERLAN_REPORT_BASELINE
    vars:
      - name: dockerlan_report_baseline
"""

from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible.template import Templar

from ..plugin_utils._run import Run


class CallbackModule(CallbackBase):
    """Thin glue: what is remembered and what it means is in plugin_utils."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "dockerlan.fleet.reachability"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._run = Run(self._display, self.get_option)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Read the options again: ``dockerlan_report_dir`` may be an extra variable or a variable of the play."""
        variables = play.get_variable_manager().get_vars(play=play)
        with self._run.telling("The options of the reachability report could not be read"):
            templar = Templar(loader=play.get_loader(), variables=variables)
            mine = {name: value for name, value in variables.items() if name.startswith("dockerlan_report_")}
            self.set_options(var_options=templar.template(mine))
        self._run.play_started(play, variables)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Remember the mesh, and the records of a host."""
        host, task, data = _parts(result)
        self._run.succeeded(host, task.resolved_action or "", data)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Remember a host that failed."""
        host, task, data = _parts(result)
        self._run.failed(host, task.resolved_action or "", task.get_name(), data, ignored=ignore_errors)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Remember a host that could not be reached."""
        host, task, data = _parts(result)
        ignored = bool(getattr(task, "ignore_unreachable", False))
        self._run.failed(host, task.resolved_action or "", task.get_name(), data, ignored=ignored)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Print the report, and write it."""
        self._run.ended({host for counts in (stats.failures, stats.dark) for host, count in counts.items() if count})


def _parts(result: Any) -> tuple[str, Any, Any]:
    """Return host name, task and data of a result; ansible-core 2.20 made the attributes public."""
    data = result.result if hasattr(result, "result") else result._result
    host = result.host if hasattr(result, "host") else result._host
    task = result.task if hasattr(result, "task") else result._task
    return str(host.get_name()), task, data
