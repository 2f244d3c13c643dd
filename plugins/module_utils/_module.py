# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules share: options of the connection, and errors as results. PRIVATE to the collection."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Iterator

from ansible_collections.dockerlan.fleet.plugins.module_utils import _docker, _journal
from ansible_collections.dockerlan.fleet.plugins.module_utils._errors import translate

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

# Documented in doc_fragments/docker.py.
CONNECTION_OPTIONS: dict[str, Any] = {
    "docker_host": {"type": "str", "default": "unix:///var/run/docker.sock"},
    "docker_timeout": {"type": "int", "default": 60},
}
# Documented in doc_fragments/journal.py.
JOURNAL_OPTIONS: dict[str, Any] = {"state_dir": {"type": "path", "default": "/var/lib/dockerlan"}}


@contextmanager
def failures_reported(module: AnsibleModule, **result: Any) -> Iterator[None]:
    """End the module with a message instead of a traceback when the host or its engine fails; ``result`` is added."""
    try:
        yield
    except _docker.HostFailureError as error:
        module.fail_json(msg=str(error), reason=error.reason, **result)
    except _journal.JournalError as error:
        module.fail_json(msg=str(error), reason="journal", **result)
    except _docker.ENGINE_ERRORS as error:
        module.fail_json(msg=translate(_docker.error_text(error)), reason="engine_error", **result)
    except (OSError, ValueError) as error:
        module.fail_json(msg=f"{type(error).__name__}: {error}", reason="failed", **result)


def tell(module: AnsibleModule, **result: Any) -> None:
    """End the module with its result. That nobody reads it, as the connection is lost, fails nothing that was done."""
    try:
        try:
            module.exit_json(**result)
        finally:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes again when it ends
        raise SystemExit(0) from None


def connection(module: AnsibleModule) -> tuple[str, int]:
    """Read the options of the connection, as ``_docker.connected`` takes them."""
    return module.params["docker_host"], module.params["docker_timeout"]
