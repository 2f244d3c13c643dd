# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network modes that are shown as experiments, in the order in which they are run. PRIVATE to the collection.

To add a mode is to add its row to MODES. What must be open and what blocked is in the contract; a row says only what
holds there for another reason, such as that no routes are installed yet.
"""

from __future__ import annotations

from typing import Any, Dict, NamedTuple

from ._contract import BLOCKED, CROSS_HOST, OTHER_HOST, OTHER_NETWORK, PASSTHRU

ANY_CONTAINER = "*/*"

Expectation = Dict[str, Any]


class LanRow(NamedTuple):
    """A macvlan or ipvlan network of a mode.

    It is on the private subnets, or else on those of the LAN; where ``half`` is set, on the first (0) or second (1)
    half of their ranges. ``vlan`` is the place of the VLAN among those of the settings.
    """

    name: str
    driver: str
    mode: str
    flag: str = ""
    private: bool = False
    half: int | None = None
    vlan: int | None = None
    parent: bool = True
    internal: bool = False


class OwnRow(NamedTuple):
    """A network of one of Docker's own kinds, as the contract knows them."""

    name: str
    driver: str
    mode: str = ""


class Mode(NamedTuple):
    """A mode. Its tags are its name and its groups; ``shows`` is a sentence for people.

    ``routed`` is whether the routes between the hosts are installed before it is probed, ``links`` are the kinds of
    links that Docker makes on the hosts for it.
    """

    name: str
    groups: tuple[str, ...]
    shows: str
    lans: tuple[LanRow, ...] = ()
    own: tuple[OwnRow, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    routed: bool = False
    links: tuple[str, ...] = ()

    @property
    def tags(self) -> frozenset[str]:
        """Return by what the mode can be selected."""
        return frozenset((self.name, *self.groups))


def _blocked(network: str, to_network: str, relation: str, why: str, ends: str = "*") -> Expectation:
    found = {"network": network, "from": ends, "to": ends, "relation": relation, "to_network": to_network}
    return {**found, "expected": BLOCKED, "why": why}


def _apart(one: str, other: str, why: str) -> tuple[Expectation, ...]:
    """Expect that containers of two networks do not reach each other. Their hosts may reach both."""
    return tuple(
        _blocked(network, to_network, OTHER_NETWORK, why, ANY_CONTAINER)
        for network, to_network in ((one, other), (other, one))
    )


def _unrouted(network: str) -> tuple[Expectation, ...]:
    why = "no host has a route to the slices of the others yet"
    return tuple(_blocked(network, network, relation, why) for relation in (CROSS_HOST, OTHER_HOST))


def _on_lan(name: str, driver: str, mode: str, groups: tuple[str, ...], shows: str, **row: Any) -> Mode:
    """Build the row of a mode with one network, on the parent and the subnets of the LAN."""
    return Mode(name, groups, shows, (LanRow(name, driver, mode, **row),))


def _l3(mode: str, routed: bool) -> Mode:
    name = f"ipvlan-{mode}-routed" if routed else f"ipvlan-{mode}"
    shows = (
        "The parent routes instead of switching; with a route to each other host's slice everything across hosts works."
        if routed
        else "The parent routes instead of switching, and nothing crosses hosts while no host has routes to the others."
    )
    groups = ("ipvlan", f"ipvlan-{mode}", "routed") if routed else ("ipvlan",)
    lan = LanRow(name, "ipvlan", mode, "bridge", private=True)
    return Mode(name, groups, shows, (lan,), (), () if routed else _unrouted(name), routed)


MODES: tuple[Mode, ...] = (
    Mode(
        "bridge",
        ("docker", "firewall"),
        "Containers on Docker's default bridge reach each other by address, not by name. They get out by masquerading, "
        "and from other hosts nobody gets in.",
        own=(OwnRow("bridge", "bridge", "default"),),
    ),
    Mode(
        "host",
        ("docker",),
        "A container in mode host is the host: its links, its addresses.",
        own=(OwnRow("host", "host"),),
    ),
    Mode(
        "none",
        ("docker",),
        "A container without a network has only lo, and reaches nothing.",
        own=(OwnRow("none", "null"),),
    ),
    Mode(
        "container",
        ("docker", "firewall"),
        "A container that joined another one shares its links, addresses and lo. When that one dies only lo is left, "
        "until the container itself is restarted.",
        own=(OwnRow("container", "container", "bridge"),),
    ),
    Mode(
        "user-defined",
        ("docker", "firewall"),
        "On a bridge of their own containers reach each other by name, too, and nobody on another bridge.",
        own=(OwnRow("user-defined", "bridge", "user_defined"), OwnRow("another-bridge", "bridge", "user_defined")),
        expectations=_apart("user-defined", "another-bridge", "Docker keeps bridges apart"),
    ),
    _on_lan(
        "macvlan-bridge",
        "macvlan",
        "bridge",
        ("macvlan",),
        "Every container has a MAC address of its own, and the parent switches between them.",
    ),
    _on_lan(
        "macvlan-private",
        "macvlan",
        "private",
        ("macvlan", "isolation"),
        "Containers of one host do not reach each other, those of other hosts they do.",
    ),
    _on_lan(
        "macvlan-vepa",
        "macvlan",
        "vepa",
        ("macvlan",),
        "All frames go to the switch, and between containers of one host none come back unless it hairpins.",
    ),
    Mode(
        "macvlan-passthru",
        ("macvlan", "vlan"),
        "A container takes over the whole parent, here a VLAN link; the kernel refuses a second one.",
        (LanRow("macvlan-passthru", "macvlan", PASSTHRU, private=True, vlan=0, internal=True),),
        links=("vlan",),
    ),
    Mode(
        "vlan",
        ("vlan",),
        "Docker makes a VLAN link for each network and removes it with the network; two VLANs do not see each other.",
        (
            LanRow("vlan-macvlan", "macvlan", "bridge", private=True, half=0, vlan=0, internal=True),
            LanRow("vlan-ipvlan", "ipvlan", "l2", "bridge", private=True, half=1, vlan=1, internal=True),
        ),
        expectations=_apart("vlan-macvlan", "vlan-ipvlan", "two VLANs do not see each other"),
        links=("vlan",),
    ),
    _on_lan(
        "ipvlan-l2",
        "ipvlan",
        "l2",
        ("ipvlan",),
        "One MAC address per host: everybody reaches everybody, only a host and its own containers do not.",
        flag="bridge",
    ),
    _on_lan(
        "ipvlan-l2-private",
        "ipvlan",
        "l2",
        ("ipvlan", "isolation"),
        "Containers of one host do not reach each other, those of other hosts they do.",
        flag="private",
    ),
    _l3("l3", routed=False),
    _l3("l3", routed=True),
    _l3("l3s", routed=False),
    _l3("l3s", routed=True),
    Mode(
        "no-parent",
        ("isolation",),
        "Without a parent a network ends at its host, and is really isolated.",
        (
            LanRow("no-parent-macvlan", "macvlan", "bridge", private=True, half=0, parent=False, internal=True),
            LanRow("no-parent-ipvlan", "ipvlan", "l2", "bridge", private=True, half=1, parent=False, internal=True),
        ),
        links=("dummy",),
    ),
    _on_lan(
        "internal",
        "ipvlan",
        "l2",
        ("ipvlan", "isolation"),
        "An internal network with a parent is not isolated: it lacks the default route only, other hosts are in reach.",
        flag="bridge",
        internal=True,
    ),
)
BY_NAME = {mode.name: mode for mode in MODES}
