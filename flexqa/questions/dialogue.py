"""FLEX-VideoQA's conversation about one repetition: which exercise, its standards, an evaluation, a score.

The answers are written from the graph and the annotation, sentence by sentence, so each can be checked. What a free
answer is scored by are the points that it makes, and near ones that would be false.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import ClassVar

from flexqa.graph.model import Graph
from flexqa.graph.walk import Pair, possible_errors, possible_pairs, score
from flexqa.question import Answer, AnswerFormat, Level, Modality, Point, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.chance import HIGHEST_CHANCE, chance_of_score
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import nearness_of_actions
from flexqa.questions.evidence import clip, view_of_action
from flexqa.questions.phases import PHASE_NAMES
from flexqa.questions.visibility import error_text
from flexqa.vocabulary import CORRECTION, Control

STANDARD_SHARE = 0.5
"""of the words of a standard that a sentence must have to state it: it may be put in many ways"""
FAULT_SHARE = 0.6
_NEAR_EXERCISES = 3


class DialogueTurn(QuestionType):
    """One turn. The turns of a recording are asked together or not at all."""

    level = Level.DIALOGUE
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.TEXT
    previous: ClassVar["DialogueTurn | None"] = None
    tolerance: ClassVar[float | None] = None
    controls = {Control.BLIND: "lower", Control.SWAPPED_CLIP: "lower", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip and a fault, where the scores are not all alike."""
        for split, group in context.by_split.items():
            for a in group if chance_of_score(context, split) <= HIGHEST_CHANCE else ():
                view = view_of_action(context.graph, context.action, a)
                if view is not None and a.truth.pairs and (question := self.turn(context, a, view)):
                    yield question

    def turn(self, context: Context, a: Annotated, view: str) -> Question | None:
        """The question that the type asks in the conversation about a recording; later turns refer to it."""
        return context.measured(self.name, a, lambda: self._turn(context, a, view))

    def _turn(self, context: Context, a: Annotated, view: str) -> Question:
        graph, action = context.graph, context.action
        before = self.previous.turn(context, a, view) if self.previous else None
        answer = self.answer(graph, action, a.truth.pairs)
        return self.build(
            self.draw(context, a.id),
            a,
            media=(clip(a, view),),
            answer=answer,
            chance=self.chance(context, a),
            tolerance=self.tolerance,
            reference=self.reference(graph, action, a.truth.pairs),
            points=tuple(p for p in self.points(context, a) if p.wanted or not _made_by(p, str(answer))),
            graph_path=((a.id, "shows", action), *a.observed),
            groups={"chain": a.id, "dialogue": a.id},
            follows=before.id if before else None,
        )

    @abstractmethod
    def answer(self, graph: Graph, action: str, pairs: Iterable[Pair]) -> Answer:
        """The right answer, from what is known of the repetition."""

    def reference(self, graph: Graph, action: str, pairs: Iterable[Pair]) -> str:  # noqa: ARG002
        """The answer with its reasons, where that is more than the answer."""
        return ""

    def chance(self, context: Context, a: Annotated) -> float:  # noqa: ARG002
        """Expected score of an uninformed guess."""
        return 0.0

    def points(self, context: Context, a: Annotated) -> tuple[Point, ...]:  # noqa: ARG002
        """What a text is scored by."""
        return ()


def exercise_text(graph: Graph, action: str) -> str:
    """Turn 1: the name of the exercise."""
    return f"The exercise is the {graph.actions[action].name}."


def exercise_points(graph: Graph, action: str) -> tuple[Point, ...]:
    """The names of the exercise, and those of all others."""
    wanted = Point(names=_names(graph, action), wanted=True)
    others = (Point(names=_names(graph, other), wanted=False) for other in graph.actions if other != action)
    return (wanted, *_told_apart(others, [wanted]))


