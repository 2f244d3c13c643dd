# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about Docker's own kinds: each one seen to hold, and to fail."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._findings_docker import (
    bridge_addresses,
    joined,
    known_names,
    only_lo,
    stack_of_host,
)

from tests.unit.plugins.experiments import eth0, observed, planned, seen
from tests.unit.plugins.fleets import added_link

DOCKER0 = added_link("docker0", kind="bridge", addresses=["172.17.0.1/16", "fe80::1/64"])


def rows(finding: Any, name: str, facts: Any, host: str = "host1") -> list[tuple[bool, str]]:
    known = facts if "host1" in facts else {"host1": facts}
    return [(check.status == "pass", check.detail) for check in finding(planned(name), host, known)]


def bridged(*addresses: str, number: int = 11, link: Any = DOCKER0, **changes: Any) -> dict[str, Any]:
    look = [
        seen(f"dockerlan-bridge-{place}", network="bridge", ipv4=address, **changes)
        for place, address in enumerate(addresses, 1)
    ]
    facts = observed(look, number=number)
    return {**facts, "links": [*facts["links"], link]}


def test_addresses_on_the_default_bridge_are_of_its_subnet_and_repeat_on_other_hosts() -> None:
    facts = {"host1": bridged("172.17.0.2", "172.17.0.3"), "host2": bridged("172.17.0.3", number=12)}
    facts["host3"] = bridged("172.17.0.9", number=13)
    [(passed, detail)] = rows(bridge_addresses, "bridge", facts)
    assert passed
    assert detail == (
        "dockerlan-bridge-1 has 172.17.0.2 and dockerlan-bridge-2 has 172.17.0.3, from the subnet of docker0 "
        "(172.17.0.0/16); host2 gave out the same"
    )
    assert "gave out" not in rows(bridge_addresses, "bridge", facts, "host3")[0][1]


def test_an_address_from_elsewhere_fails() -> None:
    [(passed, detail)] = rows(bridge_addresses, "bridge", bridged("172.17.0.2", "10.0.0.2"))
    assert not passed
    assert detail.endswith("expected addresses from the subnet of docker0 (172.17.0.0/16)")
    other = added_link("docker1", addresses=["172.17.0.1/16"])
    assert not rows(bridge_addresses, "bridge", bridged("172.17.0.2", link=other))[0][0]


def test_the_bridge_may_have_another_name() -> None:
    facts = bridged("10.1.0.2", link=added_link("br0", addresses=["10.1.0.1/24"]))
    facts["networks"] = [{"name": "bridge", "options": {"com.docker.network.bridge.name": "br0"}}]
    assert rows(bridge_addresses, "bridge", facts)[0][0]
    assert rows(bridge_addresses, "bridge", bridged("172.17.0.2", running=False)) == []


def named(name: str, *tried: Any) -> dict[str, Any]:
    look = [
        seen(item["name"], network=item["network"], ipv4=f"172.18.0.{number}")
        for number, item in enumerate(planned(name)["hosts"]["host1"]["containers"], 2)
    ]
    keys = ("source", "target", "answer", "reached", "said")
    return observed(look, names=[dict(zip(keys, one, strict=True)) for one in tried])


FIRST, SECOND = "dockerlan-bridge-1", "dockerlan-bridge-2"


@pytest.mark.parametrize(
    ("tried", "passed", "detail"),
    [
        ([(FIRST, SECOND, None, False, "bad address")], True, f"{FIRST} does not know the name {SECOND}: bad address"),
        ([(FIRST, SECOND, "172.18.0.3", True, "1 ms")], False, "it is 172.18.0.3 there (1 ms)"),
        # Whatever its address is: that it is known at all is too much.
        ([(FIRST, SECOND, "1.2.3.4", False, "100% loss")], False, "it is 1.2.3.4 there (100% loss)"),
        ([], False, "it was not tried"),
    ],
)
def test_on_the_default_bridge_no_name_is_known(tried: Any, passed: bool, detail: str) -> None:
    [row] = rows(known_names, "bridge", named("bridge", *tried))
    assert row[0] is passed
    assert row[1].endswith(detail)


PAIRS = [
    ("dockerlan-user-defined-1", "dockerlan-user-defined-2"),
    ("dockerlan-user-defined-1", "dockerlan-another-bridge-1"),
    ("dockerlan-another-bridge-1", "dockerlan-another-bridge-2"),
    ("dockerlan-another-bridge-1", "dockerlan-user-defined-1"),
]
KNOWN = [(*PAIRS[0], "172.18.0.3", True, ""), (*PAIRS[2], "172.18.0.5", True, "")]
UNKNOWN = [(*PAIRS[1], None, False, "bad address"), (*PAIRS[3], None, False, "bad address")]


def test_on_a_bridge_of_their_own_containers_know_each_other_and_nobody_else() -> None:
    facts = named("user-defined", *KNOWN, *UNKNOWN)
    checks = list(known_names(planned("user-defined"), "host1", {"host1": facts}))
    assert [check.status for check in checks] == ["pass"] * 4
    assert [check.network for check in checks] == ["user-defined"] * 2 + ["another-bridge"] * 2
    assert [(check.row()["source"], check.row()["target"]) for check in checks] == [
        (f"host1/{source}", f"host1/{target}") for source, target in PAIRS
    ]


@pytest.mark.parametrize(
    "broken",
    [
        (*PAIRS[0], "172.18.0.9", True, ""),
        (*PAIRS[0], "172.18.0.3", False, ""),
        (*PAIRS[0], None, False, "bad address"),
    ],
)
def test_a_wrong_answer_no_reply_and_no_answer_fail(broken: Any) -> None:
    facts = named("user-defined", broken, KNOWN[1], *UNKNOWN)
    assert [passed for passed, _detail in rows(known_names, "user-defined", facts)] == [False, True, True, True]


