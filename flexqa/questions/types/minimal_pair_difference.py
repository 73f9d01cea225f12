"""What one of two repetitions does wrong that the other does not.

The two are twins: the same in all but one error, which one of them shows. Which of the clips has it is drawn. The
other options are errors that both are known to be free of. The oracle looks which of the errors the detectors find in
one of the clips only.
"""

from collections.abc import Iterator

from flexqa.graph.walk import path_to_error, possible_errors
from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import ALIKE, Candidate, Case, Choice, with_choices
from flexqa.questions.evidence import clip, only_true, view_of_error
from flexqa.questions.eye import Eye
from flexqa.questions.visibility import error_text, shows_error
from flexqa.vocabulary import Control

Pair = tuple[Annotated, Annotated]
"""with the error, and its twin without"""


class MinimalPairDifference(QuestionType):
    """Choice of four errors."""

    name = "minimal_pair_difference"
    level = Level.EVALUATION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "What does one of two clips do wrong that the other does not? Of twins that differ by one error."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per pair of twins in a split that differ by one error which a view shows."""
        found = [(pair, error) for pair in _twins(context) if (error := _difference(pair))]
        for (pair, error), case, choice in with_choices(found, lambda f: self._case(context, *f)):
            view = view_of_error(context.graph, context.action, error, *pair)
            if view is not None:
                yield self._ask(context, pair, error, view, case, choice)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The one error that the detectors find in one of the clips only."""
        return only_true(
            question, (_differs(*(eye.made(m, o.text) for m in question.media)) for o in question.options)
        )

    def _case(self, context: Context, pair: Pair, error: str) -> Case:
        graph, action = context.graph, context.action
        view = view_of_error(graph, action, error, *pair)
        candidates = tuple(
            Candidate(e, error_text(graph, e), "same_action", ALIKE if e in context.made else 0.0)
            for e in possible_errors(graph, action)
            if e != error and view and shows_error(graph, view, e) and all(context.lacks(a, e) for a in pair)
        )
        draw = self.draw(context, pair[0].id, pair[1].id)
        return Case(draw, error, error_text(graph, error), candidates, pair[0].truth.split)

    def _ask(self, context: Context, pair: Pair, error: str, view: str, case: Case, choice: Choice) -> Question:
        with_error, without = pair
        shown = case.draw.child("shown").shuffled(pair, lambda a: a.id)
        return self.build(
            case.draw,
            with_error,
            media=tuple(clip(a, view, f"Clip {i}") for i, a in enumerate(shown, 1)),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=(
                (with_error.id, "observed", error),
                (without.id, "free_of", error),
                *path_to_error(context.graph, context.action, with_error.keystep_of(error), error),
            ),
        )


def _twins(context: Context) -> Iterator[Pair]:
    """Each pair of twins in a split once, the one with more errors first."""
    for group in context.by_split.values():
        by_id = {a.id: a for a in group}
        for a in group:
            twin = by_id.get(a.truth.twin or "")
            if twin is not None and len(a.errors) > len(twin.errors):
                yield a, twin


def _difference(pair: Pair) -> str | None:
    more, fewer = pair[0].errors, pair[1].errors
    return next(iter(more - fewer)) if fewer < more and len(more - fewer) == 1 else None


def _differs(one: bool | None, other: bool | None) -> bool | None:
    return None if one is None or other is None else one != other
