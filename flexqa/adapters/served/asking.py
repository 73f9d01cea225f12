"""One request, from its parts to its reply."""

import asyncio
import json
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from flexqa.adapters.base import Request
from flexqa.adapters.chat import output_tokens
from flexqa.adapters.served.choice import Tokens, choice_fields, chosen, read_tokens, reply_tokens
from flexqa.adapters.served.fault import Fault
from flexqa.adapters.served.http import Exchange, Server
from flexqa.adapters.served.key import Key
from flexqa.adapters.served.messages import Messages
from flexqa.adapters.served.options import OpenAiOptions
from flexqa.adapters.served.pace import Pace
from flexqa.adapters.served.replies import Said, read_body, read_events
from flexqa.record import Reply, Timing

_NOT_VLLM = frozenset({"http_400", "http_404", "http_405", "http_422", "http_501", "reply"})
"""What /tokenize comes to at a server that is no vLLM."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How a set of replies is forced."""

    tokens: Tokens


class Asking:
    """What all requests of a session share. For one event loop."""

    def __init__(self, model: str, options: OpenAiOptions, key: Key, pace: Pace, threads: Executor) -> None:
        self._model = model
        self._key = key
        self._options = options
        self._messages = Messages(options, threads)
        self._server = Server(options, key, pace)
        self._ways: dict[tuple[str, ...], asyncio.Task[_Way]] = {}

    async def ask(self, request: Request) -> Reply:
        """Ask the server.

        Raises:
            Fault: there is no reply.
            BadInput: the server cannot force replies, and one is to be forced.
        """
        way = await self._way(request.forced) if request.forced else None
        body = await self._messages.body(request, self._fields(request, way))
        url = f"{self._options.base_url}/chat/completions"

        def read(exchange: Exchange) -> Reply:
            said = self._said(exchange)
            reply = chosen(said, request.forced, way.tokens) if way else said.reply()
            hide = self._key.redact  # a key that came in pieces is whole only now
            update = {
                "text": hide(reply.text),
                "reasoning": reply.reasoning and hide(reply.reasoning),
                "finish_reason": reply.finish_reason and hide(reply.finish_reason),
                "timing": Timing(first_token_s=exchange.first_token_s, total_s=exchange.total_s),
            }
            return reply.model_copy(update=update)

        return await self._server.ask(url, body, read)

    async def close(self) -> None:
        """Close all connections."""
        await self._server.__aexit__()

    def _said(self, exchange: Exchange) -> Said:
        # A server may answer in one piece although it was asked to stream.
        streamed = self._options.stream and any(line.startswith("data:") for line in exchange.lines)
        return read_events(exchange.lines) if streamed else read_body("\n".join(exchange.lines))

    def _fields(self, request: Request, way: _Way | None) -> dict[str, Any]:
        o, sampling = self._options, request.sampling
        chosen_by = {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed}
        streaming = {"stream": True, "stream_options": {"include_usage": True}} if o.stream else {}
        return {
            "model": self._model,
            o.length_field: output_tokens(request),
            **{name: value for name, value in chosen_by.items() if name not in o.omitted},
            **(choice_fields(way.tokens) if way else {}),
            **streaming,
            **o.extra,
        }

    async def _way(self, replies: tuple[str, ...]) -> _Way:
        """How to force one of these replies; found out once."""
        if replies not in self._ways:
            self._ways[replies] = asyncio.create_task(self._find_way(replies))
        return await asyncio.shield(self._ways[replies])

    async def _find_way(self, replies: tuple[str, ...]) -> _Way:
        if self._options.choice == "logprobs":
            return _Way(None)
        try:
            return _Way(await reply_tokens(self._tokenize, replies))
        except Fault as fault:
            if self._options.choice is None and fault.kind in _NOT_VLLM:
                return _Way(None)
            del self._ways[replies]  # the next request may find the server in a better state
            raise

    async def _tokenize(self, body: dict[str, Any]) -> list[int]:
        url = f"{self._options.base_url.removesuffix('/v1')}/tokenize"
        whole = {"model": self._model, "add_special_tokens": False} | body
        return await self._server.ask(
            url, json.dumps(whole).encode(), lambda exchange: read_tokens("\n".join(exchange.lines))
        )
