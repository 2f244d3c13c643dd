# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image of the probe endpoints, made from Debian's static busybox because a lab has no registry.

The archive is what ``docker load`` reads (image specification v1.2): one layer, its configuration, and a manifest. The
same busybox gives the same bytes, so every host of every lab has the same image id.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab import paths

IMAGE = "dockerlan/endpoint:1"
APPLETS = (
    "arp arping cat chmod cp cut date df dmesg echo env false free grep head hostname httpd id ifconfig ip kill ls "
    "mkdir mount mv nc netstat nslookup ping ping6 ps pwd rm route sed sh sleep stat tail tee test timeout top touch "
    "traceroute true umount uname vi wc wget which"
).split()


def _add_directory(archive: tarfile.TarFile, name: str, mode: int = 0o755) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    archive.addfile(entry)


def _add_file(archive: tarfile.TarFile, name: str, data: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    archive.addfile(entry, io.BytesIO(data))


def _add_symlink(archive: tarfile.TarFile, name: str, target: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.linkname = tarfile.SYMTYPE, 0o777, target
    archive.addfile(entry)


def layer(busybox: bytes) -> bytes:
    """Return the tar of the image's only layer: busybox and a symbolic link per applet."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for directory, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777)):
            _add_directory(archive, directory, mode)
        _add_file(archive, "bin/busybox", busybox, 0o755)
        for applet in APPLETS:
            _add_symlink(archive, f"bin/{applet}", "busybox")
        _add_file(archive, "etc/passwd", b"root:x:0:0:root:/:/bin/sh\n")
        _add_file(archive, "etc/group", b"root:x:0:\n")
    return buffer.getvalue()


def _configuration(layer_digest: str) -> Mapping[str, Any]:
    return {
        "architecture": "amd64",
        "config": {"Cmd": ["sleep", "2147483647"], "Env": ["PATH=/bin"], "StopSignal": "SIGKILL", "WorkingDir": "/"},
        "created": "1970-01-01T00:00:00Z",
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "dockerlan.fleet lab"}],
        "os": "linux",
        "rootfs": {"diff_ids": [f"sha256:{layer_digest}"], "type": "layers"},
    }


def archive(busybox: bytes) -> bytes:
    """Return the archive for ``docker load`` that holds :data:`IMAGE`, made from a static ``busybox`` for amd64."""
    root = layer(busybox)
    configuration = json.dumps(_configuration(hashlib.sha256(root).hexdigest()), sort_keys=True).encode()
    image_id = hashlib.sha256(configuration).hexdigest()
    manifest = [{"Config": f"{image_id}.json", "Layers": ["layer.tar"], "RepoTags": [IMAGE]}]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as outer:
        _add_file(outer, f"{image_id}.json", configuration)
        _add_file(outer, "layer.tar", root)
        _add_file(outer, "manifest.json", json.dumps(manifest, sort_keys=True).encode())
    return buffer.getvalue()


def write(busybox: Path, target: Path) -> None:
    """Write the archive made from the program ``busybox`` to ``target``, in one step and only when it differs."""
    data = archive(busybox.read_bytes())
    if target.exists() and target.read_bytes() == data:
        return
    paths.write_atomically(target, data)
