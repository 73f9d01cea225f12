"""One server over HTTP: sends a request as often as it takes, at the pace that the server can keep."""

import asyncio
import random
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Self, TypeVar

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from flexqa import __version__
from flexqa.adapters.served.fault import Fault, http_fault
from flexqa.adapters.served.key import Key
from flexqa.adapters.served.options import OpenAiOptions
from flexqa.adapters.served.pace import Pace
from flexqa.adapters.served.replies import has_token

T = TypeVar("T")

_UNREACHABLE = "unreachable"
"""kind of the fault of a server that no connection can be made to"""

_CONNECT_S = 10.0
_CONNECTIONS = 4
"""of one client"""

_LARGEST = 32 * 2**20
"""bytes of an answer; a server that sends more is not answering"""

_BEFORE_CONTACT = 2
"""Further attempts to reach a server that has not answered anything yet."""

_LOST_S = 30.0
"""So long after a server could not be reached by all attempts, it is not tried again."""

_AFTER_TIMEOUT = 1
"""Further attempts after a time-out: each one costs the server a whole reply."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a server answered with status 200, without the key, and when."""

    lines: tuple[str, ...]
    first_token_s: float | None
    """from sending to the first token, where tokens come as they are made"""
    total_s: float
    """from sending to the last byte; waiting for the attempt is not in it"""


