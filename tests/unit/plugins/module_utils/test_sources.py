# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets are opened in the namespaces of their sources; where that fails, what is there instead is told."""

from __future__ import annotations

import resource
from contextlib import ExitStack

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _netlink, _netns, _sockets
from ansible_collections.dockerlan.fleet.plugins.module_utils._sources import (
    NO_LINK,
    NOT_PERMITTED,
    OWN,
    Namespace,
    Sources,
    Ways,
    open_sources,
)

from tests.unit.plugins.lan import Lan
from tests.unit.plugins.probed import endpoint, share

ENDS = [endpoint(0, "h1", None), endpoint(1, "h1", "a", ipv6=None), endpoint(2, "h2", "b")]


def opened(ways: Ways, ends: list[dict[str, object]] | None = None, *, dont_fragment: bool = False) -> Sources:
    """Open the sources of a share, and close them again."""
    with ExitStack() as stack:
        return open_sources(stack, share(ends or ENDS), ways, dont_fragment=dont_fragment)


def test_every_source_has_a_socket_where_it_belongs(lan: Lan) -> None:
    host, container = lan.add_station("host", "192.0.2.1/24", "2001:db8::1/64"), lan.add_station("a", "192.0.2.2/24")
    with _netns.inside(host):
        sources = opened(Ways(OWN, {"a": Namespace(container)}), dont_fragment=True)
    assert set(sources.channels) == {(0, "ipv4"), (1, "ipv4"), (0, "ipv6")}
    assert (sources.reasons, sources.links) == ({}, {})
    assert [channel.namespace for channel in sources.channels.values()] == [None, container, None]
    assert {channel.sock.fileno() for channel in sources.channels.values()} == {-1}


def test_a_reason_is_passed_on_and_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sockets, "open_channel", lambda *_args, **_more: pytest.fail("nothing is to be opened"))
    sources = opened(Ways(Namespace(None, "elsewhere"), {"a": Namespace(None, "not running")}))
    assert sources.reasons == {(0, "ipv4"): "elsewhere", (1, "ipv4"): "not running", (0, "ipv6"): "elsewhere"}


def test_a_namespace_without_the_address_tells_its_links(lan: Lan) -> None:
    sources = opened(Ways(Namespace(None, "-"), {"a": Namespace(lan.add_station("a", "198.51.100.1/24"))}))
    assert sources.links == {1: ["eth0"]}
    assert "no socket at 192.0.2.2: [Errno 99] Cannot assign requested address" in sources.reasons[1, "ipv4"]


def test_a_namespace_with_nothing_but_lo_is_called_that(lan: Lan) -> None:
    lan.add_namespace("a")
    sources = opened(Ways(Namespace(None, "-"), {"a": Namespace(lan.path("a"))}))
    assert (sources.links, sources.reasons[1, "ipv4"]) == ({1: []}, NO_LINK)


def test_tunnels_of_the_kernels_own_making_are_no_links(lan: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    lan.add_namespace("a")
    names = ("lo", "tunl0", "sit0", "wg0")
    links = [_netlink.Link(1, name, "", None, 1500, True, None, None, loopback=name == "lo") for name in names]
    monkeypatch.setattr(_netlink, "dump", lambda *_args: links)
    assert opened(Ways(Namespace(None, "-"), {"a": Namespace(lan.path("a"))})).links == {1: ["wg0"]}


def test_a_container_that_the_mesh_calls_stranded_is_looked_into(lan: Lan) -> None:
    lan.add_namespace("a")
    ends = [endpoint(0, "h1", "a", stranded=True, ipv4=None, ipv6=None), endpoint(1, "h2", "b", stranded=True)]
    assert opened(Ways(OWN, {"a": Namespace(lan.path("a"))}), ends).links == {0: []}


def test_a_namespace_that_is_gone_has_no_links_to_tell() -> None:
    sources = opened(Ways(Namespace(None, "-"), {"a": Namespace("/proc/0/ns/net")}))
    assert sources.links == {}
    assert "No such file" in sources.reasons[1, "ipv4"]


def test_a_host_that_may_not_open_icmp_sockets_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(_sockets, "open_channel", refuse)
    sources = opened(Ways(OWN, {}))
    assert sources.reasons[0, "ipv4"].endswith(NOT_PERMITTED)
    assert sources.links == {}


def test_there_may_be_more_sockets_than_a_process_usually_has_files() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        opened(Ways(Namespace(None, "elsewhere"), {}))
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