def on_host(*links: Any, **changes: Any) -> dict[str, Any]:
    return observed([seen("dockerlan-host-1", **{"namespace": 1, "links": list(links), **changes})])


def own(facts: Any) -> list[Any]:
    return [{key: item[key] for key in ("name", "mac", "addresses")} for item in facts["links"]]


def test_a_container_in_mode_host_has_what_the_host_has() -> None:
    mine = own(observed())
    # Links without an address are other containers', which come and go. One of the link only is none.
    more = [
        {"name": f"veth{number}", "mac": "", "addresses": found} for number, found in enumerate(([], ["fe80::9/64"]))
    ]
    [(passed, detail)] = rows(stack_of_host, "host", on_host(*mine, *more))
    assert passed
    assert detail.startswith("dockerlan-host-1 has the host's own links and addresses: eth0 (192.168.56.11/24, fdb2:")


def test_another_namespace_another_address_or_another_mac_fails() -> None:
    mine = own(observed())
    [(passed, detail)] = rows(stack_of_host, "host", on_host(*mine, namespace=7))
    assert (passed, detail) == (
        False,
        "dockerlan-host-1 is in a network namespace of its own, expected that of the host",
    )
    for change in ({"addresses": ["192.168.56.99/24"]}, {"mac": "02:00:00:00:00:09"}):
        assert not rows(stack_of_host, "host", on_host(mine[0], {**mine[1], **change}))[0][0]
    assert not rows(stack_of_host, "host", on_host(mine[0]))[0][0]


def test_a_container_that_cannot_be_looked_into_tells_nothing() -> None:
    for finding, name in ((stack_of_host, "host"), (only_lo, "none")):
        facts = observed([seen(f"dockerlan-{name}-1", links=None, namespace=None)])
        assert rows(finding, name, facts) == []
    # Where the namespaces are not known, links still are.
    facts = {**on_host(*own(observed())), "experiment": on_host(*own(observed()))["experiment"] | {"namespace": None}}
    assert rows(stack_of_host, "host", facts)[0][0]


def test_a_container_without_a_network_has_only_lo() -> None:
    look = [seen("dockerlan-none-1"), seen("dockerlan-none-2", eth0("172.17.0.2/16"))]
    assert rows(only_lo, "none", observed(look)) == [
        (True, "dockerlan-none-1 has only lo"),
        (False, "dockerlan-none-2 has eth0 (172.17.0.2/16), expected only lo"),
    ]


ONE, TWO = "dockerlan-container-1", "dockerlan-container-2"
LINK = eth0("172.17.0.2/16")
BOTH = [seen(ONE, LINK), seen(TWO, LINK, joined=ONE)]
KILLED = [seen(ONE, running=False, links=None, namespace=None), seen(TWO, joined=ONE)]
STARTED = [seen(ONE, LINK, namespace=8), seen(TWO, joined=ONE)]
AGAIN = [seen(ONE, LINK, namespace=8), seen(TWO, LINK, joined=ONE, namespace=8)]


def test_a_joined_container_shares_all_loses_all_and_gets_it_back() -> None:
    shared = f"{TWO} has the links, the addresses and the namespace of {ONE}, lo too: eth0 (172.17.0.2/16)"
    assert rows(joined, "container", observed(BOTH, KILLED, STARTED, AGAIN)) == [
        (True, shared),
        (True, f"after kill {ONE}: {TWO} has only lo"),
        (True, f"after start {ONE}: {TWO} has only lo"),
        (True, f"after restart {TWO}: {shared}"),
    ]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (seen(TWO, LINK), "has joined nobody, expected dockerlan-container-1"),
        (seen(TWO, LINK, joined="other"), "has joined other, expected"),
        (seen(TWO, LINK, joined=ONE, namespace=9), "is in another network namespace than dockerlan-container-1"),
        (seen(TWO, eth0("172.17.0.3/16"), joined=ONE), "expected the same"),
        (seen(TWO, eth0("172.17.0.2/16", mac="02:42:ac:11:00:03"), joined=ONE), "expected the same"),
        (seen(TWO, joined=ONE), "has only lo, dockerlan-container-1 has eth0"),
    ],
)
def test_anything_that_is_not_shared_fails(second: Any, words: str) -> None:
    found = rows(joined, "container", observed([BOTH[0], second], KILLED, STARTED, [AGAIN[0], second]))
    assert [passed for passed, _detail in found] == [False, True, True, False]
    assert words in found[0][1]


def test_two_without_a_link_do_not_share_anything() -> None:
    [(passed, _detail)] = rows(joined, "container", observed([seen(ONE), seen(TWO, joined=ONE)]))
    assert not passed


def test_a_container_that_keeps_or_regains_a_link_fails() -> None:
    kept = [KILLED[0], seen(TWO, LINK, joined=ONE)]
    found = rows(joined, "container", observed(BOTH, kept, AGAIN, AGAIN))
    assert [passed for passed, _detail in found] == [True, False, False, True]
    assert found[1][1] == f"after kill {ONE}: {TWO} has eth0 (172.17.0.2/16), expected only lo"
    died = [KILLED[0], seen(TWO, joined=ONE, running=False)]
    assert not rows(joined, "container", observed(BOTH, died))[1][0]


def test_what_nobody_could_look_into_is_left_out() -> None:
    blind = [BOTH[0], seen(TWO, joined=ONE, links=None, namespace=None)]
    assert len(rows(joined, "container", observed(BOTH, blind, STARTED, AGAIN))) == 3
    [(passed, detail)] = rows(joined, "container", observed([seen(ONE, links=None), BOTH[1]]))
    assert (passed, detail.startswith(f"{ONE} has no links")) == (False, True)
