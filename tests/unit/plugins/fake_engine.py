# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Docker Engine that is only its API: real HTTP over a real socket, with networks and containers made of data.

What is tested talks to it through the real Docker SDK. What it does with networks and containers is in fake_daemon.
It counts the calls, can be told to fail some of them, and can be given the quirks of an engine version.
"""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.unit.plugins.fake_daemon import FakeDaemon, RefusedError

# What can happen to a call that changes something.
REFUSED = "refused"  # it is not done, and an error is answered
UNANSWERED = "unanswered"  # it is done, and the connection ends without an answer
CRASH_BEFORE = "crash before"  # the engine is dead before it is done, and stays so
CRASH_AFTER = "crash after"  # the engine is dead after it is done, and stays so
FAULTS = (REFUSED, UNANSWERED, CRASH_BEFORE, CRASH_AFTER)


class HungUpError(Exception):
    """The connection ends without an answer."""


class FakeEngine(FakeDaemon):
    """The API of a daemon; what is in the public attributes may be changed by a test."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.url = f"unix://{path}"
        self.id = "engine-1"
        self.version = {"Version": "26.1.5+dfsg1", "ApiVersion": "1.45", "MinAPIVersion": "1.24"}
        self.calls: list[str] = []
        self.failures: dict[str, tuple[int, str]] = {}  # by method and path, like "POST /networks/create office"
        self.silent: set[str] = set()  # calls that are carried out, and answered too late
        self.silence_seconds = 1.5
        self.created_with: dict[str, Any] = {}  # what a quirk of this engine changes in a network that it creates
        self.faults: dict[int, str] = {}  # by number of the call that changes something, from 1: see the constants
        self.mutations = 0  # how many calls of that kind there were
        self.dead = False  # hangs up on every call

    def handle(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Answer one call; HungUpError instead of an answer."""
        call = f"{method} {path}"
        self.calls.append(call)
        fault = self._fault(method)
        named = f"{call} {body['Name']}" if "Name" in body else call
        for known in (named, call):
            if known in self.failures:
                status, message = self.failures[known]
                return status, {"message": message}
        try:
            answer = self._answer(method, path.strip("/").split("/"), body)
        except RefusedError as error:
            answer = (error.status, {"message": str(error)})
        if fault == UNANSWERED:
            raise HungUpError
        if fault == CRASH_AFTER:
            self.dead = True
            raise HungUpError
        if named in self.silent:
            time.sleep(self.silence_seconds)
        return answer

    def _fault(self, method: str) -> str:
        """Tell which fault this call has; raise it when it comes before anything is done."""
        if method == "GET" and not self.dead:
            return ""
        self.mutations += method != "GET"
        fault = self.faults.get(self.mutations, "")
        self.dead = self.dead or fault == CRASH_BEFORE
        if self.dead:
            raise HungUpError
        if fault == REFUSED:
            raise RefusedError(500, "it is broken")
        return fault

    def _answer(self, method: str, parts: list[str], body: dict[str, Any]) -> tuple[int, Any]:
        about = {
            "_ping": "OK",
            "version": self.version,
            "info": {"ID": self.id, "SecurityOptions": ["name=seccomp"]},
        }
        if parts[0] in about:
            return 200, about[parts[0]]
        if parts[0] == "images":
            return self._answer_image(unquote("/".join(parts[1:-1])))
        if parts[0] == "containers":
            return self._answer_containers(method, parts[1:], body)
        if parts[0] == "networks":
            return self._answer_networks(method, parts[1:], body)
        return 404, {"message": "page not found"}

    def _answer_image(self, name: str) -> tuple[int, Any]:
        return (200, {"Id": name}) if name in self.images else (404, {"message": f"No such image: {name}"})

    def _answer_containers(self, method: str, parts: list[str], body: dict[str, Any]) -> tuple[int, Any]:
        if parts == ["json"]:
            return 200, [self._summary(container) for container in self.containers]
        if parts == ["create"]:
            return 201, {"Id": self.create_container(body)["Id"], "Warnings": []}
        return self._answer_container(method, unquote(parts[0]), parts[-1])

    def _answer_container(self, method: str, reference: str, action: str) -> tuple[int, Any]:
        if method == "GET":
            return 200, self.container(reference)
        if action == "wait":
            return 200, {"StatusCode": 137}
        calls = {"start": self.start, "kill": self.kill, "restart": self.restart}
        (self.remove_container if method == "DELETE" else calls[action])(reference)
        return 204, None

    def _answer_networks(self, method: str, parts: list[str], body: dict[str, Any]) -> tuple[int, Any]:
        if not parts:
            return 200, self.networks
        if parts == ["create"]:
            made = self.create_network(body)
            made.update(self.created_with)
            return 201, {"Id": made["Id"], "Warning": ""}
        if method == "DELETE":
            self.remove_network(parts[0])
            return 204, None
        if parts[1] == "connect":
            self.connect(parts[0], body["Container"], body["EndpointConfig"])
        else:
            self.disconnect(parts[0], body["Container"])
        return 200, None

    @staticmethod
    def _summary(container: dict[str, Any]) -> dict[str, Any]:
        """Show a container as the list of containers does."""
        attached = container["NetworkSettings"]
        return {
            "Id": container["Id"],
            "Names": [container["Name"]],
            "State": container["State"]["Status"],
            "Labels": container["Config"]["Labels"],
            "HostConfig": {"NetworkMode": container["HostConfig"].get("NetworkMode", "default")},
            "NetworkSettings": attached,
        }


@contextmanager
def fake_engine(folder: Path) -> Iterator[FakeEngine]:
    """Serve an engine on a socket in a folder, which has to have a short name."""
    path = folder / "docker.sock"
    engine = FakeEngine(path)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            """Read one call and answer it."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            _empty, first, *rest = url.path.split("/")
            route = "/" + "/".join(rest if first.startswith("v1.") else [first, *rest])
            try:
                given = {**dict(parse_qsl(url.query)), **(json.loads(body) if body else {})}
                status, answer = engine.handle(self.command, route, given)
            except HungUpError:
                self.close_connection = True
                return
            except RefusedError as error:
                status, answer = error.status, {"message": str(error)}
            data = (
                b"" if answer is None else answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            )
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815  (the names that http.server looks for)

        def address_string(self) -> str:
            """Name the client; there is no address on a Unix socket."""
            return "client"

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_args: object) -> None:
            """Keep quiet about clients that did not wait for their answer."""

    with Server(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield engine
        finally:
            server.shutdown()
            thread.join(timeout=5)
