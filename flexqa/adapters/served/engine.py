"""A model behind HTTP, as an adapter: a served vLLM, or any vendor that speaks OpenAI's /v1/chat/completions.

Requests are asked of the server by an event loop in a thread of its own, as many at once as the server copes with;
this side pulls them as there is room and gives results as they arrive. What has no whole, unfiltered answer is a
failure of that request. The key comes from the environment and stays in memory.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from queue import SimpleQueue
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

from flexqa.adapters.base import Engine, Request
from flexqa.adapters.served.asking import Asking
from flexqa.adapters.served.fault import Fault
from flexqa.adapters.served.key import Key, read_key
from flexqa.adapters.served.options import OpenAiOptions, checked_options
from flexqa.adapters.served.pace import Pace
from flexqa.errors import AdapterError, FlexqaError, boundary
from flexqa.record import Failure, Reply

T = TypeVar("T")

_SLOW = 0.5
"""A reply that takes this part of the time-out is taken for slow."""

_ENCODERS = 4
"""Threads that encode clips."""


class OpenAiEngine(Engine):
    """One model at one server."""

    operational: ClassVar[frozenset[str]] = frozenset(
        {
            "base_url", "api_key_env", "concurrency", "timeout_s", "retries", "backoff_s", "max_wait_s", "stream",
            "revision",
        }
    )  # fmt: skip

    def __init__(self, target: str, options: Mapping[str, str]) -> None:
        self.options = checked_options(options)
        self._model = target
        self._key = read_key(self.options)

    def stream(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Reply | Failure]]:
        """Ask the server, many requests at once, and give each result as it arrives.

        Raises:
            BadInput: with decode="choice", the server cannot do it.
        """
        source, more, asked = iter(requests), True, 0
        with _Session(self._model, self.options, self._key) as session:
            while more or asked:
                while more and asked < session.room and not session.ready:
                    try:
                        request = next(source)
                    except StopIteration:
                        more = False
                        break
                    if request is None:
                        break  # what comes next waits for a reply of those at work
                    session.submit(request)
                    asked += 1
                if asked:
                    yield session.next()
                    asked -= 1

    def describe(self) -> dict[str, Any]:
        """Where and how the model is asked; a server of one's own is not named."""
        o = self.options
        return {
            "engine": "openai",
            "server": o.public_host or "private",
            "httpx": version("httpx"),
            "concurrency": o.concurrency,
            "timeout_s": o.timeout_s,
            "retries": o.retries,
            "stream": o.stream,
            "media": o.media,
        }

    def revision(self) -> str | None:
        """What the user says that the weights are, else the public server that has them; null for one's own."""
        host = self.options.public_host
        return self.options.revision or (f"served by {host}" if host else None)


class _Session:
    """An event loop in a thread, and the results that come out of it."""

    def __init__(self, model: str, options: OpenAiOptions, key: Key) -> None:
        self._key = key
        self._pace = Pace(options.concurrency, _SLOW * options.timeout_s)
        self._encoders = ThreadPoolExecutor(_ENCODERS, thread_name_prefix="flexqa-encode")
        self._results: SimpleQueue[tuple[Request, Reply | Failure | FlexqaError]] = SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="flexqa-openai", daemon=True)
        self._asking = Asking(model, options, key, self._pace, self._encoders)

    @property
    def room(self) -> int:
        """Requests that may be at work at once."""
        return self._pace.limit

    @property
    def ready(self) -> bool:
        """Whether a result waits."""
        return not self._results.empty()

    def submit(self, request: Request) -> None:
        """Begin to ask."""
        asyncio.run_coroutine_threadsafe(self._answer(request), self._loop)

    def next(self) -> tuple[Request, Reply | Failure]:
        """The next result, when it is there.

        Raises:
            FlexqaError: what no request can be asked with.
        """
        request, outcome = self._results.get()
        if isinstance(outcome, FlexqaError):
            raise outcome
        return request, outcome

    async def _answer(self, request: Request) -> None:
        outcome: Reply | Failure | FlexqaError
        try:
            with boundary("asking the server"):
                outcome = await self._asking.ask(request)
        except Fault as fault:
            outcome = Failure(kind=fault.kind, message=self._key.redact(str(fault)), status=fault.status)
        except AdapterError as e:
            outcome = Failure(kind="adapter", message=self._key.redact(str(e)))
        except FlexqaError as e:
            outcome = e
        self._results.put((request, outcome))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._encoders.shutdown(wait=False, cancel_futures=True)

    async def _end(self) -> None:
        """Call off what is at work and close all connections."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._asking.close()
        await self._loop.shutdown_asyncgens()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
