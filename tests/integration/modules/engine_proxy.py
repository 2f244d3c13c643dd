# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A way to the engine of a host that goes wrong at a call of one's choice. Runs on the host, with its own Python.

It listens on SOCKET and passes everything on to the engine. Calls that change something are counted: each is a line in
LOG, its kind of step or, when it is none, method and path. FAULT says what happens at one of them:

    {"call": 7, "moment": "before" | "after", "action": .., "command": ".."}

``before``: the engine does not know of the call yet; ``after``: it has done it, but nobody was told. The actions:

    refuse   answers an error in the engine's place (only ``before``)
    kill     kills the process that calls, with SIGKILL
    drop     runs the command and hangs up without an answer
    run      runs the command, and goes on
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any, NamedTuple

ENGINE = "/run/docker.sock"
SOCKET = Path("/run/engine-proxy.sock")
LOG = Path("/run/engine-proxy.log")
FAULT = Path("/run/engine-proxy.json")
COMMAND_SECONDS = 60
ENGINE_SECONDS = 120
REFUSAL = {"message": "refused on purpose"}
KINDS = {
    r"POST .*/networks/create": "create",
    r"DELETE .*/networks/[^/]+": "remove",
    r"POST .*/networks/[^/]+/connect": "attach",
    r"POST .*/networks/[^/]+/disconnect": "detach",
    r"POST .*/containers/[^/]+/start": "start",
}
_counting = threading.Lock()


class Answer(NamedTuple):
    """What the engine says, or what is said in its place."""

    status: int
    body: bytes


class EngineConnection(HTTPConnection):
    """A connection to the engine's socket."""

    def connect(self) -> None:
        """Connect to the socket instead of a port."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ENGINE_SECONDS)
        self.sock.connect(ENGINE)


class Call(BaseHTTPRequestHandler):
    """One connection of a client, which may make many calls."""

    protocol_version = "HTTP/1.1"

    def pass_on(self) -> None:
        """Pass a call on to the engine, and its answer back, with what goes wrong on purpose."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self._fault()
        answer = self._goes_wrong("before", fault) or self._engine_says(body)
        if answer:
            answer = self._goes_wrong("after", fault) or answer
        if answer and answer.status:
            self._answer(answer)
        else:
            self.close_connection = True

    def __getattr__(self, name: str) -> Any:
        """Serve all methods alike: the server looks for do_GET and its like."""
        if name.startswith("do_"):
            return self.pass_on
        raise AttributeError(name)

    def log_message(self, *_arguments: Any) -> None:
        """Keep quiet: the log has what matters."""

    def _fault(self) -> dict[str, Any]:
        """Count a call that changes something, and tell the fault that is meant for it."""
        if self.command not in ("POST", "DELETE"):
            return {}
        what = f"{self.command} {self.path.partition('?')[0]}"
        kind = next((kind for pattern, kind in KINDS.items() if re.fullmatch(pattern, what)), what)
        with _counting:
            number = len(LOG.read_text(encoding="utf-8").splitlines())
            with LOG.open("a", encoding="utf-8") as log:
                log.write(f"{kind}\n")
            fault: dict[str, Any] = json.loads(FAULT.read_text(encoding="utf-8"))
        return fault if fault.get("call") == number else {}

    def _goes_wrong(self, moment: str, fault: dict[str, Any]) -> Answer | None:
        """Do what the fault says at this moment. The answer is one of status 0 when there is to be none."""
        if fault.get("moment") != moment:
            return None
        if fault["action"] == "refuse":
            return Answer(500, json.dumps(REFUSAL).encode())
        if fault["action"] == "kill":
            os.kill(self._caller(), signal.SIGKILL)
            return Answer(0, b"")
        subprocess.run(["sh", "-c", fault["command"]], check=True, timeout=COMMAND_SECONDS)
        return Answer(0, b"") if fault["action"] == "drop" else None

    def _caller(self) -> int:
        """Tell the process at the other end: unix(7), SO_PEERCRED."""
        credentials = self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[0])

    def _engine_says(self, body: bytes) -> Answer | None:
        """Make the call. None when the engine is not there, or goes away meanwhile."""
        engine = EngineConnection("localhost")
        try:
            engine.request(self.command, self.path, body, dict(self.headers.items()))
            response = engine.getresponse()
            return Answer(response.status, response.read())
        except (OSError, HTTPException):
            return None
        finally:
            engine.close()

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        if answer.body or answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)


class Proxy(ThreadingMixIn, UnixStreamServer):
    """The proxy: a thread for each connection."""

    daemon_threads = True

    def handle_error(self, *_arguments: Any) -> None:
        """Keep quiet about clients that are gone: most of them were killed on purpose."""


def main() -> None:
    """Serve until killed."""
    SOCKET.unlink(missing_ok=True)
    FAULT.write_text("{}", encoding="utf-8")
    LOG.write_text("", encoding="utf-8")
    with Proxy(str(SOCKET), Call) as proxy:
        proxy.serve_forever()


if __name__ == "__main__":
    main()
