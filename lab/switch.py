# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the LAN's switch refuses to carry: rules of ebtables for the frames of a port, put and taken back as one chain.

The program comes from the base tree, so the machine needs none. The bridge's own table of VLANs would be shorter
for some of it, but kernels without 8021q do not have that.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab import base, lan, processes
from lab.state import State


def put(state: State, chain: str, jumps: Sequence[str], rules: Sequence[str]) -> None:
    """Make a chain of these rules, and jump to it from where ``jumps`` say ("FORWARD -i host1"); an older one goes."""
    remove(state, chain, jumps)
    _ebtables(state, f"-N {chain}")
    for rule in rules:
        _ebtables(state, f"-A {chain} {rule}")
    for jump in jumps:
        _ebtables(state, f"-A {jump} -j {chain}")


def remove(state: State, chain: str, jumps: Sequence[str]) -> None:
    """Remove a chain and the jumps to it, or what there is of them."""
    for old in (*(f"-D {jump} -j {chain}" for jump in jumps), f"-F {chain}", f"-X {chain}"):
        processes.works(_command(state, old))


def rules(state: State) -> str:
    """Return all chains as ebtables shows them."""
    return _ebtables(state, "-L")


def _ebtables(state: State, arguments: str) -> str:
    return processes.run(_command(state, arguments))


def _command(state: State, arguments: str) -> list[str]:
    tree = str(base.tree(state.engine))
    return lan.inside(state.lan_namespace(), "chroot", tree, "ebtables-nft", *arguments.split())
