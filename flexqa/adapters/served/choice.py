"""`decode="choice"` at a server: the likeliest of the given replies, with the log-probability of each.

Two ways, by what the server can do:

    allowed_tokens  a vLLM: the token of each reply is asked of its /tokenize, only these are allowed, and their
                    log-probabilities are asked for by id, over the full vocabulary
    logprobs        any server that gives log-probabilities of the likeliest first tokens (`top_logprobs`): the
                    likeliest one that is among the replies, as forcing would have given

A server that gives no log-probabilities cannot do it.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from flexqa.adapters.served.fault import Fault
from flexqa.adapters.served.replies import Said
from flexqa.errors import BadInput
from flexqa.record import Reply

_CANDIDATES = 20
"""the most that OpenAI gives"""

Tokenize = Callable[[dict[str, Any]], Awaitable[list[int]]]
"""Messages as the body of vLLM's /tokenize -> token ids."""

Tokens = Mapping[str, int] | None
"""Reply -> its token; null where candidates are read by their text."""


def choice_fields(tokens: Tokens) -> dict[str, Any]:
    """What a request says to be answered by one of the replies."""
    fields: dict[str, Any] = {"logprobs": True}
    if tokens is None:
        return fields | {"top_logprobs": _CANDIDATES}
    ids = list(tokens.values())
    return fields | {
        "top_logprobs": len(ids),
        "allowed_token_ids": ids,
        "logprob_token_ids": ids,
        "return_tokens_as_token_ids": True,
    }


def chosen(said: Said, replies: tuple[str, ...], tokens: Tokens) -> Reply:
    """The likeliest of the replies, with the log-probability of each where all are known.

    Raises:
        BadInput: the server gave no log-probabilities.
        Fault: none of the replies is among the candidates.
    """
    if said.first_tokens is None:
        raise BadInput("the server gives no log-probabilities, which decode=choice needs; use --decode free")
    if tokens is not None:
        known = {reply: said.first_tokens.get(f"token_id:{i}") for reply, i in tokens.items()}
    else:
        known = {reply: _spelled(said.first_tokens, reply) for reply in replies}
    logprobs = {reply: logprob for reply, logprob in known.items() if logprob is not None}
    if not logprobs:
        raise Fault("choice", f"none of {', '.join(replies)} is among the candidates of the reply; use --decode free")
    best = max(logprobs, key=lambda reply: logprobs[reply])
    whole = logprobs if len(logprobs) == len(replies) else None
    return said.reply(forced=True).model_copy(update={"text": best, "choice_logprobs": whole})


def _spelled(candidates: Mapping[str, float], reply: str) -> float | None:
    """The log-probability of a reply as it is; with a space before it only where that is not a candidate."""
    return next((candidates[spelling] for spelling in (reply, f" {reply}") if spelling in candidates), None)


async def reply_tokens(tokenize: Tokenize, replies: tuple[str, ...]) -> dict[str, int]:
    """The one token of each reply, right after what the chat template puts before an answer.

    Raises:
        BadInput: a reply is several tokens, or changes those before it.
        Fault: the server cannot be asked.
    """
    question = {"role": "user", "content": "?"}
    start = await tokenize({"messages": [question], "add_generation_prompt": True})
    tokens = {}
    for reply in replies:
        said = {"role": "assistant", "content": reply}
        ids = await tokenize(
            {"messages": [question, said], "add_generation_prompt": False, "continue_final_message": True}
        )
        if ids[:-1] != start:
            raise BadInput(f"the reply {reply!r} is not one token to the served model; use --decode free")
        tokens[reply] = ids[-1]
    return tokens


def read_tokens(body: str) -> list[int]:
    """The token ids that vLLM's /tokenize answered.

    Raises:
        Fault: it answered something else.
    """
    try:
        tokens = json.loads(body)["tokens"]
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise Fault("reply", "what /tokenize answered holds no tokens") from e
    if not isinstance(tokens, list) or not all(isinstance(t, int) for t in tokens):
        raise Fault("reply", "what /tokenize answered holds no tokens")
    return tokens
