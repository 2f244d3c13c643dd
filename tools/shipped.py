# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as it ships, laid out for ansible-test and antsibull-docs.

Both want a path that ends in ``ansible_collections/NAMESPACE/NAME``, ansible-test a git repository besides. The
checkout has any path, and its own link under ``.collections`` leads back to it, so a copy is made. It leaves out what
``build_ignore`` in galaxy.yml leaves out: lab, tests and tools are not part of the collection, are written for the
controller's Python alone, and have gates of their own.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import yaml


def shipped_files(files: Iterable[str], ignored: Sequence[str]) -> list[str]:
    """Return the files, relative POSIX paths, that no pattern of ``build_ignore`` leaves out.

    A pattern is matched as ``ansible-galaxy collection build`` does it: against the whole relative path of each folder
    on the way, and of the file.
    """
    return [file for file in files if not any(fnmatch(part, pattern) for part in _way(file) for pattern in ignored)]


def copy(root: Path, target: Path) -> None:
    """Copy the working tree at ``root`` (tracked and new files, without the ignored) to ``target``, made anew."""
    shutil.rmtree(target, ignore_errors=True)
    ignored = yaml.safe_load((root / "galaxy.yml").read_text())["build_ignore"]
    for file in shipped_files(_git_files(root), ignored):
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / file, target / file, follow_symlinks=False)
    _git(target, "init", "--quiet")
    (target / ".git" / "info" / "exclude").write_text("/tests/output/\n")
    _git(target, "add", "--all")


def _way(file: str) -> list[str]:
    path = PurePosixPath(file)
    return [str(part) for part in (path, *path.parents)][:-1]


def _git_files(root: Path) -> list[str]:
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    return [file for file in listed.split("\0") if file and (root / file).exists()]


def _git(where: Path, *arguments: str) -> str:
    """Run git; a checkout that belongs to another user (CI, containers) is as good as ours."""
    command = ["git", "-c", "safe.directory=*", "-C", str(where), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
