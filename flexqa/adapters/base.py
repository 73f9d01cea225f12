"""What an adapter is: requests in, replies out, one narrow method.

A user's adapter is any class with `reply(request) -> str`. The harness samples frames, renders prompts, keeps
the questions of a clip together, records failures, and resumes; an adapter only answers. An engine that can work
on many requests at once overrides `stream` as well and takes requests as it has room for them.

An adapter never sees the right answer. Two exceptions are stated: `learn` gets the questions of the train split, and
an `OpenBook` gets each question whole.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from flexqa.errors import AdapterError, boundary
from flexqa.media import Clip
from flexqa.question import Answer, AnswerFormat, Question
from flexqa.record import Failure, Reply, Sampling


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the prompt that is read."""

    text: str


Part = Text | Clip
"""The parts of a request in the order in which the model gets them: media first, the question last."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was replied in a conversation, and what is asked next."""

    reply: str
    question: str


@dataclass(frozen=True, slots=True)
class Request:
    """One question, ready for a model."""

    question_id: str
    question_type: str
    answer_format: AnswerFormat
    parts: tuple[Part, ...]
    """what the user says first; all of it, unless turns follow"""
    letters: tuple[str, ...] = ()
    """the option letters, for choice questions"""
    option_texts: tuple[str, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    decode: Literal["free", "choice"] = "free"
    """choice: the reply is an option letter, or yes or no, by force; other answer formats stay free"""
    then: tuple[Turn, ...] = ()
    """the turns of a conversation since: the model's own reply and the next question; the last is to be answered"""
    question: Question | None = None
    """the question as it is shown; null for all adapters but an `OpenBook`, and where a control hides evidence"""

    @property
    def forced(self) -> tuple[str, ...]:
        """The replies among which `decode="choice"` picks one; empty where the reply is generated freely."""
        if self.decode == "free":
            return ()
        return {AnswerFormat.CHOICE: self.letters, AnswerFormat.YES_NO: ("yes", "no")}.get(self.answer_format, ())

    @property
    def text(self) -> str:
        """All text of the request, media left out."""
        said = [p.text for p in self.parts if isinstance(p, Text)]
        return "\n".join([*said, *(text for turn in self.then for text in (turn.reply, turn.question))])

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The clips of the request, in order."""
        return tuple(p for p in self.parts if isinstance(p, Clip))


class Adapter(ABC):
    """Base of the adapters that come with flexqa."""

    operational: ClassVar[frozenset[str]] = frozenset()
    """Names of options that say where and how fast, not what is answered: no part of a run's identity."""
    on_processor: bool = False
    """Whether the model is computed on this machine's processors. Decoding clips meanwhile would take them away from
    it, so each is decoded when its turn comes; for all other adapters they are decoded ahead."""

    @abstractmethod
    def reply(self, request: Request) -> Reply | str:
        """Answer one request. Whatever this raises becomes a `Failure` of this request alone."""

    def stream(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Reply | Failure]]:
        """Answer requests as they come, each exactly once, in any order.

        Requests are made while this pulls them, so an engine pulls no more than it has room for. One that pulls while
        others are unanswered may get null: what comes next waits for one of their replies. Pull again after the next.
        """
        for request in requests:
            if request is not None:
                yield request, answer_one(self, request)

    def learn(self, questions: Iterable[Question]) -> None:
        """See the questions of the train split, with answers, before the run. Models ignore it."""

    def describe(self) -> dict[str, Any]:
        """What run.json says of this adapter: engine, versions, dtype, device. No secrets, no local paths."""
        return {}

    def revision(self) -> str | None:
        """Content hash or commit of the weights, as the identity of the model; null where there are none."""
        return None

    def close(self) -> None:
        """Free what the adapter holds."""


class OpenBook(Adapter):
    """Base of adapters that are given the question itself and look at the evidence with code of ours: the oracle."""

    @abstractmethod
    def open(self, solve: Callable[[Question], Answer | None]) -> None:
        """Take what answers a question from its evidence; null where that is too close to tell."""


class Engine(Adapter):
    """Base of adapters that do their work in `stream`, many requests at a time."""

    @abstractmethod
    def stream(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Reply | Failure]]:
        """Answer requests as they come, each exactly once; what cannot be answered fails alone."""

    def reply(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            AdapterError: the request cannot be answered.
        """
        [(_, outcome)] = self.stream([request])
        if isinstance(outcome, Failure):
            raise AdapterError(outcome.message)
        return outcome


def answer_one(adapter: Adapter, request: Request) -> Reply | Failure:
    """Call `reply`; what it raises becomes a failure of this request alone."""
    try:
        with boundary("adapter"):
            reply = adapter.reply(request)
    except AdapterError as e:
        return Failure(kind="adapter", message=str(e))
    return Reply(text=reply) if isinstance(reply, str) else reply
