# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The field of the measurement: a hundred network namespaces on one bridge, and the limits of the neighbour table."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netns, _sockets
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Job

from tests.unit.plugins.lan import Lan

SOURCES = 100
STATIONS = SOURCES + 1  # so that each source has a hundred targets besides itself
DEAD_FROM = 150  # from here on addresses are nobody's
DEFAULT_LIMITS = (128, 512, 1024)  # arp_tbl in the kernel's net/ipv4/arp.c, nd_tbl in net/ipv6/ndisc.c
LARGE_LIMITS = (128, 65536, 65536)
_FAMILIES = ("ipv4", "ipv6")


@dataclass(frozen=True)
class Field:
    """Stations 1 to ``STATIONS`` with the paths of their namespaces."""

    lan: Lan
    paths: Sequence[str]

    def targets(self, source: int, dead: int = 0) -> list[str]:
        """List the targets of a source, spelled as the kernel does; the last ``dead`` of them do not exist."""
        others = [number for number in range(1, STATIONS + 1) if number != source]
        alive = len(others) - dead
        return [*map(address, others[:alive]), *(address(DEAD_FROM + n) for n in range(dead))]

    def forget_neighbours(self) -> None:
        """Empty all neighbour tables, so that everybody has to be asked for again."""
        for path in self.paths:
            subprocess.run(["ip", "-n", Path(path).name, "neigh", "flush", "all"], check=True, timeout=10)

    @contextmanager
    def jobs(self, dead: int = 0) -> Iterator[list[Job]]:
        """Open a socket at each source, and lend the jobs of all its pairs."""
        with ExitStack() as stack:
            jobs = []
            for number, path in enumerate(self.paths[:SOURCES], 1):
                with _netns.inside(path):
                    channel = _sockets.open_channel("ipv4", address(number), namespace=path)
                stack.callback(channel.sock.close)
                jobs += [Job(channel, target) for target in self.targets(number, dead)]
            yield jobs


def address(number: int) -> str:
    """Return the address of a station."""
    return f"192.0.2.{number}"


@contextmanager
def prepared() -> Iterator[Field]:
    """Make the bridge and the stations, and remove them whatever happens.

    The bridge stands for the wire, so it does not ask any firewall. Everybody may use ICMP sockets in the stations, as
    Docker has it in containers.
    """
    lan = Lan()
    try:
        lan.build()
        lan.within(
            "lan", "sh", "-c", "for f in /proc/sys/net/bridge/bridge-nf-call-*; do ! [ -e $f ] || echo 0 > $f; done"
        )
        paths = []
        for number in range(1, STATIONS + 1):
            paths.append(lan.add_station(f"s{number}", f"{address(number)}/24"))
            lan.set_sysctl(f"s{number}", "ipv4/ping_group_range", '"0 2147483647"')
        yield Field(lan, paths)
    finally:
        lan.remove()


@contextmanager
def limits(values: Sequence[int]) -> Iterator[None]:
    """Set gc_thresh1 to 3 of both neighbour tables for a while.

    They are the machine's, so a process of their own puts them back: it waits for the end of its input, which comes
    even when this process is killed. OSError where the limits cannot be seen: they are only in the kernel's first
    network namespace.
    """
    settings = [
        (Path(f"/proc/sys/net/{family}/neigh/default/gc_thresh{n}"), value)
        for family in _FAMILIES
        for n, value in enumerate(values, 1)
    ]
    restore = "; ".join(f"echo {path.read_text(encoding='ascii').strip()} > {path}" for path, _value in settings)
    with subprocess.Popen(
        ["sh", "-c", f"cat > /dev/null; {restore}"], stdin=subprocess.PIPE, start_new_session=True
    ) as guardian:
        for path, value in settings:
            path.write_text(str(value), encoding="ascii")
        yield
        # The end of the block closes the guardian's input, and waits until it has put the limits back.
    if guardian.returncode:
        raise RuntimeError(f"the limits of the neighbour tables were not put back: {restore}")
