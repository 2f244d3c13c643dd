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
    hosts were lost and why, and at the end of the run prints the matrix, the checks and the causes, and writes
    C(reachability.json).
  - Says nothing in a run that does neither.
  - The verdict that fails a play comes from M(dockerlan.fleet.verdict), because a callback cannot fail a play. Its
    assertions are in the report as it judged them.
requirements:
  - Enable it with C(callbacks_enabled=dockerlan.fleet.reachability) in the section C([defaults]) of ansible.cfg.
options:
  report_dir:
    description:
      - The folder of the report. It is made if it does not exist.
      - A relative path is relative to the current directory.
    type: path
    default: reports
    ini:
      - section: callback_reachability
        key: report_dir
    env:
      - name: DOCKERLAN_REPORT_DIR
    vars:
      - name: dockerlan_report_dir
"""

from datetime import datetime, timezone
from os import getpid
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible.utils.color import ANSIBLE_COLOR

from ..plugin_utils._collector import Collector
from ..plugin_utils._render import json as json_report
from ..plugin_utils._render import terminal

FILE_NAME = "reachability.json"


class CallbackModule(CallbackBase):
    """Thin glue: what is remembered and what it means is in plugin_utils."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "dockerlan.fleet.reachability"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._collector = Collector()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Read the options again: ``dockerlan_report_dir`` may be an extra variable or a variable of the play."""
        self.set_options(var_options=play.get_variable_manager().get_vars(play=play))

    def v2_runner_on_ok(self, result: Any) -> None:
        """Remember the mesh, and the records of a host."""
        host, task, data = _parts(result)
        self._collector.succeeded(host, task.resolved_action or "", data)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Remember a host that failed."""
        if not ignore_errors:
            self._lost(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Remember a host that could not be reached."""
        self._lost(result)

    def _lost(self, result: Any) -> None:
        host, task, data = _parts(result)
        self._collector.failed(host, task.resolved_action or "", task.get_name(), data)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Print the report, and write it."""
        lost = {host for counts in (stats.failures, stats.dark) for host, count in counts.items() if count}
        report = self._collector.report(lost, datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        if report is None:
            return
        self._display.banner("REACHABILITY")
        self._display.display(terminal.render(report, colour=ANSIBLE_COLOR))
        self._write(Path(self.get_option("report_dir")).absolute(), json_report.render(report))

    def _write(self, folder: Path, text: str) -> None:
        """Write the report as a whole or not at all: nobody must ever read half of one."""
        path, draft = folder / FILE_NAME, folder / f".{FILE_NAME}.{getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            self._display.warning(f"The reachability report was not written to {path}: {error.strerror or error}")
            return
        self._display.display(f"\nReport: {path}")


def _parts(result: Any) -> tuple[str, Any, Any]:
    """Return host name, task and data of a result; ansible-core 2.20 made the attributes public."""
    data = result.result if hasattr(result, "result") else result._result
    host = result.host if hasattr(result, "host") else result._host
    task = result.task if hasattr(result, "task") else result._task
    return str(host.get_name()), task, data
