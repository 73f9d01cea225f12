"""Wrong options that are hard and fair.

A distractor is drawn with a probability that grows with its nearness in the graph *and* with how often it is itself
the right answer elsewhere. Nearness makes it hard. The second factor makes it fair: an option that is offered often
and is seldom right could be struck out without looking at the evidence.

What is also true never becomes a candidate; that is the duty of the caller, who knows what is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flexqa.graph.model import Criterion, Graph
from flexqa.question import LETTERS, Media, Option
from flexqa.questions.draw import Draw

NEAR = 12.0
"""How much more often a confusable node is drawn than one that only shares the action or the equipment."""

ALIKE = 3.0
"""How much more often a node that shares something is drawn than any other."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node that may become an option."""

    id: str
    text: str
    kind: str
    """where it comes from: `confusable`, `same_action` ..."""
    weight: float
    """nearness times frequency; zero: only when nothing else is left"""
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


def choose(draw: Draw, answer: str, candidates: Iterable[Candidate], n: int = 4) -> Choice | None:
    """Draw `n` - 1 distractors for an answer text, the likelier the heavier.

    Candidates that read like the answer or like each other are left out, and those that are more than twice as long
    or short as the answer come last.

    Returns:
        Options in random order, fewer than `n` when candidates are few; null when there is no distractor at all.
    """
    pool = {c.id: c for c in candidates}
    order = (pool[i] for i in draw.child("distractors").weighted({i: c.weight for i, c in pool.items()}))
    ranked = sorted(order, key=lambda c: (c.weight <= 0, not _alike_in_length(c.text, answer)))
    taken: dict[str, Candidate] = {}
    for c in ranked:
        if c.text.casefold() != answer.casefold():
            taken.setdefault(c.text.casefold(), c)
    distractors = [Option(text=c.text, kind=c.kind, media=c.media) for c in list(taken.values())[: n - 1]]
    return place(draw, Option(text=answer, kind="answer"), distractors) if distractors else None


def place(draw: Draw, answer: Option, distractors: Sequence[Option]) -> Choice:
    """Put the answer at a uniform position among the distractors."""
    options = list(draw.child("order").shuffled(distractors, lambda o: o.text))
    position = draw.child("position").index(len(options) + 1)
    options.insert(position, answer)
    return Choice(tuple(options), LETTERS[position])


def ambiguous(graph: Graph, one: str, other: str) -> bool:
    """Whether two errors are measured by the same thing, so that where one is, the other cannot be denied.

    Example: body swing and a torso that rises while rowing are both sway of the trunk in the concentric phase.
    """
    a, b = (frozenset(map(_what, graph.errors[e].detect_all)) for e in (one, other))
    return bool(a and b) and (a <= b or b <= a)


def _what(c: Criterion) -> tuple[str, str, str, str]:
    return c.measure, c.phase, c.stat, c.op


def _alike_in_length(a: str, b: str) -> bool:
    return max(len(a), len(b)) <= 2 * min(len(a), len(b))
