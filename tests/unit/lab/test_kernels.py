# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The choice between native hosts and user-mode Linux."""

from __future__ import annotations

import pytest

from lab import kernels


@pytest.mark.parametrize(
    ("works", "links", "expected"),
    [
        (set(), ["macvlan"], "uml"),
        ({"macvlan"}, ["macvlan"], "native"),
        ({"macvlan"}, ["ipvlan", "macvlan"], "uml"),
        ({"ipvlan", "macvlan"}, ["ipvlan", "macvlan"], "native"),
    ],
)
def test_auto_is_native_where_every_link_type_works(
    works: set[str], links: list[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "creates", works.__contains__)
    assert kernels.choose("auto", links) == expected


@pytest.mark.parametrize("kernel", ["native", "uml"])
def test_a_kernel_that_is_named_is_taken_unasked(kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(kernels, "creates")
    assert kernels.choose(kernel, ["ipvlan"]) == kernel
