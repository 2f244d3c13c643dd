# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a text into a file as a whole or not at all: nobody must ever read half of a report. PRIVATE."""

from __future__ import annotations

import errno
from contextlib import suppress
from os import getpid, strerror
from pathlib import Path
from typing import Iterable, NamedTuple

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_IN_THE_WAY = (errno.ENOTDIR, errno.EEXIST, errno.EISDIR)


class Refusal(NamedTuple):
    """A file that could not be written: where, and the number of the error (0 if there is none) with its words."""

    path: Path
    number: int
    reason: str


def write_whole(path: Path, text: str) -> Refusal | None:
    """Write ``text`` to ``path`` in UTF-8; return None, or why it could not be.

    The folder is made if it does not exist. The text is written beside the file first and takes its place when it is
    complete, so that a reader, and a failure, leave the older file as it was.
    """
    draft = path.with_name(f".{path.name}.{getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Half of a surrogate pair in a container's name must not cost the report.
        draft.write_text(text, encoding="utf-8", errors="replace")
        draft.replace(path)
    except OSError as error:
        return Refusal(path, error.errno or 0, strerror(error.errno) if error.errno else str(error))
    finally:
        # After the replacement there is none. KeyboardInterrupt comes by here, too.
        with suppress(OSError):
            draft.unlink()
    return None


def told(refusals: Iterable[Refusal]) -> str:
    """Return one warning for all files that could not be written: which, why, and the cure."""
    found = list(refusals)
    reasons: dict[str, list[str]] = {}
    for refusal in found:
        reasons.setdefault(refusal.reason, []).append(str(refusal.path))
    what = "; ".join(f"{', '.join(paths)}: {reason}" for reason, paths in reasons.items())
    cures = dict.fromkeys(_cure(refusal.number) for refusal in found)
    return f"The reachability report was not written to {what}. {'. '.join(cures)}. The run itself is not affected."


def _cure(number: int) -> str:
    other = "or choose another folder with report_dir (that of the format prometheus with prometheus_dir)"
    if number in _FULL:
        return f"Free some space there, {other}"
    if number in _FORBIDDEN:
        return f"Let the user who runs Ansible write there, {other}"
    if number in _IN_THE_WAY:
        return f"Move away what has the name of a folder or file of the report, {other}"
    return f"See whether that folder can be written to, {other}"
