# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of ansible-playbook as the callback sees it, from the first play to the report. PRIVATE to the collection."""

from __future__ import annotations

import atexit
import sys
import traceback
from contextlib import contextmanager
from datetime import datetime, timezone
from os import getpid
from typing import Any, Callable, Collection, Iterator, Mapping

from ansible.utils.color import ANSIBLE_COLOR

from ._collector import PING_MESH, Collector, Play
from ._progress import Progress
from ._publication import Report, compared, publish, settings_of
from ._render import terminal

# With any other strategy a host does not wait for the others, and run_once means nothing.
_IN_STEP = ("linear", "debug")
_OUT_OF_STEP = (
    "Some hosts pinged before all others were known, so those pairs are without data: the play has batches (serial), "
    "or a strategy that does not wait for all hosts. Run the role reachability in a play without serial, with the "
    "strategy linear."
)


class Run:
    """What has been collected so far, and whether the report has been made.

    ``display`` is Ansible's, ``option`` gives an option of the callback by name. Nothing in here raises: a report that
    cannot be made is a warning, and the run goes on.
    """

    def __init__(self, display: Any, option: Callable[[str], Any]) -> None:
        self._display = display
        self._option = option
        self._collector = Collector()
        self._progress = Progress(display.display)
        self._process: int | None = None

    @contextmanager
    def telling(self, what: str) -> Iterator[None]:
        """Say ``what`` went wrong, and why, when anything does."""
        try:
            yield
        # Ansible's own warning would not say what is missing.
        except Exception as error:
            self._display.warning(f"{what}: {type(error).__name__}: {error}.")
            self._display.vvv(traceback.format_exc())

    def play_started(self, play: Any, variables: Mapping[str, Any]) -> None:
        """Remember a play, or a batch of it, with its variables."""
        with self.telling("The reachability report may lack this play"):
            hosts = [str(host) for host in variables.get("ansible_play_hosts_all", ())]
            in_step = str(play.strategy).rpartition(".")[2] in _IN_STEP
            dry = bool(variables.get("ansible_check_mode"))
            self._collector.play_started(Play(str(play._uuid), hosts, in_step, dry))

    def succeeded(self, host: str, action: str, data: Mapping[str, Any]) -> None:
        """Remember the result of a task; ``action`` is the full name of its module or action plugin."""
        with self.telling(f"The reachability report lacks a result of {host}"):
            self._collector.succeeded(host, action, data)
            self._went_on(host, action)

    def failed(self, host: str, action: str, task: str, data: Mapping[str, Any], *, ignored: bool) -> None:
        """Remember the failure of a host in the task of this name."""
        with self.telling(f"The reachability report lacks a failure of {host}"):
            self._collector.failed(host, action, task, data, ignored=ignored)
            self._went_on(host, action)

    def _went_on(self, host: str, action: str) -> None:
        """Show the progress on a terminal, and see to it that an interrupted run has a report, too."""
        if self._process is None and not self._collector.is_empty:
            # After Ctrl-C, and after an error that ends ansible-playbook, nobody calls a callback.
            self._process = getpid()
            atexit.register(self._interrupted)
        observed = self._collector.observed_by(host) if action == PING_MESH and sys.stdout.isatty() else None
        if observed:
            mesh, outcome = observed
            self._progress.answered(host, mesh, outcome.records)

    def ended(self, lost: Collection[str]) -> None:
        """Make the report of a run that came to its end; ``lost`` are the hosts that failed or were unreachable."""
        self._report(lost, interrupted=False)

    def _interrupted(self) -> None:
        # A worker is a fork of the process that has registered this.
        if getpid() == self._process and not self._collector.is_empty:
            self._report(self._collector.failing, interrupted=True)

    def _report(self, lost: Collection[str], *, interrupted: bool) -> None:
        with self.telling("The reachability report was not made, this is a bug"):
            now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            report = self._collector.report(lost, now, interrupted=interrupted)
            if report is not None:
                self._publish(report)
        # Whatever came of it: the same is not reported twice.
        self._collector.start_over()

    def _publish(self, found: Report) -> None:
        settings, warnings = settings_of(self._option)
        report, more = compared(found, settings)
        # Nobody may be reading: that must not cost the files.
        with self.telling("The reachability report was not printed"):
            self._display.banner("REACHABILITY")
            self._display.display(terminal.render(report, colour=ANSIBLE_COLOR))
        published = publish(report, settings)
        late = [_OUT_OF_STEP] if self._collector.out_of_step else []
        for warning in (*warnings, *more, *late, *published.warnings):
            self._display.warning(warning)
        if published.paths:
            with self.telling("The names of the report's files were not printed"):
                self._display.display(f"\nReport: {', '.join(str(path) for path in published.paths)}")
