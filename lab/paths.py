# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab keeps things: the checkout it belongs to, its caches, and the state of every lab."""

from __future__ import annotations

import uuid
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
GUEST = CHECKOUT / "lab" / "guest"
CACHE = CHECKOUT / ".cache"
BASES = CACHE / "base"
ENDPOINT_ARCHIVE = CACHE / "endpoint.tar"
RUN = Path("/run/dockerlan-lab")
DEFAULT_LAB = "demo"


def state_directory(lab: str) -> Path:
    """Return the directory that holds everything a running lab writes outside its hosts."""
    return RUN / lab


def host_directory(lab: str, host: str) -> Path:
    """Return the directory of one host: ``config`` (keys), ``tree`` (mount point, empty from outside) and ``log``."""
    return RUN / lab / host


def log_file(lab: str, host: str) -> Path:
    """Return the file with what a host printed while booting."""
    return host_directory(lab, host) / "log"


def default_inventory(lab: str) -> Path:
    """Return where ``up`` writes the inventory: the checkout's for the default lab, else beside the lab's state."""
    if lab == DEFAULT_LAB:
        return CHECKOUT / "inventories" / "lab" / "hosts.yml"
    return state_directory(lab) / "hosts.yml"


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file in one step: readers see the old one or a new one, also when several commands write it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
