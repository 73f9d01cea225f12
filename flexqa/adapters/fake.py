"""Adapters that stand in for a model: for tests, dry runs, and trying out a pipeline before a GPU is rented.

fake:echo   a reply of the right form, made from a hash of the question's id; always the same
fake:fail   the same, but every third request (by hash) raises
fake:slow   the same, after a wait; option `seconds`
"""

import hashlib
import math
import time
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from flexqa.adapters.base import Adapter, Request
from flexqa.adapters.options import Options, suggest
from flexqa.errors import BadInput
from flexqa.question import AnswerFormat
from flexqa.record import Reply, Timing


class SlowOptions(Options):
    """Options of `fake:slow`."""

    seconds: float = Field(default=0.1, ge=0, le=3600, description="wait before each reply")


def create(name: str, options: Mapping[str, str]) -> Adapter:
    """Make `fake:<name>`.

    Raises:
        BadInput: there is no such fake or option.
    """
    match name:
        case "echo" | "fail":
            Options.read(options, f"fake:{name}")
            return Echo() if name == "echo" else Fail()
        case "slow":
            return Slow(SlowOptions.read(options, "fake:slow").seconds)
        case _:
            raise BadInput(f"no fake adapter {name!r}{suggest(name, ('echo', 'fail', 'slow'))}")


class Echo(Adapter):
    """Replies with a letter, letters, yes or no, a number or a sentence, set by the question's id."""

    name = "echo"

    def reply(self, request: Request) -> Reply:
        """Reply at once; with `decode="choice"` also log-probabilities that favour the reply."""
        started = time.perf_counter()
        text = _text(request)
        logprobs = _logprobs(request.forced, text) if request.forced else None
        seconds = time.perf_counter() - started
        return Reply(
            text=text,
            finish_reason="stop",
            choice_logprobs=logprobs,
            timing=Timing(first_token_s=seconds, total_s=seconds),
        )

    def describe(self) -> dict[str, Any]:
        """What run.json says of it."""
        return {"engine": "fake", "fake": self.name}


class Fail(Echo):
    """Echo that raises on every third request."""

    name = "fail"

    def reply(self, request: Request) -> Reply:
        """Raise or reply, as the hash of the question's id has it."""
        if fails(request.question_id):
            raise RuntimeError(f"fake:fail fails on {request.question_id}, as it should")
        return super().reply(request)


class Slow(Echo):
    """Echo that takes its time."""

    name = "slow"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def reply(self, request: Request) -> Reply:
        """Wait, then reply."""
        time.sleep(self.seconds)
        return (
            super()
            .reply(request)
            .model_copy(update={"timing": Timing(first_token_s=self.seconds, total_s=self.seconds)})
        )

    def describe(self) -> dict[str, Any]:
        """What run.json says of it."""
        return super().describe() | {"seconds": self.seconds}


def fails(question_id: str) -> bool:
    """Whether `fake:fail` raises on this question."""
    return _hash(question_id) % 3 == 0


def _hash(question_id: str) -> int:
    return int.from_bytes(hashlib.sha256(question_id.encode()).digest()[:8])


def _text(request: Request) -> str:
    # The part of the hash that `fails` does not look at.
    value = _hash(request.question_id) // 3
    match request.answer_format:
        case AnswerFormat.CHOICE:
            return request.letters[value % len(request.letters)]
        case AnswerFormat.CHOICES:
            code = value % (2 ** len(request.letters) - 1) + 1
            return ", ".join(letter for i, letter in enumerate(request.letters) if code >> i & 1)
        case AnswerFormat.YES_NO:
            return ("no", "yes")[value % 2]
        case AnswerFormat.NUMBER:
            return str(value % 101)
        case AnswerFormat.TEXT:
            return f"This is the reply to {request.question_id}."


def _logprobs(letters: tuple[str, ...], chosen: str) -> dict[str, float]:
    """Half of the probability on the letters chosen, the rest spread evenly; 2 % is left to other tokens."""
    weights = {letter: 2.0 if letter in chosen else 1.0 for letter in letters}
    total = sum(weights.values())
    return {letter: math.log(0.98 * w / total) for letter, w in weights.items()}
