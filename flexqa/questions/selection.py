"""Which of the questions of an action are asked: as many as wanted, and balanced.

An answer that is right more often than it is offered would be a hint to a reader who never looks. So within a type,
split and action, questions are taken one by one in random order, and one that would tip the balance of its options
waits until others have evened it out. Every beginning of the order is balanced, so a smaller sample is, too.

What a whole action answers is balanced over all actions, by the draw of its options, and some actions are asked less
often than others (`flexqa.questions.option_sets`). It stays so in a sample that takes the same share of each action's
questions, whatever their number; so these types do not take a question at each turn, but a share of theirs.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from pydantic import Field

from flexqa.question import AnswerFormat, Frozen, Question, Split
from flexqa.questions.base import QuestionType
from flexqa.questions.bundles import Bundle
from flexqa.questions.draw import Draw

K = TypeVar("K", bound=Hashable)
_Key = tuple[str, ...]

_FEW = 3
"""options that are balanced exactly where they are the same throughout"""


class Limits(Frozen):
    """How many questions to take; null is all."""

    per_type: int | None = Field(default=None, ge=1)
    """of each type and split"""
    per_recording: int | None = Field(default=None, ge=1)
    """that show a recording before the question; types take turns"""


class Candidate(NamedTuple):
    """A bundle that may be asked."""

    bundle: Bundle
    turn: int
    """when it is up; all types have a bundle at most turns"""
    share: float | None
    """share of the type's bundles that are up before it, where equal shares of all actions are asked; else null"""


def select(
    found: Iterable[Bundle],
    kinds: Mapping[str, QuestionType],
    limits: Limits,
    draw: Draw,
    n_recordings: Mapping[Split, int],
) -> list[Candidate]:
    """The bundles that are asked, in the order in which they were taken.

    Args:
        found: bundles of one action.
        kinds: name -> type.
        limits: `per_type` holds for the action here.
        draw: the order in which bundles of a type have their turn.
        n_recordings: of each split; after so many turns all bundles of the drawn types were up.
    """
    queues: defaultdict[tuple[str, Split], list[Bundle]] = defaultdict(list)
    for bundle in found:
        queues[bundle[0].type, bundle[0].split].append(bundle)
    candidates: list[Candidate] = []
    for kind, split in draw.child("turns").shuffled(queues):
        queue = draw.child(kind, split).shuffled(queues[kind, split], lambda b: b[0].id)
        turns = n_recordings[split] if kinds[kind].balanced == "drawn" else None
        candidates.extend(_in_line(queue, turns))
    # Shares come out most alike when recordings still have room, so they go first in their turn.
    waiting: Sequence[Candidate] = sorted(candidates, key=lambda c: (c.turn, c.share is None))
    ledger, taken = _Ledger(kinds, limits), list[Candidate]()
    while True:
        still = []
        for candidate in waiting:
            if not ledger.has_room(candidate.bundle):
                continue
            if ledger.balances(candidate.bundle):
                ledger.enter(candidate.bundle)
                taken.append(candidate)
            else:
                still.append(candidate)
        if len(still) == len(waiting):
            return ledger.evened(taken)
        waiting = still


def _in_line(queue: Sequence[Bundle], turns: int | None) -> Iterator[Candidate]:
    """When each is up: one at each turn, or spread over a number of turns."""
    for place, bundle in enumerate(queue):
        share = (place + 0.5) / len(queue)
        yield Candidate(bundle, place, None) if turns is None else Candidate(bundle, int(share * turns), share)


class _Ledger:
    """What was taken so far."""

    def __init__(self, kinds: Mapping[str, QuestionType], limits: Limits) -> None:
        self._kinds = kinds
        self._limits = limits
        self._of_type: Counter[_Key] = Counter()
        self._of_recording: Counter[str] = Counter()
        self._tilt: Counter[_Key] = Counter()
        """option of a stratum -> how much more often it was right than it should be"""
        self._offered: defaultdict[_Key, set[str]] = defaultdict(set)
        """stratum -> all options that it offers"""

    def has_room(self, bundle: Bundle) -> bool:
        """Whether the limits allow a bundle."""
        return _fits(self._of_type, _types(bundle), self._limits.per_type) and _fits(
            self._of_recording, _recordings(bundle), self._limits.per_recording
        )

    def balances(self, bundle: Bundle) -> bool:
        """Whether no option gets further out of balance than one answer makes unavoidable."""
        tilts, bound = self._tilts(bundle)
        return all(abs(now := self._tilt[key] + tilt) <= bound or abs(now) <= abs(now - tilt) for key, tilt in tilts)

    def enter(self, bundle: Bundle) -> None:
        """Take a bundle."""
        self._of_type.update(_types(bundle))
        self._of_recording.update(_recordings(bundle))
        for key, tilt in self._tilts(bundle)[0]:
            self._tilt[key] += tilt
        for question in bundle:
            stratum, names = self._kinds[question.type].balance_keys(question)
            self._offered[question.type, question.split, *stratum].update(names)

    def evened(self, taken: list[Candidate]) -> list[Candidate]:
        """What was taken, without those at whose cost a balance is exact.

        Where a stratum offers the same two or three options throughout, none needs to be right once more than
        another; over many small strata such remainders would add up to a hint. With more options too little would be
        left.
        """
        kept = []
        for candidate in reversed(taken):
            bundle = candidate.bundle
            tilts = self._tilts(bundle)[0] if all(self._same_options(q) for q in bundle) else []
            if sum(abs(self._tilt[k] - t) for k, t in tilts) < sum(abs(self._tilt[k]) for k, _ in tilts):
                for key, tilt in tilts:
                    self._tilt[key] -= tilt
            else:
                kept.append(candidate)
        return kept[::-1]

    def _same_options(self, question: Question) -> bool:
        stratum, names = self._kinds[question.type].balance_keys(question)
        return len(names) == len(self._offered[question.type, question.split, *stratum]) <= _FEW

    def _tilts(self, bundle: Bundle) -> tuple[list[tuple[_Key, int]], int]:
        tilts: Counter[_Key] = Counter()
        bound = 0
        for question in bundle:
            stratum, names = self._kinds[question.type].balance_keys(question)
            right = _right(question, names)
            # Of several options one is to be right equally often; in a multi-select, every other time.
            share = 2 if question.answer_format is AnswerFormat.CHOICES else len(names)
            bound = max(bound, share)
            for name in names:
                tilts[question.type, question.split, *stratum, "", name] += share * (name in right) - 1
        return list(tilts.items()), bound


def _right(question: Question, names: tuple[str, ...]) -> set[str]:
    if question.answer_format is AnswerFormat.YES_NO:
        return {str(question.answer)}
    right = question.answer if isinstance(question.answer, tuple) else (question.answer,)
    return {name for name, letter in zip(names, question.letters, strict=False) if letter in right}


def _types(bundle: Bundle) -> list[_Key]:
    return [(q.type, q.split) for q in bundle]


def _recordings(bundle: Bundle) -> list[str]:
    return [r for q in bundle for r in {m.recording for m in q.media}]


def _fits(so_far: Counter[K], more: Sequence[K], limit: int | None) -> bool:
    return limit is None or all(so_far[key] + n <= limit for key, n in Counter(more).items())
