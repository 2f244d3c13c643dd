# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base trees: a Debian release with its Docker Engine, built once and shared by all hosts as their lowest layer.

One more tree holds the kernel of user-mode Linux, with the libc that its program needs.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab import image, paths, processes
from lab.errors import LabError
from lab.progress import step

_COMMON = (
    "busybox-static containerd docker.io iproute2 iptables kmod mount openssh-server procps python3 python3-docker "
    "runc tini"
).split()
_BUILD_TIMEOUT = 900
_STAMP = "lab/recipe"


@dataclass(frozen=True)
class Recipe:
    """How mmdebstrap makes a tree. ``variant`` is mmdebstrap's; ``options`` are more of its arguments."""

    suite: str
    packages: tuple[str, ...]
    variant: str = "apt"
    options: tuple[str, ...] = ()

    def digest(self) -> str:
        """Return what tells a tree of this recipe from one of an older recipe."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


# Releases in motion are not signed anew on every mirror.
_ANY_AGE = '--aptopt=Acquire::Check-Valid-Until "false"'
ENGINES = {
    "debian12": Recipe("bookworm", tuple(_COMMON)),
    "debian13": Recipe("trixie", (*_COMMON, "docker-cli")),
    "debian-unstable": Recipe("unstable", (*_COMMON, "docker-cli"), options=(_ANY_AGE,)),
}
DEFAULT_ENGINE = "debian13"
# The kernel of Debian 13 (6.12) cannot run on processors whose register state is larger than it knows (AMX), and every
# system call costs it two context switches; since 6.16 there is a way without (seccomp).
UML_KERNEL = "uml-kernel"
_LIBRARIES = ('--extract-hook=ln -sf usr/lib "$1/lib"', '--extract-hook=ln -sf usr/lib64 "$1/lib64"')
RECIPES = {
    **ENGINES,
    UML_KERNEL: Recipe("testing", ("user-mode-linux",), variant="extract", options=(_ANY_AGE, *_LIBRARIES)),
}


def tree(name: str) -> Path:
    """Return where the tree of a recipe lies."""
    return paths.BASES / name


def kernel_release() -> str:
    """Return the release of the kernel of user-mode Linux, like ``7.2.7``; raises LabError before it was built."""
    modules = sorted((tree(UML_KERNEL) / "usr/lib/uml/modules").glob("*"))
    if not modules:
        raise LabError(f"{tree(UML_KERNEL)} holds no kernel; remove it and try again")
    return modules[0].name


def is_built(name: str) -> bool:
    """Tell whether the tree is there, whole and of the present recipe."""
    stamp = tree(name) / _STAMP
    return stamp.exists() and stamp.read_text() == RECIPES[name].digest()


def ensure(name: str) -> None:
    """Build the tree of a recipe unless it is there."""
    with _locked(name) as lock:
        if not is_built(name):
            with step(f"building the base tree {name} with mmdebstrap (once)", "built"):
                _build(name, lock)


def ensure_endpoint_image(engine: str) -> None:
    """Write the archive of the endpoint image, made from the busybox of an engine's tree."""
    image.write(tree(engine) / "bin/busybox", paths.ENDPOINT_ARCHIVE)


@contextlib.contextmanager
def _locked(name: str) -> Iterator[int]:
    """Only one builds a tree; the builder inherits the descriptor, so the lock outlives a killed lab command."""
    paths.BASES.mkdir(parents=True, exist_ok=True)
    with (paths.BASES / f".{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def mirror() -> str:
    """Return the mirror of Debian that this machine is set up to use, or the usual one."""
    usual = "http://deb.debian.org/debian"
    query = [
        "apt-get",
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
        "Origin: Debian",
        "Label: Debian",
    ]
    try:
        found = processes.run(query).split()
    except LabError:
        return usual
    return next((uri for uri in found if uri.startswith(("http://", "https://"))), usual)


def command(recipe: Recipe, target: Path, source: str) -> list[str]:
    """Return the command that makes a tree: its mounts are its own, and it dies with the process that started it."""
    sandbox = "setpriv --pdeathsig KILL unshare --mount --pid --mount-proc --fork --kill-child".split()
    build = ["mmdebstrap", "--mode=root", "--format=directory", f"--variant={recipe.variant}", *recipe.options]
    return [*sandbox, "--", *build, f"--include={','.join(recipe.packages)}", recipe.suite, str(target), source]


def _build(name: str, lock: int) -> None:
    target, temporary, log = tree(name), paths.BASES / f".{name}.new", paths.BASES / f"{name}.log"
    for leftover in (temporary, target):
        shutil.rmtree(leftover, ignore_errors=True)
    if not _run_logged(command(RECIPES[name], temporary, mirror()), log, lock):
        raise LabError(f"mmdebstrap failed:\n{_last_lines(log)}\nall of it is in {log}")
    _finish(temporary, RECIPES[name])
    temporary.rename(target)


def _run_logged(argv: list[str], log: Path, lock: int) -> bool:
    """Run a builder to its end, with the lock in its hands; False when it failed or was too slow."""
    with log.open("wb") as output, contextlib.suppress(subprocess.TimeoutExpired):
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=_BUILD_TIMEOUT,
            pass_fds=(lock,),
            check=False,
        )
        return done.returncode == 0
    return False


def _finish(directory: Path, recipe: Recipe) -> None:
    """Add the places where a booting host mounts what is not its own."""
    for point in ("lab/guest", "lab/config", "usr/lib/modules", "proc", "mnt", "tmp", "dev"):
        (directory / point).mkdir(parents=True, exist_ok=True)
    (directory / _STAMP).write_text(recipe.digest())


def _last_lines(log: Path, count: int = 10) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
