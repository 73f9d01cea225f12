"""From what a server answers to a reply. Anything that is not whole, or no answer, is a `Fault` and never a reply."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flexqa.adapters.chat import split_reasoning
from flexqa.adapters.served.fault import Fault, error_in, short
from flexqa.record import Reply, Usage

_PIECES = ("content", "reasoning", "reasoning_content", "refusal")
"""What of a message may come in pieces; two names of one thing among them."""

_LARGE = 1e9
"""No log-probability is so large; NaN is not smaller either."""


@dataclass(frozen=True, slots=True)
class Said:
    """One choice of a completion, whole."""

    text: str
    reasoning: str | None
    finish_reason: str
    usage: Usage
    first_tokens: Mapping[str, float] | None
    """candidates of the first token -> natural log-probability; null where the server gives none"""

    def reply(self, *, forced: bool = False) -> Reply:
        """The reply; one of a forced token is never cut short."""
        truncated = self.finish_reason == "length" and not forced
        return Reply(
            text=self.text,
            reasoning=self.reasoning,
            finish_reason=self.finish_reason,
            status="truncated" if truncated else "ok",
            usage=self.usage,
        )


def read_body(body: str) -> Said:
    """Read a completion that came as one JSON object.

    Raises:
        Fault: it is garbage, an error, refused, filtered, empty, or not finished.
    """
    whole = _object(body)
    choice = _choice(whole)
    message = _dict(choice.get("message"))
    if not message:
        raise _garbage("a choice has no message", body)
    return _said(message, choice, whole, choice.get("finish_reason"))


def read_events(lines: Iterable[str]) -> Said:
    """Put a completion together that came in pieces, as server-sent events.

    Raises:
        Fault: as `read_body`, and when the pieces end early.
    """
    pieces: dict[str, list[str]] = {name: [] for name in _PIECES}
    usage: dict[str, Any] = {}
    logprobs: list[Any] = []
    finish: Any = None
    for line in lines:
        field, _, data = line.partition(":")
        if field != "data" or not data.strip() or data.strip() == "[DONE]":
            continue
        event = _object(data)
        usage = _dict(event.get("usage")) or usage
        choices = event.get("choices")
        choice = _dict(choices[0]) if isinstance(choices, list) and choices else {}
        delta = _dict(choice.get("delta"))
        for name, found in pieces.items():
            if isinstance(piece := delta.get(name), str):
                found.append(piece)
        if isinstance(more := _dict(choice.get("logprobs")).get("content"), list):
            logprobs += more
        finish = choice.get("finish_reason") or finish
    message = {name: "".join(found) for name, found in pieces.items()}
    return _said(message, {"logprobs": {"content": logprobs}}, {"usage": usage}, finish)


def has_token(line: str) -> bool:
    """Whether a line of a stream brings something that the model wrote."""
    try:
        event = json.loads(line.removeprefix("data:"))
    except (ValueError, RecursionError):
        return False
    choices = _dict(event).get("choices")
    delta = _dict(_dict(choices[0]).get("delta")) if isinstance(choices, list) and choices else {}
    return any(delta.get(name) for name in _PIECES)


def _said(message: dict[str, Any], choice: dict[str, Any], whole: dict[str, Any], finish: Any) -> Said:
    text, refusal = _text(message.get("content")), message.get("refusal")
    if finish == "content_filter":
        raise Fault("content_filter", "the server's filter stopped the reply")
    if isinstance(refusal, str) and refusal.strip():
        raise Fault("refused", f"the model refused: {short(refusal)}")
    if not isinstance(finish, str) or not finish:
        raise Fault("reply", "the server sent half a reply: it says no finish_reason", again=True)
    if finish == "error":
        raise Fault("reply", "the server broke the reply off with an error", again=True)
    thought, answer = split_reasoning(text)
    apart = message.get("reasoning_content") or message.get("reasoning")
    reasoning = apart if isinstance(apart, str) and apart else thought
    if not answer.strip():
        why = (
            "all its tokens went into reasoning; raise --max-tokens"
            if finish == "length"
            else f"it ended with finish_reason {finish!r}"
        )
        raise Fault("empty", f"the reply is empty: {why}")
    return Said(answer, reasoning, finish, _usage(_dict(whole.get("usage"))), _first_tokens(choice))


def _object(body: str) -> dict[str, Any]:
    """The JSON object of a body.

    Raises:
        Fault: it is another thing, or tells of an error.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as e:
        raise _garbage("it is not JSON", body) from e
    if not isinstance(found, dict):
        raise _garbage("it is no JSON object", body)
    if found.get("error"):
        code, message = error_in(body)
        raise Fault("reply", f"the server answered 200 with an error: {message or code}", again=True)
    return found


def _choice(whole: dict[str, Any]) -> dict[str, Any]:
    choices = whole.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
        raise _garbage("it has not one choice", json.dumps(whole))
    return choices[0]


def _garbage(what: str, body: str) -> Fault:
    found = f"it begins with {short(body)[:80]!r}" if body.strip() else "it is empty"
    return Fault("reply", f"what the server answered is no completion: {what}; {found}", again=True)


def _text(content: Any) -> str:
    """The text of a message, given as such or in parts."""
    if isinstance(content, list):
        return "".join(p["text"] for p in content if isinstance(p, dict) and isinstance(p.get("text"), str))
    return content if isinstance(content, str) else ""


def _usage(said: dict[str, Any]) -> Usage:
    of_prompt, of_reply = (_dict(said.get(f"{part}_tokens_details")) for part in ("prompt", "completion"))
    vision = _dict(of_prompt.get("multimodal_tokens"))  # as vLLM says it
    counts = [n for modality in ("image", "video") if (n := _count(vision.get(modality))) is not None]
    return Usage(
        input_tokens=_count(said.get("prompt_tokens")),
        vision_tokens=sum(counts) if counts else _count(of_prompt.get("image_tokens")),
        cached_tokens=_count(of_prompt.get("cached_tokens")),
        output_tokens=_count(said.get("completion_tokens")),
        reasoning_tokens=_count(of_reply.get("reasoning_tokens")),
    )


def _first_tokens(choice: dict[str, Any]) -> Mapping[str, float] | None:
    """The candidates of the first token and their log-probabilities."""
    content = _dict(choice.get("logprobs")).get("content")
    first = _dict(content[0]) if isinstance(content, list) and content else {}
    top = first.get("top_logprobs")
    candidates = [_dict(c) for c in top] if isinstance(top, list) else []
    found: dict[str, float] = {}
    for candidate in (*candidates, first):
        token, logprob = candidate.get("token"), candidate.get("logprob")
        if isinstance(token, str) and isinstance(logprob, int | float) and -_LARGE < logprob < _LARGE:
            found.setdefault(token, float(logprob))
    return found or None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
