"""The clips that lost replicas had: which question is to blame.

A replica may be lost to anything, and most clips that it had are innocent. So their questions are asked one at a
time, by a replica that has nothing else to do, once all other clips are handed out. A question that takes its replica
with it is to blame and fails; when two of a clip do so one after the other, the rest of the clip fails unasked, since
a broken clip kills with every question. A failure is held back until another question is answered or all is done:
where replicas keep dying, the machines are to blame, the run ends, and nothing is written down against a question.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from flexqa.executors.base import Answered, Unit
from flexqa.record import Failure, Reply

_MOST_KILLS = 2
"""questions of one clip, asked alone, that may kill one after the other before the rest of it is not asked"""


@dataclass(slots=True)
class _Suspect:
    unit: Unit
    kills: int = 0
    """by its questions alone, with no reply in between"""


class Suspects:
    """Units that wait to be tried, and what was found."""

    def __init__(self) -> None:
        self._waiting: deque[_Suspect] = deque()
        self._on_trial: dict[str, _Suspect] = {}
        """id of the question that is being asked alone -> what it belongs to"""
        self._blamed: list[Answered] = []

    @property
    def waiting(self) -> bool:
        """Whether a question can be tried."""
        return bool(self._waiting)

    def next(self) -> Unit | None:
        """A question to ask alone, as a unit of its own."""
        if not self._waiting:
            return None
        suspect = self._waiting.popleft()
        question_id = next(iter(suspect.unit.pending))
        self._on_trial[question_id] = suspect
        return replace(suspect.unit, pending={question_id: None})

    def lost(self, units: Iterable[Unit]) -> None:
        """Take in what a replica had when it was lost."""
        for unit in units:
            question_id = next(iter(unit.pending))
            if suspect := self._on_trial.pop(question_id, None):
                self._blame(suspect, question_id)
            else:
                self._waiting.append(_Suspect(unit))

    def heard(self, answered: Answered) -> None:
        """Take note of any answer: it may be that of a question on trial."""
        if suspect := self._on_trial.pop(answered.question_id, None):
            if isinstance(answered.outcome, Reply):
                suspect.kills = 0
            suspect.unit.take(answered)
            self._go_on(suspect)

    def blamed(self) -> Iterator[Answered]:
        """The failures found so far, each once; to be asked for when the replicas are known to work."""
        found, self._blamed = self._blamed, []
        yield from found

    def _blame(self, suspect: _Suspect, question_id: str) -> None:
        suspect.kills += 1
        message = "this question alone, or its clip, makes the process of its replica die"
        self._fail(suspect, question_id, message)
        if suspect.kills >= _MOST_KILLS:
            for rest in tuple(suspect.unit.pending):
                self._fail(suspect, rest, f"not asked: {_MOST_KILLS} questions about this clip killed their replicas")
        self._go_on(suspect)

    def _fail(self, suspect: _Suspect, question_id: str, message: str) -> None:
        failure = Answered(question_id, Failure(kind="engine", message=message))
        suspect.unit.take(failure)
        self._blamed.append(failure)

    def _go_on(self, suspect: _Suspect) -> None:
        if suspect.unit.pending:
            self._waiting.appendleft(suspect)
