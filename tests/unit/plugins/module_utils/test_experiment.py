# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to an experiment, and what is refused: pure decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _experiment
from ansible_collections.dockerlan.fleet.plugins.module_utils._experiment import LABEL, Found, Wanted
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.sampled_from(["lan", "web", "guest", "sidecar"])
LABELS = st.one_of(st.just({}), st.just({"other": "lan"}), NAMES.map(lambda name: {LABEL: name}))


def network(name: str, labels: dict[str, str]) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "driver": "macvlan", "labels": labels}


def listed(name: str, labels: dict[str, str] | None, networks: Sequence[str] = (), mode: str = "lan") -> dict[str, Any]:
    attached = {one: {"NetworkID": f"id-{one}"} for one in networks}
    return {
        "Id": f"id-{name}",
        "Names": [f"/{name}"],
        "Labels": labels,
        "HostConfig": {"NetworkMode": mode},
        "NetworkSettings": {"Networks": attached},
    }


@st.composite
def hosts(draw: st.DrawFn) -> Found:
    """Draw a host with networks and containers, labelled or not, attached or not."""
    networks = [network(name, draw(LABELS)) for name in draw(st.lists(NAMES, unique=True))]
    names = [one["name"] for one in networks]
    containers = [
        listed(name, draw(LABELS), draw(st.lists(st.sampled_from(names), unique=True)) if names else [])
        for name in draw(st.lists(NAMES, unique=True))
    ]
    return Found(networks, containers)


def wanted(*containers: tuple[str, str], networks: Sequence[str] = ("lan",), **more: Any) -> Wanted:
    rows = [{"name": name, "network": network, "starts": True} for name, network in containers]
    return Wanted("lan", "image", [network(name, {}) for name in networks], rows, **more)


def labels_in(found: Found) -> list[str | None]:
    rows = [*(one["labels"] for one in found.networks), *(one["Labels"] for one in found.containers)]
    return [row.get(LABEL) for row in rows]


@given(hosts(), NAMES)
def test_an_experiment_is_what_has_its_label_and_nothing_else(found: Found, name: str) -> None:
    mine, all_of_them = _experiment.part_of(found, name), _experiment.part_of(found, None)
    assert labels_in(mine) == [label for label in labels_in(found) if label == name]
    assert labels_in(all_of_them) == [label for label in labels_in(found) if label is not None]


def test_a_container_without_labels_is_somebody_elses() -> None:
    assert _experiment.part_of(Found([], [listed("web", None)]), None) == Found([], [])


@given(hosts())
def test_clashes_and_leftovers_are_together_all_that_has_one_of_the_names(found: Found) -> None:
    asked = wanted(("web", "lan"), ("lan", "lan"))
    mine = _experiment.part_of(found, "lan")
    rows = _experiment.clashes(asked, found)
    assert [row.name for row in rows] == [
        *(one["name"] for one in found.networks if one["name"] == "lan" and one not in mine.networks),
        *(
            name
            for one in found.containers
            for name in [one["Names"][0][1:]]
            if name in ("web", "lan") and one not in mine.containers
        ),
    ]


@given(hosts(), st.one_of(st.none(), NAMES))
def test_guests_are_those_that_would_lose_their_network(found: Found, name: str | None) -> None:
    part = _experiment.part_of(found, name)
    staying = [one for one in found.containers if one not in part.containers]
    for one in part.networks:
        guests = sorted(
            other["Names"][0][1:] for other in staying if one["name"] in other["NetworkSettings"]["Networks"]
        )
        rows = [row for row in _experiment.guests(part, found) if row.name == one["name"]]
        assert [row.problem.rpartition(": ")[2] for row in rows] == ([", ".join(guests)] if guests else [])


@pytest.mark.parametrize("own", ["bridge", "host", "none", "lan"])
def test_an_experiment_that_fits_together(own: str) -> None:
    asked = wanted(
        ("one", own),
        ("two", "container:one"),
        names=[{"source": "one", "target": "two"}],
        steps=[{"do": "kill", "container": "one"}],
    )
    assert _experiment.flaws(asked) == []


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ("container:nobody", "'nobody', which is not before it"),
        ("container:later", "'later', which is not before it"),
        ("container:one", "'one', which is not before it"),
        ("container:", "'', which is not before it"),
        ("voice", "'voice' is neither Docker's own nor one of this experiment"),
        ("", "'' is neither Docker's own nor one of this experiment"),
    ],
)
def test_a_container_that_has_no_place(network: str, words: str) -> None:
    [problem] = _experiment.flaws(wanted(("one", network), ("later", "lan")))
    assert problem.name == "one"
    assert words in problem.problem


@pytest.mark.parametrize(
    "more",
    [
        {"names": [{"source": "ghost", "target": "one"}]},
        {"names": [{"source": "one", "target": "ghost"}]},
        {"steps": [{"do": "kill", "container": "ghost"}, {"do": "start", "container": "ghost"}]},
    ],
)
def test_a_container_that_is_only_asked_for(more: dict[str, Any]) -> None:
    [problem] = _experiment.flaws(wanted(("one", "lan"), **more))
    assert (problem.name, problem.problem) == ("ghost", "no container of this experiment has this name")


def test_options_that_were_not_given_are_left_out() -> None:
    options = {"parent": None, "macvlan_mode": "bridge"}
    spec = {**network("lan", {"dockerlan.fleet.lan": "lan"}), "options": options}
    params = {"name": "x", "image": "i", "networks": [spec], "containers": [], "names": [], "steps": [], "state": "y"}
    [made] = _experiment.wanted_of(params).networks
    assert (made["options"], made["labels"]) == ({"macvlan_mode": "bridge"}, {LABEL: "x"})


def test_lines_name_the_container_that_was_joined() -> None:
    mine = {LABEL: "lan"}
    found = Found(
        [network("lan", mine), network("office", {})],
        [listed("b", mine, mode="container:id-a"), listed("c", mine, mode="container:id-gone"), listed("a", mine)],
    )
    assert _experiment.lines_of_found(_experiment.part_of(found, "lan"), found).splitlines() == [
        "network lan (macvlan)",
        "container a (lan)",
        "container b (container:a)",
        "container c (container:id-gone)",
    ]
