# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Docker Engine that is only its API: real HTTP over a real socket, with networks and containers made of data.

What is tested talks to it through the real Docker SDK. It counts the calls, can be told to fail some of them, and can
be given the quirks of an engine version.
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
from urllib.parse import unquote, urlsplit


class FakeEngine:
    """State of the engine; what is in the public attributes may be changed by a test."""

    def __init__(self, path: Path) -> None:
        self.url = f"unix://{path}"
        self.version = {"Version": "26.1.5+dfsg1", "ApiVersion": "1.45", "MinAPIVersion": "1.24"}
        self.networks: list[dict[str, Any]] = []
        self.containers: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.failures: dict[str, tuple[int, str]] = {}  # by method and path, like "POST /networks/create office"
        self.silent: set[str] = set()  # calls that are carried out, and answered too late
        self.silence_seconds = 1.5
        self.created_with: dict[str, Any] = {}  # what a quirk of this engine changes in a network that it creates

    def handle(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Answer one call."""
        call = f"{method} {path}"
        self.calls.append(call)
        named = f"{call} {body['Name']}" if "Name" in body else call
        for known in (named, call):
            if known in self.failures:
                status, message = self.failures[known]
                return status, {"message": message}
        answer = self._answer(method, path.strip("/").split("/"), body)
        if named in self.silent:
            time.sleep(self.silence_seconds)
        return answer

    def add_network(self, name: str, **values: Any) -> dict[str, Any]:
        """Add a network as the engine lists it."""
        network = {
            "Id": f"{len(self.networks) + 1:064x}",
            "Name": name,
            "Driver": "macvlan",
            "Internal": False,
            "EnableIPv6": False,
            "Options": {"parent": "eth0"},
            "Labels": {},
            "IPAM": {"Driver": "default", "Options": None, "Config": []},
            **values,
        }
        self.networks.append(network)
        return network

    def add_container(self, name: str, pid: int, networks: dict[str, dict[str, Any]], state: str = "") -> None:
        """Add a container; it runs when it has a process."""
        self.containers.append(
            {
                "Id": f"c{len(self.containers) + 1:063x}",
                "Name": f"/{name}",
                "State": {"Status": state or ("running" if pid else "exited"), "Pid": pid},
                "NetworkSettings": {"Networks": networks},
            }
        )

    def _answer(self, method: str, parts: list[str], body: dict[str, Any]) -> tuple[int, Any]:
        if parts == ["version"]:
            return 200, self.version
        if parts == ["info"]:
            return 200, {"ID": "engine-1", "SecurityOptions": ["name=seccomp"]}
        if parts == ["containers", "json"]:
            return 200, [self._summary(container) for container in self.containers]
        if parts[0] == "containers":
            found = [each for each in self.containers if unquote(parts[1]) in (each["Id"], each["Name"][1:])]
            return (200, found[0]) if found else (404, {"message": f"No such container: {parts[1]}"})
        return self._answer_networks(method, parts, body)

    def _answer_networks(self, method: str, parts: list[str], body: dict[str, Any]) -> tuple[int, Any]:
        if parts == ["networks"]:
            return 200, self.networks
        if parts == ["networks", "create"]:
            known = ("Driver", "Internal", "EnableIPv6", "Options", "Labels", "IPAM")
            made = self.add_network(body["Name"], **{key: body[key] for key in known if key in body})
            made.update(self.created_with)
            return 201, {"Id": made["Id"], "Warning": ""}
        if method == "DELETE":
            self.networks = [network for network in self.networks if network["Id"] != parts[1]]
            return 204, None
        return 404, {"message": "page not found"}

    @staticmethod
    def _summary(container: dict[str, Any]) -> dict[str, Any]:
        """Show a container as the list of containers does."""
        attached = container["NetworkSettings"]
        return {
            "Id": container["Id"],
            "Names": [container["Name"]],
            "State": container["State"]["Status"],
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
            _empty, first, *rest = urlsplit(self.path).path.split("/")
            route = "/" + "/".join(rest if first.startswith("v1.") else [first, *rest])
            status, answer = engine.handle(self.command, route, json.loads(body) if body else {})
            data = b"" if answer is None else json.dumps(answer).encode()
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
