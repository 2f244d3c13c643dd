# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""routes as a process, in real network namespaces."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from tests.unit.plugins.lan import Lan
from tests.unit.plugins.module_runner import run_module

TWO = ("192.168.56.144/28", "192.168.56.12")
THREE = ("192.168.56.160/28", "192.168.56.13")
SIX = ("2001:db8::2:0/112", "2001:db8::12")
NOTHING = {"added": [], "removed": [], "kept": []}


def row(route: tuple[str, str | None], link: str = "eth0") -> dict[str, Any]:
    """Build one route, as it is asked for and as it is returned."""
    return {"destination": route[0], "gateway": route[1], "link": link}


def line(route: tuple[str, str], link: str = "eth0") -> str:
    """Build a line of the diff."""
    return f"{route[0]} via {route[1]} dev {link}\n"


def routes(
    lan: Lan, *wanted: dict[str, Any], check: bool = False, within: Sequence[str] = (), **params: Any
) -> dict[str, Any]:
    """Run the module in station a, by the command ``within``."""
    arguments = {"routes": list(wanted), **params}
    return run_module("routes", arguments, check=check, within=["nsenter", f"--net={lan.path('a')}", *within])


def table(lan: Lan) -> list[str]:
    """List all routes of station a, with what tells whose they are."""
    lines: list[str] = []
    for family in ("-4", "-6"):
        command = ["ip", family, "-n", f"{lan.prefix}-a", "-d", "route", "show"]
        lines += subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout.splitlines()
    return [text.strip() for text in lines]


def ours(lan: Lan) -> list[str]:
    """List the routes of station a that carry our protocol, by destination."""
    return [text.split()[1] for text in table(lan) if " proto 111 " in text]


def station(lan: Lan) -> None:
    """Make station a, with both families and a second link."""
    lan.add_station("a", "192.168.56.11/24", "2001:db8::11/64")
    lan.within("a", *"ip link add eth1 type veth peer name eth2".split())
    for link in ("eth1", "eth2"):
        lan.within("a", "ip", "link", "set", link, "up")
    lan.within("a", *"ip address add 198.51.100.11/24 dev eth1".split())


def add(lan: Lan, route: tuple[str, str], *more: str) -> None:
    """Add a route to station a in somebody else's name."""
    lan.within("a", "ip", "route", "add", route[0], "via", route[1], *more)


def values(result: dict[str, Any]) -> dict[str, Any]:
    """Pick what the result says about routes."""
    return {key: result[key] for key in (*NOTHING, "changed", "diff")}


def test_routes_of_both_families_are_added_once(lan: Lan) -> None:
    station(lan)
    wanted = [row(SIX), row(TWO)]
    expected = [row(TWO), row(SIX)]
    foreseen = routes(lan, *wanted, check=True)
    assert ours(lan) == []
    done = routes(lan, *wanted)
    after = line(TWO) + line(SIX)
    assert values(done) == {**NOTHING, "changed": True, "added": expected, "diff": {"before": "", "after": after}}
    assert values(foreseen) == values(done)
    assert ours(lan) == [TWO[0], SIX[0]]
    again = {**NOTHING, "changed": False, "kept": expected, "diff": {"before": after, "after": after}}
    assert values(routes(lan, *wanted)) == values(routes(lan, *wanted, check=True)) == again


def test_the_mark_is_what_ip_route_shows(lan: Lan) -> None:
    station(lan)
    routes(lan, row(TWO), row(SIX))
    shown = [text for text in table(lan) if " proto 111 " in text]
    assert shown[0] == "unicast 192.168.56.144/28 via 192.168.56.12 dev eth0 proto 111 scope global"
    assert shown[1].startswith("unicast 2001:db8::2:0/112 via 2001:db8::12 dev eth0 proto 111 scope global metric 1024")


def test_the_routes_of_an_experiment_are_apart_from_those_of_lans(lan: Lan) -> None:
    station(lan)
    routes(lan, row(TWO))
    done = routes(lan, row(THREE), row(SIX), protocol=112)
    assert (done["added"], done["removed"], done["kept"]) == ([row(THREE), row(SIX)], [], [])
    assert next(text for text in table(lan) if " proto 112 " in text).startswith(f"unicast {line(THREE).strip()}")
    assert ours(lan) == [TWO[0]]
    gone = routes(lan, protocol=112)
    assert (gone["added"], gone["removed"], gone["kept"]) == ([], [row(THREE), row(SIX)], [])
    assert ours(lan) == [TWO[0]]
    assert not [text for text in table(lan) if " proto 112 " in text]


