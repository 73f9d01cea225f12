"""Wrong options that are hard and fair.

A distractor is drawn with a probability that grows with its nearness in the graph: that makes it hard. Over all
questions of a type each node is a distractor in proportion to how often it is the answer: that makes it fair, for an
option that is offered often and is seldom right could be struck out without looking at the evidence.

What is also true never becomes a candidate: the caller sees to that, for errors with `flexqa.questions.absence`.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flexqa.graph.model import Graph
from flexqa.graph.walk import confusable_actions
from flexqa.question import LETTERS, Media, Option
from flexqa.questions.draw import Draw

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

NEAR = 12.0
"""How much more often a confusable node is drawn than one that only shares the action or the equipment."""

ALIKE = 3.0
"""How much more often a node that shares something, or reads alike in length, is drawn than any other."""

_ROUNDS = 10

Pool = list[tuple[float, "Candidate"]]
"""candidates with their times of arrival in the race for a place"""

Factors = dict[tuple[str, str], float]
"""(stratum, node) -> correction of its weight"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node that may become an option."""

    id: str
    text: str
    kind: str
    """where it comes from: `confusable`, `same_action` ..."""
    weight: float
    """nearness; zero, for what is nowhere the answer: only when nothing else is left"""
    media: Media | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The options of a question, and the letter of the right one."""

    options: tuple[Option, ...]
    answer: str

    @property
    def chance(self) -> float:
        """Expected score of an uninformed guess."""
        return 1 / len(self.options)


@dataclass(frozen=True, slots=True)
class Case:
    """The right answer of one question, and what may stand beside it."""

    draw: Draw
    answer_id: str
    answer: str
    candidates: tuple[Candidate, ...]
    stratum: str
    """the questions among which each node is to be right as often as it is offered, for example those of a split"""


def choose(cases: Sequence[Case], n: int = 4) -> list[Choice | None]:
    """Draw up to `n` - 1 distractors for each of the questions of a type.

    The draw is repeated with corrected weights until, in each stratum, each node is a distractor about `n` - 1 times
    as often as it is the answer (raking): then no option can be struck out because it is seldom right.

    Returns:
        One choice per case, with options in random order, and fewer than `n` when candidates are few; null where
        there is no distractor at all.
    """
    pools = [_pool(case) for case in cases]
    right = Counter((case.stratum, case.answer_id) for case in cases)
    factors: Factors = {}
    picks = _picks(cases, pools, factors, n - 1)
    for _ in range(_ROUNDS):
        wrong = Counter((case.stratum, c.id) for case, pick in zip(cases, picks, strict=True) for c in pick)
        for node in wrong.keys() | right.keys():
            factors[node] = factors.get(node, 1.0) * (((n - 1) * right[node] + 1) / (wrong[node] + 1)) ** 0.5
        picks = _picks(cases, pools, factors, n - 1)
    return [_choice(case, pick) for case, pick in zip(cases, picks, strict=True)]


def with_choices(items: Iterable[T], case_of: Callable[[T], Case]) -> Iterator[tuple[T, Case, Choice]]:
    """The items whose cases have a distractor at all, each with its case and options; see `choose`."""
    asked = tuple(items)
    cases = [case_of(item) for item in asked]
    yield from ((item, case, c) for item, case, c in zip(asked, cases, choose(cases), strict=True) if c)


def nearness_of_actions(graph: Graph, a: str, b: str) -> float:
    """How easily two actions are taken for each other: confusable, alike in equipment or movement pattern, or not."""
    if b in confusable_actions(graph, a):
        return NEAR
    one, other = graph.actions[a], graph.actions[b]
    return ALIKE if one.equipment == other.equipment or one.pattern == other.pattern else 1.0


def kind_of_action(graph: Graph, shown: str, other: str) -> str:
    """Where an action that stands beside the shown one comes from, as the kind of an option."""
    nearness = nearness_of_actions(graph, shown, other)
    return "confusable" if nearness == NEAR else "alike" if nearness == ALIKE else "other_action"


def choice_of(draw: Draw, texts: Mapping[K, str], right: K, kind: str) -> Choice:
    """All answers that there are, in random order.

    Args:
        draw: of the question.
        texts: what may be right -> in words.
        right: what is.
        kind: of the others.
    """
    wrong = [Option(text=text, kind=kind) for other, text in texts.items() if other != right]
    return place(draw, Option(text=texts[right], kind="answer"), wrong)


def place(draw: Draw, answer: Option, distractors: Sequence[Option]) -> Choice:
    """Put the answer at a uniform position among the distractors."""
    options = list(draw.child("order").shuffled(distractors, lambda o: o.text))
    position = draw.child("position").index(len(options) + 1)
    options.insert(position, answer)
    return Choice(tuple(options), LETTERS[position])


def _pool(case: Case) -> Pool:
    """Candidates that read unlike the answer and each other, with their time of arrival in the race."""
    taken = {case.answer.casefold()}
    pool = []
    draw = case.draw.child("distractors")
    for c in case.candidates:
        if c.text.casefold() not in taken:
            taken.add(c.text.casefold())
            pool.append((draw.arrival(c.id) / (ALIKE if _alike_in_length(c.text, case.answer) else 1.0), c))
    return pool


def _picks(cases: Sequence[Case], pools: Sequence[Pool], factors: Factors, n: int) -> list[list[Candidate]]:
    """The `n` candidates of each case that arrive first; those of weight zero come after all others."""
    picks = []
    for case, pool in zip(cases, pools, strict=True):
        ranked = sorted(
            (c.weight <= 0, arrival / (c.weight or 1.0) / factors.get((case.stratum, c.id), 1.0), c.id, c)
            for arrival, c in pool
        )
        picks.append([c for *_, c in ranked[:n]])
    return picks


def _choice(case: Case, pick: Sequence[Candidate]) -> Choice | None:
    distractors = [Option(text=c.text, kind=c.kind, media=c.media) for c in pick]
    return place(case.draw, Option(text=case.answer, kind="answer"), distractors) if distractors else None


def _alike_in_length(a: str, b: str) -> bool:
    return max(len(a), len(b)) <= 2 * min(len(a), len(b))
