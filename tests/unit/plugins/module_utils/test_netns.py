# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces are entered and always left again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _netns

from tests.unit.plugins.lan import Lan


def current() -> int:
    """Identify the namespace in which this thread is."""
    return os.stat(_netns.OWN).st_ino  # noqa: PTH116  (of the link's target, as Path.stat would)


def test_inside_is_there_and_back(lan: Lan) -> None:
    path, before = lan.add_station("one"), current()
    with _netns.inside(path):
        assert current() == Path(path).stat().st_ino != before
    assert current() == before


def test_an_exception_inside_comes_back_too(lan: Lan) -> None:
    path, before = lan.add_station("one"), current()
    with pytest.raises(KeyError, match="boom"), _netns.inside(path):
        raise KeyError("boom")
    assert current() == before


def test_without_os_setns_libc_does_it(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "setns", raising=False)
    path, before = lan.add_station("one"), current()
    with _netns.inside(path):
        assert current() == Path(path).stat().st_ino
    assert current() == before


@pytest.mark.parametrize("path", ["/nonexistent/ns", "/dev/null"])
def test_what_cannot_be_entered_is_an_oserror_and_moves_nothing(path: str) -> None:
    before = current()
    with pytest.raises(OSError, match=r"\[Errno"), _netns.inside(path):
        pytest.fail("this namespace does not exist")
    assert current() == before


def test_no_descriptor_is_left_open(lan: Lan) -> None:
    path = lan.add_station("one")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _turn in range(3):
        with _netns.inside(path):
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_no_way_back_is_not_an_oserror(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lan.add_station("one")
    real, calls = _netns._setns, []

    def fail_once(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(1, "no")
        real(descriptor)

    own = os.open(_netns.OWN, os.O_RDONLY)
    monkeypatch.setattr(_netns, "_setns", fail_once)
    try:
        with pytest.raises(_netns.CannotReturnError), _netns.inside(path):
            pass
    finally:
        real(own)
        os.close(own)


def test_the_path_of_a_process_is_its_namespace() -> None:
    assert Path(_netns.path_of(os.getpid())).stat().st_ino == current()
