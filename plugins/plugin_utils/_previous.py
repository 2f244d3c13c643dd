# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report that a new one is compared with: the last run's, or a pinned baseline. PRIVATE to the collection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping

from ._formats import FORMATS, JSON
from ._matrix import SCHEMA_VERSION

_NEEDED = ("generated_at", "networks", "endpoints", "matrix")


class UnusableError(Exception):
    """A report that cannot be compared with; the message is a sentence about it, with the cure."""


def previous_report(folder: Path, baseline: Path | None) -> Mapping[str, Any] | None:
    """Return the pinned baseline, or else the last run's report in ``folder``; None when there is none with any pairs.

    Its round-trip times are left out: they are most of a report's size, and nothing compares them. UnusableError for a
    file that cannot be read, is no report or one of another version, and for a baseline that is not there.
    """
    path = baseline or folder / FORMATS[JSON].file_name
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        if baseline is None:
            return None
        raise UnusableError(f"There is no baseline {path}. {_cure(baseline)}") from None
    except (OSError, UnicodeError) as error:
        raise UnusableError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or error}. {_cure(baseline)}"
        ) from None
    return _report(path, text, baseline)


def _report(path: Path, text: str, baseline: Path | None) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text, object_hook=_without_times)
    except (ValueError, RecursionError) as error:
        raise UnusableError(f"{path} is not JSON: {error}. {_cure(baseline)}") from None
    version = found.get("schema_version") if isinstance(found, dict) else None
    if isinstance(version, int) and version != SCHEMA_VERSION:
        told = f"has the schema version {version}, this release compares reports of version {SCHEMA_VERSION}"
        raise UnusableError(f"{path} {told}. {_cure(baseline)}")
    if version is None or not all(found.get(key) is not None for key in _NEEDED):
        raise UnusableError(f"{path} is no reachability report. {_cure(baseline)}")
    # A run that ended before its mesh was made has no pairs: compared with it, every endpoint would be a new one.
    return found if found["matrix"] else None


def _without_times(item: dict[str, Any]) -> dict[str, Any]:
    """Leave the times of a row of the matrix out, before the next row is read."""
    if item.get("rtt_us"):
        item["rtt_us"] = None
    return item


def _cure(baseline: Path | None) -> str:
    if baseline is not None:
        return "Nothing is compared; choose another one with the option baseline, or none"
    return "Nothing is compared; the next run compares with this one's report"
