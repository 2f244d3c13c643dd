# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a report to its files: compared with the last run's, and written in every format. PRIVATE to the collection."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple, Sequence

from ._changes import with_changes
from ._files import Refusal, told, write_whole
from ._formats import FORMATS, PROMETHEUS, Format, asked_for
from ._previous import UnusableError, previous_report

Report = Mapping[str, Any]
Option = Callable[[str], Any]


class Settings(NamedTuple):
    """Where the files go, and what the report is compared with. All paths are absolute."""

    report_dir: Path
    prometheus_dir: Path
    formats: Sequence[Format]
    baseline: Path | None

    def path_of(self, one: Format) -> Path:
        """Return the file of a format."""
        return (self.prometheus_dir if one.name == PROMETHEUS else self.report_dir) / one.file_name


class Published(NamedTuple):
    """The files that were written, and what was wrong: each warning is a sentence or two."""

    paths: Sequence[Path]
    warnings: Sequence[str]


def settings_of(option: Option) -> tuple[Settings, list[str]]:
    """Return the settings that ``option`` gives by name, and warnings about those that make no sense."""
    formats, unknown = asked_for(option("formats") or [])
    folder = Path(option("report_dir")).absolute()
    prometheus, baseline = option("prometheus_dir"), option("baseline")
    settings = Settings(
        folder,
        Path(prometheus).absolute() if prometheus else folder,
        formats,
        Path(baseline).absolute() if baseline else None,
    )
    names = ", ".join(unknown)
    cure = f"Use those of {', '.join(FORMATS)} that you want"
    return settings, [f"The report is not written as {names}: there is no such format. {cure}."] if unknown else []


def compared(report: Report, settings: Settings) -> tuple[Report, list[str]]:
    """Return the report with what has changed since the last run or the baseline, and why it could not be compared."""
    try:
        previous = previous_report(settings.report_dir, settings.baseline)
        return with_changes(report, previous, previous is not None and settings.baseline is not None), []
    except UnusableError as error:
        warning = str(error)
    # Whatever is in that file must not cost the report.
    except Exception as error:
        warning = f"The last report could not be compared with: {type(error).__name__}: {error}."
    return with_changes(report, None, False), [warning]


def publish(report: Report, settings: Settings) -> Published:
    """Write the report in every format. What fails for one format is a warning and does not touch the others."""
    written: list[Path] = []
    refused: list[Refusal] = []
    warnings: list[str] = []
    for one in settings.formats:
        path = settings.path_of(one)
        try:
            refusal = write_whole(path, one.renderer()(report))
        # A renderer that fails must cost its own file only.
        except Exception as error:
            warnings.append(f"{path} was not made, this is a bug: {type(error).__name__}: {error}.")
            continue
        if refusal is None:
            written.append(path)
        else:
            refused.append(refusal)
    return Published(written, [*warnings, *([told(refused)] if refused else [])])
