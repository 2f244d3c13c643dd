# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong on a host ends a module with a reason and a message, and with nothing but that."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _journal
from ansible_collections.dockerlan.fleet.plugins.module_utils._module import (
    CONNECTION_OPTIONS,
    JOURNAL_OPTIONS,
    connection,
    failures_reported,
    tell,
)

errors = pytest.importorskip("docker.errors")
requests = pytest.importorskip("requests.exceptions")


def failed(error: Exception, capsys: pytest.CaptureFixture[str], **result: Any) -> dict[str, Any]:
    """Let a module run into an error, and return its result without what Ansible adds."""
    with patch_module_args({}):
        module = AnsibleModule(argument_spec=CONNECTION_OPTIONS)
        with pytest.raises(SystemExit) as ended, failures_reported(module, **result):
            raise error
    assert ended.value.code == 1
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found.pop("failed") is True
    return {name: value for name, value in found.items() if name not in ("invocation", "exception")}


@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        (_docker.HostFailureError("engine_down", "start it"), "engine_down", "start it"),
        (_journal.JournalError("remove it by hand"), "journal", "remove it by hand"),
        (errors.DockerException("it is broken"), "engine_error", "Docker says: it is broken"),
        (requests.ReadTimeout("too late"), "engine_error", "Docker says: too late"),  # an OSError too
        (OSError("no disk"), "failed", "OSError: no disk"),
        (ValueError("no number"), "failed", "ValueError: no number"),
    ],
)
def test_every_kind_of_failure_has_its_reason(
    error: Exception, reason: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failed(error, capsys) == {"reason": reason, "msg": message}
    assert failed(error, capsys, steps=[1]) == {"reason": reason, "msg": message, "steps": [1]}


def test_a_mistake_in_the_code_is_not_hidden() -> None:
    with patch_module_args({}):
        module = AnsibleModule(argument_spec=CONNECTION_OPTIONS)
    with pytest.raises(KeyError), failures_reported(module):
        raise KeyError("typo")


def told() -> object:
    """Let a module tell its result, and return how it ends."""
    with patch_module_args({}):
        module = AnsibleModule(argument_spec=CONNECTION_OPTIONS)
        with pytest.raises(SystemExit) as ended:
            tell(module, changed=True)
    return ended.value.code


def test_a_result_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert told() == 0
    assert json.loads(capsys.readouterr().out)["changed"] is True


def test_a_result_that_nobody_can_read_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as output, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", output)
        assert told() == 0


def test_where_engine_and_journal_are() -> None:
    with patch_module_args({"docker_timeout": "5"}):
        module = AnsibleModule(argument_spec={**CONNECTION_OPTIONS, **JOURNAL_OPTIONS})
    assert connection(module) == ("unix:///var/run/docker.sock", 5)
    assert module.params["state_dir"] == "/var/lib/dockerlan"
