"""Which of the questions of an action are asked: as many as wanted, and balanced.

An answer that is right more often than it is offered would be a hint to a reader who never looks. So within a type,
split and action, questions are taken one by one in random order, and one that would tip the balance of its options
waits until others have evened it out. Every beginning of the order is balanced, so a smaller sample is, too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from flexqa.question import AnswerFormat, Frozen, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.bundles import Bundle, in_turn
from flexqa.questions.draw import Draw

_Key = tuple[str, ...]

_FEW = 3
"""options that are balanced exactly where they are the same throughout"""


class Limits(Frozen):
    """How many questions to take; null is all."""

    per_type: int | None = Field(default=None, ge=1)
    """of each type and split"""
    per_recording: int | None = Field(default=None, ge=1)
    """that show a recording before the question; types take turns"""


def select(found: Iterable[Bundle], kinds: Mapping[str, QuestionType], limits: Limits, draw: Draw) -> list[Bundle]:
    """The bundles that are asked, in the order in which they were taken.

    Args:
        found: bundles of one action.
        kinds: name -> type.
        limits: `per_type` holds for the action here.
        draw: the order in which bundles of a type have their turn.
    """
    by_type: defaultdict[str, list[Bundle]] = defaultdict(list)
    for bundle in found:
        by_type[bundle[0].type].append(bundle)
    names = draw.child("turns").shuffled(by_type)
    waiting: Sequence[Bundle] = tuple(
        in_turn(draw.child(name).shuffled(by_type[name], lambda b: b[0].id) for name in names)
    )
    ledger, taken = _Ledger(kinds, limits), list[Bundle]()
    while True:
        still = []
        for bundle in waiting:
            if not ledger.has_room(bundle):
                continue
            if ledger.balances(bundle):
                ledger.enter(bundle)
                taken.append(bundle)
            else:
                still.append(bundle)
        if len(still) == len(waiting):
            return ledger.evened(taken)
        waiting = still


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

    def evened(self, taken: list[Bundle]) -> list[Bundle]:
        """The bundles without those at whose cost a balance is exact.

        Where a stratum offers the same two or three options throughout, none needs to be right once more than
        another; over many small strata such remainders would add up to a hint. With more options too little would be
        left.
        """
        kept = []
        for bundle in reversed(taken):
            tilts = self._tilts(bundle)[0] if all(self._same_options(q) for q in bundle) else []
            if sum(abs(self._tilt[k] - t) for k, t in tilts) < sum(abs(self._tilt[k]) for k, _ in tilts):
                for key, tilt in tilts:
                    self._tilt[key] -= tilt
            else:
                kept.append(bundle)
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


def _fits(so_far: Counter[str] | Counter[_Key], more: Sequence[str] | Sequence[_Key], limit: int | None) -> bool:
    return limit is None or all(so_far[key] + n <= limit for key, n in Counter(more).items())  # type: ignore[index]
