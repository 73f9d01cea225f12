"""The order in which questions can be asked: a turn of a conversation waits for the reply to the turn before."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from flexqa.question import Question


class Conversations:
    """Questions that are to be asked, with what was said before each."""

    def __init__(self, asked: Mapping[str, Question], pending: Iterable[str], replies: Mapping[str, str]) -> None:
        """Put the questions in order.

        Args:
            asked: id -> question, all of the run.
            pending: ids of those that are not answered yet, in the order in which they are asked.
            replies: id -> reply, of answered questions that others follow.
        """
        self._asked = asked
        self._replies = dict(replies)
        self._ready: deque[Question] = deque()
        self._waiting: defaultdict[str, list[Question]] = defaultdict(list)
        self._followed = {q.follows for q in asked.values() if q.follows}
        self.unaskable: list[Question] = []
        """turns whose turn before is not asked, or has no reply"""
        self._lost: set[str] = set()
        ids = dict.fromkeys(pending)
        for question in (asked[i] for i in ids):
            turn = self._awaited(question)
            if turn is None:
                self._ready.append(question)
            elif turn in ids and turn not in self._lost:
                self._waiting[turn].append(question)
            else:
                self._lose(question)

    @property
    def over(self) -> bool:
        """Whether nothing is left to ask."""
        return not self._ready and not self._waiting

    def next(self) -> Question | None:
        """The next question; null when all that are left wait for a reply."""
        return self._ready.popleft() if self._ready else None

    def before(self, question: Question) -> list[tuple[Question, str]]:
        """The earlier turns of a question's conversation, and the replies that they got."""
        said: list[tuple[Question, str]] = []
        while question.follows is not None:
            question = self._asked[question.follows]
            said.insert(0, (question, self._replies[question.id]))
        return said

    def hear(self, question: Question, reply: str | None) -> None:
        """Take the reply to a question, null where there is none: what follows comes next, or cannot be asked."""
        followers = self._waiting.pop(question.id, [])
        if reply is None:
            for follower in followers:
                self._lose(follower)
            return
        if question.id in self._followed:
            self._replies[question.id] = reply
        self._ready.extendleft(reversed(followers))

    def _awaited(self, question: Question) -> str | None:
        """The latest of the turns before that has no reply: the one before, unless a line of the run was removed."""
        while (before := question.follows) is not None and before in self._replies and before in self._asked:
            question = self._asked[before]
        return before

    def _lose(self, question: Question) -> None:
        self._lost.add(question.id)
        self.unaskable.append(question)
        for follower in self._waiting.pop(question.id, []):
            self._lose(follower)