def test_what_is_not_wanted_any_more_goes_and_what_leads_elsewhere_is_replaced(lan: Lan) -> None:
    station(lan)
    old6, new6 = row(SIX), row((SIX[0], "fe80::12"), "eth1")
    routes(lan, row(TWO), row(THREE), old6)
    new = row((TWO[0], "192.168.56.14"))
    foreseen = routes(lan, new, new6, check=True)
    assert ours(lan) == [TWO[0], THREE[0], SIX[0]]
    done = routes(lan, new, new6)
    assert (done["added"], done["removed"], done["kept"]) == ([new, new6], [row(TWO), row(THREE), old6], [])
    assert done["diff"]["before"] == line(TWO) + line(THREE) + line(SIX)
    assert done["diff"]["after"] == line((TWO[0], "192.168.56.14")) + line((SIX[0], "fe80::12"), "eth1")
    assert values(foreseen) == values(done)
    assert ours(lan) == [TWO[0], SIX[0]]
    assert routes(lan, new, new6)["changed"] is False


def test_without_routes_all_of_ours_go_and_others_stay(lan: Lan) -> None:
    station(lan)
    add(lan, ("192.168.56.176/28", "192.168.56.14"), "proto", "static")
    add(lan, ("2001:db8::3:0/112", "2001:db8::13"), "proto", "bgp", "metric", "20")
    add(lan, TWO, "table", "7", "proto", "111")
    before = table(lan)
    routes(lan, row(TWO), row(SIX))
    lan.within("a", *"ip route add 192.168.56.192/28 dev eth0 proto 111".split())
    assert len(ours(lan)) == 3
    result = run_module("routes", {}, within=["nsenter", f"--net={lan.path('a')}"])
    assert result["removed"] == [row(TWO), row(("192.168.56.192/28", None)), row(SIX)]
    assert table(lan) == before
    assert routes(lan) == {**result, "changed": False, **NOTHING, "diff": {"before": "", "after": ""}, **invocation([])}
    lan.within("a", *"ip route flush table 7".split())


def invocation(wanted: list[dict[str, Any]]) -> dict[str, Any]:
    """Build what Ansible adds to every result."""
    return {"invocation": {"module_args": {"routes": wanted, "purge": True, "protocol": 111}}}


def test_without_purge_ours_to_other_destinations_stay(lan: Lan) -> None:
    station(lan)
    routes(lan, row(TWO), row(THREE))
    new = row((TWO[0], "192.168.56.14"))
    done = routes(lan, new, purge=False)
    assert (done["added"], done["removed"], done["kept"]) == ([new], [row(TWO)], [row(THREE)])
    assert ours(lan) == [TWO[0], THREE[0]]


@pytest.mark.parametrize("more", [("proto", "static"), ("proto", "bgp", "metric", "20"), ("metric", "3000")])
@pytest.mark.parametrize("route", [TWO, SIX], ids=["ipv4", "ipv6"])
def test_an_identical_route_of_somebody_else_will_do(lan: Lan, route: tuple[str, str], more: tuple[str, ...]) -> None:
    station(lan)
    add(lan, route, *more)
    before = table(lan)
    result = routes(lan, row(route))
    assert (result["changed"], result["kept"]) == (False, [row(route)])
    assert routes(lan)["changed"] is False
    assert table(lan) == before


def test_ours_makes_way_for_an_identical_one_of_somebody_else(lan: Lan) -> None:
    station(lan)
    routes(lan, row((TWO[0], "192.168.56.14")))
    add(lan, TWO, "proto", "bgp", "metric", "20")
    result = routes(lan, row(TWO))
    assert (result["added"], result["kept"]) == ([], [row(TWO)])
    assert result["removed"] == [row((TWO[0], "192.168.56.14"))]
    assert ours(lan) == []


@pytest.mark.parametrize("check", [False, True])
def test_what_somebody_else_leads_elsewhere_is_refused_all_at_once(lan: Lan, check: bool) -> None:
    station(lan)
    add(lan, (TWO[0], "192.168.56.99"), "proto", "bgp", "metric", "20")
    add(lan, (SIX[0], "fe80::12"), "dev", "eth1")
    lan.within("a", *"ip route add blackhole 192.168.56.176/28".split())
    before = table(lan)
    hole = row(("192.168.56.176/28", "192.168.56.14"))
    result = routes(lan, row(THREE), row(TWO), row(SIX), hole, check=check)
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert [problem["destination"] for problem in result["problems"]] == [TWO[0], hole["destination"], SIX[0]]
    for words in (
        "nothing was changed",
        f"{TWO[0]}: somebody else's route leads there, which is not via 192.168.56.12 dev eth0: 192.168.56.144/28",
        " via 192.168.56.99 dev eth0 proto bgp metric 20. Cure: ",
        ": 2001:db8::2:0/112 via fe80::12 dev eth1 proto boot metric 1024. Cure: ",
        ": blackhole 192.168.56.176/28 proto boot metric 0. Cure: ",
    ):
        assert words in result["msg"]
    assert table(lan) == before


