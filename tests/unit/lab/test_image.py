# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of the endpoint image. That three engines load it is for the integration tests."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import image

BUSYBOX = b"\x7fELF not really"


def members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {entry.name: file.read() for entry in archive if (file := archive.extractfile(entry))}


def test_the_same_busybox_gives_the_same_bytes() -> None:
    assert image.archive(BUSYBOX) == image.archive(BUSYBOX)


def test_another_busybox_gives_another_image() -> None:
    names = [{name for name in members(image.archive(busybox)) if len(name) > 60} for busybox in (BUSYBOX, b"other")]
    assert names[0] != names[1]


def test_nothing_of_the_machine_is_in_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(image.layer(BUSYBOX))) as layer:
        assert {(entry.uid, entry.gid, entry.uname, entry.mtime) for entry in layer} == {(0, 0, "", 0)}


def test_manifest_names_what_is_there() -> None:
    files = members(image.archive(BUSYBOX))
    (manifest,) = json.loads(files["manifest.json"])
    configuration = files[manifest["Config"]]
    assert manifest["RepoTags"] == ["dockerlan/endpoint:1"]
    assert manifest["Config"] == f"{hashlib.sha256(configuration).hexdigest()}.json"
    digests = [f"sha256:{hashlib.sha256(files[layer]).hexdigest()}" for layer in manifest["Layers"]]
    assert json.loads(configuration)["rootfs"]["diff_ids"] == digests


def test_layer_has_what_endpoints_and_people_call() -> None:
    with tarfile.open(fileobj=io.BytesIO(image.layer(BUSYBOX))) as layer:
        links = {entry.name: entry.linkname for entry in layer if entry.issym()}
        assert layer.getmember("bin/busybox").mode == 0o755
    assert {"bin/sh", "bin/ping", "bin/sleep", "bin/ip"} <= set(links)
    assert set(links.values()) == {"busybox"}


def test_write_replaces_only_what_differs(tmp_path: Path) -> None:
    busybox, target = tmp_path / "busybox", tmp_path / "cache" / "endpoint.tar"
    busybox.write_bytes(BUSYBOX)
    image.write(busybox, target)
    first = target.stat().st_ino
    image.write(busybox, target)
    assert target.stat().st_ino == first
    busybox.write_bytes(b"newer")
    image.write(busybox, target)
    assert target.read_bytes() == image.archive(b"newer")
    assert [path.name for path in target.parent.iterdir()] == ["endpoint.tar"]


def test_many_may_write_at_once(tmp_path: Path) -> None:
    busybox, target = tmp_path / "busybox", tmp_path / "cache" / "endpoint.tar"
    busybox.write_bytes(BUSYBOX * 10000)
    for _ in range(20):
        target.unlink(missing_ok=True)
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(image.write, busybox, target) for _ in range(8)]:
                done.result(timeout=20)
        assert target.read_bytes() == image.archive(BUSYBOX * 10000)
    assert [path.name for path in target.parent.iterdir()] == ["endpoint.tar"]
