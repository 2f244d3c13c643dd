# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done about each network, what needs consent, and what is refused whatever the consent."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _networks
from ansible_collections.dockerlan.fleet.plugins.module_utils._networks import Consent, Decision
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Goal

from tests.unit.plugins.networks import spec_of_ours

API = (1, 45)
ALL = Consent(replace=True, detach=True)


def spec(name: str, **changes: Any) -> dict[str, Any]:
    """Build a declared network whose subnet depends on its name."""
    return {**spec_of_ours(name, ord(name[0]), {"parent": "eth0"}), **changes}


def live(name: str, **changes: Any) -> dict[str, Any]:
    """Build a network as it is listed."""
    return {"id": f"id-of-{name}", "attachable": False, "other": {}, **spec(name), **changes}


def attachment(container: str, network: str, *, running: bool = True, **fixed: str) -> dict[str, Any]:
    """Build an attachment; what is not given is Docker's choice."""
    return {
        "container": container,
        "container_id": f"id-of-{container}",
        "network": network,
        "running": running,
        "restarts": False,
        "ipv4": None,
        "ipv6": None,
        "mac": None,
        "fixed": {"ipv4": None, "ipv6": None, "mac": None, **fixed},
        "settings": {},
    }


def actions(decisions: list[Decision]) -> list[tuple[str, str]]:
    """Show names and actions."""
    return [(decision.name, decision.action) for decision in decisions]


def test_the_missing_is_created_the_identical_kept_the_different_replaced() -> None:
    there = [live("kept"), live("other"), live("replaced", internal=True)]
    wanted = [spec("new"), spec("kept"), spec("replaced")]
    decisions = _networks.decide_present(wanted, there)
    assert actions(decisions) == [("new", "created"), ("kept", "kept"), ("replaced", "replaced")]
    assert [decision.row() for decision in decisions] == [
        {"name": "new", "action": "created", "id": None, "differences": []},
        {"name": "kept", "action": "kept", "id": "id-of-kept", "differences": []},
        {
            "name": "replaced",
            "action": "replaced",
            "id": "id-of-replaced",
            "differences": [{"field": "internal", "live": True, "wanted": False}],
        },
    ]
    assert _networks.refusal(decisions) == ""


@pytest.mark.parametrize("consent", [Consent(), ALL])
def test_a_name_that_is_there_twice_is_refused(consent: Consent) -> None:
    there = [live("a", id="1" * 64), live("a", id="2" * 64)]
    [decision] = _networks.decide_present([spec("a")], there)
    decision = _networks.judge(decision, [], consent, API)
    assert decision.action == "refused"
    assert _networks.refusal([decision]) == f"a: 2 networks have this name: {'1' * 12}, {'2' * 12}"


def test_an_id_is_no_name() -> None:
    [decision] = _networks.decide_present([spec("abc")], [live("x", id="abcdef")])
    assert decision.action == "created"
    [decision] = _networks.decide_absent(["abc"], [live("x", id="abcdef")])
    assert decision.action == "absent"


def test_absent_removes_ours_only_and_each_once() -> None:
    there = [live("a"), live("b", labels={}), live("c", labels={"dockerlan.fleet.lan": "x"})]
    decisions = _networks.decide_absent(["a", "b", "c", "d", "a"], there)
    assert actions(decisions) == [("a", "removed"), ("b", "refused"), ("c", "refused"), ("d", "absent")]
    judged = [_networks.judge(decision, [], ALL, API) for decision in decisions]
    assert actions(judged) == actions(decisions)
    assert _networks.refusal(judged).splitlines() == [
        "b: the network is not ours: its label dockerlan.fleet.lan is not 'b'",
        "c: the network is not ours: its label dockerlan.fleet.lan is not 'c'",
    ]
    assert [decision.row()["id"] for decision in decisions] == ["id-of-a", "id-of-b", "id-of-c", None]


def judged(
    decision: Decision, *attachments: dict[str, Any], consent: Consent = ALL, api: tuple[int, ...] = API
) -> list[str]:
    """Say why a decision is refused, line by line; nothing when it is not, and then it is as it was."""
    found = _networks.judge(decision, attachments, consent, api)
    assert (found.action == "refused") is bool(found.problems)
    assert found.problems or found == decision
    return _networks.refusal([found]).splitlines()


def replacement(**changes: Any) -> Decision:
    """Decide about a network that is to become ipvlan."""
    wanted = spec("a", driver="ipvlan", options={"parent": "eth0", "ipvlan_mode": "l2"})
    [decision] = _networks.decide_present([wanted], [live("a", **changes)])
    assert decision.action == "replaced"
    return decision


