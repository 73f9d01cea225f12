"""A real HTTP server on 127.0.0.1 that speaks /v1/chat/completions as well or as badly as a test wants."""

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Call:
    """One request as the server got it, and what sends the answer."""

    handler: BaseHTTPRequestHandler
    path: str
    number: int
    """from 0, over all paths"""
    body: dict[str, Any]
    at: float

    @property
    def content(self) -> list[dict[str, Any]]:
        """The parts of the first message."""
        parts: list[dict[str, Any]] = self.body["messages"][0]["content"]
        return parts

    @property
    def text(self) -> str:
        """The text of the first message."""
        return "\n".join(p["text"] for p in self.content if p["type"] == "text")

    def media(self) -> list[tuple[str, bytes]]:
        """Media type and bytes of each picture or video."""
        urls = [p[p["type"]]["url"] for p in self.content if p["type"] != "text"]
        heads = [url.partition(",") for url in urls]
        return [(head.removeprefix("data:").removesuffix(";base64"), base64.b64decode(d)) for head, _, d in heads]

    def send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        self.handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.handler.send_header(name, value)
        self.handler.send_header("Content-Length", str(len(body) if length is None else length))
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def say(self, text: str | None, **fields: Any) -> None:
        """A whole completion."""
        self.send(200, json.dumps(completion(text, **fields)).encode())

    def error(self, status: int, message: str = "", headers: dict[str, str] | None = None, code: str = "") -> None:
        self.send(status, json.dumps({"error": {"message": message, "code": code}}).encode(), headers)

    def hang_up(self) -> None:
        self.handler.close_connection = True


def completion(text: str | None, finish: str | None = "stop", logprobs: Any = None, **message: Any) -> dict[str, Any]:
    return {
        "id": "c",
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": text, **message},
                "logprobs": logprobs,
            }
        ],
        "usage": {
            "prompt_tokens": 300,
            "completion_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 256},
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
    }


Behaviour = Callable[[Call], None]


@dataclass
class Serving:
    """A server at work, and what it was asked."""

    url: str
    calls: list[Call] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    most_at_once: int = 0


@contextmanager
def serve(behave: Behaviour, port: int = 0) -> Iterator[Serving]:
    """Serve until the end of the block."""
    lock = threading.Lock()
    active = 0
    serving = Serving("")
    connections: set[socket.socket] = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            connections.add(self.connection)

        def finish(self) -> None:
            connections.discard(self.connection)
            super().finish()

        def do_POST(self) -> None:
            nonlocal active
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                active += 1
                serving.most_at_once = max(serving.most_at_once, active)
                call = Call(self, self.path, len(serving.calls), body, time.monotonic())
                serving.calls.append(call)
                serving.headers.append(dict(self.headers))
            try:
                behave(call)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                with lock:
                    active -= 1

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
            """Stay silent."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Stay silent: a client that goes away is meant."""

    server = Server(("127.0.0.1", port), Handler)
    serving.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield serving
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for connection in tuple(connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # a server that is gone answers on no connection