def standards_text(graph: Graph, action: str) -> str:
    """Turn 2: what must be right in each phase."""
    steps = [graph.keysteps[k] for k in graph.actions[action].keysteps]
    lines = []
    for phase in graph.actions[action].phases:
        told = " ".join(f"{s.name}: {s.standard}" for s in steps if s.phase == phase)
        if told:
            lines.append(f"In the {PHASE_NAMES[phase]}: {told}")
    return "\n".join(lines)


def standards_points(graph: Graph, action: str) -> tuple[Point, ...]:
    """The standards of the exercise, and those of the exercises that are nearest to it."""
    own = {graph.keysteps[k].standard for k in graph.actions[action].keysteps}
    nearest = sorted(
        (a for a in graph.actions if a != action), key=lambda a: (-nearness_of_actions(graph, action, a), a)
    )
    near = dict.fromkeys(
        graph.keysteps[k].standard for a in nearest[:_NEAR_EXERCISES] for k in graph.actions[a].keysteps
    )
    wanted = [Point(names=(s,), wanted=True, share=STANDARD_SHARE) for s in sorted(own)]
    others = (Point(names=(s,), wanted=False, share=STANDARD_SHARE) for s in near if s not in own)
    return (*wanted, *_told_apart(others, wanted))


def evaluation_text(graph: Graph, action: str, pairs: Iterable[Pair]) -> str:
    """Turn 3: each fault with its keystep, phase and correction, in the order of the phases."""
    observed = set(pairs)
    lines = []
    for phase in graph.actions[action].phases:
        for keystep, error in possible_pairs(graph, action):
            step = graph.keysteps[keystep]
            if step.phase == phase and (keystep, error) in observed:
                advice = " ".join(graph.feedback[f] for f in graph.errors[error].feedback)
                correction = f" {CORRECTION} {advice}" if advice else ""
                lines.append(f"In the {PHASE_NAMES[phase]}, {step.name}: {error_text(graph, error)}.{correction}")
    return "\n".join(lines)


def evaluation_points(context: Context, a: Annotated) -> tuple[Point, ...]:
    """The faults that were observed, and those that the repetition is surely free of."""
    graph, possible = context.graph, possible_errors(context.graph, context.action)
    wanted = [_fault(graph, e, wanted=True) for e in possible if e in a.errors]
    others = (_fault(graph, e, wanted=False) for e in possible if context.lacks(a, e))
    return (*wanted, *_told_apart(others, wanted))


def score_text(graph: Graph, action: str, pairs: Iterable[Pair]) -> str:
    """Turn 4: the score and what it lost, by keystep and phase."""
    result = score(graph, action, pairs)
    lost = [
        f"{graph.keysteps[k].name} ({PHASE_NAMES[graph.keysteps[k].phase]}) costs {points:.1f} points"
        for k, points in result.lost_by_keystep.items()
    ]
    return f"The score is {result.value:.1f} of 100: {'; '.join(lost) or 'no point is lost'}."


def _names(graph: Graph, action: str) -> tuple[str, ...]:
    return (graph.actions[action].name, *graph.actions[action].aliases)


def _fault(graph: Graph, error: str, *, wanted: bool) -> Point:
    node = graph.errors[error]
    names = (node.name, node.description) if node.description else (node.name,)
    return Point(names=names, wanted=wanted, share=FAULT_SHARE)


def _told_apart(others: Iterable[Point], wanted: Iterable[Point]) -> Iterator[Point]:
    """Those that are not said by whoever says a wanted point in its own words."""
    right = [_words(name) for p in wanted for name in p.names]
    for point in others:
        names = tuple(n for n in point.names if not any(_said(_words(n), r, point.share) for r in right))
        if names:
            yield point.model_copy(update={"names": names})


def _made_by(point: Point, answer: str) -> bool:
    """Whether the right answer says a point in passing, for example in a correction."""
    sentences = [_words(s) for line in answer.splitlines() for s in line.split(". ")]
    return any(_said(_words(name), s, point.share) for name in point.names for s in sentences)


def _said(words: frozenset[str], by: frozenset[str], share: float) -> bool:
    return len(words & by) >= share * len(words)


@lru_cache(4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(w.strip(".,;:()") for w in text.casefold().split())
