"""Asking: units in, requests made while the adapter pulls them, answers out."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from flexqa.adapters.base import Adapter, Request
from flexqa.conversations import Conversations
from flexqa.errors import AdapterError, FlexqaError, QuestionError, boundary
from flexqa.executors.base import Answered, Unit
from flexqa.presentation import Prepared, Presenter
from flexqa.question import Question
from flexqa.record import Failure, Reply

_UNITS_AHEAD = 4
"""Units that are taken beforehand, so that their clips can be decoded."""


class Queue:
    """The questions of units, in the order in which they can be asked."""

    def __init__(self, units: Iterable[Unit | None], expect: Callable[[Iterable[Question]], None]) -> None:
        """Prepare to ask.

        Args:
            units: null where none is at hand at the moment.
            expect: is told which questions come next.
        """
        self._units = iter(units)
        self._expect = expect
        self._more = True
        self._ahead: deque[Unit] = deque()
        self._begun: list[Conversations] = []
        self._sent: dict[str, Conversations] = {}
        self._unaskable: list[Question] = []

    @property
    def over(self) -> bool:
        """Whether nothing is left to ask."""
        return not (self._more or self._ahead or self._begun)

    @property
    def waits(self) -> bool:
        """Whether more may come once a question that is being asked has its reply."""
        return bool(self._sent) and not self.over

    def next(self) -> Question | None:
        """The next question; null when what is left waits for a reply, or for another unit to be at hand."""
        while True:
            for talk in self._begun:
                if question := talk.next():
                    self._sent[question.id] = talk
                    self._settle(talk)
                    return question
            if not self._begin():
                return None

    def before(self, question: Question) -> list[tuple[Question, str]]:
        """The earlier turns of a question's conversation, and the replies that they got."""
        return self._sent[question.id].before(question)

    def hear(self, question: Question, outcome: Reply | Failure) -> None:
        """Take what came of a question: what follows it comes next, or cannot be asked."""
        talk = self._sent.pop(question.id)
        talk.hear(question, outcome.text if isinstance(outcome, Reply) else None)
        self._settle(talk)

    def unaskable(self) -> Iterator[Question]:
        """Turns whose turn before has no reply, each once."""
        while self._unaskable:
            yield self._unaskable.pop()

    def _begin(self) -> bool:
        """Go on to the next unit, if one is at hand."""
        while self._more and len(self._ahead) <= _UNITS_AHEAD:
            try:
                unit = next(self._units)
            except StopIteration:
                self._more = False
                break
            if unit is None:
                break
            self._ahead.append(unit)
        if not self._ahead:
            return False
        self._expect([q for unit in self._ahead for q in unit.questions if q.id in unit.pending])
        talk = self._ahead.popleft().conversations()
        self._begun.append(talk)
        self._settle(talk)
        return True

    def _settle(self, talk: Conversations) -> None:
        self._unaskable += talk.unaskable
        talk.unaskable.clear()
        if talk.over and talk in self._begun:
            self._begun.remove(talk)


def ask(adapter: Adapter, presenter: Presenter, units: Iterable[Unit | None]) -> Iterator[Answered]:
    """Ask the pending questions of units; ends when there are no more, or none at hand and none being asked.

    Args:
        adapter: answers.
        presenter: makes requests.
        units: null where none is at hand at the moment.

    Raises:
        AdapterError: the adapter broke down as a whole.
    """
    under_way = _UnderWay(presenter, Queue(units, presenter.expect))
    replies = adapter.stream(under_way.requests())
    while True:
        with boundary("the adapter broke down; run again to go on from here"):
            item = next(replies, None)
        yield from under_way.unanswered()
        if item is None:
            break
        yield under_way.answered(*item)
    yield from under_way.abandoned()
    if not under_way.all_asked:
        raise AdapterError("the adapter stopped before all was asked; run again to go on from here")


class _UnderWay:
    """What was asked and is not answered."""

    def __init__(self, presenter: Presenter, queue: Queue) -> None:
        self._presenter = presenter
        self._queue = queue
        self._sent: dict[str, tuple[Question, Prepared]] = {}
        self._unsendable: list[Answered] = []
        self.all_asked = False

    def requests(self) -> Iterator[Request | None]:
        """One for each question that can be presented; null when what comes next waits for a reply."""
        while not self._queue.over:
            question = self._queue.next()
            if question is not None:
                if request := self._prepare(question):
                    yield request
            elif self._queue.waits:
                yield None
            else:
                break
        self.all_asked = True

    def answered(self, request: Request, outcome: Reply | Failure) -> Answered:
        """Take what the adapter gave."""
        if request.question_id not in self._sent:
            raise AdapterError(f"the adapter answered {request.question_id} twice or unasked")
        question, prepared = self._sent.pop(request.question_id)
        self._queue.hear(question, outcome)
        if isinstance(outcome, Reply):
            timing = outcome.timing.model_copy(update={"decode_s": round(prepared.decode_s, 6)})
            outcome = outcome.model_copy(update={"timing": timing})
        else:
            outcome = self._public(outcome)
        return Answered(question.id, outcome, prepared.media, prepared.prompt_sha256)

    def unanswered(self) -> Iterator[Answered]:
        """What could not be presented, and turns whose turn before has no reply."""
        while self._unsendable:
            yield self._unsendable.pop()
        for turn in self._queue.unaskable():
            failure = Failure(kind="turn", message=f"the turn before, {turn.follows}, has no reply")
            yield Answered(turn.id, failure)

    def abandoned(self) -> Iterator[Answered]:
        """What the adapter left without a reply."""
        for _, prepared in tuple(self._sent.values()):
            yield self.answered(prepared.request, Failure(kind="adapter", message="the adapter gave no reply"))
        yield from self.unanswered()

    def _public(self, failure: Failure) -> Failure:
        return failure.model_copy(update={"message": self._presenter.public(failure.message)})

    def _prepare(self, question: Question) -> Request | None:
        try:
            prepared = self._presenter.prepare(question, self._queue.before(question))
        except FlexqaError as e:
            kind = "prompt" if isinstance(e, QuestionError) else "media"
            failure = self._public(Failure(kind=kind, message=str(e)))
            self._unsendable.append(Answered(question.id, failure))
            self._queue.hear(question, failure)
            return None
        self._sent[question.id] = question, prepared
        return prepared.request
