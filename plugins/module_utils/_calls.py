# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The call of the engine's API behind each kind of step. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible_collections.dockerlan.fleet.plugins.module_utils import _compare, _docker, _steps
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Step

try:
    from docker.errors import APIError, create_api_error_from_http_exception
    from requests.exceptions import HTTPError
except ImportError:
    pass  # _docker.connected() says so, before anything here is called

_NOT_FOUND = 404


def take(engine: _docker.Engine, step: Step) -> str:
    """Take a step. Returns the id of the network that it created, else an empty text."""
    return _CALLS[step.kind](engine.client, step)


def is_about_lost_container(error: Exception) -> bool:
    """Tell whether a step failed because its container was removed meanwhile."""
    text = _docker.error_text(error).lower()
    return isinstance(error, APIError) and error.status_code == _NOT_FOUND and "no such container" in text


def _detach(client: Any, step: Step) -> str:
    client.disconnect_container_from_network(step.container_id, step.network_id)
    return ""


def _remove(client: Any, step: Step) -> str:
    client.remove_network(step.network_id)
    return ""


def _create(client: Any, step: Step) -> str:
    """Create a network. Engines up to 24 need to be told not to accept a name twice; newer ones never do."""
    spec = step.spec
    answer = client.create_network(
        spec["name"],
        driver=spec["driver"],
        options=_compare.options_of(spec),
        ipam={"Driver": "default", "Config": [_pool(pool) for pool in spec["ipam"]]},
        check_duplicate=True,
        internal=spec["internal"],
        labels=dict(spec["labels"]),
        enable_ipv6=spec["enable_ipv6"],
        attachable=bool(spec.get("attachable")),
    )
    return str(answer["Id"])


def _attach(client: Any, step: Step) -> str:
    """Connect a container; when the address that Docker once chose for it is taken by now, let Docker choose again."""
    try:
        _connect(client, step, step.settings)
    except APIError as error:
        if not (step.fallback and "already in use" in _docker.error_text(error).lower()):
            raise
        _connect(client, step, step.fallback)
    return ""


def _start(client: Any, step: Step) -> str:
    client.start(step.container_id)
    return ""


def _connect(client: Any, step: Step, settings: Mapping[str, Any]) -> None:
    """Connect a container with settings as the API has them: the SDK's own method takes only some, older ones fewer."""
    answer = client.post(
        f"{client.base_url}/v{client.api_version}/networks/{step.network_id}/connect",
        json={"Container": step.container_id, "EndpointConfig": dict(settings)},
        timeout=client.timeout,
    )
    try:
        answer.raise_for_status()
    except HTTPError as error:
        create_api_error_from_http_exception(error)  # raises what the SDK's own methods raise


def _pool(pool: Mapping[str, Any]) -> dict[str, Any]:
    """Spell a pool as the engine's API does; what is not set is left out."""
    fields = {
        "Subnet": pool["subnet"],
        "IPRange": pool.get("ip_range"),
        "Gateway": pool.get("gateway"),
        "AuxiliaryAddresses": dict(pool.get("aux_addresses") or {}),
    }
    return {name: value for name, value in fields.items() if value}


_CALLS: Mapping[str, Callable[[Any, Step], str]] = {
    _steps.DETACH: _detach,
    _steps.REMOVE: _remove,
    _steps.CREATE: _create,
    _steps.ATTACH: _attach,
    _steps.START: _start,
}
