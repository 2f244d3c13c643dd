# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to a section, while it arrives."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._gathered import Ending, Gathered, told
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import Outcome, outcome_of

from tests.unit.plugins.modes import HEALTHY, HOSTS, Odd, own_mesh, own_results

END = Ending({}, set(HOSTS), "the run ended")
BOOM = Loss("failed", "Build: boom")


def gathered(odd: Odd = HEALTHY, *without: str) -> Gathered:
    found, mesh = Gathered(), own_mesh("bridge", "bridge", odd=odd)
    found.found("1", mesh)
    for host, result in own_results(mesh, odd).items():
        if host not in without:
            found.answered(host, "1", outcome_of(result))
    return found


def losses_of(of: Gathered, ending: Ending = END) -> dict[str, Any]:
    return {host: outcome.loss for host, outcome in of.section(ending, in_step=True).outcomes.items() if outcome.loss}


def test_what_arrived_is_in_the_section() -> None:
    section = gathered().section(END, in_step=True)
    assert section.mesh["networks"][0]["name"] == "bridge"
    assert [outcome.method for outcome in section.outcomes.values()] == ["netns"] * 3
    assert losses_of(gathered()) == {}


def test_what_is_missing_has_a_reason() -> None:
    assert losses_of(gathered(HEALTHY, "host2")) == {"host2": Loss("failed", "the run ended before ping_mesh")}
    assert losses_of(gathered(HEALTHY, "host2"), END._replace(losses={"host2": BOOM})) == {"host2": BOOM}


def test_why_a_host_failed_to_probe_is_kept_and_what_it_brought_before_is_not_lost() -> None:
    found = gathered(HEALTHY, "host2")
    for host in ("host2", "host3"):
        found.failed(host, "1", BOOM)
    assert losses_of(found) == {"host2": BOOM}


def test_a_host_that_was_lost_before_the_mesh_is_told_with_what_is_known_now() -> None:
    found = gathered(Odd(lost={"host2": ("failed", "lost before it could be asked")}))

    def row(ending: Ending) -> Any:
        return found.section(ending, in_step=True).mesh["hosts"][1]

    assert row(END)["detail"] == "lost before it could be asked"
    assert row(END._replace(losses={"host2": BOOM}))["detail"] == "Build: boom"
    assert row(END._replace(heard={"host1"}))["detail"] == "the run ended before this host was asked"


def test_another_mesh_of_the_same_maker_makes_what_there_was_worthless() -> None:
    found = gathered()
    found.checks = [{}]
    found.found("1", own_mesh("bridge", "bridge"))
    assert (len(found.probed), found.checks) == (3, [{}])
    found.found("1", own_mesh("bridge", "bridge", hosts=HOSTS[:2]))
    assert (found.probed, found.checks) == ({}, [])


def test_batches_keep_what_they_brought_and_the_last_mesh_counts() -> None:
    found = gathered()
    found.found("2", own_mesh("bridge", "bridge", hosts=HOSTS[1:]))
    section = found.section(END, in_step=True)
    assert [host["name"] for host in section.mesh["hosts"]] == ["host2", "host3"]
    records = section.outcomes["host2"].records
    assert records is not None
    assert records.pairs == 3 * 5


def test_out_of_step_the_mesh_that_knows_most_counts() -> None:
    found = gathered()
    found.found("1 host2", own_mesh("bridge", "bridge", odd=Odd(lost={"host1": ("failed", "not yet")})))
    assert not any(host["lost"] for host in found.section(END, in_step=False).mesh["hosts"])
    assert found.section(END, in_step=True).mesh["hosts"][0]["lost"]


def test_an_equal_mesh_is_known() -> None:
    mesh = own_mesh("bridge", "bridge")
    assert gathered().knows(mesh) == mesh
    assert gathered().knows(own_mesh("host", "host")) is None


def test_what_a_host_observed_comes_with_its_mesh() -> None:
    found = gathered(HEALTHY, "host2").observed_by("host1")
    assert found is not None
    assert found[0]["section"] == "bridge"
    assert isinstance(found[1], Outcome)
    assert gathered(HEALTHY, "host2").observed_by("host2") is None


def test_a_lost_host_is_told_in_three_keys() -> None:
    assert told(BOOM) == {"lost": True, "reason": "failed", "detail": "Build: boom"}