class Server:
    """Connections, the pace, and what is known of whether the server is there. For one event loop."""

    def __init__(self, options: OpenAiOptions, key: Key, pace: Pace) -> None:
        self._options = options
        self._key = key
        self._pace = pace
        self._contact = False
        """whether it has answered anything"""
        self._lost: tuple[float, str] | None = None
        """when, and with what words, a request gave up to reach it; null once it answers again"""
        self._backoff = wait_random_exponential(multiplier=options.backoff_s, max=options.max_wait_s)
        self._clients: list[httpx.AsyncClient] = []
        self._free: list[httpx.AsyncClient] = []
        """one entry for each connection that a client may have and does not use"""
        self._tls = _tls(options.base_url.startswith("https"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            await client.aclose()

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client with a free connection.

        One client for all would look at each pair of its connections before and after every request.
        """
        if not self._free:
            self._clients.append(self._connect())
            self._free += [self._clients[-1]] * _CONNECTIONS
        client = self._free.pop()
        try:
            yield client
        finally:
            self._free.append(client)

    def _connect(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers=self._key.headers | {"Content-Type": "application/json", "User-Agent": f"flexqa/{__version__}"},
            timeout=httpx.Timeout(None, connect=min(_CONNECT_S, self._options.timeout_s)),
            limits=httpx.Limits(max_connections=_CONNECTIONS),
            verify=self._tls,
        )

    async def ask(self, url: str, body: bytes, read: Callable[[Exchange], T]) -> T:
        """Send a request, again when it may help, and read the answer.

        Args:
            url: where to.
            body: JSON.
            read: what makes the result of an exchange; a `Fault` that it raises counts as the server's.

        Raises:
            Fault: the last one, when all attempts failed or more would not help.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda e: isinstance(e, Fault) and e.again),
            stop=lambda state: state.attempt_number > self._further(_fault(state)),
            wait=self._wait,
            reraise=True,
        )
        if self._lost and time.monotonic() - self._lost[0] < _LOST_S:
            raise Fault(_UNREACHABLE, self._lost[1])
        try:
            return await retrying(self._attempt, url, body, read)
        except Fault as fault:
            if fault.kind == _UNREACHABLE:
                self._lost = time.monotonic(), str(fault)
            raise

    async def _attempt(self, url: str, body: bytes, read: Callable[[Exchange], T]) -> T:
        async with self._pace.turn() as started:
            try:
                async with asyncio.timeout(self._options.timeout_s):
                    exchange = await self._exchange(url, body)
                    self._met()
                    result = read(exchange)
            except Fault as fault:
                self._met()
                final = self._bearable(fault)
                if final.busy:
                    self._pace.trouble(started, final.wait_s)
                raise final from fault.__cause__
            except TimeoutError as e:
                self._pace.trouble(started)
                raise self._timeout() from e
            except (httpx.ConnectError, httpx.ConnectTimeout) as e:
                raise self._unreachable(e) from e
            except httpx.HTTPError as e:
                self._met()
                self._pace.trouble(started)
                raise self._broken(e) from e
            self._pace.fine(started)
            return result

    def _met(self) -> None:
        """The server did something."""
        self._contact, self._lost = True, None

    async def _exchange(self, url: str, body: bytes) -> Exchange:
        sent = time.perf_counter()
        first: float | None = None
        lines: list[str] = []
        async with self._client() as client, client.stream("POST", url, content=body) as response:
            if response.status_code != httpx.codes.OK:
                said = "\n".join([line async for line in _lines(response)])
                raise http_fault(response.status_code, response.headers, self._key.redact(said))
            async for line in _lines(response):
                lines.append(self._key.redact(line))
                if self._options.stream and first is None and has_token(line):
                    first = time.perf_counter() - sent
        return Exchange(tuple(lines), first, time.perf_counter() - sent)

    def _bearable(self, fault: Fault) -> Fault:
        """The fault, without another attempt where the server asks for more patience than there is."""
        most = self._options.max_wait_s
        if fault.wait_s is None or fault.wait_s <= most or not fault.again:
            return fault
        return Fault(
            fault.kind,
            f"{fault}; it asks to wait {fault.wait_s:.0f} s, longer than max_wait_s={most:g}: raise that option, or "
            "run again later with --retry-failed",
            busy=fault.busy,
        )

    def _timeout(self) -> Fault:
        return Fault(
            "timeout",
            f"no whole reply in {self._options.timeout_s:g} s; raise the option timeout_s or lower concurrency",
            again=True,
            status="timeout",
        )

    def _unreachable(self, error: httpx.HTTPError) -> Fault:
        return Fault(
            _UNREACHABLE,
            f"{self._options.base_url} cannot be reached ({_words(error)}); is the server running, and is the option "
            "base_url right?",
            again=True,
        )

    def _broken(self, error: httpx.HTTPError) -> Fault:
        message = f"the connection broke before the reply was whole ({_words(error)})"
        return Fault("connection", self._key.redact(message), again=True)

    def _further(self, fault: Fault) -> int:
        """Attempts after the first one."""
        most = self._options.retries
        if fault.kind == "timeout":
            return min(most, _AFTER_TIMEOUT)
        if fault.kind == _UNREACHABLE and not self._contact:
            return min(most, _BEFORE_CONTACT)
        return most

    def _wait(self, state: RetryCallState) -> float:
        """Seconds before the next attempt: random, within a bound that doubles, and no less than the server asks."""
        asked = _fault(state).wait_s or 0.0
        # Those that were turned away together are not to come back together.
        return max(self._backoff(state), asked + random.uniform(0, self._options.backoff_s) if asked else 0.0)  # noqa: S311


def _fault(state: RetryCallState) -> Fault:
    fault = state.outcome.exception() if state.outcome else None
    assert isinstance(fault, Fault), "stop and wait are asked after a fault only"
    return fault


@cache
def _tls(needed: bool) -> ssl.SSLContext:
    """What all connections share, since certificates take tens of milliseconds to load; plain http has none."""
    return httpx.create_ssl_context() if needed else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


async def _lines(response: httpx.Response) -> AsyncIterator[str]:
    """The lines of an answer, as events and JSON have them: other characters that end lines are text.

    Raises:
        Fault: it is longer than any reply.
    """
    rest = ""
    async for piece in response.aiter_text():
        if response.num_bytes_downloaded > _LARGEST:
            raise Fault("reply", f"the server answered more than {_LARGEST // 2**20} MiB, which is no reply")
        *whole, rest = (rest + piece).split("\n")
        for line in whole:
            yield line.removesuffix("\r")
    yield rest
