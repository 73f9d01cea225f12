"""What an executor is: units of questions in, answers out, in any order, each question exactly once.

A unit is a clip with its questions. Whoever has it decodes the clip, asks, and says what came of each question.
"""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field

from flexqa.conversations import Conversations
from flexqa.question import Frozen, Question
from flexqa.record import Failure, MediaUse, Presentation, Reply, Sampling
from flexqa.vocabulary import Control
from flexqa.withheld import sealed


class Setup(Frozen):
    """All that a process needs to know to present questions and have them answered."""

    model: str
    adapter_options: Mapping[str, str] = Field(default_factory=dict)
    data: Path
    questions: Path
    graph: Path | None = None
    presentation: Presentation = Presentation()
    sampling: Sampling = Sampling()
    decode: Literal["free", "choice"] = "free"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a question."""

    question_id: str
    outcome: Reply | Failure
    media: tuple[MediaUse, ...] = ()
    prompt_sha256: str | None = None
    """null when no prompt could be made"""


@dataclass(slots=True)
class Unit:
    """A clip's questions; what is left of one can be handed out again."""

    questions: tuple[Question, ...]
    """all of them, since one that is answered may be followed by one that is not"""
    pending: dict[str, None]
    """ids of those that have no answer yet, in order"""
    replies: dict[str, str]
    """id -> reply, of those that others follow"""

    def conversations(self) -> Conversations:
        """The order in which its questions can be asked."""
        return Conversations({q.id: q for q in self.questions}, self.pending, self.replies)

    def take(self, answered: Answered) -> None:
        """Take note of an answer."""
        del self.pending[answered.question_id]
        if isinstance(answered.outcome, Reply):
            self.replies[answered.question_id] = answered.outcome.text

    def sealed(self) -> Self:
        """The same without what tells right answers: what another process gets."""
        return replace(self, questions=tuple(map(sealed, self.questions)))


class Executor(ABC):
    """One adapter or several alike, with the evidence at hand."""

    decoded_clips: int = 0
    """how many times a clip was decoded for the latest `answers`"""

    @abstractmethod
    def answers(self, units: Iterable[Unit], control: Control | None) -> Generator[Answered, None, None]:
        """Ask the pending questions of units, which are taken as there is room for them.

        Raises:
            AdapterError: the adapter broke down as a whole.
        """

    @property
    @abstractmethod
    def operational(self) -> frozenset[str]:
        """See `flexqa.adapters.base.Adapter.operational`."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """What run.json says of the adapter, and of how many there are."""

    @abstractmethod
    def revision(self) -> str | None:
        """Content hash or commit of the weights; null where there are none."""

    @abstractmethod
    def close(self) -> None:
        """Free what is held."""
