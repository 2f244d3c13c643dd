# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to the Docker Engine of this host. PRIVATE to the collection.

Only the low-level client is used: one method is one call of the engine's API.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterable, Iterator, Mapping, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers

try:
    import docker
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException
except ImportError as error:
    IMPORT_ERROR = str(error)
    ENGINE_ERRORS: tuple[type[Exception], ...] = ()
else:
    IMPORT_ERROR = ""
    ENGINE_ERRORS = (DockerException, RequestException)  # everything that a call of the client may raise

OLDEST_ENGINE = (20, 10)
OLDEST_SDK = (5, 0, 0)
_NOT_FOUND = 404


class Engine(NamedTuple):
    """A client of the engine, and the engine's answer about its version."""

    client: Any
    version: Mapping[str, Any]


class HostFailureError(Exception):
    """The host cannot do what it is asked: a machine-readable reason, and a sentence with cause and cure."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@contextmanager
def connected(docker_host: str, timeout: int) -> Iterator[Engine]:
    """Lend a connection to the engine at ``docker_host``; ``timeout`` in seconds is for each call.

    HostFailureError with the reason ``sdk_missing``, ``sdk_too_old``, ``engine_down`` or ``engine_too_old``; also when
    the engine goes away within the block. Errors that the engine answers come through as they are.
    """
    _refuse_unfit_sdk()
    with _engine_errors(docker_host):
        client = docker.APIClient(base_url=docker_host, version="auto", timeout=timeout)
        try:
            engine = Engine(client, client.version())
            _refuse_old_engine(engine.version)
            yield engine
        finally:
            client.close()


def engine_facts(engine: Engine) -> dict[str, Any]:
    """Ask what the engine is: version, API version, id, security options."""
    info = engine.client.info()
    return {
        "version": engine.version["Version"],
        "api_version": engine.version["ApiVersion"],
        "id": info.get("ID"),
        "security_options": info.get("SecurityOptions") or [],
    }


def sdk_version() -> str:
    """Name the version of the Docker SDK for Python."""
    return str(docker.__version__)


def list_networks(engine: Engine) -> list[dict[str, Any]]:
    """List all networks as specs with id, ordered by name. One call."""
    specs = (_answers.spec_of(answer) for answer in engine.client.networks())
    return sorted(specs, key=lambda spec: (spec["name"], spec["id"]))


def list_containers(engine: Engine) -> list[dict[str, Any]]:
    """List all containers, stopped ones too, as the engine answers. One call."""
    return list(engine.client.containers(all=True))


def containers_on(
    engine: Engine, networks: Iterable[_answers.Answer], *, joining: bool = False
) -> dict[str, Mapping[str, Any]]:
    """Inspect the containers on the networks, stopped ones too, by id. With ``joining`` also those that joined one.

    One call, one more for each: only an inspected one tells its process, and what its user asked for. None for no
    networks.
    """
    wanted = list(networks)
    listed = list_containers(engine) if wanted else []
    ids = [entry["Id"] for entry in listed if any(_answers.is_attached(entry, network) for network in wanted)]
    on_them = set(ids)
    ids += [entry["Id"] for entry in listed if joining and _answers.joined_by(entry) in on_them]
    return inspect_containers(engine, ids)


def inspect_containers(engine: Engine, references: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Inspect containers by name or id, one call each; one that is not there is left out."""
    found = {}
    for reference in references:
        try:
            found[reference] = engine.client.inspect_container(reference)
        except APIError as error:
            if error.status_code != _NOT_FOUND:
                raise
    return found


def is_answer(error: Exception) -> bool:
    """Tell whether the engine itself has answered with this error; else it is unknown what the engine has done."""
    return isinstance(error, APIError)


def error_text(error: Exception) -> str:
    """Take the engine's own words out of an error of the SDK."""
    return str(getattr(error, "explanation", None) or error)


@contextmanager
def _engine_errors(docker_host: str) -> Iterator[None]:
    try:
        yield
    except APIError:
        raise
    except (DockerException, RequestException) as error:
        raise _not_reached(docker_host, str(error)) from error


def _not_reached(docker_host: str, text: str) -> HostFailureError:
    if "Not supported URL scheme http+docker" in text:  # docker 5 and 6 with requests 2.32 and later
        return HostFailureError(
            "sdk_missing",
            f"The Docker SDK for Python does not work with the installed version of 'requests' ({text}). "
            "Cure: update the Python package 'docker' to 7.1 or later, or install both from the distribution",
        )
    return HostFailureError(
        "engine_down",
        f"The Docker Engine does not answer at {docker_host} ({text}). "
        "Cure: see 'systemctl status docker'; check that the user may use the socket",
    )


def _refuse_unfit_sdk() -> None:
    if IMPORT_ERROR:
        raise HostFailureError(
            "sdk_missing",
            f"The Docker SDK for Python is missing on this host ({IMPORT_ERROR}). "
            "Cure: install python3-docker from the distribution, or the Python package 'docker'",
        )
    found = sdk_version()
    if _answers.version_tuple(found) and _answers.version_tuple(found) < OLDEST_SDK:
        raise HostFailureError(
            "sdk_too_old",
            f"The Docker SDK for Python of this host is {found}. Cure: update python3-docker from the distribution, "
            "or the Python package 'docker', to 5.0.3 or later",
        )


def _refuse_old_engine(version: Mapping[str, Any]) -> None:
    found = str(version.get("Version", ""))
    if _answers.version_tuple(found) and _answers.version_tuple(found) < OLDEST_ENGINE:
        raise HostFailureError(
            "engine_too_old", f"The Docker Engine of this host is {found}. Cure: update it to 20.10 or later"
        )
