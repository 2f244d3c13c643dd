# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sources of a host's probes: a socket in each one's network namespace, or the reason why not. PRIVATE.

Knows nothing of Docker or Ansible: it is told which namespace belongs to which container.
"""

from __future__ import annotations

import resource
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Mapping, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netlink, _netns, _sockets
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import Share, SourceKey

NO_LINK = "its network namespace has no link but lo"
NOT_PERMITTED = "; it needs root, or a group of the user in net.ipv4.ping_group_range"
# What the kernel itself puts into every namespace where the module of a tunnel is loaded (sysctl
# net.core.fb_tunnels_only_for_init_net): no sign of a network.
FALLBACK_TUNNELS = frozenset(
    {"tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0"}
)


class Namespace(NamedTuple):
    """A network namespace, or the reason why it cannot be used. ``path`` None is where this process is."""

    path: str | None = None
    reason: str | None = None


OWN = Namespace()
MISSING = Namespace(None, "there is no such container on this host")


class Ways(NamedTuple):
    """Where to open sockets: for the host itself, and for each of its containers by name."""

    own: Namespace
    containers: Mapping[str, Namespace]

    def of(self, container: str | None) -> Namespace:
        """Find the namespace of an endpoint by its container; None is the host."""
        return self.containers.get(container, MISSING) if container else self.own


@dataclass
class Sources:
    """Open sockets, and why the others could not be opened.

    ``links`` has what a namespace without the source's address has instead: its links but lo, by endpoint.
    """

    channels: dict[SourceKey, _sockets.Channel] = field(default_factory=dict)
    reasons: dict[SourceKey, str] = field(default_factory=dict)
    links: dict[int, list[str]] = field(default_factory=dict)


def within(namespace: Namespace) -> AbstractContextManager[None]:
    """Run the block in a namespace that can be used. OSError when it is gone."""
    return _netns.inside(namespace.path) if namespace.path else nullcontext()


def open_sources(stack: ExitStack, share: Share, ways: Ways, *, dont_fragment: bool) -> Sources:
    """Open a socket for every source of a host; the stack will close them.

    CannotReturnError when this process got stuck in another namespace.
    """
    _allow_descriptors()
    sources = Sources()
    for key in share.sources():
        index, family = key
        namespace = ways.of(share.ends[index]["container"])
        if namespace.reason is not None:
            sources.reasons[key] = namespace.reason
            continue
        try:
            sources.channels[key] = open_in(stack, namespace, family, share.ends[index][family], dont_fragment)
        except OSError as error:
            hint = NOT_PERMITTED if isinstance(error, PermissionError) else ""
            _note_failure(sources, key, namespace, f"no socket at {share.ends[index][family]}: {error}{hint}")
    for index, end in share.ends.items():
        if end["stranded"] and end["host"] == share.host:
            _note_links(sources, index, ways.of(end["container"]))
    return sources


def open_in(stack: ExitStack, namespace: Namespace, family: str, address: str, dont_fragment: bool) -> _sockets.Channel:
    """Open a socket at an address in a namespace; the stack will close it. OSError when that cannot be done."""
    with within(namespace):
        channel = _sockets.open_channel(family, address, dont_fragment=dont_fragment, namespace=namespace.path)
    stack.callback(channel.sock.close)
    return channel


def _allow_descriptors() -> None:
    """Allow this process as many open files as it may: hundreds of containers need more than the usual 1024."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # a limit beyond fs.nr_open is no use; then it stays as it is
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _note_failure(sources: Sources, key: SourceKey, namespace: Namespace, reason: str) -> None:
    _note_links(sources, key[0], namespace)
    sources.reasons[key] = NO_LINK if sources.links.get(key[0]) == [] else reason


def _note_links(sources: Sources, index: int, namespace: Namespace) -> None:
    """Look for the links in a namespace that does not have what it should; one that is gone has none to tell."""
    if namespace.path is None:
        return
    try:
        with within(namespace):
            links = _netlink.dump(_netlink.RTM_GETLINK, _netlink.parse_link)
    except OSError:
        return
    names = {link.name for link in links if not link.loopback}
    sources.links[index] = sorted(names - FALLBACK_TUNNELS)