DIFFERENCES = [
    "a: driver is 'macvlan', declared is 'ipvlan'",
    "a: options.ipvlan_flag is not set, declared is 'bridge'",
    "a: options.ipvlan_mode is not set, declared is 'l2'",
    "a: options.macvlan_mode is 'bridge', declared is not set",
]


def test_a_replacement_needs_consent_and_names_all_differences_and_whom_it_interrupts() -> None:
    on = [attachment("web", "a"), attachment("old", "a", running=False), attachment("far", "b")]
    lines = judged(replacement(), *on, consent=Consent(detach=True))
    assert lines == [
        *DIFFERENCES,
        (
            "a: replacing it would interrupt old (stopped), web (running). Declare it as it is, or allow it with "
            "allow_replace"
        ),
    ]
    assert judged(replacement(), *on, consent=Consent(replace=True)) == []


def test_a_replacement_without_containers_needs_consent_too() -> None:
    [*_differences, line] = judged(replacement(), consent=Consent())
    assert line.startswith("a: replacing it would interrupt no container. ")


def test_what_could_not_be_put_back_is_refused_whatever_the_consent() -> None:
    lines = judged(replacement(other={"ipam_driver": "dhcp", "config_only": True}))
    assert lines[-1] == (
        "a: the network could not be put back as it is: config_only is True, ipam_driver is 'dhcp'. "
        "Remove it by hand and run again"
    )


def test_a_fixed_address_that_the_new_network_has_not_is_refused_whatever_the_consent() -> None:
    on = [attachment("web", "a", ipv4="10.9.9.9"), attachment("far", "b", ipv4="10.9.9.9")]
    lines = judged(replacement(), *on)
    assert lines == [
        *DIFFERENCES,
        (
            "a: web has the fixed address 10.9.9.9, which is not in 10.0.97.0/24. Make the container anew with another "
            "address"
        ),
    ]


def test_all_reasons_are_given_at_once() -> None:
    on = [attachment("web", "a", ipv4="10.9.9.9"), attachment("db", "a", ipv4="10.0.97.1")]
    lines = judged(replacement(other={"scope": "swarm"}), *on, consent=Consent())
    assert [line.split(": ")[1].split(" ")[0] for line in lines[-4:]] == ["replacing", "the", "web", "db"]


def removal() -> Decision:
    """Decide about a network that is to go."""
    [decision] = _networks.decide_absent(["a"], [live("a")])
    return decision


def test_a_removal_needs_consent_where_containers_are_attached() -> None:
    on = [attachment("web", "a"), attachment("old", "a", running=False)]
    assert judged(removal(), *on, consent=Consent(replace=True)) == [
        "a: containers are attached: old (stopped), web (running). Remove them first, or allow it with allow_detach"
    ]
    assert judged(removal(), *on, consent=Consent(detach=True)) == []
    assert judged(removal(), attachment("far", "b"), consent=Consent()) == []


@pytest.mark.parametrize("action", ["created", "kept", "absent"])
def test_nothing_else_needs_consent(action: str) -> None:
    assert judged(Decision("a", action, spec("a")), attachment("web", "a"), consent=Consent()) == []


def test_the_goals_have_what_changes_and_nothing_else() -> None:
    there = [live("gone"), live("kept"), live("replaced", internal=True)]
    decisions = [
        *_networks.decide_present([spec("new"), spec("kept"), spec("replaced")], there),
        *_networks.decide_absent(["gone", "never"], there),
    ]
    on = [attachment("web", "gone"), attachment("web", "replaced"), attachment("db", "replaced")]
    before, after = _networks.goals(decisions, on)
    without_id = {key: value for key, value in live("replaced", internal=True).items() if key != "id"}
    gone = {key: value for key, value in live("gone").items() if key != "id"}
    assert before == Goal([without_id, gone], ["new"], on)
    assert after == Goal([spec("new"), spec("replaced")], ["gone"], on[1:])
    assert [network["name"] for network in _networks.going(decisions)] == ["replaced", "gone"]


def test_without_changes_the_goals_say_nothing() -> None:
    decisions = [*_networks.decide_present([spec("a")], [live("a")]), *_networks.decide_absent(["b"], [])]
    before, after = _networks.goals(decisions, [])
    assert (before.names(), after.names()) == ([], [])
    assert _networks.going(decisions) == []
