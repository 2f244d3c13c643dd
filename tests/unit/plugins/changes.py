# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of all kinds of steps on an engine that is only its API, and what there is to see of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _journal, _networks, _steps, _transaction
from ansible_collections.dockerlan.fleet.plugins.module_utils._attachments import attachments_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Goal
from ansible_collections.dockerlan.fleet.plugins.module_utils._transaction import Host

from tests.unit.plugins.fake_daemon import FakeDaemon
from tests.unit.plugins.fake_engine import FakeEngine
from tests.unit.plugins.networks import body_of, spec_of_ours


def spec(name: str, driver: str = "macvlan", parent: str = "eth0", slice_: int = 16) -> dict[str, Any]:
    """Build a network of ours, whose subnet follows from its name."""
    options = {"parent": parent, f"{driver}_mode": "bridge" if driver == "macvlan" else "l2"}
    return spec_of_ours(name, ord(name[0]), options, driver=driver, slice_=slice_)


BEFORE = [spec("a"), spec("b", parent="eth1")]
AFTER = [spec("a", "ipvlan"), spec("c", parent="eth1")]


class Clock:
    """Time that passes when somebody sleeps, so that nobody has to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.wake: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        """Tell the time, a bit later each time."""
        self.now += 0.001
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.wake()


def prepare(engine: FakeDaemon) -> None:
    """Add the networks, and containers: fixed with an alias, dynamic, stopped; the first is on both networks."""
    for network in BEFORE:
        engine.create_network(body_of(network))

    def entry(address: str | None, *aliases: str) -> dict[str, Any]:
        asked = {"IPv4Address": address} if address else {}
        return {"IPAMConfig": asked, "Aliases": [*aliases], "NetworkID": "", "EndpointID": ""}

    engine.add_container("fixed", 0, {"a": entry("10.0.97.30", "www"), "b": entry("10.0.98.30")}, restart="always")
    engine.add_container("dynamic", 0, {"a": entry(None)}, restart="always")
    engine.add_container("stopped", 0, {"a": entry("10.0.97.31")})
    engine.start("fixed")
    engine.start("dynamic")


def goals(engine: FakeDaemon, wanted: list[dict[str, Any]], absent: list[str]) -> tuple[Goal, Goal]:
    """Decide as the module does."""
    live = sorted((_answers.spec_of(network) for network in engine.networks), key=lambda one: str(one["name"]))
    decisions = _networks.decide(wanted, absent, live)
    return _networks.goals(decisions, attachments_of(engine.containers, _networks.going(decisions)))


def mixed(engine: FakeDaemon) -> tuple[Goal, Goal]:
    """Replace a, remove b, create c."""
    return goals(engine, AFTER, ["b"])


def state(engine: FakeEngine) -> Any:
    """Show everything that a user could notice, without ids."""
    specs = [_answers.spec_of(network) for network in engine.networks]
    networks = {spec["name"]: {key: value for key, value in spec.items() if key != "id"} for spec in specs}
    fields = ("network", "running", "ipv4", "settings")
    rows = attachments_of(engine.containers, specs)
    return networks, {
        container["Name"]: (
            container["State"]["Pid"] > 0,
            sorted([row[field] for field in fields] for row in rows if row["container_id"] == container["Id"]),
        )
        for container in engine.containers
    }


def journal(host: Host) -> bool:
    """Tell whether there is a journal."""
    return (host.state_dir / "journal.json").exists()


def listed() -> list[_steps.Step]:
    """List the steps of the mixed change, as the code does: each fault below is tried at each of them."""
    daemon = FakeDaemon()
    prepare(daemon)
    networks = [_answers.spec_of(network) for network in daemon.networks]
    old, new = mixed(daemon)
    return _steps.steps_to(new, old, _steps.Live(networks, {one["Id"]: one for one in daemon.containers}))


STEPS = listed()
every_step = pytest.mark.parametrize(
    "number", range(1, len(STEPS) + 1), ids=[f"{step.kind}-{step.container or step.network}" for step in STEPS]
)
# From the first attach on a change that breaks off is finished.
FIRST_FORWARD = [step.kind for step in STEPS].index(_steps.ATTACH) + 1


def recovered(engine: FakeEngine, host: Host, before: Any) -> None:
    """Recover, and see that one end is there in full: the new one, once it was the goal."""
    entry = _journal.read(host.state_dir, lambda: "engine-1")
    assert entry is not None
    foreseen = _transaction.unfinished(host)
    assert journal(host)
    done = _transaction.recover(host)
    assert foreseen is not None
    assert done is not None
    assert (done.goal, [step.row() for step in done.steps]) == (foreseen.goal, [step.row() for step in foreseen.steps])
    if done.goal == _journal.OLD:
        assert state(engine) == before
    else:
        assert {one["Name"]: one["Driver"] for one in engine.networks} == {"a": "ipvlan", "c": "macvlan"}
    assert not journal(host)
    assert _transaction.recover(host) is None
    assert _transaction.unfinished(host) is None