def test_a_route_with_several_ways_is_somebody_elses(lan: Lan) -> None:
    station(lan)
    for route, others in ((TWO, ("192.168.56.12", "192.168.56.13")), (SIX, ("2001:db8::12", "2001:db8::13"))):
        ways = " ".join(f"nexthop via {other} dev eth0" for other in others)
        lan.within("a", "ip", "route", "add", route[0], "proto", "111", *ways.split())
    before = table(lan)
    result = routes(lan, row(TWO), row(SIX))
    assert result["reason"] == "refused"
    assert "via 192.168.56.12 dev eth0 and via 192.168.56.13 dev eth0 proto 111" in result["msg"]
    assert routes(lan)["changed"] is False
    assert table(lan) == before


def test_wrong_arguments_are_refused_together_and_nothing_is_changed(lan: Lan) -> None:
    station(lan)
    bad = [row(("192.168.56.177/28", "192.168.56.12")), row(SIX, "eth7"), row(THREE), row(THREE)]
    result = routes(lan, row(TWO), *bad, row(("192.168.56.192/28", "192.168.56.11")))
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert [(problem["destination"], problem["problem"]) for problem in result["problems"]] == [
        ("192.168.56.177/28", "the destination has host bits set"),
        (SIX[0], "the link eth7 does not exist on this host"),
        ("192.168.56.192/28", "the gateway 192.168.56.11 is this host's own address"),
        (THREE[0], "the destination is there more than once"),
    ]
    first = (
        "192.168.56.177/28: the destination has host bits set. Cure: write 192.168.56.176/28, or the network that is"
    )
    assert result["msg"].startswith(f"The routes are refused, nothing was changed.\n{first} meant.\n")
    assert ours(lan) == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ((TWO, SIX), (THREE[0], "203.0.113.1")),
        ((TWO, THREE), (SIX[0], "2001:db8:9::1")),
    ],
    ids=["ipv4", "ipv6"],
)
def test_a_refusal_of_the_kernel_half_way_undoes_what_was_done(
    lan: Lan, good: tuple[tuple[str, str], ...], bad: tuple[str, str]
) -> None:
    station(lan)
    old = [row(("192.168.56.144/28", "192.168.56.99")), row(("192.168.56.208/28", "192.168.56.98"))]
    old.append(row((bad[0], "2001:db8::99" if ":" in bad[0] else "192.168.56.99")))
    routes(lan, *old)
    before = table(lan)
    result = routes(lan, *map(row, good), row(("192.168.56.0/26", "192.168.56.12")), row(bad))
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert result["msg"].startswith(
        f"The route {bad[0]} via {bad[1]} dev eth0 could not be added: "
        f"the host does not reach the gateway {bad[1]} directly on the link eth0 (the kernel says: "
    )
    assert "Cure: check gateway and link" in result["msg"]
    assert result["msg"].endswith("What had been changed before was undone.")
    assert sorted(table(lan)) == sorted(before)


def test_a_refusal_of_the_first_step_says_that_nothing_was_changed(lan: Lan) -> None:
    station(lan)
    result = routes(lan, row((TWO[0], "203.0.113.1")))
    assert (result["reason"], ours(lan)) == ("change_failed", [])
    assert result["msg"].endswith("Nothing had been changed before.")


def test_what_cannot_be_undone_is_told(lan: Lan) -> None:
    station(lan)
    lan.within("a", *"ip address add 203.0.113.11/24 dev eth0".split())
    routes(lan, row((TWO[0], "203.0.113.12")), row(THREE))
    lan.within("a", *"ip address delete 203.0.113.11/24 dev eth0".split())
    result = routes(lan, row((TWO[0], "203.0.113.13")), row(THREE))
    assert result["reason"] == "change_failed"
    assert result["msg"].splitlines()[-1] == (
        "- 192.168.56.144/28 via 203.0.113.12 dev eth0 was removed, and is not back "
        "(the kernel says: Network is unreachable)"
    )
    assert ours(lan) == [THREE[0]]


def test_without_permission_it_says_what_it_needs_and_check_mode_does_not_need_it(lan: Lan) -> None:
    if not shutil.which("setpriv"):
        pytest.skip("taking a capability away needs setpriv")
    station(lan)
    plain = ["setpriv", "--bounding-set=-net_admin"]
    assert routes(lan, row(TWO), check=True, within=plain)["changed"] is True
    result = routes(lan, row(TWO), within=plain)
    assert (result["failed"], result["reason"]) == (True, "failed")
    assert result["msg"] == (
        "Changing routes needs root (CAP_NET_ADMIN) on this host. Cure: run the task with become: true"
    )


def test_many_routes_are_one_call(lan: Lan) -> None:
    station(lan)
    wanted = [row((f"10.{number // 256}.{number % 256}.0/28", "192.168.56.12")) for number in range(500)]
    assert len(routes(lan, *wanted)["added"]) == 500
    assert len(routes(lan, *wanted)["kept"]) == 500
    assert len(routes(lan)["removed"]) == 500
